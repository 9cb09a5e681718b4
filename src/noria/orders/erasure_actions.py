"""Verbs that forget whom orders were for; what was sold, at what price, to which town, stays."""

from collections.abc import Sequence

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.orders import erasure_store, store

PUT_HOLD = "PUT /v1/order-holds/{hold_id}"
PUT_REFUND = "PUT /v1/refunds/{refund_id}/payment"
PUT_REPLACEMENT = "PUT /v1/replacements/{replacement_id}"
PUT_CLAIM = f"{PUT_REPLACEMENT}/claim"
SHORTEST = 3
"""Words shorter than this stand in too many sentences to say whom they are about."""


def of_customer(tx: Connection, customer: str) -> tuple[list[str], list[str]]:
    """A customer's orders: those that are delivered or cancelled, and those that are not yet."""
    return erasure_store.of_customer(tx, customer)


def erase(tx: Connection, orders: Sequence[str], *, alias: str) -> list[str]:
    """Forget whom these orders were for: they belong to the `alias` from now on.

    Who opened the door is deleted, the place is kept to about ten kilometres, and whatever people
    wrote in words of their own is emptied. The telling words that were known of them, in order, so
    that they can be looked for elsewhere.
    """
    store.lock(tx, orders)
    words = erasure_store.words(tx, orders)
    erasure_store.erase(tx, orders, alias=alias)
    idempotency.release(tx, PUT_HOLD, erasure_store.holds(tx, orders))
    idempotency.release(tx, PUT_REFUND, erasure_store.refunds(tx, orders))
    replaced = erasure_store.replacements(tx, orders)
    idempotency.release(tx, PUT_REPLACEMENT, replaced)
    idempotency.release(tx, PUT_CLAIM, replaced)
    return sorted(word for word in words if len(word) >= SHORTEST)
