"""How many units there are in each state, at a few nodes or at all, without counting shelves."""

from collections.abc import Sequence
from typing import LiteralString

from noria.kit.db import Connection, rows
from noria.stock.model import NodeUnits

FAR = 50_000
"""Behind the book by more moves than this, counting the shelves is no dearer."""


def units(tx: Connection, nodes: Sequence[str] | None = None) -> dict[str, int]:
    """Units by state, outside left out: of what was added up, and of what moved since.

    Both are read in one statement, and so at one instant of the book.
    """
    found = tx.execute(
        f"""
        select state::text, sum(units)::bigint
        from ({_told(tx)}) as told
        where %(nodes)s::text[] is null or node = any(%(nodes)s)
        group by state
        order by state
        """,  # noqa: S608 - ours
        {"nodes": None if nodes is None else list(nodes)},
    ).fetchall()
    return {state: int(count) for state, count in found if count}


def by_node(
    tx: Connection, *, nodes: Sequence[str] | None = None, after: str = "", limit: int = 100
) -> list[NodeUnits]:
    """The same node by node, in the order of their codes, where there are any."""
    return rows(
        tx,
        NodeUnits,
        f"""
        select node, jsonb_object_agg(state, units order by state) as units
        from (
            select node, state, sum(units)::bigint as units
            from ({_told(tx)}) as told
            where node > %(after)s and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            group by node, state
        ) as summed
        where units <> 0
        group by node
        order by node
        limit %(limit)s
        """,  # noqa: S608 - ours
        {"nodes": None if nodes is None else list(nodes), "after": after, "limit": limit},
    )


def _told(tx: Connection) -> LiteralString:
    return SHELVES if _is_far(tx) else TOTALS


def _is_far(tx: Connection) -> bool:
    found = tx.execute(
        "select coalesce(pg_sequence_last_value('move_seq_seq'), 0) - seq > %s"
        " from level_total_cursor",
        [FAR],
    ).fetchone()
    assert found is not None, "the cursor is there from its migration on"
    return bool(found[0])


TOTALS: LiteralString = """
    select node, state, units from level_total
    union all
    select node, state, change
    from entry
    where seq > (select seq from level_total_cursor) and state <> 'outside'
"""
SHELVES: LiteralString = """
    select node, state, quantity as units from balance where state <> 'outside'
"""
