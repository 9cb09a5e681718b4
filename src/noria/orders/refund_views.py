"""Questions about what customers are to be paid back."""

from collections.abc import Sequence
from typing import Any

from msgspec import convert

from noria.kit.db import Connection, row, rows
from noria.orders.refund_model import Paid, PaidLine, Refund, RefundLine

REFUNDS = """
select id, order_id as order, cause, reason, cents, delivery_cents, currency, (
        select coalesce(
            jsonb_agg(jsonb_build_object('line', line, 'units', units) order by line), '[]'
        )
        from refund_line
        where refund = refund.id
    ) as lines, due_at, coalesce(pay_by, due_at + interval '14 days') as pay_by, reminded_at,
    made_at, reference
from refund
"""


def refund(tx: Connection, refund_id: str) -> Refund | None:
    return row(tx, _refund, f"{REFUNDS} where id = %s", [refund_id])


def by_id(tx: Connection, ids: Sequence[str]) -> dict[str, Refund]:
    """Those of these refunds that there are."""
    found = rows(tx, _refund, f"{REFUNDS} where id = any(%s) order by id", [list(ids)])
    return {one.id: one for one in found}


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
        _refund,
        f"""{REFUNDS}
        where (%(order)s::text is null or order_id = %(order)s)
            and (%(made)s::boolean is null or (made_at is not null) = %(made)s)
            and (%(at)s::timestamptz is null or (due_at, id) > (%(at)s, %(id)s::text))
        order by due_at, id
        limit %(limit)s
        """,
        {"order": order, "made": is_made, "at": at, "id": refund_id, "limit": limit},
    )


def paid(tx: Connection, order: str) -> Paid:
    """What was paid for an order, and what refunds pay back of it."""
    found = tx.execute(
        """
        select payment = 'paid' or payment = 'due' and owed_cents is not null,
            case when payment = 'due' then coalesce(owed_cents, 0) else 0 end, delivery_cents - (
            select coalesce(sum(refund.delivery_cents), 0)::bigint
            from refund
            where order_id = customer_order.id
        )
        from customer_order
        where id = %s
        """,
        [order],
    ).fetchone()
    assert found is not None, "it is locked"
    lines = tx.execute(
        """
        select order_line.line, price_cents, quantity,
            coalesce(sum(refund_line.units), 0)::bigint,
            coalesce(sum(refund_line.units) filter (where reason = 'returned'), 0)::bigint
        from order_line
        left join refund on refund.order_id = order_line.order_id
        left join refund_line on refund_line.refund = refund.id
            and refund_line.line = order_line.line
        where order_line.order_id = %s
        group by order_line.order_id, order_line.line
        order by order_line.line
        """,
        [order],
    )
    return Paid(
        is_paid=found[0],
        owed_cents=found[1],
        delivery_cents=max(found[2], 0),
        lines={
            line: PaidLine(price_cents=cents, units=units, refunded=refunded, returned=returned)
            for line, cents, units, refunded, returned in lines
        },
    )


def _refund(*, lines: Sequence[Any], **more: Any) -> Refund:
    return Refund(lines=convert(lines, list[RefundLine]), **more)
