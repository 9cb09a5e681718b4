"""Questions about shortages."""

from collections import defaultdict
from collections.abc import Sequence

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
        with waits as (
            select sku, sum(units)::bigint as waiting, count(distinct demand) as demands,
                min(since) as since
            from expected_demand
            where sku > %(after)s and node is null
                and not exists (
                    select from order_window
                    where 'order:' || order_id = demand and until > noria_now()
                )
                and not exists (select from made_here where made_here.sku = expected_demand.sku)
            group by sku
        ), lies as (
            select sku, sum(quantity)::bigint as units
            from balance
            join node on node.code = balance.node
            where state = 'available' and quantity > 0 and is_open and does_ship
                and sku in (select sku from waits)
            group by sku
        ), comes as (
            select sku, sum(units)::bigint as units, min(expected_on) as next_on
            from supply_on_time
            where sku in (select sku from waits)
            group by sku
        ), short as (
            select waits.sku, waiting, demands, since, coalesce(lies.units, 0) as lying,
                coalesce(comes.units, 0) as coming, next_on
            from waits
            left join lies on lies.sku = waits.sku
            left join comes on comes.sku = waits.sku
        )
        select short.sku, sku.name, waiting, demands, since, lying, coming, next_on,
            greatest(waiting - lying - coming, 0) as uncovered
        from short
        join sku on sku.code = short.sku
        where not %(is_uncovered)s or waiting > lying + coming
        order by short.sku
        limit %(limit)s
        """,
        {"after": after, "is_uncovered": is_uncovered, "limit": limit},
    )


def ahead(tx: Connection, demands: Sequence[str]) -> dict[str, dict[str, int]]:
    """By demand and SKU, the units that others have waited for longer: they are served first.

    What waits to be decided with others has its units already.
    """
    found = tx.execute(
        """
        select demand, sku::text, min(until_here - units)::bigint
        from (
            select demand, sku, units,
                sum(units) over (partition by sku order by since, demand, line) as until_here
            from expected_demand
            where node is null
                and sku in (select sku from expected_demand where demand = any(%(demands)s))
                and not exists (
                    select from order_window
                    where 'order:' || order_id = demand and until > noria_now()
                )
        ) as waits
        where demand = any(%(demands)s)
        group by demand, sku
        """,
        {"demands": list(demands)},
    )
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for demand, sku, count in found:
        units[demand][sku] = count
    return units
