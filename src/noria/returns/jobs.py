"""What the worker does for returns: tell the network what came back as waste."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.returns import actions


@periodic("returns.measure", "*/10 * * * *")
def measure(db: Database) -> None:
    """Once a day there is something to tell; asking more often finds out when the day is over."""
    while db.run(lambda tx: actions.measure(tx, now=clock.now(tx))):
        pass
