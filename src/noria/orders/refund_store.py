"""Refunds: the SQL that writes them."""

from datetime import datetime

from noria.kit.db import Connection


def insert(
    tx: Connection, refund_id: str, order: str, cents: int, *, cause: str, reason: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Write that it is due; whether it is new: a cause makes one refund of an order."""
    return bool(
        tx.execute(
            """
            insert into refund (id, order_id, cause, reason, cents, currency, due_at)
            select %s, id, %s, %s, %s, currency, %s
            from customer_order
            where id = %s
            on conflict (order_id, cause) do nothing
            """,
            [refund_id, cause, reason, cents, now, order],
        ).rowcount
    )


def withdraw(tx: Connection, order: str, *, cause: str) -> str | None:
    """Delete what a cause makes due, unless it was made; its id, or None."""
    found = tx.execute(
        "delete from refund where order_id = %s and cause = %s and made_at is null returning id",
        [order, cause],
    ).fetchone()
    return found[0] if found else None


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
