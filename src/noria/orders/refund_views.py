"""Questions about what customers are to be paid back."""

from collections.abc import Sequence
from typing import Any

from noria.kit.db import Connection, row, rows
from noria.orders.refund_model import Refund

REFUNDS = """
select id, order_id as order, cause, reason, cents, currency, due_at, made_at, reference
from refund
"""


def refund(tx: Connection, refund_id: str) -> Refund | None:
    return row(tx, Refund, f"{REFUNDS} where id = %s", [refund_id])


def refunds(
    tx: Connection,
    *,
    order: str | None = None,
    is_made: bool | None = None,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[Refund]:
    """Refunds, those due longest first; `after` is the (due_at as text, id) to go on from."""
    at, refund_id = after or (None, None)
    return rows(
        tx,
        Refund,
        f"""{REFUNDS}
        where (%(order)s::text is null or order_id = %(order)s)
            and (%(made)s::boolean is null or (made_at is not null) = %(made)s)
            and (%(at)s::timestamptz is null or (due_at, id) > (%(at)s, %(id)s::text))
        order by due_at, id
        limit %(limit)s
        """,
        {"order": order, "made": is_made, "at": at, "id": refund_id, "limit": limit},
    )


def prices(tx: Connection, order: str) -> tuple[bool, int, dict[int, int]]:
    """Whether an order is paid, what its delivery cost, and what a unit of each line did."""
    found = tx.execute(
        "select payment = 'paid', delivery_cents from customer_order where id = %s", [order]
    ).fetchone()
    assert found is not None, "it is locked"
    lines = tx.execute("select line, price_cents from order_line where order_id = %s", [order])
    return found[0], found[1], dict(lines.fetchall())
