"""What carriers charge: maps of the world into zones, and prices by zone, weight and volume."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code
from noria.network.model import Country, Days, Name

Prefix = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9]{0,10}$",
        description="How postcodes begin, capitals without blanks; empty: all of the country.",
        examples=["20"],
    ),
]
Grams = Annotated[int, Meta(ge=1, le=100_000_000)]
Volume = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class ZoneArea(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Postcodes that lie in a zone, perhaps only within `max_km` of the sender (great circle).

    Without a country: everywhere.
    """

    zone: Code
    country: Country | None = None
    prefix: Prefix = ""
    max_km: Annotated[int, Meta(ge=1, le=25_000)] | None = None


class Zoning(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A carrier's map. Of the areas that hold a postcode the narrowest says which zone it is in.

    The longest prefix is the narrowest, then the shortest distance, then the zone's code. A zoning
    never changes: a new map gets a new code.
    """

    code: Code
    name: Name
    areas: Annotated[tuple[ZoneArea, ...], Meta(min_length=1, max_length=20_000)]


class TariffZone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A zone that the service goes to, and the working days that it says it needs."""

    zone: Code
    transit_days: Days


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One parcel to a zone, up to a weight and perhaps a volume."""

    zone: Code
    max_weight_g: Grams
    max_volume_cm3: Volume | None = None
    cents: Cents


class Applies(Enum):
    """To which parcels a surcharge applies."""

    ALWAYS = "always"
    BULKY = "bulky"
    HAZARDOUS = "hazardous"


class Surcharge(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a parcel costs beyond its price: `cents`, and a share of the price.

    A share, in hundredths of a percent, goes with `always` alone (fuel); without a zone it holds in
    every one. Parcels with something bulky or hazardous pay theirs once.
    """

    code: Code
    applies: Applies = Applies.ALWAYS
    zone: Code | None = None
    cents: Cents = 0
    basis_points: Annotated[int, Meta(ge=0, le=100_000)] = 0


class Tariff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The prices of a service from a day on, until a day or the next tariff.

    Parcels weigh what they weigh, or their volume in cm³ divided by `volume_divisor` as kilograms
    if that is more; 0: volume does not weigh. A tariff never changes: new prices get a new code.
    """

    code: Code
    service: Code
    zoning: Code
    valid_from: date
    valid_until: date | None = None
    volume_divisor: Annotated[int, Meta(ge=0, le=100_000, examples=[5000])] = 0
    zones: Annotated[tuple[TariffZone, ...], Meta(min_length=1, max_length=1000)]
    prices: Annotated[tuple[Price, ...], Meta(min_length=1, max_length=20_000)]
    surcharges: Annotated[tuple[Surcharge, ...], Meta(max_length=1000)] = ()


class Load(Struct, frozen=True, kw_only=True):
    """What a parcel is, as far as its price depends on it."""

    weight_g: int
    volume_cm3: int = 0
    is_bulky: bool = False
    is_hazardous: bool = False


class Band(Struct, frozen=True, kw_only=True):
    """Parcels up to a weight and perhaps a volume, and what one costs with what is always added."""

    max_weight_g: int
    max_volume_cm3: int | None
    cents: int


class ZonePrices(Struct, frozen=True, kw_only=True):
    """What a tariff says of a zone: bands by weight, and what bulky or hazardous goods add."""

    zone: str
    transit_days: int
    volume_divisor: int
    bands: tuple[Band, ...]
    bulky_cents: int
    hazardous_cents: int


class Book(Struct, frozen=True, kw_only=True):
    """A tariff and its zoning, laid out to be looked up: areas by country and prefix, zones."""

    code: str
    service: str
    valid_from: date
    valid_until: date | None
    areas: Mapping[tuple[str | None, str], Sequence[ZoneArea]]
    zones: Mapping[str, ZonePrices]


class Quote(Struct, frozen=True, kw_only=True):
    """What one parcel costs by a service, and by which tariff; None: by its plain rates."""

    service: str
    tariff: str | None
    zone: str | None
    weight_g: int
    cents: int
    transit_days: int


class TariffFixed(Refusal):
    code = "tariff-fixed"
    kind = Kind.CONFLICT
    says = Text(
        "{code} is there already, with other content: what was charged by it stays true.",
        "{code} existe déjà, avec un autre contenu\u202f: ce qu'il a facturé reste vrai.",
    )
    do = Text(
        "Give the new version a code of its own.", "Donnez un autre code à la nouvelle version."
    )


class ZoneUnknown(Refusal):
    code = "zone-unknown"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{code} names the zone {zone}, which {where} does not have.",
        "{code} cite la zone {zone}, que {where} n'a pas.",
    )
    do = Text("List it there, or take it out.", "Ajoutez-la, ou retirez-la.")


class ZoneWithoutPrice(Refusal):
    code = "zone-without-price"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The tariff {code} goes to the zone {zone} and has no price for it.",
        "Le tarif {code} dessert la zone {zone}, mais n'a pas de prix pour elle.",
    )
    do = Text("Give it a price, or leave the zone out.", "Donnez un prix, ou retirez la zone.")


class SurchargeUnclear(Refusal):
    code = "surcharge-unclear"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The surcharge {surcharge} of {code} is a share of the price of some parcels only.",
        "Le supplément {surcharge} de {code} est une part du prix de certains colis seulement.",
    )
    do = Text(
        "Give bulky and hazardous parcels an amount in cents.",
        "Donnez un montant en centimes aux colis encombrants ou dangereux.",
    )


class TariffBackwards(Refusal):
    code = "tariff-backwards"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The tariff {code} ends before it begins.", "Le tarif {code} finit avant de commencer."
    )
    do = Text("Check valid_from and valid_until.", "Vérifiez valid_from et valid_until.")
