"""Questions about what left and what arrived."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString

from msgspec import convert

from noria.catalog import views as catalog
from noria.fulfilment.model import Journey, LostShipment, Parcel, PickedLeg, Shipment, ShippedLeg
from noria.kit.db import Connection, rows
from noria.orders.model import Leg

SHIPMENTS: LiteralString = """
    select shipment.id, leg_id as leg, order_id as order, node, service, shipped_at,
        delivery.delivered_at,
        jsonb_agg(jsonb_build_object(
            'sscc', parcel.sscc, 'weight_g', parcel.weight_g, 'units', content.units
        ) order by parcel.sscc) as parcels
    from shipment
    join parcel on parcel.shipment_id = shipment.id
    left join delivery on delivery.shipment_id = shipment.id
    left join lateral (
        select jsonb_object_agg(sku, units) as units
        from parcel_content
        where parcel_content.sscc = parcel.sscc
    ) as content on true
"""


def shipments(
    tx: Connection, *, orders: Sequence[str] | None = None, ids: Sequence[str] | None = None
) -> list[Shipment]:
    """Shipments with their parcels, in key order: those of some orders, or some by id."""
    which: LiteralString = "shipment.id" if orders is None else "order_id"
    return rows(
        tx,
        _shipment,
        f"""{SHIPMENTS}
        where {which} = any((select %s::text[])::text[])
        group by shipment.id, delivery.delivered_at
        order by shipment.id
        """,
        [list(ids or () if orders is None else orders)],
    )


def _shipment(*, parcels: Sequence[Any], **more: Any) -> Shipment:
    return Shipment(parcels=convert(parcels, list[Parcel]), **more)


def weights(tx: Connection, legs: Sequence[Leg]) -> dict[str, dict[str, int]]:
    """Grams a unit weighs, by leg and SKU: as it was picked, else as the catalog says."""
    skus = catalog.skus(tx, sorted({line.sku for leg in legs for line in leg.lines}))
    found = {leg.id: {line.sku: skus[line.sku].weight_g for line in leg.lines} for leg in legs}
    for leg, sku, grams in tx.execute(
        "select leg_id, sku, weight_g from picked_weight where leg_id = any(%s)", [list(found)]
    ):
        found[leg][sku] = grams
    return found


def picked_legs(tx: Connection, first: date, last: date) -> list[PickedLeg]:
    """Legs picked from one day to another, UTC: their lines, and what was wrong with some."""
    return rows(
        tx,
        PickedLeg,
        """
        select pick.node, leg.planned_at, pick.picked_at,
            coalesce(leg.withdrawn_at = pick.picked_at, false) as is_empty,
            (select count(*) from leg_line where leg_line.leg_id = leg.id) as lines,
            coalesce((
                select array_agg(reason order by line) from short_pick
                where short_pick.leg_id = leg.id
            ), '{}') as reasons
        from pick
        join leg on leg.id = pick.leg_id
        where pick.picked_at >= %(first)s::date::timestamp at time zone 'UTC'
            and pick.picked_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
        order by leg.id
        """,
        {"first": first, "last": last},
    )


def shipped_legs(tx: Connection, first: date, last: date) -> list[ShippedLeg]:
    """Legs shipped from one day to another, UTC; and those taken away when they should have left.

    Those of orders that were held then are nobody's fault at the node.
    """
    return rows(
        tx,
        ShippedLeg,
        """
        select shipment.node, leg.leaves_at, shipment.shipped_at, false as is_left
        from shipment
        join leg on leg.id = shipment.leg_id
        where shipment.shipped_at >= %(first)s::date::timestamp at time zone 'UTC'
            and shipment.shipped_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
        union all
        select leg.node, leg.leaves_at, leg.withdrawn_at, true
        from leg
        where leg.withdrawn_at >= %(first)s::date::timestamp at time zone 'UTC'
            and leg.withdrawn_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
            and leg.withdrawn_at > leg.leaves_at and leg.shipped_at is null
            and leg.service <> 'pick-up' and not exists (
                select from order_hold
                where order_hold.order_id = leg.order_id and placed_at <= leg.leaves_at
                    and (lifted_at is null or lifted_at > leg.leaves_at)
            )
        order by node, leaves_at, shipped_at
        """,
        {"first": first, "last": last},
    )


def journeys(tx: Connection, first: date, last: date) -> list[Journey]:
    """Shipments that were told to have arrived from one day to another, UTC."""
    return rows(
        tx,
        Journey,
        """
        select shipment.node, shipment.service, customer_order.country, customer_order.postcode,
            node.time_zone, leg.leaves_at, leg.arrives_on, shipment.shipped_at,
            delivery.delivered_at, delivery.recorded_at,
            coalesce(customer_order.store, customer_order.relay) as point
        from delivery
        join shipment on shipment.id = delivery.shipment_id
        join leg on leg.id = shipment.leg_id
        join customer_order on customer_order.id = leg.order_id
        join node on node.code = shipment.node
        where delivery.recorded_at >= %(first)s::date::timestamp at time zone 'UTC'
            and delivery.recorded_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
        order by shipment.id
        """,
        {"first": first, "last": last},
    )


def counted(tx: Connection, nodes: Iterable[str]) -> set[str]:
    """Those of these nodes that are our own houses, where we count: no partner's."""
    found = tx.execute(
        "select code from node"
        " where code = any(%s) and kind in ('warehouse', 'store', 'dark_store')"
        " and not exists (select from partner_node where partner_node.node = node.code)",
        [sorted(nodes)],
    )
    return {code for (code,) in found}


def lost(tx: Connection, first: date, last: date) -> list[LostShipment]:
    """Shipments of which parcels were declared lost from one day to another, UTC."""
    return rows(
        tx,
        LostShipment,
        """
        select replacement.node, replacement.service, customer_order.country,
            customer_order.postcode, replacement.at
        from replacement
        join customer_order on customer_order.id = replacement.order_id
        where because = 'lost' and at >= %(first)s::date::timestamp at time zone 'UTC'
            and at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
        order by replacement.id
        """,
        {"first": first, "last": last},
    )


def without_count(tx: Connection, shelves: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of these (node, SKU) that no open count looks at."""
    found = tx.execute(
        """
        select given.node, given.sku
        from unnest(%s::text[], %s::text[]) as given (node, sku)
        where not exists (
            select from count_line
            join count_task on count_task.id = count_line.task
            where count_task.node = given.node and count_line.sku = given.sku
                and count_task.ended_at is null and stage in ('open', 'recount')
        )
        order by given.node, given.sku
        """,
        [[node for node, _ in shelves], [sku for _, sku in shelves]],
    )
    return [(node, sku) for node, sku in found]
