"""What the worker leaves to whoever drives the clock: a replay does it, at times of its story.

So that nothing is forgotten, each such task is in one of these tables; a test compares them with
what is registered.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from noria.kit import jobs_run
from noria.kit.db import Database
from noria.kit.jobs import PERIODIC
from noria.orders import price_actions

HOURLY = (
    "promise.expire",
    "stock.hold_expired",
    "conduct.leave_late",
    "orders.make_anew",
    "orders.promise_waiting",
    "orders.watch",
    "orders.reoptimise",
)
DAILY = ("promise.measure",)
OTHERWISE: Mapping[str, str] = {
    "orders.price_stock": "it would only ask for a job; prices are there before the day goes on",
    "orders.source_waiting": "twice a day, by the API, and then what is short is bought",
    "orders.learn_deliveries": "twice a week, by the API",
    "conduct.measure": "once a day, by the API, when the feeds have come",
    "feeds.pull": "partners of a story send their feeds",
}


class Chores:
    """The worker's part in a replay; `patiently` tries a step again while the database is away."""

    def __init__(self, db: Database, patiently: Callable[[Callable[[], object]], object]) -> None:
        jobs_run.load()
        self._db = db
        self._patiently = patiently

    def hourly(self) -> None:
        """At the instant of the story's clock, in an order that never changes."""
        for name in HOURLY:
            self._do(name)

    def daily(self, at: datetime) -> None:
        """Before anything else of the day is decided."""
        for name in DAILY:
            self._do(name)
        self._patiently(lambda: _price(self._db, at))

    def _do(self, name: str) -> None:
        self._patiently(lambda: PERIODIC[name].run(self._db))


def _price(db: Database, at: datetime) -> None:
    if db.run(lambda tx: price_actions.is_due(tx, now=at)):
        price_actions.run(db, now=at)
