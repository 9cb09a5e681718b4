"""What the worker does about partners: look, every minute, how far each is still believed."""

from noria.conduct import actions
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.jobs import periodic


@periodic("conduct.measure", "* * * * *", is_left_to_replays=True)
def measure(db: Database) -> None:
    db.run(lambda tx: actions.measure(tx, now=clock.now(tx)))


@periodic("conduct.leave_late", "*/10 * * * *", is_left_to_replays=True)
def leave_late(db: Database) -> int:
    """Send elsewhere what partners have not shipped in time; how many legs."""
    return db.run(lambda tx: actions.leave_late(tx, actor=SYSTEM.id, now=clock.now(tx)))
