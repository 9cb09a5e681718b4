"""Carriers' words: the SQL that empties them."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection


def shipments(tx: Connection, orders: Sequence[str]) -> list[str]:
    found = tx.execute(
        "select id from shipment where order_id = any(%s) order by id", [list(orders)]
    )
    return [shipment for (shipment,) in found]


def forget_numbers(
    tx: Connection, shipments: Sequence[str], *, now: datetime
) -> list[tuple[str, str]]:
    """Mark the numbers of these shipments' parcels as forgotten; they, as (carrier, number)."""
    found = tx.execute(
        """
        update parcel_number
        set erased_at = coalesce(erased_at, %s)
        from parcel
        where parcel.sscc = parcel_number.sscc and parcel.shipment_id = any(%s)
        returning parcel_number.carrier, parcel_number.number
        """,
        [now, list(shipments)],
    )
    return sorted(found.fetchall())


def erase(tx: Connection, numbers: Sequence[tuple[str, str]]) -> None:
    """Empty what carriers said in words of these parcels, and the replies that they said it in."""
    given = [[carrier for carrier, _ in numbers], [number for _, number in numbers]]
    tx.execute(
        """
        update carrier_reply
        set body = '', detail = ''
        from unnest(%s::text[], %s::text[]) as given (carrier, number)
        where carrier_reply.carrier = given.carrier
            and (position(convert_to(given.number, 'UTF8') in body) > 0 or id in (
                select reply
                from tracking_event
                where (tracking_event.carrier, tracking_event.number)
                    = (given.carrier, given.number)
            ))
        """,
        given,
    )
    tx.execute(
        """
        update tracking_event
        set label = case when said.place_in_turn = 1 then '' else '#' || said.place_in_turn end,
            place = ''
        from (
            select tracking_event.carrier, tracking_event.number, happened_at, code, label, place,
                progress, row_number() over (
                    partition by tracking_event.carrier, tracking_event.number, happened_at, code
                    order by label, place, progress
                ) as place_in_turn
            from tracking_event
            join unnest(%s::text[], %s::text[]) as given (carrier, number)
                on (tracking_event.carrier, tracking_event.number) = (given.carrier, given.number)
        ) as said
        where (tracking_event.carrier, tracking_event.number, tracking_event.happened_at,
                tracking_event.code, tracking_event.label, tracking_event.place,
                tracking_event.progress)
            = (said.carrier, said.number, said.happened_at, said.code, said.label, said.place,
                said.progress)
        """,
        given,
    )
    tx.execute(
        """
        update parcel_progress
        set label = '', place = ''
        from unnest(%s::text[], %s::text[]) as given (carrier, number)
        where (parcel_progress.carrier, parcel_progress.number) = (given.carrier, given.number)
        """,
        given,
    )


def unread(
    tx: Connection, carriers: Sequence[str], *, after: str, limit: int
) -> list[tuple[str, bytes]]:
    """Replies of these carriers that say no or that nobody could read, with their bytes, by id."""
    found = tx.execute(
        """
        select id, body || convert_to(' ' || detail, 'UTF8')
        from carrier_reply
        where outcome <> 'read' and carrier = any(%s) and id > %s and (body <> '' or detail <> '')
        order by id
        limit %s
        """,
        [list(carriers), after, limit],
    )
    return [(str(reply), bytes(body)) for reply, body in found]


def empty(tx: Connection, replies: Sequence[str]) -> None:
    """Empty these replies; that they came, and when, stays."""
    tx.execute(
        "update carrier_reply set body = '', detail = '' where id = any(%s)", [list(replies)]
    )
