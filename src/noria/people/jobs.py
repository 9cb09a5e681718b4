"""What the worker does for this room: sweep away sessions and counters that are over."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.people import actions


@periodic("people.forget_old", "41 * * * *")
def forget_old(db: Database) -> int:
    """Drop what has ended; return how many rows that was."""
    return db.run(lambda tx: actions.forget_old(tx, now=clock.wall()))
