"""The verb of legs under way: measure each day how they turned out, once its news is in."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from noria.kit.db import Connection
from noria.network import rules
from noria.network import views as network
from noria.network.calendar import rests_of
from noria.network.model import Service
from noria.orders import pace_rules, pace_store, windows
from noria.orders.pace_model import Bound

NEWS_TAKES = timedelta(days=2)
"""How long after a day nearly all is heard that happened on it."""

LOOKS_BACK = timedelta(days=30)
DAY = timedelta(days=1)


def measure(tx: Connection, *, now: datetime) -> int:
    """Measure the days that are over and were not measured yet; how many there were."""
    last = (now - NEWS_TAKES).date() - DAY
    through = pace_store.lock_through(tx) or (now - LOOKS_BACK).date()
    services, days = network.services(tx), 0
    while through < last:
        through += DAY
        pace_store.add_day(tx, through, _overdue(tx, through, services))
        days += 1
    if days:
        pace_store.move_through(tx, through)
    return days


def _overdue(tx: Connection, day: date, services: Mapping[str, Service]) -> dict[Bound, int]:
    """How many delivery days what was under way on a day was overdue; none where nothing came."""
    bound = pace_store.bound(tx, day)
    points = windows.points(tx, [one.point for one in bound])
    found = {}
    for one in bound:
        rounds = rules.rounds(services.get(one.service))
        since = min(one.arrives_on, day)
        rests = rests_of(points.get(one.point or ""), one.country, one.postcode, since)
        if rules.is_delivery_day(day, rests, rounds):
            found[one] = pace_rules.overdue(one.arrives_on, day, rests, rounds)
    return found
