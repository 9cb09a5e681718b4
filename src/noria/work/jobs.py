"""What the worker does in nodes: put what waits in waves, when a node wants it."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.work import actions


@periodic("work.waves", "*/5 * * * *")
def make_waves(db: Database) -> int:
    """Waves at the times that nodes set; how many nodes had some made."""
    return db.run(lambda tx: actions.plan_in_turn(tx, now=clock.now(tx)))
