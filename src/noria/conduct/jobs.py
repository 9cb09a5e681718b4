"""What the worker does about partners: look, every minute, how far each is still believed."""

from noria.conduct import actions
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.jobs import periodic


@periodic("conduct.measure", "* * * * *")
def measure(db: Database) -> None:
    """Where a replay drives the clock it also decides when this happens."""
    with db.transaction() as tx:
        if clock.is_driven(tx):
            return
    db.run(lambda tx: actions.measure(tx, now=clock.now(tx)))


@periodic("conduct.leave_late", "*/10 * * * *")
def leave_late(db: Database) -> int:
    """Send elsewhere what partners have not shipped in time; how many legs."""
    with db.transaction() as tx:
        if clock.is_driven(tx):
            return 0
    return db.run(lambda tx: actions.leave_late(tx, actor=SYSTEM.id, now=clock.now(tx)))
