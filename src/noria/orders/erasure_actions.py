"""Verbs that forget whom orders were for; what was sold, at what price, to which town, stays."""

from collections.abc import Sequence

from msgspec import Struct

from noria.kit import idempotency
from noria.kit.db import Connection
from noria.orders import erasure_store, store

PUT_HOLD = "PUT /v1/order-holds/{hold_id}"
PUT_REFUND = "PUT /v1/refunds/{refund_id}/payment"
PUT_REPLACEMENT = "PUT /v1/replacements/{replacement_id}"
PUT_CLAIM = f"{PUT_REPLACEMENT}/claim"


SHORTEST = 3
"""Words shorter than this stand in too many sentences to say whom they are about."""


class Forgotten(Struct, frozen=True, kw_only=True):
    """What was known of customers in words, so that it can be looked for elsewhere."""

    words: frozenset[str]

    @property
    def telling(self) -> list[str]:
        return sorted(word for word in self.words if len(word) >= SHORTEST)


def of_customer(tx: Connection, customer: str) -> tuple[list[str], list[str]]:
    """A customer's orders: those that are delivered or cancelled, and those that are not yet."""
    return erasure_store.of_customer(tx, customer)


def erase(tx: Connection, orders: Sequence[str], *, alias: str) -> Forgotten:
    """Forget whom these orders were for: they belong to the `alias` from now on.

    Who opened the door is deleted, the place is kept to about ten kilometres, and whatever people
    wrote in words of their own is emptied.
    """
    store.lock(tx, orders)
    words = erasure_store.words(tx, orders)
    erasure_store.erase(tx, orders, alias=alias)
    idempotency.release(tx, PUT_HOLD, erasure_store.holds(tx, orders))
    idempotency.release(tx, PUT_REFUND, erasure_store.refunds(tx, orders))
    replaced = erasure_store.replacements(tx, orders)
    idempotency.release(tx, PUT_REPLACEMENT, replaced)
    idempotency.release(tx, PUT_CLAIM, replaced)
    return Forgotten(words=words)
