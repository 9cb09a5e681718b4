"""Days on which a country, or a region of it, rests."""

from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache

import holidays
from holidays.registry import EntityLoader

from noria.network import rules
from noria.network.model import Node, Rests, UnknownRegion

COUNTRIES = frozenset(EntityLoader.get_country_codes())
"""Codes of the countries whose holidays are known: to ask for their regions too would load each."""

REGIONS = {
    "FR": (
        ("57", "57"),
        ("67", "6AE"),
        ("68", "6AE"),
        *((prefix, prefix) for prefix in ("971", "972", "973", "974", "976")),
    )
}
"""Postcodes that begin so lie in a region with holidays of its own: Moselle, Alsace, overseas."""


def public_holidays(country: str, years: Iterable[int], region: str = "") -> frozenset[date]:
    """The public holidays of a country (ISO 3166, such as FR), or of a region of it.

    None for a country that is not known; those of its country for a region that is not.
    """
    wanted = tuple(sorted(set(years)))
    return _public_holidays(country, wanted, region if region in regions(country) else "")


def region_of(country: str, postcode: str) -> str:
    """The region whose holidays a postcode keeps, where they differ within the country."""
    starts = REGIONS.get(country, ())
    return next((region for start, region in starts if postcode.startswith(start)), "")


def holidays_at(country: str, postcode: str, years: Iterable[int]) -> frozenset[date]:
    """The public holidays where a postcode lies."""
    return public_holidays(country, years, region_of(country, postcode))


def rests_at(country: str, postcode: str, years: Iterable[int]) -> Rests:
    """The days on which nothing comes to a door there."""
    return Rests(holidays_at(country, postcode, years))


def rests_of(point: Node | None, country: str, postcode: str, since: date) -> Rests:
    """The days from then on on which nothing comes there: to a door, or to whoever keeps it."""
    years = (since.year, since.year + 1)
    if point is None:
        return rests_at(country, postcode, years)
    return rules.rests(point, node_holidays(point, years), since)


def node_holidays(node: Node, years: Iterable[int]) -> frozenset[date]:
    """The public holidays where a node lies."""
    region = node.region or region_of(node.country, node.postcode)
    return public_holidays(node.country, years, region)


def check_region(node: Node) -> None:
    """Refuse a region that its country does not have."""
    known = regions(node.country)
    if node.region and node.region not in known:
        raise UnknownRegion(country=node.country, region=node.region, known=", ".join(known) or "-")


@cache
def regions(country: str) -> tuple[str, ...]:
    """The regions of a country that may have holidays of their own, by their codes."""
    if country not in COUNTRIES:
        return ()
    return tuple(holidays.country_holidays(country).subdivisions)


@lru_cache(1000)
def _public_holidays(country: str, years: tuple[int, ...], region: str) -> frozenset[date]:
    if country not in COUNTRIES:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=years))
