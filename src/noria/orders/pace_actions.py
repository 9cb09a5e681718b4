"""The verb of legs under way: measure each day how they turned out, once its news is in."""

from datetime import datetime, timedelta

from noria.kit.db import Connection
from noria.orders import pace_store

NEWS_TAKES = timedelta(days=2)
"""How long after a day nearly all is heard that happened on it."""

LOOKS_BACK = timedelta(days=30)
DAY = timedelta(days=1)


def measure(tx: Connection, *, now: datetime) -> int:
    """Measure the days that are over and were not measured yet; how many there were."""
    last = (now - NEWS_TAKES).date() - DAY
    through = pace_store.lock_through(tx) or (now - LOOKS_BACK).date()
    days = 0
    while through < last:
        through += DAY
        pace_store.add_day(tx, through)
        days += 1
    if days:
        pace_store.move_through(tx, through)
    return days
