"""What a trial of policies starts from: past orders, and what shelves held and were given."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.network import views as network
from noria.network.model import Spot
from noria.orders.trial_model import Past, Shift
from noria.sourcing.model import Wish

REST = ("due", "channel", "country", "postcode", "own_packaging", "value_cents")


def orders(tx: Connection, since: datetime, until: datetime, *, limit: int) -> list[Past]:
    """Orders placed in that time as they were asked for, first come first.

    They are to come by the day that was asked, or that the checkout told. What was to be collected
    in a store, or at a relay point, is so again, by the lanes of today.
    """
    found = tx.execute(
        """
        select placed_at, due, id, latitude, longitude, line.units, line.wrapped,
            least(due, told_to), channel, country, postcode, own_packaging, line.value_cents,
            relay, store
        from customer_order
        cross join lateral (
            select jsonb_object_agg(sku, units order by sku) as units,
                array_remove(array_agg(distinct case when wrapped then sku::text end), null)
                    as wrapped,
                sum(cents)::bigint as value_cents
            from (
                select sku, sum(quantity)::bigint as units, bool_or(gift_wrap) as wrapped,
                    sum(quantity * price_cents) as cents
                from order_line
                where order_id = customer_order.id
                group by sku
            ) as asked
        ) as line
        where placed_at >= %s and placed_at < %s
        order by placed_at, id
        limit %s
        """,
        [since, until, limit],
    )
    asked = found.fetchall()
    stores = {store for *_, store in asked if store is not None}
    lanes = network.lanes_to(tx, stores) if stores else {}
    return [
        Past(
            placed_at=placed_at,
            due=due,
            wish=Wish(
                order_id=order,
                spot=Spot(latitude, longitude),
                wanted=units,
                wrapped=frozenset(wrapped),
                is_to_relay=relay is not None,
                store=store,
                point=store or relay,
                lanes=lanes.get(store or "", {}),
                **dict(zip(REST, rest, strict=True)),
            ),
        )
        for placed_at, due, order, latitude, longitude, units, wrapped, *rest, relay, store in asked
    ]


def shelves(
    tx: Connection, skus: Sequence[str], since: datetime
) -> tuple[dict[str, dict[str, int]], list[Shift]]:
    """What was available of these SKUs then, by node, and what changed it since but for orders."""
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    for sku, node, units in tx.execute(
        """
        select sku, node, quantity from balance
        where sku = any(%s) and state = 'available' and node <> ''
        """,
        [list(skus)],
    ):
        stock[node][sku] = units
    shifts = []
    for at, sku, node, change, is_of_order in tx.execute(
        """
        select recorded_at, sku, node, sum(change)::bigint, starts_with(cause, 'order:')
        from movement
        join entry on movement_id = movement.id
        where recorded_at >= %s and state = 'available' and sku = any(%s)
        group by recorded_at, sku, node, starts_with(cause, 'order:')
        order by recorded_at, sku, node
        """,
        [since, list(skus)],
    ):
        stock[node][sku] = stock[node].get(sku, 0) - change
        if not is_of_order:
            shifts.append(Shift(at=at, sku=sku, node=node, units=change))
    return stock, shifts
