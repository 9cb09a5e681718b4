"""What the worker does for lots: put on hold what has expired."""

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.stock.tracked import expiry_actions


@periodic("stock.hold_expired", "11 * * * *", is_left_to_replays=True)
def hold_expired(db: Database) -> int:
    """Each hour, since each node has its own midnight. Nobody was promised them meanwhile."""
    lots = 0
    while held := db.run(
        lambda tx: expiry_actions.hold_expired(tx, actor=SYSTEM.id, now=clock.now(tx))
    ):
        lots += held
    return lots
