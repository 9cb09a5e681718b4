"""Verbs by which somebody says that they have looked after what went wrong at the counter."""

from datetime import datetime

from noria.collect import store
from noria.collect.model import HandOverSettled, WrongCodesSettled
from noria.kit.db import Connection


def settle_hand_over(
    tx: Connection, hand_over: str, words: str, *, actor: str, now: datetime
) -> HandOverSettled:
    """A hand-over without proof, or after it was given up, needs nobody any more."""
    store.settle_hand_over(tx, hand_over, words=words.strip(), actor=actor, now=now)
    return HandOverSettled(id=hand_over)


def settle_wrong_codes(tx: Connection, node: str, *, now: datetime) -> WrongCodesSettled:
    """Wrong codes that were tried at a store count no more: it takes codes again."""
    return WrongCodesSettled(node=node, tries=store.settle_wrong_codes(tx, node, now=now))
