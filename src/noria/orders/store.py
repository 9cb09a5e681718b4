"""Orders and their legs: the SQL that writes, and the reads that a decision locks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString

from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.network.model import Spot
from noria.orders.model import Delivery, Leg, NewOrder, Short, Stage, TimelineEntry

Turn = tuple[bool, float, datetime, str]
"""Whose turn it is: it had no window, its rank below zero, when it was placed, its id."""


class Head(Struct, frozen=True, kw_only=True):
    """What a decision needs to know of a locked order."""

    id: str
    stage: Stage
    latitude: float
    longitude: float
    due: date | None
    channel: str
    country: str
    postcode: str
    own_packaging: bool
    relay: str | None
    store: str | None = None


BAR: LiteralString = """(
    select case when is_digital then 'digital' else sku.withdrawal_bar end
    from sku
    where sku.code = given.sku
)"""
"""Why nobody can withdraw from what is bought now."""


def insert(
    tx: Connection, orders: Sequence[NewOrder], spots: Sequence[Spot], *, now: datetime
) -> set[str]:
    """Write orders with their lines and recipients; return the ids that were new."""
    new = {
        row[0]
        for row in tx.execute(
            """
            insert into customer_order (id, channel, customer, placed_at, accepted_at, currency,
                country, postcode, town, latitude, longitude, due, own_packaging, option, relay,
                told_from, told_to, told_chance, delivery_cents, delivery_tax_cents, payment,
                fraud_score, store, told_ready_at, stage, stage_since)
            select id, channel, customer, placed_at, %(now)s, currency, country, postcode, town,
                latitude, longitude, due, own_packaging, option, relay, told_from, told_to,
                told_chance, delivery_cents, delivery_tax_cents, payment, fraud_score,
                store, told_ready_at, 'waiting', %(now)s
            from unnest(%(ids)s::text[], %(channels)s::text[], %(customers)s::text[],
                %(placed)s::timestamptz[], %(currencies)s::text[], %(countries)s::text[],
                %(postcodes)s::text[], %(towns)s::text[], %(latitudes)s::float8[],
                %(longitudes)s::float8[], %(dues)s::date[], %(packagings)s::boolean[],
                %(options)s::text[], %(relays)s::text[], %(told_from)s::date[], %(told_to)s::date[],
                %(told_chances)s::float8[], %(delivery_cents)s::bigint[],
                %(delivery_taxes)s::bigint[], %(payments)s::text[],
                %(scores)s::float8[], %(stores)s::text[], %(ready)s::timestamptz[])
                as given (id, channel, customer, placed_at, currency, country, postcode, town,
                    latitude, longitude, due, own_packaging, option, relay, told_from,
                    told_to, told_chance, delivery_cents, delivery_tax_cents, payment,
                    fraud_score, store, told_ready_at)
            on conflict do nothing
            returning id
            """,
            _heads(orders, spots, now=now),
        )
    }
    fresh = [order for order in orders if order.id in new]
    _insert_lines(tx, fresh)
    _insert_recipients(tx, fresh)
    return new


def _heads(
    orders: Sequence[NewOrder], spots: Sequence[Spot], *, now: datetime
) -> dict[str, object]:
    """What `insert` writes of orders as a whole, column by column."""
    ways = [order.delivery or Delivery() for order in orders]
    told = [way.told for way in ways]
    return {
        "now": now,
        "ids": [order.id for order in orders],
        "channels": [order.channel for order in orders],
        "customers": [order.customer for order in orders],
        "placed": [order.placed_at for order in orders],
        "currencies": [order.currency for order in orders],
        "countries": [order.destination.country for order in orders],
        "postcodes": [order.destination.postcode for order in orders],
        "towns": [order.destination.town for order in orders],
        "latitudes": [spot.latitude for spot in spots],
        "longitudes": [spot.longitude for spot in spots],
        "dues": [order.due for order in orders],
        "packagings": [order.own_packaging for order in orders],
        "options": [order.delivery.option.value if order.delivery else None for order in orders],
        "relays": [way.relay for way in ways],
        "told_from": [one.first if one else None for one in told],
        "told_to": [one.last if one else None for one in told],
        "told_chances": [one.chance if one else None for one in told],
        "delivery_cents": [way.price_cents for way in ways],
        "delivery_taxes": [way.tax_cents for way in ways],
        "payments": [order.payment.value for order in orders],
        "stores": [way.store for way in ways],
        "ready": [one.ready_at if one else None for one in told],
        "scores": [order.fraud_score for order in orders],
    }


def _insert_lines(tx: Connection, orders: Sequence[NewOrder]) -> None:
    lines = [
        (order.id, number, line) for order in orders for number, line in enumerate(order.lines, 1)
    ]
    tx.execute(
        f"""
        insert into order_line (order_id, line, sku, quantity, price_cents, gift_wrap, tax_cents,
            tax_code, waiting, withdrawal_bar)
        select order_id, line, sku, quantity, price_cents, gift_wrap, tax_cents, tax_code, quantity,
            {BAR}
        from unnest(%s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::bigint[],
            %s::boolean[], %s::bigint[], %s::text[])
            as given (order_id, line, sku, quantity, price_cents, gift_wrap, tax_cents, tax_code)
        """,  # noqa: S608 - ours
        [
            [order for order, _, _ in lines],
            [number for _, number, _ in lines],
            [line.sku for _, _, line in lines],
            [line.quantity for _, _, line in lines],
            [line.price_cents for _, _, line in lines],
            [line.gift_wrap for _, _, line in lines],
            [line.tax_cents for _, _, line in lines],
            [line.tax_code for _, _, line in lines],
        ],
    )


def _insert_recipients(tx: Connection, orders: Sequence[NewOrder]) -> None:
    people = [(order.id, order.recipient) for order in orders if order.recipient]
    if not people:
        return
    tx.execute(
        """
        insert into recipient (order_id, name, street, email, phone)
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        """,
        [
            [order for order, _ in people],
            [person.name for _, person in people],
            [person.street for _, person in people],
            [person.email for _, person in people],
            [person.phone for _, person in people],
        ],
    )


HEADS: LiteralString = (
    "select id, stage, latitude, longitude, due, channel, country, postcode, own_packaging,"
    " relay, store from customer_order where id = any((select %s::text[])::text[])"
)


def lock(tx: Connection, ids: Iterable[str]) -> dict[str, Head]:
    """Lock these orders in key order: whoever changes an order holds this lock."""
    found = rows(tx, Head, HEADS + " order by id for update", [sorted(set(ids))])
    return {head.id: head for head in found}


def heads(tx: Connection, ids: Iterable[str]) -> dict[str, Head]:
    """The same of orders that are not locked: of which nothing is decided yet."""
    return {head.id: head for head in rows(tx, Head, HEADS, [sorted(set(ids))])}


def lock_of_legs(tx: Connection, legs: Iterable[str]) -> dict[str, str]:
    """Lock the orders of these legs in key order, as `lock` does; leg to order."""
    found = tx.execute(
        """
        select leg.id, customer_order.id
        from leg
        join customer_order on customer_order.id = leg.order_id
        where leg.id = any((select %s::text[])::text[])
        order by customer_order.id, leg.id
        for update of customer_order
        """,
        [sorted(set(legs))],
    )
    return dict(found.fetchall())


def add_legs(tx: Connection, legs: Sequence[Leg]) -> None:
    """Write legs with their lines, and take their units off what waits."""
    tx.execute(
        """
        insert into leg (id, order_id, node, service, planned_at, leaves_at, arrives_on, cost_cents,
            begun_by)
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::date[], %s::bigint[], %s::date[])
        """,
        [
            [leg.id for leg in legs],
            [leg.order for leg in legs],
            [leg.node for leg in legs],
            [leg.service for leg in legs],
            [leg.planned_at for leg in legs],
            [leg.leaves_at for leg in legs],
            [leg.arrives_on for leg in legs],
            [leg.cost_cents for leg in legs],
            [leg.begun_by for leg in legs],
        ],
    )
    parts = [(leg, line) for leg in legs for line in leg.lines]
    tx.execute(
        """
        insert into leg_line (leg_id, line, sku, quantity)
        select * from unnest(%s::text[], %s::smallint[], %s::text[], %s::bigint[])
        """,
        [
            [leg.id for leg, _ in parts],
            [line.line for _, line in parts],
            [line.sku for _, line in parts],
            [line.quantity for _, line in parts],
        ],
    )
    change_lines(tx, [(leg.order, line.line, -line.quantity, 0) for leg, line in parts])


def change_lines(tx: Connection, changes: Sequence[tuple[str, int, int, int]]) -> None:
    """Shift units of lines: (order, line, how many more wait, how many more are cancelled)."""
    tx.execute(
        """
        update order_line
        set waiting = order_line.waiting + given.waiting,
            cancelled = order_line.cancelled + given.cancelled
        from (
            select order_id, line, sum(waiting)::bigint as waiting,
                sum(cancelled)::bigint as cancelled
            from unnest(%s::text[], %s::smallint[], %s::bigint[], %s::bigint[])
                as given (order_id, line, waiting, cancelled)
            group by order_id, line
        ) as given
        where (order_line.order_id, order_line.line) = (given.order_id, given.line)
        """,
        [[change[position] for change in changes] for position in range(4)],
    )


def drop(tx: Connection, shorts: Sequence[Short]) -> None:
    """Count units of leg lines as gone: their leg will not send them, and is to be packed anew.

    What has left stays as it was packed.
    """
    tx.execute(
        "update leg set packed_at = null"
        " where id = any(%s) and packed_at is not null and shipped_at is null",
        [sorted({short.leg for short in shorts})],
    )
    tx.execute(
        """
        update leg_line
        set gone = gone + given.units
        from (
            select leg_id, line, sum(units)::bigint as units
            from unnest(%s::text[], %s::smallint[], %s::bigint[]) as given (leg_id, line, units)
            group by leg_id, line
        ) as given
        where (leg_line.leg_id, leg_line.line) = (given.leg_id, given.line)
        """,
        [
            [short.leg for short in shorts],
            [short.line for short in shorts],
            [short.units for short in shorts],
        ],
    )


def mark_accepted(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    tx.execute("update leg set accepted_at = %s where id = any(%s)", [at, list(ids)])


def mark_picked(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    tx.execute("update leg set picked_at = %s where id = any(%s)", [at, list(ids)])


def mark_packed(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    tx.execute("update leg set packed_at = %s where id = any(%s)", [at, list(ids)])


def mark_shipped(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    tx.execute("update leg set shipped_at = %s where id = any(%s)", [at, list(ids)])


def mark_delivered(tx: Connection, arrived: Sequence[tuple[str, datetime]]) -> None:
    tx.execute(
        """
        update leg
        set delivered_at = given.at
        from unnest(%s::text[], %s::timestamptz[]) as given (id, at)
        where leg.id = given.id
        """,
        [[leg for leg, _ in arrived], [at for _, at in arrived]],
    )


def withdraw_empty(tx: Connection, ids: Sequence[str], *, at: datetime) -> list[str]:
    """Legs of these that have nothing left to send are withdrawn."""
    found = tx.execute(
        """
        update leg
        set withdrawn_at = %s
        where id = any(%s) and withdrawn_at is null and shipped_at is null
            and not exists (
                select from leg_line where leg_line.leg_id = leg.id and quantity > gone
            )
        returning id
        """,
        [at, list(ids)],
    )
    return sorted(row[0] for row in found)


def restage(tx: Connection, ids: Iterable[str], *, now: datetime) -> dict[str, Stage]:
    """Set how far locked orders have come, from their lines and legs; those that changed.

    The slowest wanted unit decides: something waits, else the least advanced leg; nothing wanted
    any more is cancelled.
    """
    found = tx.execute(
        """
        update customer_order
        set stage = next.stage, stage_since = %s
        from (
            select customer_order.id, case
                when line.wanted = 0 then 'cancelled'
                when line.waiting > 0 then 'waiting'
                when leg.unpicked > 0 then 'sourced'
                when leg.unpacked > 0 then 'picked'
                when leg.unshipped > 0 then 'packed'
                when leg.undelivered > 0 then 'shipped'
                else 'delivered'
            end as stage
            from customer_order
            cross join lateral (
                select sum(quantity - cancelled) as wanted, sum(waiting) as waiting
                from order_line
                where order_id = customer_order.id
            ) as line
            cross join lateral (
                select count(*) filter (where picked_at is null) as unpicked,
                    count(*) filter (where packed_at is null and shipped_at is null) as unpacked,
                    count(*) filter (where shipped_at is null) as unshipped,
                    count(*) filter (where delivered_at is null) as undelivered
                from leg
                where order_id = customer_order.id and withdrawn_at is null
            ) as leg
            where customer_order.id = any((select %s::text[])::text[])
        ) as next
        where customer_order.id = next.id and customer_order.stage <> next.stage
        returning customer_order.id, customer_order.stage
        """,
        [now, sorted(set(ids))],
    )
    return {order: Stage(stage) for order, stage in found}


def note(tx: Connection, entries: Sequence[tuple[str, TimelineEntry]]) -> None:
    """Write what happened to orders into their timelines."""
    tx.execute(
        """
        insert into timeline (order_id, at, kind, actor, leg, reason, cause)
        select * from unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[])
        """,
        [
            [order for order, _ in entries],
            [entry.at for _, entry in entries],
            [entry.kind for _, entry in entries],
            [entry.actor for _, entry in entries],
            [entry.leg for _, entry in entries],
            [entry.reason for _, entry in entries],
            [entry.cause for _, entry in entries],
        ],
    )


def waiting_skus(tx: Connection) -> list[str]:
    """SKUs that some order waits for."""
    found = tx.execute("select distinct sku from order_line where waiting > 0 order by sku")
    return [sku for (sku,) in found.fetchall()]


def waiting_orders(
    tx: Connection,
    there: Sequence[tuple[str, str]],
    *,
    ranks: Mapping[str, float],
    now: datetime,
    limit: int,
    after: Turn | None = None,
) -> list[Turn]:
    """Orders that wait for what is `there`, as (SKU, node): window over, rank, first come first.

    Only those whose turn comes `after` that one, and not those whom all that have it refused today.
    """
    return tx.execute(
        """
        select order_window.until is null, -coalesce(rank, '-infinity'), placed_at, id
        from customer_order
        left join order_window on order_window.order_id = customer_order.id
        left join unnest(%(channels)s::text[], %(ranks)s::float8[]) as ranked (channel, rank)
            on ranked.channel = customer_order.channel
        where stage = 'waiting'
            and (order_window.until is null or order_window.until <= %(now)s)
            and exists (
                select from order_line
                where order_id = customer_order.id and waiting > 0 and sku = any(%(some)s)
            )
            and (
                not exists (
                    select from node_refused
                    where order_id = customer_order.id and node_refused.until > %(now)s
                ) or exists (
                    select from order_line
                    join unnest(%(skus)s::text[], %(nodes)s::text[]) as lies (sku, node)
                        on lies.sku = order_line.sku
                    where order_id = customer_order.id and waiting > 0 and not exists (
                        select from node_refused
                        where node_refused.order_id = customer_order.id
                            and node_refused.node = lies.node and node_refused.until > %(now)s
                    )
                )
            )
            and (%(after)s::text is null
                or (order_window.until is null, -coalesce(rank, '-infinity'), placed_at, id::text)
                    > (%(has_none)s::boolean, %(below)s::float8, %(since)s::timestamptz, %(after)s))
        order by 1, 2, 3, id::text
        limit %(limit)s
        """,
        {
            "some": sorted({sku for sku, _ in there}),
            "skus": [sku for sku, _ in there],
            "nodes": [node for _, node in there],
            "channels": list(ranks),
            "ranks": list(ranks.values()),
            "now": now,
            "limit": limit,
            **dict(zip(("has_none", "below", "since", "after"), after or [None] * 4, strict=True)),
        },
    ).fetchall()


def last_turn(tx: Connection) -> Turn | None:
    """Whose turn came last, if there were more behind them."""
    return tx.execute("select has_none, below, since, order_id from source_turn").fetchone()


def set_last_turn(tx: Connection, turn: Turn | None) -> None:
    """Write whose turn came last; None: the next look begins with the first."""
    if turn is None:
        tx.execute("delete from source_turn")
        return
    tx.execute(
        """
        insert into source_turn (has_none, below, since, order_id)
        values (%s, %s, %s, %s)
        on conflict (only_one) do update
        set has_none = excluded.has_none, below = excluded.below, since = excluded.since,
            order_id = excluded.order_id
        """,
        turn,
    )
