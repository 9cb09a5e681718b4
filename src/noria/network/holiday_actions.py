"""Verbs of public holidays: they are kept as rows, so that SQL knows the days that Python does."""

from collections.abc import Iterable
from datetime import date

from noria.kit.db import Connection
from noria.network import calendar, holiday_store

YEARS_BEFORE, YEARS_AHEAD = 1, 5


def keep(tx: Connection, places: Iterable[tuple[str, str]], *, today: date) -> int:
    """Have rows for the holidays of these (country, region), from last year on; how many changed.

    Where the calendar knows better by now, the rows follow it; other years stay as they were.
    """
    years = range(today.year - YEARS_BEFORE, today.year + YEARS_AHEAD + 1)
    wanted = {
        (country, region): calendar.public_holidays(country, years, region)
        for country, region in sorted(set(places))
    }
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    kept = holiday_store.days(tx, list(wanted), first=first, last=last)
    rows = {(*place, day) for place, days in wanted.items() for day in days}
    return holiday_store.change(tx, new=sorted(rows - kept), gone=sorted(kept - rows))


def keep_all(tx: Connection, *, today: date) -> int:
    """Have rows for the holidays of every node, and the regions that postcodes lie in."""
    starts = [
        (country, start, region)
        for country, known in sorted(calendar.REGIONS.items())
        for start, region in known
    ]
    changed = holiday_store.set_regions(tx, starts)
    places = [
        (country, region or calendar.region_of(country, postcode))
        for country, postcode, region in holiday_store.places(tx)
    ]
    return changed + keep(tx, places, today=today)
