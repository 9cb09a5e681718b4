"""Verbs of reliability: rooms above tell what became of things, and it is estimated anew."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from noria.kit.db import Connection
from noria.network import reliability_rules, reliability_store, reliability_views, views
from noria.network.reliability_model import Observation

DAY = timedelta(days=1)
STRETCH = timedelta(days=30)
SETTLED = timedelta(minutes=15)
"""So long after midnight, nothing can be under way that would still be told of the day before."""


def measure(
    tx: Connection,
    source: str,
    observe: Callable[[date, date], Sequence[Observation]],
    *,
    now: datetime,
) -> bool:
    """Add a room's facts of days that are over, once each; whether there may be more to add.

    `observe(first, last)` tells what happened from the one day to the other, UTC. All that is
    believed stays as it is until the next midnight, so that it does not depend on when in the day
    it was measured. Of a long past, a stretch is added at a time.
    """
    yesterday = (now - SETTLED).date() - DAY
    known = reliability_store.lock_through(tx, source)
    oldest = yesterday - reliability_rules.FORGOTTEN_DAYS * DAY
    first = oldest if known is None else max(known + DAY, oldest)
    if first > yesterday:
        return False
    last = min(yesterday, first + STRETCH)
    reliability_store.add(tx, observe(first, last))
    reliability_store.move_through(tx, source, last)
    if last < yesterday:
        return True
    _estimate(tx, yesterday)
    return False


def _estimate(tx: Connection, today: date) -> None:
    reliability_store.lock_estimates(tx)
    nodes, services = views.nodes(tx), views.services(tx)
    cells = reliability_views.cells(tx, nodes, services, today)
    chances = {f"service:{code}": service.chance for code, service in services.items()}
    reliability_store.replace_estimates(tx, reliability_rules.estimates(cells, chances))
