"""Verbs that forget customers of whom somebody wrote when goods came in."""

from collections.abc import Sequence

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.supply import erasure_store

PUT_RECEIPT = "PUT /v1/receipts/{receipt_id}"
CANCEL_PURCHASE = "PUT /v1/purchase-orders/{purchase_id}/cancellation"
CANCEL_TRANSFER = "PUT /v1/transfers/{transfer_id}/cancellation"


def erase(tx: Connection, words: Sequence[str]) -> None:
    """Empty what was written of receipts and cancellations, where it repeats one of these words.

    Neither is of an order, so nothing but the words says whom it is about.
    """
    receipts = erasure_store.erase(tx, words)
    idempotency.release(tx, PUT_RECEIPT, receipts)
    purchases, transfers = erasure_store.erase_cancellations(tx, words)
    idempotency.release(tx, CANCEL_PURCHASE, purchases)
    idempotency.release(tx, CANCEL_TRANSFER, transfers)
