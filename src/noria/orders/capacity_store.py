"""What is locked and written of the capacity of nodes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders.capacity_views import COUNTED

FEW = 100
"""So many changes of a node are read beside its sums before they are added to them."""


def lose(tx: Connection, lost: Sequence[tuple[str, int, int]], *, now: datetime) -> None:
    """Add to what nodes are too busy for on their day: (node, units, legs)."""
    tx.execute(
        """
        insert into capacity_lost (node, day, units, legs)
        select given.node, (%s at time zone time_zone)::date, units, legs
        from unnest(%s::text[], %s::bigint[], %s::int[]) as given (node, units, legs)
        join node on node.code = given.node
        order by given.node
        on conflict (node, day) do update
        set units = capacity_lost.units + excluded.units, legs = capacity_lost.legs + excluded.legs
        """,
        [now, *([one[position] for one in lost] for position in range(3))],
    )


def lock(tx: Connection, nodes: Sequence[str]) -> None:
    """What a node can do on a day has no row to lock: lock the node's name instead, in key order.

    One statement a node: within one, PostgreSQL may lock in whatever order it reads.
    """
    for node in nodes:
        tx.execute("select pg_advisory_xact_lock(hashtext('handles'), hashtext(%s))", [node])


def use(tx: Connection, ids: Sequence[str], *, now: datetime) -> None:
    """Note what these legs took of their nodes' day, where it is known how much a node can do."""
    tx.execute(
        f"""
        insert into capacity_change (node, day, is_used, units, legs)
        select leg.node, (%s at time zone time_zone)::date, true,
            sum(leg_line.quantity - leg_line.gone), count(distinct leg.id)
        from leg
        join leg_line on leg_line.leg_id = leg.id
        join node on node.code = leg.node
        where leg.id = any(%s) and {COUNTED}
        group by leg.node, time_zone
        """,  # noqa: S608 - ours
        [now, list(ids)],
    )


def scattered(tx: Connection) -> list[str]:
    """The nodes that have more than a few changes beside their sums, in key order."""
    found = tx.execute(
        "select node from capacity_change group by node having count(*) > %s order by node", [FEW]
    )
    return [node for (node,) in found]


def add_up(tx: Connection, nodes: Sequence[str]) -> None:
    """Add the changes of locked nodes that have more than a few of them to their sums.

    Sums that have come down to nothing go: else each node would keep one of every day for ever.
    """
    tx.execute(
        """
        with gone as (
            delete from capacity_change
            where node = any(
                select node
                from capacity_change
                where node = any(%s)
                group by node
                having count(*) > %s
            )
            returning node, day, is_used, units, legs
        ), due as (
            insert into capacity_due (node, day, units, legs)
            select node, day, sum(units), sum(legs)
            from gone
            where not is_used
            group by node, day
            on conflict (node, day) do update
            set units = capacity_due.units + excluded.units,
                legs = capacity_due.legs + excluded.legs
        )
        insert into capacity_used (node, day, units, legs)
        select node, day, sum(units), sum(legs)
        from gone
        where is_used
        group by node, day
        on conflict (node, day) do update
        set units = capacity_used.units + excluded.units, legs = capacity_used.legs + excluded.legs
        """,
        [list(nodes), FEW],
    )
    tx.execute(
        "delete from capacity_due where node = any(%s) and units = 0 and legs = 0", [list(nodes)]
    )
