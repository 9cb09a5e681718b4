"""Holds of orders, and payments: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from noria.kit.db import Connection
from noria.orders.hold_model import HoldKind, OrderHold, PaymentBody


def insert(tx: Connection, holds: Sequence[OrderHold]) -> set[str]:
    """Write new holds; the ids that were new."""
    found = tx.execute(
        """
        insert into order_hold (id, order_id, kind, score, reason, placed_at, placed_by)
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::float8[], %s::text[],
            %s::timestamptz[], %s::text[])
        on conflict do nothing
        returning id
        """,
        [
            [hold.id for hold in holds],
            [hold.order for hold in holds],
            [hold.kind.value for hold in holds],
            [hold.score for hold in holds],
            [hold.reason for hold in holds],
            [hold.placed_at for hold in holds],
            [hold.placed_by for hold in holds],
        ],
    )
    return {hold for (hold,) in found}


def lift(
    tx: Connection,
    order: str,
    *,
    hold: str | None = None,
    kind: HoldKind | None = None,
    because: str,
    actor: str,
    now: datetime,
) -> list[str]:
    """Lift open holds of a locked order: one, those of a kind, or all; their ids."""
    found = tx.execute(
        """
        update order_hold
        set lifted_at = %(now)s, lifted_by = %(actor)s, lifted_because = %(because)s
        where order_id = %(order)s and lifted_at is null
            and (%(hold)s::text is null or id = %(hold)s)
            and (%(kind)s::text is null or kind = %(kind)s)
        returning id
        """,
        {
            "order": order,
            "hold": hold,
            "kind": kind.value if kind else None,
            "because": because,
            "actor": actor,
            "now": now,
        },
    )
    return sorted(one for (one,) in found)


def remind(
    tx: Connection, holds: Sequence[str], *, length: timedelta, earliest: datetime
) -> list[tuple[str, datetime]]:
    """Write until when these open holds wait for a payment, once; (order, until when) of the new.

    That is `length` after each was placed, and not before `earliest`.
    """
    return tx.execute(
        """
        with due as (
            select id
            from order_hold
            where id = any(%s) and lifted_at is null and pay_by is null
            order by id
            for update
        )
        update order_hold
        set pay_by = greatest(placed_at + %s, %s)
        from due
        where order_hold.id = due.id
        returning order_id, pay_by
        """,
        [list(holds), length, earliest],
    ).fetchall()


def owe(tx: Connection, order: str, cents: int) -> None:
    """Write that so much more of a locked order, that was paid, is to be paid."""
    tx.execute(
        """
        update customer_order
        set payment = 'due',
            owed_cents = %s + case when payment = 'due' then coalesce(owed_cents, 0) else 0 end
        where id = %s
        """,
        [cents, order],
    )


def take_off(tx: Connection, order: str, cents: int) -> None:
    """Write that so much of what is owed of a locked order is not any more; with all, paid."""
    tx.execute(
        """
        update customer_order
        set payment = case when owed_cents = %(cents)s then 'paid' else payment end,
            owed_cents = nullif(owed_cents - %(cents)s, 0)
        where id = %(order)s
        """,
        {"order": order, "cents": cents},
    )


def pay(tx: Connection, payment: str, paid: PaymentBody, *, actor: str, now: datetime) -> bool:
    """Write that a locked order is paid; whether the payment is new."""
    tx.execute(
        "update customer_order set payment = 'paid', owed_cents = null where id = %s", [paid.order]
    )
    found = tx.execute(
        """
        insert into order_payment (id, order_id, paid_at, recorded_at, reference, actor)
        values (%s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [payment, paid.order, paid.paid_at, now, paid.reference, actor],
    )
    return found.rowcount == 1
