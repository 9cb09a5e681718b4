"""Questions about holds of orders, and who paid."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from noria.kit.db import Connection, row, rows
from noria.orders.hold_model import HoldKind, OrderHold
from noria.orders.model import Payment

HOLDS = """
        select id, order_id as order, kind, reason, score, placed_at, placed_by, lifted_at,
            lifted_by, lifted_because
        from order_hold"""


def hold(tx: Connection, hold_id: str) -> OrderHold | None:
    """A hold, open or lifted."""
    return row(
        tx,
        _hold,
        f"""{HOLDS}
        where id = %s
        """,
        [hold_id],
    )


def of_order(tx: Connection, order: str) -> list[OrderHold]:
    """All holds that an order ever had, in order."""
    return rows(
        tx,
        _hold,
        f"""{HOLDS}
        where order_id = %s
        order by placed_at, id
        """,
        [order],
    )


def open_holds(
    tx: Connection,
    *,
    kind: HoldKind | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[OrderHold]:
    """Open holds, the oldest first; `after` is the (placed_at as text, id) to go on from."""
    return rows(
        tx,
        _hold,
        f"""{HOLDS}
        where lifted_at is null
            and (%(kind)s::text is null or kind = %(kind)s)
            and (%(at)s::timestamptz is null or (placed_at, id) > (%(at)s, %(id)s))
        order by placed_at, id
        limit %(limit)s
        """,
        {
            "kind": kind.value if kind else None,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def open_kinds(tx: Connection, orders: Iterable[str]) -> dict[str, list[str]]:
    """What each of these orders is held for now; those that are not are left out."""
    found = tx.execute(
        """
        select order_id, array_agg(distinct kind order by kind)
        from order_hold
        where order_id = any(%s) and lifted_at is null
        group by order_id
        order by order_id
        """,
        [sorted(set(orders))],
    )
    return dict(found.fetchall())


def payments(tx: Connection, orders: Iterable[str]) -> dict[str, Payment]:
    """Whether each of these orders is paid."""
    found = tx.execute(
        "select id, payment from customer_order where id = any(%s) order by id",
        [sorted(set(orders))],
    )
    return {order: Payment(payment) for order, payment in found}


def pay_by(tx: Connection, order: str) -> datetime | None:
    """Until when the customer of an unpaid order was told to pay it; None: they were not."""
    found = tx.execute(
        """
        select max(pay_by)
        from order_hold
        where order_id = %s and kind = 'payment' and lifted_at is null
        """,
        [order],
    ).fetchone()
    return found[0] if found else None


def unpaid_from(tx: Connection) -> list[tuple[str, str]]:
    """Channels and countries of orders that are held until they are paid."""
    return tx.execute(
        """
        select distinct channel, country
        from order_hold
        join customer_order on customer_order.id = order_hold.order_id
        where kind = 'payment' and lifted_at is null
        order by channel, country
        """
    ).fetchall()


def unpaid(
    tx: Connection,
    befores: Sequence[tuple[str, str, datetime]],
    *,
    told_until: datetime | None = None,
    orders: Iterable[str] | None = None,
    limit: int = 100,
) -> list[tuple[str, str]]:
    """Orders of a channel and country, with what holds them, that nobody paid since before then.

    Those of which the customer was told to pay until then at the latest (`told_until`), or those
    of which they were told nothing. Nothing of them has left: what is held cannot. What is paid in
    part is not among them.
    """
    return tx.execute(
        """
        select order_id, order_hold.id
        from order_hold
        join customer_order on customer_order.id = order_hold.order_id
        where kind = 'payment' and lifted_at is null and payment = 'due' and owed_cents is null
            and stage in ('waiting', 'sourced', 'picked', 'packed')
            and case when %(until)s::timestamptz is null then order_hold.pay_by is null
                else order_hold.pay_by <= %(until)s end
            and (%(orders)s::text[] is null or order_id = any(%(orders)s))
            and exists (
                select
                from unnest(%(channels)s::text[], %(countries)s::text[], %(befores)s::timestamptz[])
                    as asked (channel, country, before)
                where asked.channel = customer_order.channel
                    and asked.country = customer_order.country
                    and order_hold.placed_at <= before
            )
        order by order_hold.placed_at, order_id, order_hold.id
        limit %(limit)s
        """,
        {
            "until": told_until,
            "orders": None if orders is None else sorted(set(orders)),
            "channels": [channel for channel, _, _ in befores],
            "countries": [country for _, country, _ in befores],
            "befores": [before for _, _, before in befores],
            "limit": limit,
        },
    ).fetchall()


def owed(tx: Connection, orders: Iterable[str]) -> dict[str, int]:
    """What is still to be paid of orders to which more was added once they were paid."""
    found = tx.execute(
        """
        select id, owed_cents
        from customer_order
        where id = any(%s) and payment = 'due' and owed_cents is not null
        order by id
        """,
        [sorted(set(orders))],
    )
    return dict(found.fetchall())


def _hold(**values: Any) -> OrderHold:
    return OrderHold(**{**values, "kind": HoldKind(values["kind"])})
