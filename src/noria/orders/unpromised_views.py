"""What is known of the supply of an order that is promised no day yet."""

from datetime import date
from typing import LiteralString

from noria.kit import clock
from noria.kit.db import Connection
from noria.orders import unpromised_rules
from noria.orders.unpromised_model import Missing, Unpromised
from noria.promise import atp_rules, atp_views
from noria.promise import shortage_views as shortages

NO_DAY_YET: LiteralString = """
    stage = 'waiting'
    and not exists (select from promise where order_id = customer_order.id)
    and not exists (
        select from order_window where order_id = customer_order.id and until > %(now)s
    )
"""
"""Of a `customer_order`: it waits, was promised nothing, and is not about to be decided."""


def unpromised(tx: Connection, order: str) -> Unpromised | None:
    """Why an order is promised no day yet; None: it is, or nothing of it waits any more."""
    now = clock.now(tx)
    found = tx.execute(
        f"select due from customer_order where id = %(order)s and {NO_DAY_YET}",  # noqa: S608 - ours
        {"order": order, "now": now},
    ).fetchone()
    if found is None:
        return None
    missing = _missing(tx, order, now.date())
    return unpromised_rules.why(missing, found[0]) if missing else None


def _missing(tx: Connection, order: str, today: date) -> list[Missing]:
    """The SKUs that an order waits for; what a transfer will load counts where it comes."""
    waits = tx.execute(
        """
        select sku::text, sum(waiting)::bigint, coalesce((
                select sum(quantity)::bigint
                from balance
                join node on node.code = balance.node
                where balance.sku = order_line.sku and state = 'available' and is_open
            ), 0), exists (select from made_here where made_here.sku = order_line.sku)
        from order_line
        where order_id = %s and waiting > 0
        group by sku
        order by sku
        """,
        [order],
    ).fetchall()
    demand = f"order:{order}"
    ahead = shortages.ahead(tx, [demand]).get(demand, {})
    supplies = atp_views.supplies(tx, [sku for sku, *_ in waits])
    late = [one for one in supplies if atp_rules.is_late(one, today)]
    return [
        Missing(
            sku=sku,
            waiting=waiting,
            ahead=ahead.get(sku, 0),
            lying=lying,
            coming=sum(one.units for one in supplies if one.sku == sku and one not in late),
            late=sum(one.units for one in late if one.sku == sku),
            is_made=is_made,
        )
        for sku, waiting, lying, is_made in waits
    ]
