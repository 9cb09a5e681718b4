"""Verbs by which somebody says that they have looked after what went wrong at the counter."""

from datetime import datetime

from noria.collect import store, views
from noria.collect.model import HandOverSettled, WrongCodesSettled
from noria.kit import errors
from noria.kit.db import Connection
from noria.kit.errors import SettledOtherwise


def settle_hand_over(
    tx: Connection, hand_over: str, words: str, *, actor: str, now: datetime
) -> HandOverSettled:
    """A hand-over without proof, or after it was given up, needs nobody any more.

    Raises:
        SettledOtherwise: somebody was faster, in other words.
    """
    store.settle_hand_over(tx, hand_over, words=words.strip(), actor=actor, now=now)
    if refusal := settled_otherwise(tx, hand_over, words):
        raise refusal
    return HandOverSettled(id=hand_over)


def settled_otherwise(tx: Connection, hand_over: str, words: str) -> SettledOtherwise | None:
    """What differs from how a hand-over was settled; None: nothing, or it was not."""
    known = views.settled_words(tx, hand_over)
    if known is None:
        return None
    return errors.settled_otherwise(hand_over, {"words": known}, {"words": words.strip()})


def settle_wrong_codes(tx: Connection, node: str, *, now: datetime) -> WrongCodesSettled:
    """Wrong codes that were tried at a store count no more: it takes codes again."""
    return WrongCodesSettled(node=node, tries=store.settle_wrong_codes(tx, node, now=now))
