"""What the worker does for promises: tidy up holds that are over, measure what sells."""

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.jobs import periodic
from noria.promise import actions, keep_back_actions
from noria.stock import views as stock


@periodic("promise.expire", "* * * * *", is_left_to_replays=True)
def expire(db: Database) -> int:
    """Their units were free already: this only lets the book say so."""
    return db.run(lambda tx: actions.expire(tx, actor=SYSTEM.id, now=clock.now(tx)))


@periodic("promise.measure", "20 2 * * *", is_left_to_replays=True)
def measure(db: Database) -> int:
    """What rules in days of sales go by."""
    return db.run(lambda tx: keep_back_actions.measure(tx, _lowest(tx), now=clock.now(tx)))


def _lowest(tx: Connection) -> dict[str, float]:
    """The share of each node's records that is right at the least, as its last sample said."""
    return {node: lower for node, (_, lower, _) in stock.accuracy(tx).items()}
