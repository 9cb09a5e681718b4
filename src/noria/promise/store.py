"""What is held and what was told: the SQL that writes."""

from collections.abc import Sequence
from datetime import date, datetime

from noria.kit.db import Connection, rows
from noria.promise.model import Draw, Hold, Promise, Reservation


def insert(tx: Connection, holds: Sequence[Hold], *, now: datetime) -> set[str]:
    """Write reservations; return the ids that were new."""
    return {
        row[0]
        for row in tx.execute(
            """
            insert into reservation
                (id, demand, sku, node, quantity, held, made_at, expires_at, channel, shopper)
            select id, demand, sku, node, quantity, quantity, %s, expires_at, channel, shopper
            from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                %s::timestamptz[], %s::text[], %s::text[])
                as given (id, demand, sku, node, quantity, expires_at, channel, shopper)
            on conflict do nothing
            returning id
            """,
            [
                now,
                [hold.id for hold in holds],
                [hold.demand for hold in holds],
                [hold.sku for hold in holds],
                [hold.node for hold in holds],
                [hold.quantity for hold in holds],
                [hold.expires_at for hold in holds],
                [hold.channel for hold in holds],
                [hold.shopper for hold in holds],
            ],
        )
    }


def lock(tx: Connection, ids: Sequence[str]) -> dict[str, Reservation]:
    """Reservations by id, locked in key order."""
    found = rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at,
            names_units
        from reservation
        where id = any(%s)
        order by id
        for update
        """,
        [sorted(set(ids))],
    )
    return {reservation.id: reservation for reservation in found}


def pairs(tx: Connection, ids: Sequence[str]) -> list[tuple[str, str]]:
    """The (SKU, node) pairs of reservations; they never change."""
    found = tx.execute(
        "select distinct sku, node from reservation where id = any(%s) order by sku, node",
        [sorted(set(ids))],
    )
    return found.fetchall()


def expired(tx: Connection, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """The (SKU, node) pairs of so many open reservations whose time is over; nothing is locked."""
    found = tx.execute(
        """
        select distinct sku, node
        from (
            select sku, node
            from reservation
            where held > 0 and expires_at <= greatest(%s, noria_now())
            limit %s
        ) as over
        order by sku, node
        """,
        [now, limit],
    )
    return found.fetchall()


def lock_expired(
    tx: Connection, pairs: Sequence[tuple[str, str]], *, now: datetime, limit: int | None
) -> dict[str, Reservation]:
    """Open reservations at these (SKU, node) pairs whose time is over, locked.

    A driven clock may have gone on since `now` was read; what was offered then is free as well.
    """
    found = rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at,
            names_units
        from reservation
        where held > 0
            and expires_at <= greatest(%(now)s, noria_now())
            and (sku, node) in (select * from unnest(%(skus)s::text[], %(nodes)s::text[]))
        order by id
        limit %(limit)s
        for update
        """,
        {
            "now": now,
            "skus": [sku for sku, _ in pairs],
            "nodes": [node for _, node in pairs],
            "limit": limit,
        },
    )
    return {reservation.id: reservation for reservation in found}


def draw(tx: Connection, draws: Sequence[Draw], *, now: datetime, is_lapse: bool = False) -> None:
    """Lower what locked reservations hold; one that holds nothing any more has ended.

    What is drawn on purpose is gone for good; what lapsed may be held again.
    """
    tx.execute(
        """
        update reservation
        set held = held - given.units,
            drawn = drawn + case when %s then 0 else given.units end,
            ended_at = case when held = given.units then %s::timestamptz end
        from (
            select id, sum(units)::bigint as units
            from unnest(%s::text[], %s::bigint[]) as drawn (id, units)
            group by id
        ) as given
        where reservation.id = given.id
        """,
        [
            is_lapse,
            now,
            [draw.reservation for draw in draws],
            [draw.units for draw in draws],
        ],
    )


def forgo(tx: Connection, ids: Sequence[str]) -> None:
    """What lapsed of locked reservations was given up: it is never held again."""
    tx.execute(
        "update reservation set drawn = quantity - held"
        " where id = any(%s) and drawn < quantity - held",
        [list(ids)],
    )


def hold_again(tx: Connection, holds: Sequence[Hold]) -> None:
    """Have locked reservations that lapsed hold units again, until another time."""
    tx.execute(
        """
        update reservation
        set held = held + given.units, expires_at = given.expires_at, ended_at = null
        from unnest(%s::text[], %s::bigint[], %s::timestamptz[]) as given (id, units, expires_at)
        where reservation.id = given.id
        """,
        [
            [hold.id for hold in holds],
            [hold.quantity for hold in holds],
            [hold.expires_at for hold in holds],
        ],
    )


def lock_makers(tx: Connection, nodes: Sequence[str]) -> None:
    """Capacity of nodes that make to order has no row to lock: lock the node's name instead."""
    for node in sorted(set(nodes)):
        tx.execute("select pg_advisory_xact_lock(hashtext('makes'), hashtext(%s))", [node])


def save_promises(tx: Connection, promises: Sequence[Promise]) -> None:
    """Write what customers are told; a promise once made stays as it was made.

    Who it depends on is added to one that was told before any node was chosen.
    """
    tx.execute(
        """
        insert into promise
            (order_id, node, service, made_at, promised_from, promised_to, chance, option,
                delivery_run)
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::date[],
            %s::date[], %s::numeric[], %s::text[], %s::bigint[])
        on conflict (order_id) do update
        set node = excluded.node, service = excluded.service
        where promise.node is null and excluded.node is not null
        """,
        [
            [promise.order_id for promise in promises],
            [promise.node for promise in promises],
            [promise.service for promise in promises],
            [promise.made_at for promise in promises],
            [promise.promised_from for promise in promises],
            [promise.promised_to for promise in promises],
            [promise.chance for promise in promises],
            [promise.option.value for promise in promises],
            [promise.run for promise in promises],
        ],
    )


def save_changes(tx: Connection, promises: Sequence[Promise], *, reason: str) -> None:
    """Write what customers are told instead, after what they were told before."""
    tx.execute(
        """
        insert into promise_change
            (order_id, number, changed_at, promised_from, promised_to, chance, reason)
        select order_id, 1 + (
            select count(*) from promise_change where promise_change.order_id = given.order_id
        ), changed_at, promised_from, promised_to, chance, %s
        from unnest(%s::text[], %s::timestamptz[], %s::date[], %s::date[], %s::numeric[])
            as given (order_id, changed_at, promised_from, promised_to, chance)
        """,
        [
            reason,
            [promise.order_id for promise in promises],
            [promise.made_at for promise in promises],
            [promise.promised_from for promise in promises],
            [promise.promised_to for promise in promises],
            [promise.chance for promise in promises],
        ],
    )


def choose(tx: Connection, order: str, day: date) -> None:
    """Write that the customer of an open promise chose this day."""
    tx.execute(
        "update promise set chosen_to = greatest(%s, promised_from)"
        " where order_id = %s and settled_at is null",
        [day, order],
    )


def settle(tx: Connection, arrived: Sequence[tuple[str, date]], *, now: datetime) -> None:
    """Say of promises whether they were kept: the last unit came on this day."""
    tx.execute(
        """
        update promise
        set settled_at = %s, is_kept = given.day <= coalesce(chosen_to, promised_to),
            arrived_on = given.day
        from unnest(%s::text[], %s::date[]) as given (order_id, day)
        where promise.order_id = given.order_id and settled_at is null
        """,
        [now, [order for order, _ in arrived], [day for _, day in arrived]],
    )


def withdraw(tx: Connection, orders: Sequence[str], *, now: datetime) -> None:
    """Promises for orders of which nothing is wanted any more can be neither kept nor broken."""
    tx.execute(
        "update promise set withdrawn_at = %s where order_id = any(%s) and settled_at is null",
        [now, list(orders)],
    )
