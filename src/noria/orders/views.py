"""Questions about orders."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from msgspec import Struct

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.orders import hold_views, unpromised_views
from noria.orders.carried_model import BEHIND
from noria.orders.model import (
    Accepted,
    Destination,
    Leg,
    LegLine,
    Line,
    Order,
    Payment,
    Stage,
    TimelineEntry,
    Work,
)
from noria.promise import views as promises
from noria.promise.atp_model import Expected
from noria.promise.delivery.model import OptionKind


class _Head(Struct, frozen=True, kw_only=True):
    id: str
    channel: str
    customer: str
    placed_at: datetime
    accepted_at: datetime
    currency: str
    country: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    stage: str
    option: str | None
    relay: str | None
    store: str | None
    delivery_cents: int
    delivery_tax_cents: int
    payment: str
    owed_cents: int


def order(tx: Connection, order_id: str) -> Order | None:
    """An order in full: lines, legs, promise, and everything that happened to it."""
    head = row(
        tx,
        _Head,
        """
        select id, channel, customer, placed_at, accepted_at, currency, country, postcode, town,
            latitude, longitude, stage, option, relay, store, delivery_cents, delivery_tax_cents,
            payment, case when payment = 'due' then coalesce(owed_cents, 0) else 0 end as owed_cents
        from customer_order
        where id = %s
        """,
        [order_id],
    )
    if head is None:
        return None
    promise = promises.promises(tx, [order_id]).get(order_id)
    sent = legs(tx, [order_id])[order_id]
    return Order(
        id=head.id,
        channel=head.channel,
        customer=head.customer,
        placed_at=head.placed_at,
        accepted_at=head.accepted_at,
        currency=head.currency,
        destination=Destination(
            country=head.country,
            postcode=head.postcode,
            town=head.town,
            latitude=head.latitude,
            longitude=head.longitude,
        ),
        stage=Stage(head.stage),
        promised_from=promise.promised_from if promise else None,
        promised_to=promise.promised_to if promise else None,
        chance=promise.chance if promise else None,
        option=OptionKind(head.option) if head.option else None,
        relay=head.relay,
        store=head.store,
        delivery_cents=head.delivery_cents,
        delivery_tax_cents=head.delivery_tax_cents,
        payment=Payment(head.payment),
        owed_cents=head.owed_cents,
        held_for=hold_views.open_kinds(tx, [order_id]).get(order_id, []),
        lines=lines(tx, [order_id])[order_id],
        carrier_says=_carrier_says(sent),
        legs=sent,
        timeline=timeline(tx, order_id),
        unpromised=None if promise else unpromised_views.unpromised(tx, order_id),
    )


def _carrier_says(legs: Sequence[Leg]) -> str | None:
    """What carriers say of an order: of its leg that is furthest behind, or in trouble.

    What was replaced is no part of it any more.
    """
    ranks = {progress.value: rank for rank, progress in enumerate(BEHIND)}
    said = [leg.carrier_says for leg in legs if leg.carrier_says and leg.withdrawn_at is None]
    return min(said, key=lambda one: ranks[one], default=None)


def accepted(tx: Connection, ids: Sequence[str]) -> dict[str, Accepted]:
    """What became of orders: stage, promise, legs, and how many units wait."""
    told = promises.promises(tx, ids)
    reached = stages(tx, ids)
    sent = legs(tx, ids)
    wanted = lines(tx, ids)
    return {
        order_id: Accepted(
            id=order_id,
            stage=reached[order_id],
            promised_from=told[order_id].promised_from if order_id in told else None,
            promised_to=told[order_id].promised_to if order_id in told else None,
            chance=told[order_id].chance if order_id in told else None,
            legs=sent[order_id],
            waiting=sum(line.waiting for line in wanted[order_id]),
        )
        for order_id in ids
    }


def work(
    tx: Connection,
    step: str,
    *,
    nodes: Sequence[str] | None,
    before: datetime | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Work]:
    """Legs that wait for one step (`pick`, `ship` or `deliver`), most urgent first.

    Those of orders that are held are not the node's to see yet.

    `before`: only those that leave (or, under way, arrive) before then. `after` is the
    (leaves_at as text, id) to go on from.
    """
    return rows(
        tx,
        Work,
        """
        select leg.id, leg.order_id as order, leg.node, leg.service, leg.planned_at, leg.leaves_at,
            leg.arrives_on, leg.picked_at, leg.shipped_at, line.units, line.skus
        from leg
        cross join lateral (
            select sum(quantity - gone)::bigint as units, count(*) filter (where quantity > gone)
                as skus
            from leg_line
            where leg_id = leg.id
        ) as line
        where leg.withdrawn_at is null
            and case %(step)s
                when 'pick' then picked_at is null
                when 'pack' then num_nulls(picked_at, packed_at, shipped_at) = 2
                    and picked_at is not null
                when 'ship' then picked_at is not null and shipped_at is null
                    and leg.service <> 'pick-up'
                else shipped_at is not null and delivered_at is null
            end
            and (%(step)s = 'deliver' or not exists (
                select from order_hold
                where order_hold.order_id = leg.order_id and lifted_at is null
            ))
            and (%(nodes)s::text[] is null or leg.node = any(%(nodes)s))
            and (%(before)s::timestamptz is null or leg.leaves_at < %(before)s)
            and (%(at)s::timestamptz is null or (leg.leaves_at, leg.id) > (%(at)s, %(id)s))
        order by leg.leaves_at, leg.id
        limit %(limit)s
        """,
        {
            "step": step,
            "nodes": None if nodes is None else list(nodes),
            "before": before,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


AT_NODES: LiteralString = """(
    customer_order.store = any(%(nodes)s) or exists (
        select from leg
        where leg.order_id = customer_order.id and leg.node = any(%(nodes)s)
            and (withdrawn_at is null or picked_at is not null)
    )
)"""
"""Orders that have to do with these nodes: collected, sent or once picked there."""


def check_seen(tx: Connection, order_id: str, nodes: Sequence[str] | None) -> None:
    """Refuse what is not there for whoever sees the orders of these nodes only; None: all orders.

    Raises:
        NotFound: there is no such order, or it has nothing to do with these nodes.
    """
    found = tx.execute(
        f"""
        select from customer_order
        where id = %(order)s and (%(nodes)s::text[] is null or {AT_NODES})
        """,
        {"order": order_id, "nodes": None if nodes is None else list(nodes)},
    )
    if found.fetchone() is None:
        raise NotFound(what="order", id=order_id)


def stages(tx: Connection, ids: Sequence[str]) -> dict[str, Stage]:
    found = tx.execute(
        "select id, stage from customer_order where id = any(%s) order by id", [list(ids)]
    )
    return {order_id: Stage(stage) for order_id, stage in found.fetchall()}


def categories(tx: Connection, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The categories of what was ordered, by order."""
    found = tx.execute(
        """
        select order_id, array_agg(distinct category) filter (where category <> '')
        from order_line
        join sku on sku.code = order_line.sku
        where order_id = any(%s)
        group by order_id
        """,
        [list(ids)],
    )
    return {order: frozenset(some or ()) for order, some in found}


def complete(tx: Connection, ids: Sequence[str]) -> list[tuple[str, date]]:
    """Of these orders, those of which everything has arrived, with the day of the last parcel.

    The day is that of the customer, taken as the zone of the node that sent it. What was collected
    had come when it was ready.
    """
    found = tx.execute(
        """
        select distinct on (leg.order_id) leg.order_id,
            coalesce(leg.ready_at, leg.delivered_at), node.time_zone
        from leg
        join customer_order on customer_order.id = leg.order_id
        join node on node.code = leg.node
        where leg.order_id = any((select %s::text[])::text[]) and customer_order.stage = 'delivered'
            and leg.delivered_at is not null and exists (
                select from leg_line where leg_line.leg_id = leg.id and quantity > gone
            )
        order by leg.order_id, coalesce(leg.ready_at, leg.delivered_at) desc
        """,
        [sorted(set(ids))],
    )
    return [(order_id, at.astimezone(ZoneInfo(zone)).date()) for order_id, at, zone in found]


def shipped_units(tx: Connection, order_id: str) -> dict[str, int]:
    """Units by SKU that have reached, or are on their way to, the customer."""
    found = tx.execute(
        """
        select leg_line.sku, sum(leg_line.quantity - leg_line.gone)::bigint
        from leg
        join leg_line on leg_line.leg_id = leg.id
        where leg.order_id = %s and leg.shipped_at is not null
        group by leg_line.sku
        """,
        [order_id],
    )
    return dict(found.fetchall())


def by_stage(tx: Connection) -> dict[str, int]:
    """How many orders stand at each stage."""
    found = tx.execute("select stage, count(*) from customer_order group by stage")
    counted: dict[str, int] = dict(found.fetchall())
    return {stage.value: counted.get(stage.value, 0) for stage in Stage}


def timeline(
    tx: Connection, order_id: str, *, after: int = 0, limit: int | None = None
) -> list[TimelineEntry]:
    """What happened to an order, in order, beyond the entry with the number `after`."""
    return rows(
        tx,
        TimelineEntry,
        """
        select at, kind, actor, leg, reason, cause, number
        from timeline
        where order_id = %s and number > %s
        order by number
        limit %s
        """,
        [order_id, after, limit],
    )


def expected(tx: Connection, ids: Sequence[str]) -> list[Expected]:
    """What these orders wait for, line by line: accepted, and sent by no node yet."""
    return rows(
        tx,
        Expected,
        """
        select 'order:' || order_id as demand, line, sku, waiting as units, channel, due
        from order_line
        join customer_order on customer_order.id = order_id
        where order_id = any(%s) and waiting > 0
        order by order_id, line
        """,
        [list(ids)],
    )


def lines(tx: Connection, ids: Iterable[str]) -> dict[str, list[Line]]:
    """Lines by order, in order."""
    found: dict[str, list[Line]] = defaultdict(list)
    for order, *values in tx.execute(
        """
        select order_id, line, sku, quantity, price_cents, waiting, cancelled, gift_wrap,
            tax_cents, tax_code, coalesce((
                select sum(units)::bigint
                from order_transfer
                where from_order = order_id and from_line = line
            ), 0)
        from order_line
        where order_id = any((select %s::text[])::text[])
        order by order_id, line
        """,
        [sorted(set(ids))],
    ):
        found[order].append(Line(**dict(zip(Line.__struct_fields__, values, strict=True))))
    return found


def stores(tx: Connection, ids: Iterable[str]) -> dict[str, str]:
    """In which store each of these orders is collected, if it is."""
    return dict(
        tx.execute(
            "select id, store from customer_order where id = any(%s) and store is not null",
            [sorted(set(ids))],
        ).fetchall()
    )


def orders_of(tx: Connection, leg_ids: Iterable[str]) -> dict[str, str]:
    """Leg to order."""
    return dict(
        tx.execute(
            "select id, order_id from leg where id = any(%s)", [sorted(set(leg_ids))]
        ).fetchall()
    )


def legs(tx: Connection, orders: Iterable[str]) -> dict[str, list[Leg]]:
    """Legs with their lines, by order, oldest first."""
    ids = sorted(set(orders))
    found: dict[str, list[Leg]] = defaultdict(list)
    for *values, numbers, skus, quantities, gone in tx.execute(
        """
        select id, order_id, node, service, planned_at, leaves_at, arrives_on, cost_cents,
            picked_at, ready_at, shipped_at, delivered_at, withdrawn_at, carrier_says,
            carrier_since, packed_at, begun_by, part.lines, part.skus, part.quantities, part.gone
        from leg
        cross join lateral (
            select coalesce(array_agg(line order by line), '{}') as lines,
                coalesce(array_agg(sku::text order by line), '{}') as skus,
                coalesce(array_agg(quantity order by line), '{}') as quantities,
                coalesce(array_agg(gone order by line), '{}') as gone
            from leg_line
            where leg_id = leg.id
        ) as part
        where order_id = any((select %s::text[])::text[])
        order by order_id, planned_at, length(id), id
        """,
        [ids],
    ):
        parts = [
            LegLine(line=line, sku=sku, quantity=quantity, gone=less)
            for line, sku, quantity, less in zip(numbers, skus, quantities, gone, strict=True)
        ]
        leg = Leg(**dict(zip(Leg.__struct_fields__, (*values, parts), strict=True)))
        found[leg.order].append(leg)
    return found


def leg(tx: Connection, leg_id: str) -> Leg | None:
    """One leg as it stands; not locked."""
    order_id = orders_of(tx, [leg_id]).get(leg_id)
    if order_id is None:
        return None
    return next(leg for leg in legs(tx, [order_id])[order_id] if leg.id == leg_id)


def digital_legs(tx: Connection, orders: Sequence[str]) -> list[str]:
    """Legs of these orders that need no parcel, and have not gone yet.

    Of none that is held, or paid once it is collected.
    """
    found = tx.execute(
        """
        select leg.id
        from leg
        join node on node.code = leg.node
        where leg.order_id = any(%s) and node.kind = 'digital'
            and leg.shipped_at is null and leg.withdrawn_at is null
            and (select payment from customer_order where id = leg.order_id) <> 'in_store'
            and not exists (
                select from order_hold
                where order_hold.order_id = leg.order_id and lifted_at is null
            )
        order by leg.id
        """,
        [list(orders)],
    )
    return [leg for (leg,) in found]


def zones(tx: Connection, nodes: Iterable[str]) -> dict[str, str]:
    """The time zone of each of these nodes, but for those that send nothing but files."""
    found = tx.execute(
        "select code, time_zone from node where code = any(%s) and kind <> 'digital' order by code",
        [sorted(set(nodes))],
    )
    return dict(found.fetchall())


def nodes_of(tx: Connection, leg_ids: Iterable[str]) -> list[str]:
    """The nodes of these legs."""
    found = tx.execute(
        "select distinct node from leg where id = any(%s) order by node", [sorted(set(leg_ids))]
    )
    return [node for (node,) in found.fetchall()]


def nodes_to_come(tx: Connection, order_id: str) -> set[str]:
    """The nodes of which something of an order is to come, and the store that waits for it."""
    found = tx.execute(
        """
        select node::text
        from leg
        where order_id = %(order)s and withdrawn_at is null and delivered_at is null
        union
        select store from customer_order where id = %(order)s and store is not null
        """,
        {"order": order_id},
    )
    return {node for (node,) in found}
