"""What the worker does for counting: learn from the ledger which books are likely wrong."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.stock.counts import actions

NODES_AT_A_TIME = 100


@periodic("stock.counts.learn", "*/10 * * * *")
def learn(db: Database) -> int:
    """What happened on shelves since the last time steers what is counted next."""
    return db.run(lambda tx: actions.learn(tx, now=clock.now(tx)))


@periodic("stock.counts.shortlist", "5-55/10 * * * *")
def shortlist(db: Database) -> int:
    """Find what is most worth a count before somebody asks; return at how many nodes."""
    for done in range(NODES_AT_A_TIME):
        if db.run(lambda tx: actions.keep_shortlist(tx, now=clock.now(tx))) is None:
            return done
    return NODES_AT_A_TIME
