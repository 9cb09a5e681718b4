"""Questions about holds of orders, and who paid."""

from collections.abc import Iterable, Sequence
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
