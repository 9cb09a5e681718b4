"""What the worker does for the shop's pages: tell who waits, and learn what is bought together."""

import os
from collections.abc import Sequence
from functools import partial

from noria.kit import clock
from noria.kit.config import load
from noria.kit.db import Connection, Database
from noria.kit.jobs import periodic
from noria.messages.outbox_model import Medium
from noria.messages.senders import Senders, send_due, senders
from noria.orders import capacity_views
from noria.promise.delivery import scenes
from noria.storefront import actions

SKUS_AT_ONCE = 200
SENT_AT_ONCE = 50


@periodic("storefront.tell", "* * * * *")
def tell_who_waits(db: Database) -> None:
    """See whose turn it is, and tell them."""
    ways = senders(load(os.environ))
    tell(db, ways)
    send(db, ways)


def tell(db: Database, ways: Senders) -> int:
    """Look at all SKUs that somebody waits for; how many people were told."""
    here, after, told = scenes.kept({}), "", 0
    db.run(lambda tx: actions.end_overdue(tx, now=clock.now(tx)))
    while True:
        with db.transaction() as tx:
            skus = actions.waited_for(tx, after=after, limit=SKUS_AT_ONCE)
        if not skus:
            return told
        told += db.run(partial(_look, here=here, skus=skus, open_media=list(ways)))
        after = skus[-1]


def _look(
    tx: Connection, *, here: scenes.Kept, skus: Sequence[str], open_media: Sequence[Medium]
) -> int:
    now = clock.now(tx)
    outlook = scenes.outlook(tx, here, capacity_views.load, now=now)
    return actions.tell(tx, outlook, skus, open_media=open_media, now=now)


def send(db: Database, ways: Senders) -> int:
    """Send what is due; how many. What a killed worker had claimed is free again later."""
    return send_due(
        db,
        ways,
        claim=lambda tx: actions.claim(tx, now=clock.now(tx), limit=SENT_AT_ONCE),
        write=lambda tx, key: actions.write(tx, key, now=clock.now(tx)),
        settle=lambda tx, key, outcome: actions.settle(tx, key, outcome, now=clock.now(tx)),
    )


@periodic("storefront.learn_together", "10 3 * * *")
def learn_together(db: Database) -> int:
    """What is bought together, anew each night."""
    return db.run(lambda tx: actions.learn(tx, now=clock.now(tx)))
