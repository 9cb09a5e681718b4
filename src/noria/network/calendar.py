"""Days on which a country rests."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays


def public_holidays(country: str, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a country (ISO 3166, such as FR); none for one that is not known."""
    return _public_holidays(country, tuple(sorted(set(years))))


@lru_cache(1000)
def _public_holidays(country: str, years: tuple[int, ...]) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=years))
    except NotImplementedError:
        return frozenset()
