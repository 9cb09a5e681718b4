"""Orders of many callers, taken together: gathered once, decided one after the other, written once.

The same verb as for one order, in one transaction for all that come from one caller in a row: what
is locked for them is not kept for another's. Who is refused harms no other: what was done with it
is undone, and the others are taken without it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

import msgspec
from msgspec import Struct

from noria.kit import clock, idempotency
from noria.kit.db import Connection, Database
from noria.kit.errors import IdReused, Refusal
from noria.orders import actions
from noria.orders.model import Accepted, NewOrder
from noria.sourcing.memory import Memory

SCOPE = "PUT /v1/orders/{order_id}"
"""Under which ids of orders are known, whether they come alone or in a batch."""

Answer = bytes | Refusal
"""What an order is answered: `Accepted` as JSON, or why not."""


class AskedOrder(Struct, frozen=True, kw_only=True):
    """An order with the fingerprint of what was sent, and who sent it."""

    order: NewOrder
    digest: bytes
    actor: str


def answer(db: Database, asked: Sequence[AskedOrder], memory: Memory) -> list[Answer]:
    """Take orders in the order in which they came, each once for its id."""
    first: dict[str, AskedOrder] = {}
    for one in asked:
        first.setdefault(one.order.id, one)
    told: dict[str, Answer] = {}
    for actor, several in groupby(first.values(), key=lambda one: one.actor):
        those = {one.order.id: one for one in several}
        told |= db.run(partial(_taken, asked=those, actor=actor, memory=memory))
    return [
        told[one.order.id]
        if one.digest == first[one.order.id].digest
        else IdReused(id=one.order.id)
        for one in asked
    ]


def _taken(
    tx: Connection, *, asked: Mapping[str, AskedOrder], actor: str, memory: Memory
) -> dict[str, Answer]:
    claim = idempotency.claim(tx, SCOPE, {key: one.digest for key, one in asked.items()})
    fresh = [key for key in asked if key not in claim.known and key not in claim.reused]

    def accept(tx: Connection, now: datetime, keys: list[str]) -> Mapping[str, Accepted]:
        orders = [asked[key].order for key in keys]
        return actions.accept(tx, orders, actor=actor, now=now, memory=memory)

    done = idempotency.each(tx, clock.now(tx), fresh, accept)
    said = {
        key: msgspec.json.encode(answer)
        for key, answer in done.items()
        if not isinstance(answer, Refusal)
    }
    idempotency.settle(tx, SCOPE, {key: (200, body) for key, body in said.items()})
    idempotency.release(tx, SCOPE, [key for key in fresh if key not in said])
    refused = {key: answer for key, answer in done.items() if isinstance(answer, Refusal)}
    reused = {key: IdReused(id=key) for key in claim.reused}
    known = {key: one.body for key, one in claim.known.items()}
    return {**said, **refused, **reused, **known}
