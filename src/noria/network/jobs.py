"""What the worker does for the network: keep public holidays some years ahead."""

from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.network import holiday_actions


@periodic("network.holidays", "41 * * * *")
def keep_holidays(db: Database) -> int:
    """Write what is missing or otherwise by now; how many days. Nothing, but for once a year."""
    return db.run(lambda tx: holiday_actions.keep_all(tx, today=clock.now(tx).date()))
