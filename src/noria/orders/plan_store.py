"""Orders that wait to be decided together, plans that may change, nodes that refused."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection, row
from noria.orders.model import Look


def hold(
    tx: Connection, until: Sequence[tuple[str, datetime]], *, policy: str, now: datetime
) -> None:
    """Write until when orders wait."""
    tx.execute(
        """
        insert into order_window (order_id, since, until, policy)
        select order_id, %s, until, %s
        from unnest(%s::text[], %s::timestamptz[]) as given (order_id, until)
        """,
        [now, policy, [order for order, _ in until], [end for _, end in until]],
    )


def legs_to_pick(tx: Connection, nodes: Sequence[str], *, limit: int) -> list[str]:
    """Legs that nobody has picked at these nodes, the first to leave first."""
    found = tx.execute(
        """
        select id
        from leg
        where node = any(%s) and picked_at is null and withdrawn_at is null
        order by leaves_at, id
        limit %s
        """,
        [list(nodes), limit],
    )
    return [leg for (leg,) in found]


def count_to_pick(tx: Connection, node: str) -> int:
    """How many legs at a node nobody has picked."""
    found = tx.execute(
        "select count(*) from leg where node = %s and picked_at is null and withdrawn_at is null",
        [node],
    ).fetchone()
    return int(found[0]) if found else 0


def closed_nodes(tx: Connection) -> list[str]:
    """Nodes that are closed until further notice and have legs to pick."""
    found = tx.execute(
        """
        select code
        from node
        where not is_open and exists (
            select from leg
            where node = node.code and picked_at is null and withdrawn_at is null
        )
        order by code
        """
    )
    return [node for (node,) in found]


def orders_to_look_at(tx: Connection, *, before: datetime, limit: int) -> list[str]:
    """Orders of which no leg was accepted or picked, not looked at since; the longest ago first."""
    found = tx.execute(
        """
        select id
        from customer_order
        left join order_look on order_id = id
        where stage = 'sourced'
            and coalesce(looked_at, stage_since) <= %s
            and not exists (
                select from leg
                where leg.order_id = customer_order.id
                    and (picked_at is not null or accepted_at is not null and withdrawn_at is null)
            )
        order by coalesce(looked_at, stage_since), id
        limit %s
        """,
        [before, limit],
    )
    return [order for (order,) in found]


def begun(tx: Connection, orders: Sequence[str]) -> set[str]:
    """Those of these locked orders with a leg that was accepted or picked: it stays so."""
    found = tx.execute(
        """
        select distinct order_id
        from leg
        where order_id = any(%s) and withdrawn_at is null
            and (picked_at is not null or accepted_at is not null)
        """,
        [list(orders)],
    )
    return {order for (order,) in found.fetchall()}


def look(tx: Connection, order: str) -> Look | None:
    """When an order's plan was last looked at again, and how often it changed."""
    return row(tx, Look, "select looked_at, changes from order_look where order_id = %s", [order])


def note_look(tx: Connection, order: str, *, saved_cents: int, now: datetime) -> None:
    """Write that a plan was looked at, and what a change of it saved (0: it stays)."""
    tx.execute(
        """
        insert into order_look (order_id, looked_at, changes, saved_cents)
        values (%(order)s, %(now)s, (%(saved)s > 0)::int, %(saved)s)
        on conflict (order_id) do update
        set looked_at = excluded.looked_at, changes = order_look.changes + excluded.changes,
            saved_cents = order_look.saved_cents + excluded.saved_cents
        """,
        {"order": order, "now": now, "saved": saved_cents},
    )


def refuse(tx: Connection, refused: Sequence[tuple[str, str]], *, now: datetime) -> None:
    """Write that nodes do not send orders, as (order, node), until the node's day is over."""
    tx.execute(
        """
        insert into node_refused (order_id, node, until)
        select distinct on (order_id, given.node) order_id, given.node,
            ((%s at time zone time_zone)::date + 1)::timestamp at time zone time_zone
        from unnest(%s::text[], %s::text[]) as given (order_id, node)
        join node on node.code = given.node
        order by order_id, given.node
        on conflict (order_id, node) do update
        set until = greatest(node_refused.until, excluded.until)
        """,
        [now, [order for order, _ in refused], [node for _, node in refused]],
    )


def refusing(tx: Connection, orders: Sequence[str], *, now: datetime) -> dict[str, set[str]]:
    """The nodes that do not send these orders today, by order."""
    found = tx.execute(
        """
        select order_id, array_agg(node::text)
        from node_refused
        where order_id = any(%s) and until > %s
        group by order_id
        """,
        [list(orders), now],
    )
    return {order: set(nodes) for order, nodes in found}


def forget_refused(tx: Connection, *, before: datetime) -> int:
    """Drop refusals that were over by then; how many."""
    return tx.execute("delete from node_refused where until < %s", [before]).rowcount
