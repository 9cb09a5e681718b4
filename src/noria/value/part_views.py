"""Value by state and by condition: each node's value divided over what it has of a SKU."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from noria.kit.db import Connection, rows
from noria.value.division import states
from noria.value.grading import graded
from noria.value.model import By, Line
from noria.value.views import TOTALS

UNGRADED = "ungraded"
"""The key of units that never came back, or whose condition nobody has looked at."""


def lines(
    tx: Connection,
    by: By,
    *,
    at: datetime | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Line]:
    """What stock is worth, or was worth by the book of that instant, by state or by condition.

    A node's value of a SKU is divided by units into whole cents that add up to it, the largest
    remainders first. Which unit left is not known without its serial number, so the units of a
    state that are there are taken to be those that came back last, and others to be ungraded.
    """
    assert by in {By.STATE, By.GRADE}
    return rows(
        tx,
        Line,
        _graded(tx, at) if by is By.GRADE else _by_state(tx, at),
        {
            "ungraded": UNGRADED,
            "at": at,
            "nodes": None if nodes is None else list(nodes),
            "key": after[0] if after else None,
            "currency": after[1] if after else None,
            "limit": limit,
        },
    )


def _by_state(tx: Connection, at: datetime | None) -> LiteralString:
    """Of totals where they hold; of every shelf at an instant, and until all are divided."""
    if at is not None:
        return BY_STATE_OF_SHELVES
    settled = tx.execute("select from cost_state_cursor join value_cursor using (seq)").fetchone()
    return BY_STATE_OF_SHELVES if settled is None else BY_STATE


def _graded(tx: Connection, at: datetime | None) -> LiteralString:
    """Of the parts that are kept where they hold; else of every shelf that has graded units."""
    if at is not None:
        return BY_GRADE_OF_SHELVES
    settled = tx.execute("select from graded_cursor join value_cursor using (seq)").fetchone()
    return BY_GRADE_OF_SHELVES if settled is None else BY_GRADE


BY_STATE: LiteralString = """
    select state::text as key, currency, sum(units)::bigint as units,
        sum(value_cents)::bigint as value_cents
    from cost_state_total
    where (%(nodes)s::text[] is null or node = any(%(nodes)s))
        and (%(key)s::text is null or (state::text, currency) > (%(key)s, %(currency)s))
    group by state::text, currency
    having sum(units) > 0
    order by state::text, currency
    limit %(limit)s
"""
BY_STATE_OF_SHELVES: LiteralString = f"""
    select key, currency, sum(units)::bigint as units, sum(value_cents)::bigint as value_cents
    from (
        select state::text as key, currency, units, part.value_cents
        from ({states("%(at)s::timestamptz", "%(nodes)s")}) as part
        join sku on sku.code = part.sku
    ) as told
    where %(key)s::text is null or (key, currency) > (%(key)s, %(currency)s)
    group by key, currency
    order by key, currency
    limit %(limit)s
"""  # noqa: S608 - ours


def _by_grade(parts: LiteralString) -> LiteralString:
    """What the graded parts are worth; all else that the nodes' totals have is ungraded."""
    return f"""
        with graded as materialized (
            select grade as key, currency, sum(units) as units, sum(value_cents) as cents,
                sum(round(value_cents * percent / 100.0)) as worth_cents
            from ({parts}) as part
            join sku on sku.code = part.sku
            join grade_worth using (grade)
            where %(nodes)s::text[] is null or node = any(%(nodes)s)
            group by grade, currency
        )
        select key, currency, sum(units)::bigint as units, sum(cents)::bigint as value_cents,
            sum(worth_cents)::bigint as worth_cents
        from (
            select * from graded
            union all
            select %(ungraded)s, currency, units, value_cents, value_cents from ({TOTALS}) as total
            union all
            select %(ungraded)s, currency, -units, -cents, -cents from graded
        ) as told
        where %(key)s::text is null or (key, currency) > (%(key)s, %(currency)s)
        group by key, currency
        having sum(units) > 0
        order by key, currency
        limit %(limit)s
    """  # noqa: S608 - ours


BY_GRADE: LiteralString = _by_grade("select * from graded_part")
BY_GRADE_OF_SHELVES: LiteralString = _by_grade(
    graded("%(at)s::timestamptz", "true", "(%(nodes)s::text[] is null or node = any(%(nodes)s))")
)
