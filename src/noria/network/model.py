"""Where stock is, when it is open, and how parcels leave it."""

from datetime import date, time
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Lyon Part-Dieu"])]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", examples=["FR"])]
Postcode = Annotated[str, Meta(min_length=1, max_length=12, examples=["69003"])]
Latitude = Annotated[float, Meta(ge=-90, le=90, examples=[45.76])]
Longitude = Annotated[float, Meta(ge=-180, le=180, examples=[4.86])]
Weekday = Annotated[int, Meta(ge=0, le=6, description="Monday is 0, Sunday 6.")]
LocalTime = Annotated[
    time,
    Meta(
        tz=False, description="In the time zone of the node, without offset.", examples=["17:00:00"]
    ),
]
Days = Annotated[int, Meta(ge=0, le=365)]


class NodeKind(Enum):
    """What a node is. The last five hold stock that is not ours, or not in our walls."""

    WAREHOUSE = "warehouse"
    STORE = "store"
    DARK_STORE = "dark_store"
    SUPPLIER = "supplier"
    PRINTER = "printer"
    THIRD_PARTY = "third_party"
    MARKETPLACE = "marketplace"


class Hours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on that weekday, in the node's own time zone."""

    weekday: Weekday
    opens: LocalTime
    closes: LocalTime


class Closure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    day: date
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Departure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service's van leaves on that weekday; what is ready by `cut_off` leaves with it."""

    service: Code
    weekday: Weekday
    cut_off: LocalTime


class Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that holds, makes or sends units.

    `units_per_day` is its capacity, for a printer what it can make; None: no limit is known.
    `lead_days` are working days before handling starts; `handling_minutes` are open minutes.
    """

    code: Code
    name: Name
    kind: NodeKind
    country: Country
    postcode: Postcode
    town: Name
    latitude: Latitude
    longitude: Longitude
    time_zone: Annotated[str, Meta(max_length=64, examples=["Europe/Paris"])] = "Europe/Paris"
    does_ship: bool = True
    does_hand_over: bool = False
    does_take_returns: bool = False
    handling_minutes: Annotated[int, Meta(ge=0, le=100_000)] = 60
    handling_cents: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    units_per_day: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    lead_days: Days = 0
    buffer_units: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    is_open: bool = True
    hours: Annotated[tuple[Hours, ...], Meta(max_length=50)] = ()
    closures: Annotated[tuple[Closure, ...], Meta(max_length=1000)] = ()
    departures: Annotated[tuple[Departure, ...], Meta(max_length=200)] = ()


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parcel up to `max_km` (great circle) and `max_weight_g`: its price and working days."""

    max_km: Annotated[int, Meta(ge=1, le=25_000)]
    max_weight_g: Annotated[int, Meta(ge=1, le=100_000_000)]
    cents: Cents
    transit_days: Days


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product of a carrier; `chance` is on time as believed before anything was measured."""

    code: Code
    carrier: Name
    name: Name
    chance: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    rates: Annotated[tuple[Rate, ...], Meta(max_length=1000)] = ()


class Lane(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Node to node: how many working days a transfer is under way."""

    source: Code
    target: Code
    transit_days: Days


class Spot(Struct, frozen=True):
    """A point on earth, degrees."""

    latitude: float
    longitude: float


class Area(Struct, frozen=True, kw_only=True):
    """A postcode: its main town, where that lies, and how many people live under the postcode."""

    country: str
    code: str
    town: str
    latitude: float
    longitude: float
    population: int


class UnknownTimeZone(Refusal):
    code = "unknown-time-zone"
    kind = Kind.UNPROCESSABLE
    says = Text("There is no time zone “{zone}”.", "Il n'existe pas de fuseau « {zone} ».")
    do = Text("Use an IANA name such as Europe/Paris.", "Utilisez un nom IANA, comme Europe/Paris.")


class UnknownPostcode(Refusal):
    code = "unknown-postcode"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The postcode {postcode} ({country}) is not known here.",
        "Le code postal {postcode} ({country}) n'est pas connu ici.",
    )
    do = Text(
        "Correct it, or send latitude and longitude with the address.",
        "Corrigez-le, ou joignez latitude et longitude à l'adresse.",
    )


class HoursOverlap(Refusal):
    code = "hours-overlap"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The hours of {node} overlap, or close before they open.",
        "Les horaires de {node} se chevauchent, ou ferment avant d'ouvrir.",
    )
    do = Text(
        "Give each weekday spans that follow each other; what passes midnight is two spans.",
        "Donnez à chaque jour des plages qui se suivent\u202f; passer minuit fait deux plages.",
    )


class TwiceGiven(Refusal):
    code = "twice-given"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The {what} of {code} have one entry twice.",
        "Les {what} de {code} ont deux fois la même entrée.",
    )
    do = Text(
        "One closure a day; one departure a service and weekday; one rate a distance and weight.",
        "Une fermeture par jour\u202f; un départ par service et jour\u202f; un tarif par limites.",
    )


class LaneToItself(Refusal):
    code = "lane-to-itself"
    kind = Kind.UNPROCESSABLE
    says = Text("A lane from {node} ends at {node}.", "Une liaison de {node} finit à {node}.")
    do = Text("Name two different nodes.", "Citez deux sites différents.")


class HandlingTooLong(Refusal):
    code = "handling-too-long"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{node} would need more than {weeks} weeks of its hours to handle one order.",
        "{node} mettrait plus de {weeks} semaines de ses horaires à traiter une commande.",
    )
    do = Text(
        "Give it longer hours, or fewer handling_minutes; lead_days are for waiting.",
        "Allongez ses horaires, ou réduisez handling_minutes\u202f; lead_days sert à l'attente.",
    )
