"""Questions about what left and what arrived."""

from collections.abc import Sequence

from noria.fulfilment.model import Parcel, Shipment
from noria.kit.db import Connection


def shipments(
    tx: Connection, *, orders: Sequence[str] | None = None, ids: Sequence[str] | None = None
) -> list[Shipment]:
    """Shipments with their parcels, in key order: those of some orders, or some by id."""
    found = tx.execute(
        """
        select shipment.id, leg_id, order_id, node, service, shipped_at,
            array_agg(parcel.sscc order by parcel.sscc),
            array_agg(parcel.weight_g order by parcel.sscc), delivery.delivered_at
        from shipment
        join parcel on parcel.shipment_id = shipment.id
        left join delivery on delivery.shipment_id = shipment.id
        where (%(orders)s::text[] is null or order_id = any(%(orders)s))
            and (%(ids)s::text[] is null or shipment.id = any(%(ids)s))
        group by shipment.id, delivery.delivered_at
        order by shipment.id
        """,
        {
            "orders": None if orders is None else list(orders),
            "ids": None if ids is None else list(ids),
        },
    )
    return [
        Shipment(
            id=shipment,
            leg=leg,
            order=order,
            node=node,
            service=service,
            shipped_at=shipped_at,
            parcels=[
                Parcel(sscc=sscc, weight_g=grams)
                for sscc, grams in zip(codes, weights, strict=True)
            ],
            delivered_at=delivered_at,
        )
        for shipment, leg, order, node, service, shipped_at, codes, weights, delivered_at in found
    ]
