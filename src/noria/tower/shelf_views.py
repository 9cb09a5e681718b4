"""Questions about what lies where."""

from collections.abc import Sequence

from noria.kit.db import Connection, literal, rows
from noria.tower.shelf_model import NodeShelf, SkuShelves

SUMS = ", ".join(
    f"coalesce(sum(quantity) filter (where state = '{state}'), 0)::bigint as \"{state}\""
    for state in ("available", "reserved", "hold", "damaged", "in_transit", "returning")
)

SHELVES = f"""
    with shown as (
        select distinct sku
        from balance
        where node = %(node)s and state <> 'outside' and quantity > 0 and sku > %(after)s
            and (not %(is_doubtful)s or exists (
                select from shelf_record
                where shelf_record.sku = balance.sku and shelf_record.node = %(node)s
                    and (gaps > 0 or refused > 0)
            ))
        order by sku
        limit %(limit)s
    ), lying as (
        select sku, {SUMS}
        from balance
        join shown using (sku)
        where node = %(node)s
        group by sku
    )
    select code as sku, name, available, reserved, hold, damaged, in_transit, lying."returning",
        case when %(has_value)s then coalesce(value_cents, 0) end as value_cents, currency,
        shelf_mark.counted_at as looked_at, coalesce(gaps, 0) as gaps,
        coalesce(refused, 0) as refused
    from lying
    join sku on sku.code = lying.sku
    left join cost_balance on (cost_balance.sku, cost_balance.node) = (lying.sku, %(node)s)
    left join shelf_mark on (shelf_mark.sku, shelf_mark.node) = (lying.sku, %(node)s)
    left join shelf_record on (shelf_record.sku, shelf_record.node) = (lying.sku, %(node)s)
    order by lying.sku
"""  # noqa: S608 - states alone are put in


def shelves(
    tx: Connection,
    node: str,
    *,
    is_doubtful: bool,
    has_value: bool,
    after: str = "",
    limit: int = 100,
) -> list[NodeShelf]:
    """SKUs of which a node has any, by code; or those alone where the book may be wrong.

    The page is cut before anything is added up, so that a node of 100,000 SKUs costs a page.
    """
    return rows(
        tx,
        NodeShelf,
        SHELVES,
        {
            "node": node,
            "is_doubtful": is_doubtful,
            "has_value": has_value,
            "after": after,
            "limit": limit,
        },
    )


OF_SKUS = f"""
    with shown as (
        select code, name, category, price_cents, currency
        from sku
        where code > %(after)s
            and (code ilike %(like)s || '%%' or name ilike '%%' || %(like)s || '%%')
            and (not %(is_stocked)s or exists (
                select from balance
                where sku = code and state = 'available' and quantity > 0
                    and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            ))
        order by code
        limit %(limit)s
    )
    select code as sku, name, category,
        case when %(has_price)s then price_cents end as price_cents, currency, lying.*
    from shown
    cross join lateral (
        select {SUMS}, count(distinct node) filter (where quantity > 0) as nodes
        from balance
        where sku = code and state <> 'outside'
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    ) as lying
    order by code
"""  # noqa: S608 - states alone are put in


def shelves_of_skus(
    tx: Connection,
    words: str,
    *,
    nodes: Sequence[str] | None,
    is_stocked: bool,
    has_price: bool,
    after: str = "",
    limit: int = 100,
) -> list[SkuShelves]:
    """SKUs by code as `catalog.views.search` finds them, with their units at `nodes` (None: all).

    With `is_stocked`, those alone of which a unit is available there.
    """
    return rows(
        tx,
        SkuShelves,
        OF_SKUS,
        {
            "like": literal(words),
            "nodes": None if nodes is None else list(nodes),
            "is_stocked": is_stocked,
            "has_price": has_price,
            "after": after,
            "limit": limit,
        },
    )
