"""What was done in the node: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.fulfilment.model import Pick, Shipment, ShortReason
from noria.kit.db import Connection
from noria.orders.model import Leg, Short


def save_picks(
    tx: Connection,
    legs: Sequence[Leg],
    shorts: Sequence[tuple[Short, str, ShortReason]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Write that legs were picked, and what was missing."""
    tx.execute(
        """
        insert into pick (leg_id, node, picked_at, actor)
        select leg_id, node, %s, %s from unnest(%s::text[], %s::text[]) as given (leg_id, node)
        """,
        [now, actor, [leg.id for leg in legs], [leg.node for leg in legs]],
    )
    save_shorts(tx, shorts)


def save_weights(tx: Connection, picks: Sequence[Pick]) -> None:
    """Write what the units of picked legs weigh, where it was said."""
    told = [(pick.id, one) for pick in picks for one in pick.weights]
    if not told:
        return
    tx.execute(
        """
        insert into picked_weight (leg_id, sku, weight_g)
        select * from unnest(%s::text[], %s::text[], %s::bigint[])
        """,
        [
            [leg for leg, _ in told],
            [one.sku for _, one in told],
            [one.weight_g for _, one in told],
        ],
    )


def save_shorts(
    tx: Connection,
    shorts: Sequence[tuple[Short, str, ShortReason]],
    *,
    told_at: datetime | None = None,
) -> None:
    """Write what was missing; `told_at`: before the rest of it was picked."""
    if not shorts:
        return
    tx.execute(
        """
        insert into short_pick (leg_id, line, sku, quantity, reason, told_at)
        select leg_id, line, sku, sum(quantity)::bigint, reason, %s
        from unnest(%s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::text[])
            as given (leg_id, line, sku, quantity, reason)
        group by leg_id, line, sku, reason
        on conflict (leg_id, line, reason) do update
        set quantity = short_pick.quantity + excluded.quantity
        """,
        [
            told_at,
            [short.leg for short, _, _ in shorts],
            [short.line for short, _, _ in shorts],
            [sku for _, sku, _ in shorts],
            [short.units for short, _, _ in shorts],
            [reason.value for _, _, reason in shorts],
        ],
    )


def next_serials(tx: Connection, count: int) -> list[int]:
    """Serial numbers for parcels, never given twice."""
    found = tx.execute("select nextval('parcel_serial') from generate_series(1, %s)", [count])
    return [serial for (serial,) in found.fetchall()]


def save_shipments(tx: Connection, shipments: Sequence[Shipment], *, actor: str) -> None:
    tx.execute(
        """
        insert into shipment (id, leg_id, order_id, node, service, shipped_at, actor)
        select id, leg_id, order_id, node, service, shipped_at, %s
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
            as given (id, leg_id, order_id, node, service, shipped_at)
        """,
        [
            actor,
            [shipment.id for shipment in shipments],
            [shipment.leg for shipment in shipments],
            [shipment.order for shipment in shipments],
            [shipment.node for shipment in shipments],
            [shipment.service for shipment in shipments],
            [shipment.shipped_at for shipment in shipments],
        ],
    )
    boxes = [(shipment.id, parcel) for shipment in shipments for parcel in shipment.parcels]
    tx.execute(
        """
        insert into parcel (sscc, shipment_id, weight_g)
        select * from unnest(%s::text[], %s::text[], %s::bigint[])
        """,
        [
            [parcel.sscc for _, parcel in boxes],
            [shipment for shipment, _ in boxes],
            [parcel.weight_g for _, parcel in boxes],
        ],
    )


def save_deliveries(
    tx: Connection, arrived: Sequence[tuple[str, datetime]], *, actor: str, now: datetime
) -> None:
    tx.execute(
        """
        insert into delivery (shipment_id, delivered_at, recorded_at, actor)
        select shipment_id, delivered_at, %s, %s
        from unnest(%s::text[], %s::timestamptz[]) as given (shipment_id, delivered_at)
        """,
        [now, actor, [shipment for shipment, _ in arrived], [at for _, at in arrived]],
    )
