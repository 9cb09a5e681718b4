"""What the worker does for the shop's pages: tell who waits, and learn what is bought together."""

import logging
import os
from collections.abc import Sequence
from functools import partial

from noria.kit import clock
from noria.kit.config import load
from noria.kit.db import Connection, Database
from noria.kit.jobs import periodic
from noria.messages.outbox_model import Medium, Outcome
from noria.messages.senders import Senders, senders
from noria.orders import views as orders
from noria.promise.delivery import scenes
from noria.storefront import actions

log = logging.getLogger("noria.storefront")

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
    outlook = scenes.outlook(tx, here, orders.load, now=now)
    return actions.tell(tx, outlook, skus, open_media=open_media, now=now)


def send(db: Database, ways: Senders) -> int:
    """Send what is due; how many. What a killed worker had claimed is free again later."""
    sent = 0
    while ways:
        claimed = db.run(lambda tx: actions.claim(tx, now=clock.now(tx), limit=SENT_AT_ONCE))
        if not claimed:
            break
        sent += sum(_send(db, key, ways) for key in claimed)
    return sent


def _send(db: Database, key: str, ways: Senders) -> bool:
    with db.transaction() as tx:
        found = actions.write(tx, key, now=clock.now(tx))
    if found is None:
        return False
    medium, letter = found
    try:
        outcome = ways[medium](letter, clock.wall())
    except Exception as problem:
        # A bug of ours counts as an attempt too, or this message would be tried for ever.
        log.exception("wait %s could not be told", key)
        outcome = Outcome(is_sent=False, is_final=False, told=type(problem).__name__)
    db.run(lambda tx: actions.settle(tx, key, outcome, now=clock.now(tx)))
    return outcome.is_sent


@periodic("storefront.learn_together", "10 3 * * *")
def learn_together(db: Database) -> int:
    """What is bought together, anew each night."""
    return db.run(lambda tx: actions.learn(tx, now=clock.now(tx)))
