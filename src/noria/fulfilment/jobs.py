"""What the worker does: notice silence, forget old replies, tell how days gone by turned out."""

from noria.fulfilment import actions, tracking_actions
from noria.kit import clock
from noria.kit.db import Database
from noria.kit.jobs import periodic


@periodic("fulfilment.silence", "*/20 * * * *")
def listen_for_silence(db: Database) -> int:
    """Call parcels silent of which nothing was heard for longer than is usual."""
    return db.run(lambda tx: tracking_actions.listen_for_silence(tx, now=clock.now(tx)))


@periodic("fulfilment.catch_up", "*/5 * * * *")
def catch_up(db: Database) -> None:
    """Let have its effect what carriers dated ahead, once its time has come."""
    while db.run(lambda tx: tracking_actions.catch_up(tx, now=clock.now(tx))):
        pass


@periodic("fulfilment.forget_replies", "41 3 * * *")
def forget_replies(db: Database) -> None:
    """Drop carriers' replies that are older than we promise to keep them."""
    while db.run(lambda tx: tracking_actions.forget_old(tx, now=clock.now(tx))):
        pass


@periodic("fulfilment.measure", "*/10 * * * *")
def measure(db: Database) -> None:
    """Once a day there is something to tell; asking more often finds out when the day is over."""
    while db.run(lambda tx: actions.measure(tx, now=clock.now(tx))):
        pass
