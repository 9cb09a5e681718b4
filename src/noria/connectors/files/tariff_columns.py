"""The columns of carriers' maps and prices: a line an area, a line a price."""

from datetime import date

from msgspec import Struct

from noria.connectors.files.cell_lists import list_of
from noria.connectors.files.cells import CODE, DAY, cents, matching, text, whole
from noria.connectors.files.model import Column, FileKind, Shape, Spec
from noria.kit.errors import Text
from noria.network.tariff_model import (
    Applies,
    Price,
    Surcharge,
    Tariff,
    TariffZone,
    ZoneArea,
    Zoning,
)

COUNTRY = matching(r"[A-Z]{2}", Text("two capital letters, FR", "deux capitales, FR"))
PREFIX = matching(
    r"[A-Z0-9]{1,10}", Text("capitals and digits, no blanks", "capitales et chiffres, sans blanc")
)


class AreaLine(Struct, frozen=True, kw_only=True):
    """One line of a file of zonings."""

    code: str
    name: str
    zone: str
    country: str | None = None
    prefix: str = ""
    max_km: int | None = None


class PriceLine(Struct, frozen=True, kw_only=True):
    """One line of a file of tariffs; all but the price is repeated on each."""

    code: str
    service: str
    zoning: str
    valid_from: date
    zone: str
    transit_days: int
    max_weight_g: int
    cents: int
    max_volume_cm3: int | None = None
    valid_until: date | None = None
    volume_divisor: int = 0
    surcharges: tuple[Surcharge, ...] = ()


def _surcharge(
    code: str, applies: str, zone: str, whole_part: str, decimals: str | None, sign: str | None
) -> list[Surcharge]:
    hundredths = int(whole_part) * 100 + int((decimals or "").ljust(2, "0"))
    return [
        Surcharge(
            code=code,
            applies=Applies(applies),
            zone=None if zone == "*" else zone,
            cents=0 if sign else hundredths,
            basis_points=hundredths if sign else 0,
        )
    ]


def _shown(one: Surcharge) -> str:
    number = one.basis_points or one.cents
    amount = f"{number // 100}.{number % 100:02}" + ("%" if one.basis_points else "")
    return f"{one.code} {one.applies.value} {one.zone or '*'} {amount}"


SURCHARGES = list_of(
    r"([A-Za-z0-9._-]{1,64}) +(always|bulky|hazardous) +(\*|[A-Za-z0-9._-]{1,64})"
    r" +([0-9]{1,7})(?:[.,]([0-9]{1,2}))? *(%)?",
    _surcharge,
    _shown,
    most=1000,
    allowed=Text(
        "such as island always CORSICA 3.50; fuel always * 12.5%; large bulky * 10",
        "comme ile always CORSE 3.50",
    ),
)


def _column(
    name: str, field: str, shape: Shape, meaning: str, example: str, *defaults: object
) -> Column:
    """A column; one without a default has to be there."""
    return Column(
        name=name,
        field=field,
        shape=shape,
        meaning=meaning,
        example=example,
        is_required=not defaults,
        default=defaults[0] if defaults else None,
    )


ZONINGS = Spec(
    kind=FileKind.ZONINGS,
    about="One line an area of a carrier's map; a zoning is added whole, and never changes.",
    key=("zoning", "country", "prefix", "max_km"),
    columns=(
        _column("zoning", "code", CODE, "The key of the map.", "POST-2026"),
        _column("name", "name", text(200), "What people call it.", "Post, from January"),
        _column("zone", "zone", CODE, "The zone the area lies in.", "CORSICA"),
        _column("country", "country", COUNTRY, "Empty: everywhere.", "FR", None),
        _column("prefix", "prefix", PREFIX, "How postcodes begin; empty: all.", "20", ""),
        _column("max_km", "max_km", whole(1, 25_000), "How near the sender.", "100", None),
    ),
)
TARIFFS = Spec(
    kind=FileKind.TARIFFS,
    about="One line a price; what belongs to the tariff or the zone is repeated on each of its "
    "lines. A tariff is added whole, and never changes.",
    key=("tariff", "zone", "max_weight_g", "max_volume_cm3"),
    columns=(
        _column("tariff", "code", CODE, "The key of the tariff.", "HOME-2026"),
        _column("service", "service", CODE, "Whose prices.", "HOME"),
        _column("zoning", "zoning", CODE, "The map of its zones.", "POST-2026"),
        _column("valid_from", "valid_from", DAY, "Its first day.", "2026-01-01"),
        _column("valid_until", "valid_until", DAY, "Its last day, if any.", "2026-12-31", None),
        _column(
            "volume_divisor", "volume_divisor", whole(0, 100_000),
            "cm³ that weigh a kilogram; 0: volume does not weigh.", "5000", 0,
        ),
        _column(
            "surcharges", "surcharges", SURCHARGES, "Code, parcels, zone, amount or share.",
            "island always CORSICA 3.50; fuel always * 12.5%", (),
        ),
        _column("zone", "zone", CODE, "A zone of the map.", "CORSICA"),
        _column("transit_days", "transit_days", whole(0, 365), "Working days to it.", "3"),
        _column("max_weight_g", "max_weight_g", whole(1, 100_000_000), "Up to so heavy.", "1000"),
        _column(
            "max_volume_cm3", "max_volume_cm3", whole(1, 1_000_000_000),
            "Up to so large; empty: whatever.", "30000", None,
        ),
        _column("price", "cents", cents(10**12), "Of one parcel, before surcharges.", "7.90"),
    ),
)  # fmt: skip
TARIFF_FIELDS = ("service", "zoning", "valid_from", "valid_until", "volume_divisor", "surcharges")


def zoning(lines: list[AreaLine]) -> Zoning:
    """The zoning that lines make together."""
    return Zoning(
        code=lines[0].code,
        name=lines[0].name,
        areas=tuple(
            ZoneArea(zone=one.zone, country=one.country, prefix=one.prefix, max_km=one.max_km)
            for one in lines
        ),
    )


def tariff(lines: list[PriceLine]) -> Tariff:
    """The tariff that lines make together."""
    first = lines[0]
    days = {one.zone: one.transit_days for one in lines}
    return Tariff(
        code=first.code,
        **{field: getattr(first, field) for field in TARIFF_FIELDS},
        zones=tuple(TariffZone(zone=zone, transit_days=days[zone]) for zone in sorted(days)),
        prices=tuple(
            Price(
                zone=one.zone,
                max_weight_g=one.max_weight_g,
                max_volume_cm3=one.max_volume_cm3,
                cents=one.cents,
            )
            for one in lines
        ),
    )


def area_lines(one: Zoning) -> list[AreaLine]:
    """A zoning as the lines of the file that would bring it in."""
    return [
        AreaLine(
            code=one.code,
            name=one.name,
            zone=area.zone,
            country=area.country,
            prefix=area.prefix,
            max_km=area.max_km,
        )
        for area in one.areas
    ]


def price_lines(one: Tariff) -> list[PriceLine]:
    """A tariff as the lines of the file that would bring it in."""
    days = {zone.zone: zone.transit_days for zone in one.zones}
    about = {field: getattr(one, field) for field in TARIFF_FIELDS}
    return [
        PriceLine(
            code=one.code,
            **about,
            zone=price.zone,
            transit_days=days[price.zone],
            max_weight_g=price.max_weight_g,
            max_volume_cm3=price.max_volume_cm3,
            cents=price.cents,
        )
        for price in one.prices
    ]
