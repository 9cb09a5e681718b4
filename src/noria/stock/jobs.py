"""What the worker does for the ledger: keep what balances were."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.stock import history_actions, total_actions


@periodic("stock.cut", "7 * * * *")
def cut(db: Database) -> None:
    """So that a date years back is near a cut; nothing is answered otherwise without it."""
    while db.run(lambda tx: history_actions.cut(tx, now=clock.now(tx))):
        pass


@periodic("stock.total", "* * * * *")
def total(db: Database) -> None:
    """So that nobody has to count every shelf who asks how much there is."""
    while db.run(total_actions.follow):
        pass
