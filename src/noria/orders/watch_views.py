"""What open promises depend on."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from noria.kit.db import Connection, rows


class Told(Struct, frozen=True, kw_only=True):
    """An open promise: the window that was told last, and where the order goes.

    `point` is the store or the relay point where it is collected, if it is.
    """

    order: str
    channel: str
    country: str
    postcode: str
    point: str | None
    promised_from: date
    promised_to: date


def told(tx: Connection, orders: Sequence[str]) -> list[Told]:
    """The windows that customers of these orders were told last, of promises that are open."""
    return rows(
        tx,
        Told,
        """
        select promise.order_id as order, channel, country, postcode,
            coalesce(store, relay) as point,
            coalesce(last.promised_from, promise.promised_from) as promised_from,
            coalesce(last.promised_to, promise.promised_to) as promised_to
        from promise
        join customer_order on customer_order.id = promise.order_id
        left join lateral (
            select promised_from, promised_to
            from promise_change
            where promise_change.order_id = promise.order_id
            order by number desc
            limit 1
        ) as last on true
        where promise.order_id = any(%s) and settled_at is null and withdrawn_at is null
        order by promise.order_id
        """,
        [list(orders)],
    )


def unsure(tx: Connection, orders: Sequence[str]) -> frozenset[str]:
    """Those of which nobody can say when they come instead of in the window that was told last."""
    found = tx.execute(
        "select order_id, promised_to from order_watch"
        " where order_id = any((select %s::text[])::text[]) and is_unsure",
        [list(orders)],
    ).fetchall()
    if not found:
        return frozenset()
    last = {one.order: one.promised_to for one in told(tx, [order for order, _ in found])}
    return frozenset(order for order, day in found if last.get(order) == day)


def unsure_of(tx: Connection, orders: Sequence[str]) -> dict[str, date]:
    """The last days of which customers of these orders were told that they hardly hold."""
    found = tx.execute(
        "select order_id, unsure_of from order_watch"
        " where order_id = any(%s) and unsure_of is not null",
        [list(orders)],
    )
    return dict(found.fetchall())


def in_window(tx: Connection, orders: Sequence[str], *, now: datetime) -> frozenset[str]:
    """Those of these orders that wait to be decided with others."""
    found = tx.execute(
        "select order_id from order_window where order_id = any(%s) and until > %s",
        [list(orders), now],
    )
    return frozenset(order for (order,) in found)


def packing(tx: Connection, nodes: Sequence[str], *, since: datetime) -> frozenset[str]:
    """The nodes that have packed apart from picking since then."""
    found = tx.execute(
        """
        select node
        from unnest(%s::text[]) as asked (node)
        where exists (select from leg where leg.node = asked.node and packed_at > %s)
        """,
        [list(nodes), since],
    )
    return frozenset(node for (node,) in found)


def accepted(tx: Connection, orders: Sequence[str]) -> dict[str, datetime]:
    """When partners said that they send legs of these orders."""
    found = tx.execute(
        """
        select leg, min(at)
        from timeline
        where order_id = any(%s) and kind = 'partner_accepted'
        group by leg
        """,
        [list(orders)],
    )
    return dict(found.fetchall())
