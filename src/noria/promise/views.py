"""Questions about promises: what can be sold where, what is held, what was kept."""

from collections.abc import Sequence

from noria.kit.db import Connection, row, rows
from noria.promise import keep_back_views
from noria.promise.model import Available, Mismatch, Promise, Record, Reservation


def available(
    tx: Connection, skus: Sequence[str], nodes: Sequence[str] | None = None
) -> list[Available]:
    """What each node can promise of each SKU, now, in one statement; zeros are left out.

    Available + holds whose time is over - the node's buffer. A hold is free at its very instant:
    nobody has to sweep it first. For what is made to order: units a day - units being made.
    """
    return rows(
        tx,
        Available,
        """
        with wanted as (
            select distinct sku from unnest(%(skus)s::text[]) as given (sku)
        ), shelf as (
            select sku, node, quantity as on_shelf
            from balance
            join wanted using (sku)
            where state = 'available' and quantity > 0
        ), lapsed as (
            select sku, node, sum(held)::bigint as expired
            from reservation
            join wanted using (sku)
            where held > 0 and expires_at <= noria_now()
            group by sku, node
        ), stocked as (
            select sku, node, coalesce(on_shelf, 0) as on_shelf, coalesce(expired, 0) as expired,
                node.buffer_units as buffer, false as is_made
            from shelf
            full join lapsed using (sku, node)
            join node on node.code = node
            where node.is_open and node.kind <> 'printer'
        ), makers as (
            select made_here.sku, made_here.node, node.units_per_day - coalesce((
                select sum(held)::bigint
                from reservation
                where reservation.node = made_here.node and held > 0
                    and (expires_at is null or expires_at > noria_now())
            ), 0) as on_shelf, 0::bigint as expired, node.buffer_units as buffer, true as is_made
            from made_here
            join wanted using (sku)
            join node on node.code = made_here.node
            where node.is_open and node.kind = 'printer' and node.units_per_day is not null
        )
        select sku, node, on_shelf + expired - buffer as units, on_shelf, expired, buffer, is_made
        from (select * from stocked union all select * from makers) as every
        where on_shelf + expired > buffer
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
        order by sku, node
        """,
        {"skus": list(skus), "nodes": None if nodes is None else list(nodes)},
    )


def reservation(tx: Connection, reservation_id: str) -> Reservation | None:
    return row(
        tx,
        Reservation,
        "select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at"
        " from reservation where id = %s",
        [reservation_id],
    )


def held_for(tx: Connection, demands: Sequence[str]) -> list[Reservation]:
    """Open reservations of these demands, in key order."""
    return rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at
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
            chance::double precision, settled_at, is_kept
        from promise
        where order_id = any(%s)
        """,
        [list(orders)],
    )
    return {promise.order_id: promise for promise in found}


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
    """Nodes that make to order, with the units of a day's capacity that are still free."""
    found = tx.execute(
        """
        select code, units_per_day - coalesce((
            select sum(held)::bigint
            from reservation
            where reservation.node = node.code and held > 0
                and (expires_at is null or expires_at > noria_now())
        ), 0)
        from node
        where code = any(%s) and kind = 'printer' and units_per_day is not null
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
        where made_here.sku = any(%s) and node.kind = 'printer'
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


def buffers(tx: Connection, nodes: Sequence[str]) -> dict[str, int]:
    """Units of every SKU that these nodes keep back, where they do."""
    found = tx.execute(
        "select code, buffer_units from node where code = any(%s) and buffer_units > 0",
        [list(nodes)],
    )
    return dict(found.fetchall())


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
