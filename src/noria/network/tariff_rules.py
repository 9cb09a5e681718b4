"""Decisions about prices: which zone, which tariff on which day, what a parcel costs."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from msgspec import structs

from noria.network.model import Service, TwiceGiven
from noria.network.rules import rate
from noria.network.tariff_model import (
    Applies,
    Band,
    Book,
    Load,
    Price,
    Quote,
    SurchargeUnclear,
    Tariff,
    TariffBackwards,
    TariffZone,
    ZoneArea,
    ZonePrices,
    ZoneUnknown,
    ZoneWithoutPrice,
    Zoning,
)

FARTHEST_KM = 50_000
WHOLE = 10_000
"""A hundred percent, in hundredths of a percent."""


def book(tariff: Tariff, zoning: Zoning) -> Book:
    """A tariff with its zoning, as it is looked up."""
    areas: dict[tuple[str | None, str], list[ZoneArea]] = {}
    for area in sorted(zoning.areas, key=lambda one: (one.max_km or FARTHEST_KM, one.zone)):
        areas.setdefault((area.country, area.prefix), []).append(area)
    return Book(
        code=tariff.code,
        service=tariff.service,
        valid_from=tariff.valid_from,
        valid_until=tariff.valid_until,
        areas=areas,
        zones={one.zone: _zone_prices(tariff, one) for one in tariff.zones},
    )


def in_force(books: Iterable[Book], day: date) -> dict[str, Book]:
    """By service, the tariff that counts on a day; `books` are in the order they were made."""
    found: dict[str, Book] = {}
    for one in books:
        is_valid = one.valid_from <= day and (one.valid_until is None or day <= one.valid_until)
        known = found.get(one.service)
        if is_valid and (known is None or one.valid_from >= known.valid_from):
            found[one.service] = one
    return found


def zone(prices: Book, country: str, postcode: str, km: float) -> ZonePrices | None:
    """The zone of a postcode so far from the sender; None: the service does not go there."""
    for key in _starts(country, postcode):
        for area in prices.areas.get(key, ()):
            if area.max_km is None or km <= area.max_km:
                return prices.zones.get(area.zone)
    return None


def distances(service: Service, prices: Book | None, country: str, postcode: str) -> list[int]:
    """The kilometres, in order, at which the price of a parcel to a postcode may change.

    Between two of them, and up to the second, each parcel costs the same.
    """
    if prices is None:
        return sorted({one.max_km for one in service.rates})
    found = {
        area.max_km
        for key in _starts(country, postcode)
        for area in prices.areas.get(key, ())
        if area.max_km is not None
    }
    return sorted(found)


@lru_cache(10_000)
def _starts(country: str, postcode: str) -> tuple[tuple[str | None, str], ...]:
    """What areas that hold a postcode may be called, the smallest first, everywhere last."""
    code = plain_postcode(postcode)
    return *((country, code[:length]) for length in range(len(code), -1, -1)), (None, "")


def plain_postcode(postcode: str) -> str:
    """A postcode as prefixes are compared with it: capitals and digits alone."""
    return "".join(letter for letter in postcode.upper() if letter.isalnum())


def _zone_prices(tariff: Tariff, zone: TariffZone) -> ZonePrices:
    extra = [one for one in tariff.surcharges if one.zone in (None, zone.zone)]
    always = [one for one in extra if one.applies is Applies.ALWAYS]
    cents = sum(one.cents for one in always)
    share = sum(one.basis_points for one in always)
    return ZonePrices(
        zone=zone.zone,
        transit_days=zone.transit_days,
        volume_divisor=tariff.volume_divisor,
        bands=tuple(
            Band(
                max_weight_g=price.max_weight_g,
                max_volume_cm3=price.max_volume_cm3,
                cents=price.cents + cents + (price.cents * share + WHOLE // 2) // WHOLE,
            )
            for price in tariff.prices
            if price.zone == zone.zone
        ),
        bulky_cents=sum(one.cents for one in extra if one.applies is Applies.BULKY),
        hazardous_cents=sum(one.cents for one in extra if one.applies is Applies.HAZARDOUS),
    )


def charged_weight_g(weight_g: int, volume_cm3: int, volume_divisor: int) -> int:
    """What a parcel weighs for its price: its weight or, if that is more, its volume as weight.

    cm³ / divisor are kilograms; a gram that is begun counts.
    """
    if not volume_divisor:
        return weight_g
    return max(weight_g, -(-volume_cm3 * 1000 // volume_divisor))


def band(prices: ZonePrices, weight_g: int, volume_cm3: int) -> Band | None:
    """The cheapest band that holds a parcel; None: it is too heavy, or too large."""
    charged = charged_weight_g(weight_g, volume_cm3, prices.volume_divisor)
    fitting = [
        one
        for one in prices.bands
        if one.max_weight_g >= charged
        and (one.max_volume_cm3 is None or one.max_volume_cm3 >= volume_cm3)
    ]
    return min(fitting, key=lambda one: (one.cents, one.max_weight_g), default=None)


def takes(service: Service, load: Load) -> bool:
    """Whether a service carries such a parcel at all, wherever it goes."""
    return load.is_bulky <= service.takes_bulky and load.is_hazardous <= service.takes_hazardous


def quote(
    service: Service, prices: Book | None, *, country: str, postcode: str, km: float, load: Load
) -> Quote | None:
    """What one parcel costs by a service; None: it does not take it, or not there."""
    if not takes(service, load):
        return None
    if prices is None:
        return _plain_quote(service, km, load)
    where = zone(prices, country, postcode, km)
    step = band(where, load.weight_g, load.volume_cm3) if where else None
    if where is None or step is None:
        return None
    return Quote(
        service=service.code,
        tariff=prices.code,
        zone=where.zone,
        weight_g=charged_weight_g(load.weight_g, load.volume_cm3, where.volume_divisor),
        cents=step.cents
        + where.bulky_cents * load.is_bulky
        + where.hazardous_cents * load.is_hazardous,
        transit_days=where.transit_days,
    )


def _plain_quote(service: Service, km: float, load: Load) -> Quote | None:
    found = rate(service, km, load.weight_g)
    if found is None:
        return None
    return Quote(
        service=service.code,
        tariff=None,
        zone=None,
        weight_g=load.weight_g,
        cents=found.cents,
        transit_days=found.transit_days,
    )


def normal_zoning(zoning: Zoning) -> Zoning:
    """The zoning as it is kept: areas in order.

    Raises:
        TwiceGiven: two areas hold the same postcodes as near.
    """
    places = [(one.country, one.prefix, one.max_km) for one in zoning.areas]
    if len(set(places)) < len(places):
        raise TwiceGiven(what="areas", code=zoning.code)
    areas = sorted(
        zoning.areas, key=lambda one: (one.country or "", one.prefix, one.max_km or FARTHEST_KM)
    )
    return structs.replace(zoning, areas=tuple(areas))


def normal_tariff(tariff: Tariff, zoning: Zoning) -> Tariff:
    """The tariff as it is kept: zones, prices and surcharges in order.

    Raises:
        TariffBackwards: it ends before it begins.
        TwiceGiven: a zone, a price or a surcharge is there twice.
        ZoneUnknown, ZoneWithoutPrice: zoning, zones, prices and surcharges do not fit together.
        SurchargeUnclear: a share of the price is asked of bulky or hazardous parcels alone.
    """
    if tariff.valid_until is not None and tariff.valid_until < tariff.valid_from:
        raise TariffBackwards(code=tariff.code)
    _check_zones(tariff, zoning)
    for one in tariff.surcharges:
        if one.basis_points and one.applies is not Applies.ALWAYS:
            raise SurchargeUnclear(code=tariff.code, surcharge=one.code)
    return structs.replace(
        tariff,
        zones=tuple(sorted(tariff.zones, key=lambda one: one.zone)),
        prices=tuple(sorted(tariff.prices, key=_price_key)),
        surcharges=tuple(
            sorted(tariff.surcharges, key=lambda one: (one.code, one.zone or "", one.applies.value))
        ),
    )


def _price_key(one: Price) -> tuple[str, int, int]:
    return one.zone, one.max_weight_g, one.max_volume_cm3 or 0


def _check_zones(tariff: Tariff, zoning: Zoning) -> None:
    mapped = {one.zone for one in zoning.areas}
    served = {one.zone for one in tariff.zones}
    priced = {one.zone for one in tariff.prices}
    named = priced | {one.zone for one in tariff.surcharges if one.zone is not None}
    for stray, where in ((served - mapped, tariff.zoning), (named - served, tariff.code)):
        if stray:
            raise ZoneUnknown(code=tariff.code, zone=min(stray), where=where)
    if served - priced:
        raise ZoneWithoutPrice(code=tariff.code, zone=min(served - priced))
    keys: Sequence[tuple[str, Sequence[object]]] = (
        ("zones", [one.zone for one in tariff.zones]),
        ("prices", [_price_key(one) for one in tariff.prices]),
        ("surcharges", [(one.code, one.zone, one.applies) for one in tariff.surcharges]),
    )
    for what, given in keys:
        if len(set(given)) < len(given):
            raise TwiceGiven(what=what, code=tariff.code)
