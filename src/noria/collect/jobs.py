"""What the worker does about what waits in stores: give up, remind, see what will be late."""

from noria.collect import keep_actions as actions
from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic


@periodic("collect.give_up", "*/5 * * * *")
def give_up(db: Database) -> None:
    """Put back on sale what nobody collected in time."""
    while db.run(lambda tx: actions.give_up(tx, now=clock.now(tx))):
        pass


@periodic("collect.remind", "*/10 * * * *")
def remind(db: Database) -> None:
    """Remind whose order is not kept for much longer."""
    while db.run(lambda tx: actions.remind(tx, now=clock.now(tx))):
        pass


@periodic("collect.watch", "*/5 * * * *")
def watch(db: Database) -> int:
    """See which orders will be ready later than was told; how many."""
    return db.run(lambda tx: actions.watch(tx, now=clock.now(tx)))
