"""Where stock is, when it is open, and how parcels leave it."""

from datetime import date, time
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Lyon Part-Dieu"])]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$", examples=["FR"])]
AddressLine = Annotated[str, Meta(max_length=200)]
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
    """What a node is.

    From the supplier to the marketplace's warehouse they hold stock that is not ours, or not in
    our walls; a printer and a maker hold none, and make what is asked. A relay point keeps parcels
    for customers; a digital node delivers what needs no parcel.
    """

    WAREHOUSE = "warehouse"
    STORE = "store"
    DARK_STORE = "dark_store"
    SUPPLIER = "supplier"
    PRINTER = "printer"
    MAKER = "maker"
    THIRD_PARTY = "third_party"
    MARKETPLACE = "marketplace"
    RELAY = "relay"
    DIGITAL = "digital"


class Hours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open from `opens` to `closes` on that weekday, in the node's own time zone."""

    weekday: Weekday
    opens: LocalTime
    closes: LocalTime


class Closure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    day: date
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On that day the node is open then, whatever its weekday or a holiday would say.

    A day with openings has these and no others: its usual hours do not count.
    """

    day: date
    opens: LocalTime
    closes: LocalTime
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["Sunday in Advent"])]


class Capacity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node can handle on a weekday, or on one day; a day counts before its weekday.

    None: as on any other day. 0: nothing.
    """

    weekday: Weekday | None = None
    day: date | None = None
    units: Annotated[int, Meta(ge=0, le=100_000_000)] | None = None
    orders: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None


class Departure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service's van leaves on that weekday; what is ready by `cut_off` leaves with it."""

    service: Code
    weekday: Weekday
    cut_off: LocalTime


class Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that holds, makes or sends units.

    `units_per_day` and `orders_per_day` are its capacity, for a printer what it can make; None: no
    limit is known. Beyond it, `overtime_units` a day can be handled for `overtime_cents` each.
    `lead_days` are working days before handling starts; of so many `booking_days` what is made to
    order may be booked ahead, each day up to its capacity; `handling_minutes` are open minutes, or,
    if it learns them, what stands in while nothing was measured. `region` says whose holidays it
    keeps, where they differ within a country (6AE: Alsace); empty: that of its postcode. `street`
    is with its number; `address_more` is the building, the entrance, the floor.
    """

    code: Code
    name: Name
    kind: NodeKind
    country: Country
    street: Annotated[AddressLine, Meta(examples=["17 rue du Docteur Bouchut"])] = ""
    address_more: Annotated[AddressLine, Meta(examples=["Bâtiment C"])] = ""
    postcode: Postcode
    town: Name
    latitude: Latitude
    longitude: Longitude
    time_zone: Annotated[str, Meta(max_length=64, examples=["Europe/Paris"])] = "Europe/Paris"
    does_ship: bool = True
    does_hand_over: bool = False
    does_take_returns: bool = False
    does_gift_wrap: bool = False
    has_own_packaging: bool = False
    takes_hazardous: bool = False
    takes_bulky: bool = True
    handling_minutes: Annotated[int, Meta(ge=0, le=100_000)] = 60
    handling_cents: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    learns_handling: bool = False
    units_per_day: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    orders_per_day: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    overtime_units: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    overtime_cents: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    lead_days: Days = 0
    booking_days: Annotated[int, Meta(ge=1, le=366)] = 1
    buffer_units: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    is_open: bool = True
    region: Annotated[str, Meta(max_length=10, examples=["6AE"])] = ""
    keeps_holidays: bool = True
    hours: Annotated[tuple[Hours, ...], Meta(max_length=50)] = ()
    closures: Annotated[tuple[Closure, ...], Meta(max_length=1000)] = ()
    openings: Annotated[tuple[Opening, ...], Meta(max_length=1000)] = ()
    capacities: Annotated[tuple[Capacity, ...], Meta(max_length=1000)] = ()
    departures: Annotated[tuple[Departure, ...], Meta(max_length=200)] = ()


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parcel up to `max_km` (great circle) and `max_weight_g`: its price and working days."""

    max_km: Annotated[int, Meta(ge=1, le=25_000)]
    max_weight_g: Annotated[int, Meta(ge=1, le=100_000_000)]
    cents: Cents
    transit_days: Days


class Service(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product of a carrier; `chance` is on time as believed before anything was measured.

    Its prices are those of its tariff in force; without one, its `rates`. It delivers on the
    weekdays of `delivers_on` (none: from Monday to Saturday), not on public holidays where it
    goes; one that `delivers_daily` does on these too, and without weekdays of its own on Sundays,
    but to no store or relay point that is shut then.
    On its `closures` it neither calls at nodes nor delivers.
    """

    code: Code
    carrier: Name
    name: Name
    goes_to_relays: bool = False
    delivers_daily: bool = False
    takes_hazardous: bool = False
    takes_bulky: bool = True
    chance: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    rates: Annotated[tuple[Rate, ...], Meta(max_length=1000)] = ()
    delivers_on: Annotated[tuple[Weekday, ...], Meta(max_length=7)] = ()
    closures: Annotated[tuple[Closure, ...], Meta(max_length=1000)] = ()


class Rounds(Struct, frozen=True):
    """The days on which parcels are delivered: transit counts these, and nothing comes on others.

    Public holidays are those where a parcel goes; `closures` are the carrier's own days of rest.
    """

    weekdays: frozenset[int]
    keeps_holidays: bool = True
    closures: frozenset[date] = frozenset()


class Rests(Struct, frozen=True):
    """The days on which nothing comes to where a parcel goes.

    On its public `holidays` services that deliver on these come all the same; on days on which it
    is `shut` nobody is there to take a parcel in.
    """

    holidays: frozenset[date] = frozenset()
    shut: frozenset[date] = frozenset()


NO_RESTS = Rests()

USUAL_ROUNDS = Rounds(frozenset(range(6)))
"""From Monday to Saturday, but for public holidays: of most carriers, and of lanes of our own."""
DAILY_ROUNDS = Rounds(frozenset(range(7)), keeps_holidays=False)


PICK_UP = "pick-up"
"""The service of what lies in the store where its customer collects it: no carrier, no van."""
LANE = "lane"
"""The service of what a lane of our own brings to that store."""
OWN_WAYS = frozenset({PICK_UP, LANE})


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


class UnknownRegion(Refusal):
    code = "unknown-region"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{country} has no region “{region}” with holidays of its own.",
        "{country} n'a pas de région «\u202f{region}\u202f» avec ses propres jours fériés.",
    )
    do = Text(
        "Leave it empty, or use one of: {known}.",
        "Laissez vide, ou utilisez l'une de\u202f: {known}.",
    )


class CapacityUnclear(Refusal):
    code = "capacity-unclear"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "A capacity of {node} is for no day, or for two.",
        "Une capacité de {node} ne vaut pour aucun jour, ou pour deux.",
    )
    do = Text(
        "Give each one a weekday or a day, and units or orders.",
        "Donnez à chacune un jour de semaine ou une date, et des unités ou des commandes.",
    )


class OpenAndClosed(Refusal):
    code = "open-and-closed"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{node} has an opening and a closure on {day}.",
        "{node} a une ouverture et une fermeture le {day}.",
    )
    do = Text("Keep one of the two.", "Gardez l'une des deux.")


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
        "Keep one of the two: each closure, departure, capacity, rate or price stands once.",
        "Gardez l'un des deux\u202f: fermeture, départ, capacité, tarif ou prix, chacun une fois.",
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
