"""What the worker does for who is to be forgotten: look again once what was open is closed."""

from noria.customers import actions
from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic


@periodic("customers.erase", "*/10 * * * *")
def erase(db: Database) -> int:
    """Forget what has been closed since; how many customers are forgotten now."""
    return db.run(lambda tx: actions.go_on(tx, now=clock.now(tx)))
