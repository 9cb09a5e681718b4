"""The verb of an installation's own legs: learn from them how long deliveries take."""

from datetime import datetime

from noria.kit.db import Connection
from noria.orders import journeys_views
from noria.promise.delivery import actions as delivery


def learn(tx: Connection, *, now: datetime) -> int:
    """Learn from all that has left, and from what is still on its way; the run's number."""
    return delivery.learn(tx, journeys_views.journeys(tx, now=now), now=now)
