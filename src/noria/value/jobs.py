"""What the worker does for value: follow the ledger of units."""

from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.value import actions


@periodic("value.follow", "* * * * *")
def follow(db: Database) -> None:
    """Whoever asks what stock is worth brings it up to date first: this leaves little to do."""
    before = None
    while (done := db.run(actions.follow)).seq != before and not done.is_current:
        before = done.seq
    db.run(actions.settle)
