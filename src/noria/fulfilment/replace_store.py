"""What left and does not come: the reads that a replacement locks."""

from noria.fulfilment.replace_model import Box
from noria.kit.db import Connection


def lock(tx: Connection, leg: str) -> None:
    """Lock what left of a leg, as whoever hears of its parcels does, and before its order."""
    tx.execute("select from shipment where leg_id = %s for no key update", [leg])


def boxes(tx: Connection, leg: str) -> list[Box]:
    """The parcels of a leg in the order of their packing."""
    found = tx.execute(
        """
        select parcel.sscc, (
                select jsonb_object_agg(sku, units)
                from parcel_content
                where parcel_content.sscc = parcel.sscc
            ), (
                select min(delivered_at)
                from parcel_number
                join parcel_progress using (carrier, number)
                where parcel_number.sscc = parcel.sscc and progress = 'delivered'
            ), replaced_parcel.sscc is not null
        from shipment
        join parcel on parcel.shipment_id = shipment.id
        left join packed_box on packed_box.sscc = parcel.sscc
        left join replaced_parcel on replaced_parcel.sscc = parcel.sscc
        where shipment.leg_id = %s
        order by packed_box.number, parcel.sscc
        """,
        [leg],
    )
    return [
        Box(sscc=sscc, units=units, delivered_at=delivered_at, is_replaced=is_replaced)
        for sscc, units, delivered_at, is_replaced in found
    ]
