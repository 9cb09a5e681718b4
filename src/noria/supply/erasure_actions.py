"""Verbs that forget customers of whom somebody wrote when goods came in."""

from collections.abc import Sequence

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.supply import erasure_store

PUT_RECEIPT = "PUT /v1/receipts/{receipt_id}"


def erase(tx: Connection, words: Sequence[str]) -> None:
    """Empty what was written of receipts, where it repeats one of these words.

    A receipt is of no order, so nothing but the words says whom it is about.
    """
    receipts = erasure_store.erase(tx, words)
    idempotency.release(tx, PUT_RECEIPT, receipts)
