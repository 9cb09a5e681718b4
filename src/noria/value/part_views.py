"""Value by state and by condition: each node's value divided over what it has of a SKU."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from noria.kit.db import Connection, rows
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
        """
        select key, currency, sum(units)::bigint as units, sum(cents)::bigint as value_cents,
            case when %(by_grade)s then sum(worth_cents)::bigint end as worth_cents
        from (
            select case when %(by_grade)s then coalesce(part.grade, %(ungraded)s)
                    else state::text end as key,
                currency, units, part.value_cents as cents,
                round(part.value_cents * coalesce(percent, 100) / 100.0) as worth_cents
            from value_parts_at(%(at)s, %(nodes)s) as part
            join sku on sku.code = part.sku
            left join grade_worth on grade_worth.grade = part.grade
        ) as told
        where %(key)s::text is null or (key, currency) > (%(key)s, %(currency)s)
        group by key, currency
        order by key, currency
        limit %(limit)s
        """,
        {
            "by_grade": by is By.GRADE,
            "ungraded": UNGRADED,
            "at": at,
            "nodes": None if nodes is None else list(nodes),
            "key": after[0] if after else None,
            "currency": after[1] if after else None,
            "limit": limit,
        },
    )
