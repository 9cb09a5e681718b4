"""Orders that wait and were promised nothing: the reads that a promise locks by."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.orders.unpromised_views import NO_DAY_YET


def to_promise(tx: Connection, *, after: str, limit: int, now: datetime) -> list[str]:
    """Orders by id beyond `after` that were promised nothing and that could be promised a day.

    Of all that waits in them something comes that others do not wait for, it is made to order, or
    it lies somewhere and the rest of the order comes.
    """
    found = tx.execute(
        f"""
        with hopeless as materialized (
            select demand
            from demand_cover
            where uncovered > 0
                and not exists (select from made_here where made_here.sku = demand_cover.sku)
                and not exists (
                    select from balance
                    join node on node.code = balance.node
                    where balance.sku = demand_cover.sku and state = 'available'
                        and quantity > 0 and is_open
                )
        )
        select id
        from customer_order
        where id > %(after)s and {NO_DAY_YET}
            and not exists (select from hopeless where demand = 'order:' || id)
        order by id
        limit %(limit)s
        """,  # noqa: S608 - a text of ours
        {"after": after, "limit": limit, "now": now},
    )
    return [order for (order,) in found]


def unpromised(tx: Connection, locked: Sequence[str], *, now: datetime) -> list[str]:
    """Those of these locked orders that still wait, and were promised nothing."""
    found = tx.execute(
        f"""
        select id
        from customer_order
        where id = any(%(locked)s) and {NO_DAY_YET}
        order by id
        """,  # noqa: S608 - a text of ours
        {"locked": list(locked), "now": now},
    )
    return [order for (order,) in found]
