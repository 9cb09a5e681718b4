"""Refunds: the SQL that writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection


def insert(
    tx: Connection, refund_id: str, order: str, cents: int, *, units: Mapping[int, int],
    delivery_cents: int, cause: str, reason: str, now: datetime, pay_by: datetime,
) -> bool:  # fmt: skip
    """Write that it is due, for these units; whether it is new: a cause makes one of an order."""
    made = tx.execute(
        """
        insert into refund (
            id, order_id, cause, reason, cents, delivery_cents, currency, due_at, pay_by
        )
        select %s, id, %s, %s, %s, %s, currency, %s, %s
        from customer_order
        where id = %s
        on conflict (order_id, cause) do nothing
        """,
        [refund_id, cause, reason, cents, delivery_cents, now, pay_by, order],
    )
    if not made.rowcount:
        return False
    tx.execute(
        """
        insert into refund_line (refund, line, units)
        select %s, * from unnest(%s::smallint[], %s::bigint[])
        """,
        [refund_id, list(units), list(units.values())],
    )
    return True


def withdraw(tx: Connection, order: str, *, cause: str) -> str | None:
    """Delete what a cause makes due, unless it was made; its id, or None."""
    found = tx.execute(
        "delete from refund where order_id = %s and cause = %s and made_at is null returning id",
        [order, cause],
    ).fetchone()
    return found[0] if found else None


def remind(tx: Connection, refunds: Sequence[str], *, now: datetime) -> set[str]:
    """Write that the payment system hears of these again; those that were not made yet."""
    found = tx.execute(
        """
        update refund
        set reminded_at = %s
        where id in (
            select id from refund where id = any(%s) and made_at is null order by id for update
        )
        returning id
        """,
        [now, list(refunds)],
    )
    return {refund for (refund,) in found}


def pay(
    tx: Connection, refund_id: str, *, made_at: datetime, reference: str, actor: str, now: datetime
) -> str | None:
    """Write that it was made; its order, or None: it is not due (any more)."""
    found = tx.execute(
        """
        update refund
        set made_at = %s, reference = %s, actor = %s, recorded_at = %s
        where id = %s and made_at is null
        returning order_id
        """,
        [made_at, reference, actor, now, refund_id],
    ).fetchone()
    return found[0] if found else None
