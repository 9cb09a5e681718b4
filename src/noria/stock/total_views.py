"""How many units there are in each state, at a few nodes or at all, without counting shelves."""

from collections.abc import Sequence

from noria.kit.db import Connection

FAR = 50_000
"""Behind the book by more moves than this, counting the shelves is no dearer."""


def units(tx: Connection, nodes: Sequence[str] | None = None) -> dict[str, int]:
    """Units by state, outside left out: of what was added up, and of what moved since.

    Both are read in one statement, and so at one instant of the book.
    """
    there = {"nodes": None if nodes is None else list(nodes)}
    found = tx.execute(SHELVES if _is_far(tx) else TOTALS, there).fetchall()
    return {state: int(count) for state, count in found if count}


def _is_far(tx: Connection) -> bool:
    found = tx.execute(
        "select coalesce(pg_sequence_last_value('move_seq_seq'), 0) - seq > %s"
        " from level_total_cursor",
        [FAR],
    ).fetchone()
    assert found is not None, "the cursor is there from its migration on"
    return bool(found[0])


TOTALS = """
    select state::text, sum(units)::bigint
    from (
        select node, state, units from level_total
        union all
        select node, state, change
        from entry
        where seq > (select seq from level_total_cursor) and state <> 'outside'
    ) as told
    where %(nodes)s::text[] is null or node = any(%(nodes)s)
    group by state
    order by state
"""
SHELVES = """
    select state::text, sum(quantity)::bigint
    from balance
    where state <> 'outside' and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    group by state
    order by state
"""
