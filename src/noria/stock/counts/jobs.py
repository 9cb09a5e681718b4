"""What the worker does for counting: learn from the ledger which books are likely wrong."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.stock.counts import actions


@periodic("stock.counts.learn", "*/10 * * * *")
def learn(db: Database) -> int:
    """What happened on shelves since the last time steers what is counted next."""
    return db.run(lambda tx: actions.learn(tx, now=clock.now(tx)))
