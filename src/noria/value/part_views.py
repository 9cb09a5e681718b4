"""Value by state and by condition: each node's value divided over what it has of a SKU."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

from noria.kit.db import Connection, rows
from noria.value.division import states
from noria.value.model import By, Line

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
        BY_GRADE if by is By.GRADE else _by_state(tx, at),
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
BY_GRADE: LiteralString = """
    select key, currency, sum(units)::bigint as units, sum(cents)::bigint as value_cents,
        sum(worth_cents)::bigint as worth_cents
    from (
        select coalesce(part.grade, %(ungraded)s) as key, currency, units,
            part.value_cents as cents,
            round(part.value_cents * coalesce(percent, 100) / 100.0) as worth_cents
        from value_parts_at(%(at)s, %(nodes)s) as part
        join sku on sku.code = part.sku
        left join grade_worth on grade_worth.grade = part.grade
    ) as told
    where %(key)s::text is null or (key, currency) > (%(key)s, %(currency)s)
    group by key, currency
    order by key, currency
    limit %(limit)s
"""
