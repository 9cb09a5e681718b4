"""Questions about parcels under way."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from noria.fulfilment.tracking_model import (
    Heard,
    KeptReply,
    Outcome,
    TrackedParcel,
    UnderWay,
    Whereabouts,
)
from noria.kit.db import Connection, rows
from noria.orders.carried_model import Carried, Progress


def heard(tx: Connection, carrier: str, numbers: Sequence[str]) -> dict[str, list[Heard]]:
    """All that a carrier said, by parcel number, in its order in time."""
    said: dict[str, list[Heard]] = defaultdict(list)
    for one in rows(
        tx,
        _heard,
        """
        select number, progress, happened_at, code, label, place
        from tracking_event
        where carrier = %s and number = any((select %s::text[])::text[])
        order by number, happened_at, code, label, place, progress
        """,
        [carrier, list(numbers)],
    ):
        said[one.number].append(one)
    return said


def parcels(tx: Connection, shipments: Sequence[str]) -> list[TrackedParcel]:
    """Parcels of shipments that carriers have a number for, with all that was said of them."""
    found = tx.execute(
        """
        select parcel.sscc, parcel.shipment_id, parcel_number.carrier, parcel_number.number,
            replacement, progress, since, heard_at, code, label, place, attempts, delivered_at
        from parcel
        join parcel_number on parcel_number.sscc = parcel.sscc
        left join parcel_progress on parcel_progress.carrier = parcel_number.carrier
            and parcel_progress.number = parcel_number.number
        left join replaced_parcel on replaced_parcel.sscc = parcel.sscc
        where parcel.shipment_id = any((select %s::text[])::text[])
        order by parcel.sscc, parcel_number.carrier, parcel_number.number
        """,
        [list(shipments)],
    ).fetchall()
    said = {
        carrier: heard(tx, carrier, [row[3] for row in found if row[2] == carrier])
        for carrier in sorted({row[2] for row in found})
    }
    return [
        TrackedParcel(
            sscc=sscc,
            shipment=shipment,
            carrier=carrier,
            number=number,
            at=_whereabouts(at) if at[0] else None,
            events=said[carrier].get(number, ()),
            replacement=replacement,
        )
        for sscc, shipment, carrier, number, replacement, *at in found
    ]


def arrived(tx: Connection, shipments: Sequence[str]) -> dict[str, datetime]:
    """Those of these shipments all of whose parcels are delivered: when the last came.

    A parcel cannot have come before it left, whatever its carrier's clock says. What was replaced
    is waited for no more.
    """
    found = tx.execute(
        """
        select shipment.id, greatest(max(came.last), shipment.shipped_at)
        from shipment
        join parcel on parcel.shipment_id = shipment.id
        cross join lateral (
            select max(delivered_at) as last, count(*) > 0 as is_told
            from parcel_number
            join parcel_progress using (carrier, number)
            where parcel_number.sscc = parcel.sscc and progress = 'delivered'
        ) as came
        where shipment.id = any((select %s::text[])::text[])
            and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
        group by shipment.id
        having bool_and(came.is_told)
        """,
        [sorted(set(shipments))],
    )
    return dict(found.fetchall())


def come_true(tx: Connection, *, until: datetime, limit: int) -> list[tuple[str, str]]:
    """Our parcels, as (carrier, number), with events that were dated ahead and count by then."""
    found = tx.execute(
        """
        select distinct carrier, number
        from tracking_event
        join parcel_number using (carrier, number)
        left join parcel_progress using (carrier, number)
        where tracking_event.happened_at > tracking_event.recorded_at
            and tracking_event.happened_at <= %s
            and tracking_event.happened_at > coalesce(parcel_progress.heard_at, '-infinity')
            and tracking_event.progress <> 'other'
        order by carrier, number
        limit %s
        """,
        [until, limit],
    )
    return found.fetchall()


def shipments_of(
    tx: Connection, carrier: str, numbers: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """By parcel number: the shipment, and the node that sent it."""
    found = tx.execute(
        """
        select parcel_number.number, shipment.id, shipment.node
        from parcel_number
        join parcel on parcel.sscc = parcel_number.sscc
        join shipment on shipment.id = parcel.shipment_id
        where parcel_number.carrier = %s
            and parcel_number.number = any((select %s::text[])::text[])
        """,
        [carrier, list(numbers)],
    )
    return {number: (shipment, node) for number, shipment, node in found}


def carried(tx: Connection, shipments: Sequence[str]) -> list[Carried]:
    """Where each parcel of these shipments is, of which its carrier has said something.

    One that was replaced counts no more, unless nothing else of its leg comes either.
    """
    return rows(
        tx,
        _carried,
        """
        select shipment.leg_id as leg, progress, since, parcel_progress.carrier,
            parcel_progress.number, code
        from shipment
        join parcel on parcel.shipment_id = shipment.id
        join parcel_number on parcel_number.sscc = parcel.sscc
        join parcel_progress using (carrier, number)
        join leg on leg.id = shipment.leg_id
        where shipment.id = any((select %s::text[])::text[])
            and (leg.withdrawn_at is not null or not exists (
                select from replaced_parcel where replaced_parcel.sscc = parcel.sscc
            ))
        order by shipment.id, parcel_progress.carrier, parcel_progress.number
        """,
        [sorted(set(shipments))],
    )


def _carried(**values: Any) -> Carried:
    return Carried(**{**values, "progress": Progress(values["progress"])})


def pauses(tx: Connection, *, since: datetime) -> dict[tuple[str, str], tuple[int, timedelta]]:
    """By (carrier, node): how many pauses lay between what was said, and what 99 % stayed under.

    A lane is a node and a carrier: what is slow about a region shows in its nodes' parcels.
    """
    found = tx.execute(
        """
        with said as (
            select parcel_number.carrier, shipment.node,
                tracking_event.happened_at - lag(tracking_event.happened_at) over (
                    partition by parcel_number.carrier, parcel_number.number
                    order by tracking_event.happened_at
                ) as pause
            from tracking_event
            join parcel_number using (carrier, number)
            join parcel on parcel.sscc = parcel_number.sscc
            join shipment on shipment.id = parcel.shipment_id
            where tracking_event.happened_at >= %s
        )
        select carrier, node, count(*), percentile_cont(0.99) within group (order by pause)
        from said
        where pause > interval '0'
        group by carrier, node
        """,
        [since],
    )
    return {(carrier, node): (count, long_one) for carrier, node, count, long_one in found}


def under_way(tx: Connection, *, after: tuple[str, str] | None, limit: int) -> list[UnderWay]:
    """Parcels on their way and not yet called silent, in key order."""
    carrier, number = after or ("", "")
    return rows(
        tx,
        UnderWay,
        """
        select carrier, number, shipment.id as shipment, shipment.node, heard_at
        from parcel_progress
        join parcel_number using (carrier, number)
        join parcel on parcel.sscc = parcel_number.sscc
        join shipment on shipment.id = parcel.shipment_id
        where progress not in ('delivered', 'returned', 'lost') and silent_since is null
            and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
            and (carrier, number) > (%s, %s)
        order by carrier, number
        limit %s
        """,
        [carrier, number, limit],
    )


def unheard(
    tx: Connection,
    *,
    since: datetime,
    until: datetime,
    after: tuple[str, str] | None,
    limit: int,
) -> list[UnderWay]:
    """Parcels that left between then and then, and of which nothing was ever said, in key order."""
    carrier, number = after or ("", "")
    return rows(
        tx,
        UnderWay,
        """
        select parcel_number.carrier, parcel_number.number, shipment.id as shipment, shipment.node,
            greatest(shipment.shipped_at, told_at) as heard_at
        from parcel_number
        join parcel on parcel.sscc = parcel_number.sscc
        join shipment on shipment.id = parcel.shipment_id
        join leg on leg.id = shipment.id
        where unheard_since is null and told_at >= %(since)s
            and shipment.shipped_at <= %(until)s and leg.withdrawn_at is null
            and leg.shipped_at is not null and leg.delivered_at is null
            and not exists (
                select from parcel_number as its
                join parcel_progress using (carrier, number)
                where its.sscc = parcel.sscc
            )
            and not exists (select from replaced_parcel where replaced_parcel.sscc = parcel.sscc)
            and not exists (select from delivery where delivery.shipment_id = shipment.id)
            and (parcel_number.carrier, parcel_number.number) > (%(carrier)s, %(number)s)
        order by parcel_number.carrier, parcel_number.number
        limit %(limit)s
        """,
        {"since": since, "until": until, "carrier": carrier, "number": number, "limit": limit},
    )


def replies(
    tx: Connection,
    *,
    carrier: str | None = None,
    is_open: bool | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[KeptReply]:
    """Replies of carriers, the newest first; open ones are those that nobody could read."""
    received_at, reply_id = after or (None, None)
    return rows(
        tx,
        _kept,
        """
        select id, carrier, received_at, outcome, events, detail
        from carrier_reply
        where (%(carrier)s::text is null or carrier = %(carrier)s)
            and (%(is_open)s::boolean is null
                or (outcome <> 'read' and settled_at is null) = %(is_open)s)
            and (%(at)s::timestamptz is null or (received_at, id) < (%(at)s, %(id)s::text))
        order by received_at desc, id desc
        limit %(limit)s
        """,
        {"carrier": carrier, "is_open": is_open, "at": received_at, "id": reply_id, "limit": limit},
    )


def reply(tx: Connection, reply_id: str) -> tuple[KeptReply, bytes] | None:
    """A reply with its bytes, as they came."""
    found = tx.execute(
        "select id, carrier, received_at, outcome, events, detail, body"
        " from carrier_reply where id = %s",
        [reply_id],
    ).fetchone()
    if found is None:
        return None
    key, carrier, received_at, outcome, events, detail, body = found
    kept = _kept(
        id=key, carrier=carrier, received_at=received_at, outcome=outcome, events=events,
        detail=detail,
    )  # fmt: skip
    return kept, bytes(body)


def _heard(*, progress: str, **more: Any) -> Heard:
    return Heard(progress=Progress(progress), **more)


def _kept(*, outcome: str, **more: Any) -> KeptReply:
    return KeptReply(outcome=Outcome(outcome), **more)


def _whereabouts(at: Sequence[Any]) -> Whereabouts:
    progress, since, heard_at, code, label, place, attempts, delivered_at = at
    return Whereabouts(
        progress=Progress(progress),
        since=since,
        heard_at=heard_at,
        code=code,
        label=label,
        place=place,
        attempts=attempts,
        delivered_at=delivered_at,
    )
