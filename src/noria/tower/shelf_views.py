"""Questions about what lies at a node."""

from noria.kit.db import Connection, rows
from noria.tower.shelf_model import NodeShelf

SHELVES = """
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
        select sku,
            sum(quantity) filter (where state = 'available') as available,
            sum(quantity) filter (where state = 'reserved') as reserved,
            sum(quantity) filter (where state = 'hold') as hold,
            sum(quantity) filter (where state = 'damaged') as damaged,
            sum(quantity) filter (where state = 'in_transit') as in_transit,
            sum(quantity) filter (where state = 'returning') as "returning"
        from balance
        join shown using (sku)
        where node = %(node)s
        group by sku
    )
    select code as sku, name, coalesce(available, 0)::bigint as available,
        coalesce(reserved, 0)::bigint as reserved, coalesce(hold, 0)::bigint as hold,
        coalesce(damaged, 0)::bigint as damaged, coalesce(in_transit, 0)::bigint as in_transit,
        coalesce(lying."returning", 0)::bigint as "returning",
        case when %(has_value)s then coalesce(value_cents, 0) end as value_cents, currency,
        shelf_mark.counted_at as looked_at, coalesce(gaps, 0) as gaps,
        coalesce(refused, 0) as refused
    from lying
    join sku on sku.code = lying.sku
    left join cost_balance on (cost_balance.sku, cost_balance.node) = (lying.sku, %(node)s)
    left join shelf_mark on (shelf_mark.sku, shelf_mark.node) = (lying.sku, %(node)s)
    left join shelf_record on (shelf_record.sku, shelf_record.node) = (lying.sku, %(node)s)
    order by lying.sku
"""


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
