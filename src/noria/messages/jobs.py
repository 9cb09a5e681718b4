"""What the worker does for messages: plan them as events come, and send what is due."""

import logging
import os

from noria.kit import clock
from noria.kit.config import Settings, load
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.messages import outbox_actions as actions
from noria.messages.outbox_model import Outcome
from noria.messages.senders import Senders, senders

log = logging.getLogger("noria.messages")

AT_ONCE = 50


@periodic("messages.send", "* * * * *")
def send_messages(db: Database) -> None:
    """Plan what is due, then send until nothing is."""
    settings = load(os.environ)
    tell(db, settings, senders(settings))


def tell(db: Database, settings: Settings, ways: Senders) -> int:
    """Plan and send; how many were sent. What a killed worker had claimed is free again later."""
    while db.run(lambda tx: actions.plan(tx, now=clock.now(tx), is_sending=bool(ways))):
        pass
    sent = 0
    while ways:
        claimed = db.run(lambda tx: actions.claim(tx, now=clock.now(tx), limit=AT_ONCE))
        if not claimed:
            break
        sent += sum(_send(db, key, settings, ways) for key in claimed)
    return sent


def _send(db: Database, key: str, settings: Settings, ways: Senders) -> bool:
    found = db.run(
        lambda tx: actions.write(
            tx, key, public_url=settings.public_url, open_media=list(ways), now=clock.now(tx)
        )
    )
    if found is None:
        return False
    medium, letter = found
    try:
        outcome = ways[medium](letter, clock.wall())
    except Exception as problem:
        # A bug of ours counts as an attempt too, or this message would be tried for ever.
        log.exception("message %s could not be sent", key)
        outcome = Outcome(is_sent=False, is_final=False, told=type(problem).__name__)
    db.run(lambda tx: actions.settle(tx, key, outcome, now=clock.now(tx)))
    return outcome.is_sent
