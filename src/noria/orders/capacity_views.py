"""Questions about capacity: who counts what it can do in a day, and what is asked of it already."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import LiteralString

from noria.kit.db import Connection
from noria.network.diary_model import Agenda, Workload

COUNTED: LiteralString = """(
    units_per_day is not null or orders_per_day is not null
    or exists (select from node_capacity where node_capacity.node = node.code)
)"""
"""Of a node: it is known how much it can handle."""


def counting(tx: Connection) -> list[str]:
    """The nodes of which it is known how much they can handle, in key order."""
    found = tx.execute(
        f"""
        select code
        from node
        where {COUNTED}
        order by code
        """  # noqa: S608 - ours
    )
    return [code for (code,) in found]


def load(tx: Connection, nodes: Collection[str] | None = None) -> dict[str, Agenda]:
    """What nodes of which it is known how much they can handle have to handle, by their days.

    All of them, or those of `nodes`. What should have been begun before is due today. Legs that
    have no day of their own to begin are due on the day on which they leave.
    """
    due: dict[str, dict[date, Workload]] = defaultdict(dict)
    used: dict[str, dict[date, Workload]] = defaultdict(dict)
    for node, day, units, legs, is_used in tx.execute(
        f"""
        with known as (
            select code, time_zone, (noria_now() at time zone time_zone)::date as today
            from node
            where {COUNTED} and (%(nodes)s::text[] is null or code = any(%(nodes)s))
        )
        select node, day, sum(units)::bigint, sum(legs)::bigint, is_used
        from (
            select node, greatest(day, today) as day, units, legs, false as is_used
            from capacity_due
            join known on known.code = node
            union all
            select node, case when is_used then day else greatest(day, today) end, units, legs,
                is_used
            from capacity_change
            join known on known.code = node
            where not is_used or day = today
            union all
            select node, greatest((leaves_at at time zone time_zone)::date, today), units, 1, false
            from leg
            join known on known.code = node
            cross join lateral (
                select sum(quantity - gone) as units
                from leg_line
                where leg_id = leg.id
            ) as line
            where begun_by is null and picked_at is null and withdrawn_at is null
            union all
            select node, day, units, legs, true
            from (table capacity_lost union all table capacity_used) as gone
            join known on known.code = node and known.today = day
        ) as part
        group by node, day, is_used
        having sum(legs) <> 0
        """,  # noqa: S608 - ours
        {"nodes": None if nodes is None else sorted(nodes)},
    ):
        (used if is_used else due)[node][day] = Workload(units=units, orders=legs)
    return {
        node: Agenda(due=due.get(node, {}), used=used.get(node, {}))
        for node in sorted(due.keys() | used.keys())
    }
