"""Questions about shortages."""

from noria.kit.db import Connection, rows
from noria.promise.shortage_model import Shortage


def shortages(
    tx: Connection, *, is_uncovered: bool = False, after: str = "", limit: int = 100
) -> list[Shortage]:
    """SKUs of which demand waits, by code, beyond `after`; or those alone that nothing brings."""
    return rows(
        tx,
        Shortage,
        """
        with short as (
            select sku, sum(units)::bigint as waiting, count(distinct demand) as demands,
                min(since) as since, sum(uncovered)::bigint as uncovered
            from demand_cover
            where sku > %(after)s
            group by sku
            having not %(is_uncovered)s or sum(uncovered) > 0
            order by sku
            limit %(limit)s
        )
        select short.sku, sku.name, waiting, demands, since, coalesce(comes.units, 0) as coming,
            comes.next_on, uncovered
        from short
        join sku on sku.code = short.sku
        left join lateral (
            select sum(units)::bigint as units, min(expected_on) as next_on
            from supply_on_time
            where supply_on_time.sku = short.sku
        ) as comes on true
        order by short.sku
        """,
        {"after": after, "is_uncovered": is_uncovered, "limit": limit},
    )
