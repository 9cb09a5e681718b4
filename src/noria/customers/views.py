"""Questions about erasures."""

from collections.abc import Sequence
from typing import Any

from noria.customers.model import Erasure
from noria.kit.db import Connection, row, rows

ERASURES = """
        select id, alias, asked_at, actor, erased, (
                select count(*)
                from customer_order
                where customer_order.customer = erasure.customer
            ) as still_open, done_at
        from erasure"""


def erasure(tx: Connection, erasure_id: str) -> Erasure | None:
    """How far a customer is forgotten."""
    return row(
        tx,
        Erasure,
        f"""{ERASURES}
        where id = %s
        """,
        [erasure_id],
    )


def erasures(
    tx: Connection, *, after: Sequence[Any] | None = None, limit: int = 100
) -> list[Erasure]:
    """Erasures, the oldest first; `after` is the (asked_at as text, id) to go on from."""
    return rows(
        tx,
        Erasure,
        f"""{ERASURES}
        where %(at)s::timestamptz is null or (asked_at, id) > (%(at)s, %(id)s)
        order by asked_at, id
        limit %(limit)s
        """,
        {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit},
    )
