"""What the worker does for messages: plan them as events come, and send what is due."""

import os

from noria.kit import clock
from noria.kit.config import Settings, load
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.messages import outbox_actions as actions
from noria.messages.senders import Senders, send_due, senders

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
    media = list(ways)
    return send_due(
        db,
        ways,
        claim=lambda tx: actions.claim(tx, now=clock.now(tx), limit=AT_ONCE),
        write=lambda tx, key: actions.write(
            tx, key, public_url=settings.public_url, open_media=media, now=clock.now(tx)
        ),
        settle=lambda tx, key, outcome: actions.settle(tx, key, outcome, now=clock.now(tx)),
    )
