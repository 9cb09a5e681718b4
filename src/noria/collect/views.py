"""Questions about what stores keep for customers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from noria.collect.model import (
    Collection,
    Compartment,
    Inbound,
    Lain,
    Lying,
    Notice,
    Punctual,
    PutBack,
    Spot,
    SpotKind,
)
from noria.kit.db import Connection, rows
from noria.orders.model import LegLine


class Waits(Struct, frozen=True, kw_only=True):
    """A leg that is to be made ready, as it is kept."""

    leg_id: str
    order_id: str
    node: str
    picked_at: datetime | None
    due_at: datetime
    units: int


def due(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    legs: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[Waits]:
    """Legs to be made ready, the first due (so what is late) first; `after` is (due_at, leg)."""
    at, leg = after or (None, None)
    return rows(
        tx,
        Waits,
        """
        select leg_id, order_id, node, picked_at, due_at, (
            select sum(quantity - gone)::bigint from leg_line where leg_line.leg_id = due.leg_id
        ) as units
        from collect_due as due
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(legs)s::text[] is null or leg_id = any(%(legs)s))
            and (%(at)s::timestamptz is null or (due_at, leg_id) > (%(at)s, %(leg)s::text))
        order by due_at, leg_id
        limit %(limit)s
        """,
        {"nodes": _list(nodes), "legs": _list(legs), "at": at, "leg": leg, "limit": limit},
    )


def collections(
    tx: Connection,
    *,
    now: datetime,
    nodes: Sequence[str] | None = None,
    orders: Sequence[str] | None = None,
    code: str | None = None,
    name: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[Collection]:
    """What waits for customers: whoever is there first, then what is kept least long.

    By `now` it is said what is over, whether or not anybody has put it back. `after` is the
    (sort as text, order, node) to go on from.
    """
    at, order, node = after or (None, None, None)
    found = tx.execute(
        f"""{COLLECTIONS}
        select order_id, node, ready_at, keep_until, is_paid, is_held, customer, proxy, extended,
            arrives_at, told_at, vehicle, bay
        from waiting
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(orders)s::text[] is null or order_id = any(%(orders)s))
            and (%(code)s::text is null or code = %(code)s)
            and (%(name)s::text is null or starts_with(lower(customer), lower(%(name)s))
                or starts_with(lower(proxy), lower(%(name)s))
                or position(' ' || lower(%(name)s) in lower(customer)) > 0)
            and (%(at)s::timestamptz is null
                or (sort_at, order_id, node) > (%(at)s, %(order)s::text, %(node)s::text))
        order by sort_at, order_id, node
        limit %(limit)s
        """,  # noqa: S608 - ours
        {"nodes": _list(nodes), "orders": _list(orders), "code": code, "name": name, "at": at,
         "order": order, "node": node, "limit": limit},
    ).fetchall()  # fmt: skip
    there = _lying(tx, [one[0] for one in found])
    return [
        Collection(
            order=order_id,
            node=at_node,
            ready_at=ready_at,
            keep_until=until,
            is_over=until <= now,
            is_paid=is_paid,
            is_held=is_held,
            customer=customer,
            proxy=proxy,
            extended=extended,
            lying=there[order_id, at_node],
            notice=None
            if arrives is None
            else Notice(arrives_at=arrives, told_at=told, vehicle=vehicle, bay=bay),
        )
        for (order_id, at_node, ready_at, until, is_paid, is_held, customer, proxy, extended,
             arrives, told, vehicle, bay) in found
    ]  # fmt: skip


COLLECTIONS = """
with waiting as (
    select collection.order_id, collection.node, collection.code, collection.ready_at, keep_until,
        payment = 'paid' as is_paid, exists (
            select from order_hold
            where order_hold.order_id = collection.order_id and lifted_at is null
        ) as is_held, coalesce(recipient.name, '') as customer,
        collect_proxy.name as proxy, extended, arrives_at, told_at, vehicle, bay,
        least(coalesce(arrives_at, keep_until), keep_until) as sort_at
    from collection
    join customer_order on customer_order.id = collection.order_id
    left join recipient on recipient.order_id = collection.order_id
    left join collect_proxy on collect_proxy.order_id = collection.order_id
    left join collect_notice on collect_notice.order_id = collection.order_id
        and collect_notice.node = collection.node
    where collection.code is not null and exists (
        select from leg
        where leg.order_id = collection.order_id and leg.node = collection.node
            and leg.ready_at is not null and leg.shipped_at is null and leg.withdrawn_at is null
    )
)
"""


def sort_at(one: Collection) -> datetime:
    """By when it comes in a list."""
    return min(one.notice.arrives_at, one.keep_until) if one.notice else one.keep_until


def _lying(tx: Connection, orders: Sequence[str]) -> dict[tuple[str, str], list[Lying]]:
    found: dict[tuple[str, str], list[Lying]] = defaultdict(list)
    for order, node, leg, kind, spot, compartment, ready_at, units in tx.execute(
        """
        select collect_leg.order_id, collect_leg.node, leg_id, spot_kind, spot, compartment,
            collect_leg.ready_at, (
                select sum(quantity - gone)::bigint from leg_line where leg_line.leg_id = leg.id
            )
        from collect_leg
        join leg on leg.id = leg_id
        where collect_leg.order_id = any(%s) and leg.shipped_at is null
            and leg.withdrawn_at is null
        order by collect_leg.order_id, leg_id
        """,
        [sorted(set(orders))],
    ):
        at = Spot(kind=SpotKind(kind), name=spot, compartment=compartment)
        found[order, node].append(Lying(leg=leg, spot=at, ready_at=ready_at, units=units))
    return found


def spots(tx: Connection, legs: Sequence[str]) -> dict[str, Spot]:
    """Where these legs lie, or lay."""
    found = tx.execute(
        "select leg_id, spot_kind, spot, compartment from collect_leg where leg_id = any(%s)",
        [list(legs)],
    )
    return {
        leg: Spot(kind=SpotKind(kind), name=name, compartment=compartment)
        for leg, kind, name, compartment in found
    }


class Held(Struct, frozen=True, kw_only=True):
    """What is known of an order's collection in a store, ended or not; `code` is null then."""

    code: str | None
    ready_at: datetime
    keep_until: datetime
    expired_at: datetime | None
    extended: int


def held(tx: Connection, order: str, node: str) -> Held | None:
    found = rows(
        tx,
        Held,
        "select code, ready_at, keep_until, expired_at, extended from collection"
        " where order_id = %s and node = %s",
        [order, node],
    )
    return found[0] if found else None


def proxy(tx: Connection, order: str) -> str | None:
    found = tx.execute("select name from collect_proxy where order_id = %s", [order]).fetchone()
    return found[0] if found else None


def ready_legs(tx: Connection, order: str, node: str) -> list[str]:
    """Legs of an order that lie ready there."""
    found = tx.execute(
        """
        select id
        from leg
        where order_id = %s and node = %s and ready_at is not null and shipped_at is null
            and withdrawn_at is null
        order by id
        """,
        [order, node],
    )
    return [leg for (leg,) in found]


def open_codes(tx: Connection, node: str) -> set[str]:
    found = tx.execute("select code from collection where node = %s and code is not null", [node])
    return {code for (code,) in found}


def hand_over_node(tx: Connection, hand_over: str) -> str | None:
    """The store of a hand-over; None: there is none."""
    found = tx.execute("select node from hand_over where id = %s", [hand_over]).fetchone()
    return None if found is None else str(found[0])


def wrong_codes(tx: Connection, node: str, *, since: datetime) -> int:
    """How many wrong codes were tried there since then."""
    found = tx.execute(
        "select count(*) from collect_wrong_code"
        " where node = %s and tried_at > %s and settled_at is null",
        [node, since],
    ).fetchone()
    return found[0] if found else 0


def legs_in_boxes(tx: Connection, codes: Sequence[str]) -> dict[str, str]:
    """The leg, under way to a store or there, that each of these is: itself, or a box of it."""
    found = tx.execute(
        """
        select given.code, leg.id
        from unnest(%s::text[]) as given (code)
        left join parcel on parcel.sscc = given.code
        left join shipment on shipment.id = parcel.shipment_id
        join leg on leg.id = coalesce(shipment.leg_id, given.code)
        where exists (select from collect_inbound where leg_id = leg.id)
            or exists (select from collect_arrival where leg_id = leg.id)
        """,
        [list(codes)],
    )
    return dict(found.fetchall())


def inbound(
    tx: Connection, *, nodes: Sequence[str] | None, after: Sequence[Any] | None = None, limit: int
) -> list[Inbound]:
    """What is under way to stores, the first to arrive first; `after` is (day, leg)."""
    day, leg = after or (None, None)
    return rows(
        tx,
        Inbound,
        """
        select leg_id as leg, inbound.order_id as order, inbound.node, source, inbound.service,
            inbound.shipped_at, arrives_on::text as arrives_on, carrier_says, coalesce((
                select array_agg(sscc order by sscc)
                from parcel
                join shipment on shipment.id = parcel.shipment_id
                where shipment.leg_id = inbound.leg_id
            ), '{}') as sscc
        from collect_inbound as inbound
        where (%(nodes)s::text[] is null or inbound.node = any(%(nodes)s))
            and (%(day)s::date is null or (arrives_on, leg_id) > (%(day)s::date, %(leg)s::text))
        order by arrives_on, leg_id
        limit %(limit)s
        """,
        {"nodes": _list(nodes), "day": day, "leg": leg, "limit": limit},
    )


def put_backs(
    tx: Connection, *, nodes: Sequence[str] | None, after: Sequence[Any] | None = None, limit: int
) -> list[PutBack]:
    """What lies ready and is not wanted there any more; `after` is (since, leg)."""
    at, leg = after or (None, None)
    found = tx.execute(
        """
        select leg_id, order_id, node, since, spot_kind, spot, compartment, array(
            select array[collect_line.sku, (
                collect_line.quantity - put_back
                    - case when withdrawn_at is null then leg_line.quantity - gone else 0 end
            )::text]
            from collect_line
            join leg_line using (leg_id, line)
            join leg on leg.id = leg_id
            where collect_line.leg_id = lying.leg_id
            order by line
        )
        from collect_to_put_back as lying
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (since, leg_id) > (%(at)s, %(leg)s::text))
        order by since, leg_id
        limit %(limit)s
        """,
        {"nodes": _list(nodes), "at": at, "leg": leg, "limit": limit},
    )
    return [
        PutBack(
            leg=key,
            order=order,
            node=node,
            since=since,
            spot=Spot(kind=SpotKind(kind), name=spot, compartment=compartment) if kind else None,
            units=[Lain(sku=sku, units=int(units)) for sku, units in lain if int(units) > 0],
        )
        for key, order, node, since, kind, spot, compartment, lain in found
    ]


def compartments(tx: Connection, nodes: Sequence[str] | None) -> list[tuple[Compartment, bool]]:
    """Compartments of lockers, the smallest first, each with whether it is free."""
    found = tx.execute(
        """
        select compartment.node, locker, compartment.name, volume_cm3, most_g, not exists (
            select from collect_leg
            join leg on leg.id = leg_id
            where collect_leg.node = compartment.node and spot_kind = 'locker'
                and spot = locker and collect_leg.compartment = compartment.name
                and leg.shipped_at is null
                and (leg.withdrawn_at is null or put_back_at is null)
        )
        from compartment
        where (%(nodes)s::text[] is null or compartment.node = any(%(nodes)s))
        order by compartment.node, volume_cm3, locker, compartment.name
        """,
        {"nodes": _list(nodes)},
    )
    return [
        (Compartment(node=node, locker=locker, name=name, volume_cm3=cm3, most_g=grams), is_free)
        for node, locker, name, cm3, grams, is_free in found
    ]


def punctual(
    tx: Connection, *, nodes: Sequence[str] | None, first: date, last: date
) -> list[Punctual]:
    """Of what stores made ready between these days (UTC), how much was in time, and collected."""
    return rows(
        tx,
        Punctual,
        """
        select collect_leg.node, count(*) as ready,
            count(*) filter (where collect_leg.ready_at <= due_at) as in_time,
            round(avg((collect_leg.ready_at <= due_at)::int), 4)::float8 as share,
            count(*) filter (where leg.shipped_at is not null) as handed_over,
            count(*) filter (where leg.withdrawn_at is not null) as not_collected
        from collect_leg
        join leg on leg.id = leg_id
        where collect_leg.ready_at >= %(first)s::date::timestamp at time zone 'UTC'
            and collect_leg.ready_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
            and (%(nodes)s::text[] is null or collect_leg.node = any(%(nodes)s))
        group by collect_leg.node
        order by collect_leg.node
        """,
        {"nodes": _list(nodes), "first": first, "last": last},
    )


def arrivals(tx: Connection, legs: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """Order, and the store's own leg, of legs that came before."""
    found = tx.execute(
        "select leg_id, order_id, into_leg from collect_arrival where leg_id = any(%s)",
        [list(legs)],
    )
    return {leg: (order, into) for leg, order, into in found}


def arrived_at(tx: Connection, legs: Sequence[str]) -> set[str]:
    """The stores that these legs came to."""
    found = tx.execute(
        "select distinct node from collect_arrival where leg_id = any(%s)", [list(legs)]
    )
    return {node for (node,) in found}


def _list(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def scopes(tx: Connection, orders: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The channel and the country of each of these orders: what a policy goes by."""
    found = tx.execute(
        "select id, channel, country from customer_order where id = any(%s)", [list(orders)]
    )
    return {order: (channel, country) for order, channel, country in found}


def laid_there(tx: Connection, order: str, node: str) -> list[str]:
    """Every leg of an order that ever lay ready there."""
    found = tx.execute(
        "select leg_id from collect_leg where order_id = %s and node = %s order by leg_id",
        [order, node],
    )
    return [leg for (leg,) in found]


def gone_meanwhile(tx: Connection, order: str, node: str, *, at: datetime) -> list[str]:
    """Withdrawn legs that lay ready there at `at`, or lie there still, and nobody took."""
    found = tx.execute(
        """
        select collect_leg.leg_id
        from collect_leg
        join leg on leg.id = collect_leg.leg_id
        where collect_leg.order_id = %(order)s and collect_leg.node = %(node)s
            and shipped_at is null and withdrawn_at is not null
            and (withdrawn_at > %(at)s or put_back_at is null)
            and not exists (select from hand_over_leg where leg_id = leg.id)
            and not exists (
                select from hand_over
                join collect_refusal on hand_over_id = hand_over.id
                where hand_over.order_id = %(order)s and leg_id = leg.id
            )
        order by collect_leg.leg_id
        """,
        {"order": order, "node": node, "at": at},
    )
    return [leg for (leg,) in found]


def was_taken(tx: Connection, legs: Sequence[str]) -> bool:
    """Whether one of these legs was handed over."""
    found = tx.execute("select from hand_over_leg where leg_id = any(%s) limit 1", [list(legs)])
    return found.fetchone() is not None


def laid(tx: Connection, legs: Sequence[str]) -> dict[str, list[LegLine]]:
    """What was in the bags of legs, by leg: without what was taken out while they waited."""
    found: dict[str, list[LegLine]] = {leg: [] for leg in legs}
    for leg, line, sku, units in tx.execute(
        """
        select leg_id, line, sku, quantity - put_back
        from collect_line
        where leg_id = any(%s) and quantity > put_back
        order by leg_id, line
        """,
        [list(legs)],
    ):
        found[leg].append(LegLine(line=line, sku=sku, quantity=units))
    return found


def settled_words(tx: Connection, hand_over: str) -> str | None:
    """What was said of a hand-over that somebody looked after; None: nobody did."""
    found = tx.execute(
        "select words from hand_over_settlement where hand_over_id = %s", [hand_over]
    ).fetchone()
    return found[0] if found else None
