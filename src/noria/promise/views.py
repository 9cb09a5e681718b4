"""Questions about promises: what can be sold where, what is held, what was kept."""

from collections.abc import Iterable, Sequence
from datetime import date

from noria.kit.db import Connection, row, rows
from noria.promise import atp_views, keep_back_views
from noria.promise.model import Available, ClaimedUnits, Mismatch, Promise, Record, Reservation
from noria.stock.tracked.claims_model import Claim


def available(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None = None,
    channel: str | None = None,
) -> list[Available]:
    """What each node has to give to a channel, now; zeros are left out.

    Available + holds whose time is over - what is kept back. A hold is free at its very instant:
    nobody has to sweep it first. For what is made to order: units a day - units being made.
    """
    return atp_views.available(tx, skus, nodes, channel)


def available_to(
    tx: Connection, skus: Sequence[str], channels: Iterable[str | None]
) -> dict[str | None, list[Available]]:
    """What each node has to give to each of these channels, now, of the same shelves."""
    return atp_views.available_to(tx, skus, None, channels)


def reservation(tx: Connection, reservation_id: str) -> Reservation | None:
    return row(
        tx,
        Reservation,
        "select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at, names_units"
        " from reservation where id = %s",
        [reservation_id],
    )


def claimed_units(tx: Connection, reservation_id: str) -> list[ClaimedUnits]:
    """The lots and serials that a hold names, in key order; a hold names 1,100 at most."""
    return rows(
        tx,
        ClaimedUnits,
        """
        select sku, node, quantity, case when is_serial then code end as serial,
            case when not is_serial then code end as lot,
            is_standing and (until is null or until > noria_now()) as is_live
        from unit_claim
        where holder = %s
        order by code
        """,
        [reservation_id],
    )


def own_claims(
    tx: Connection, shoppers: Sequence[str], keys: Sequence[tuple[str, str, str]]
) -> list[Claim]:
    """What these shoppers hold of these units, as (SKU, lot or serial, node), by name."""
    return rows(
        tx,
        Claim,
        """
        select holder, live_claim.sku, live_claim.code, live_claim.node, is_serial,
            live_claim.quantity, until
        from live_claim
        join reservation on reservation.id = live_claim.holder
        where held > 0 and shopper = any(%s)
            and (live_claim.sku, live_claim.code, live_claim.node)
                in (select * from unnest(%s::text[], %s::text[], %s::text[]))
        order by holder, live_claim.sku, live_claim.code
        """,
        [list(shoppers), *([key[part] for key in keys] for part in range(3))],
    )


def held_for(tx: Connection, demands: Sequence[str]) -> list[Reservation]:
    """Open reservations of these demands, in key order."""
    return rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at,
            names_units
        from reservation
        where demand = any(%s) and held > 0
        order by id
        """,
        [list(demands)],
    )


def promises(tx: Connection, orders: Sequence[str]) -> dict[str, Promise]:
    found = rows(
        tx,
        Promise,
        """
        select order_id, node, service, made_at, promised_from, promised_to,
            chance::double precision, option, delivery_run as run, settled_at, is_kept
        from promise
        where order_id = any((select %s::text[])::text[])
        """,
        [list(orders)],
    )
    return {promise.order_id: promise for promise in found}


def last_told(tx: Connection, orders: Sequence[str]) -> dict[str, date]:
    """The last day that each customer was told, whether or not it is the one first promised."""
    found = tx.execute(
        """
        select order_id, coalesce((
            select promised_to
            from promise_change
            where promise_change.order_id = promise.order_id
            order by number desc
            limit 1
        ), promised_to)
        from promise
        where order_id = any(%s)
        """,
        [list(orders)],
    )
    return dict(found.fetchall())


def records(tx: Connection) -> dict[tuple[str, str], Record]:
    """How often each node with each service kept its word."""
    found = rows(
        tx,
        Record,
        """
        select node, service, count(*) filter (where is_kept) as kept, count(*) as settled
        from promise
        where settled_at is not null and node is not null
        group by node, service
        """,
    )
    return {(record.node, record.service): record for record in found}


def makers(tx: Connection, nodes: Sequence[str]) -> dict[str, int]:
    """Nodes that make to order, with the units of their booking days that are still free.

    What is digital is made as it is asked, without end.
    """
    found = tx.execute(
        """
        select code, case kind
            when 'digital' then 1000000000
            else units_per_day::bigint * booking_days
        end - coalesce((
            select sum(held)::bigint
            from reservation
            where reservation.node = node.code and held > 0
                and (expires_at is null or expires_at > noria_now())
        ), 0)
        from node
        where code = any(%s) and (kind = 'digital'
            or kind in ('printer', 'maker') and units_per_day is not null)
        """,
        [list(nodes)],
    )
    return dict(found.fetchall())


def made(tx: Connection, skus: Sequence[str]) -> set[tuple[str, str]]:
    """Who makes these SKUs to order, as (SKU, node)."""
    found = tx.execute(
        """
        select made_here.sku, made_here.node
        from made_here
        join node on node.code = made_here.node
        where made_here.sku = any(%s) and node.kind in ('printer', 'maker', 'digital')
        """,
        [list(skus)],
    )
    return set(found.fetchall())


def shelves(tx: Connection, skus: Sequence[str]) -> set[tuple[str, str]]:
    """Where these SKUs lie, or once lay, as (SKU, node)."""
    found = tx.execute(
        "select sku, node from balance where sku = any(%s) and state = 'available'", [list(skus)]
    )
    return set(found.fetchall())


def kept_back(
    tx: Connection, pairs: Sequence[tuple[str, str]], channel: str | None = None
) -> dict[tuple[str, str], int]:
    """Units of each (SKU, node) that `channel` may not have: buffers, safety, protections."""
    return keep_back_views.kept_back(tx, pairs, channel)


def mismatches(tx: Connection, limit: int = 1000) -> list[Mismatch]:
    """Places where what is held and what the ledger calls reserved are not the same."""
    return rows(
        tx,
        Mismatch,
        """
        select sku, node, coalesce(open.held, 0)::bigint as held,
            coalesce(balance.quantity, 0) as balance, coalesce(open.demands, '{}') as demands
        from (
            select sku, node, sum(held) as held, array_agg(demand order by id) as demands
            from reservation
            where held > 0
            group by sku, node
        ) as open
        full join (select * from balance where state = 'reserved') as balance using (sku, node)
        where coalesce(open.held, 0) <> coalesce(balance.quantity, 0)
        order by sku, node
        limit %s
        """,
        [limit],
    )


def score(tx: Connection) -> dict[str, int]:
    """Promises that are open, kept and broken; late: open although their window is over."""
    found = tx.execute(
        """
        select count(*) filter (where settled_at is null),
            count(*) filter (where is_kept),
            count(*) filter (where not is_kept),
            count(*) filter (where settled_at is null and promised_to < noria_now()::date)
        from promise
        where withdrawn_at is null
        """
    ).fetchone()
    assert found is not None
    return dict(zip(("open", "kept", "broken", "late"), found, strict=True))
