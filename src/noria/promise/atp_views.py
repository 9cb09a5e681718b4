"""Questions about what can be promised: now, day by day, and near a place."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import msgspec
from msgspec import structs

from noria.kit.db import Connection, rows
from noria.network import scene_rules
from noria.network import views as network
from noria.network.calendar import node_holidays
from noria.network.model import Spot
from noria.promise import atp_rules, fence_rules, keep_back_views, production_views
from noria.promise import keep_back_rules as rules
from noria.promise.atp_model import (
    Expected,
    Free,
    Near,
    Stocked,
    Supply,
    SupplyKind,
    Whereabouts,
)
from noria.promise.atp_rules import Picture
from noria.promise.fence_model import Barred
from noria.promise.model import Available


def available(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None = None,
    channel: str | None = None,
) -> list[Available]:
    """What each node has to give to a channel now: all that sourcing may plan with."""
    return available_to(tx, skus, nodes, [channel])[channel]


def available_to(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None,
    channels: Iterable[str | None],
) -> dict[str | None, list[Available]]:
    """What each node has to give to each of these channels now, of the same shelves."""
    return {
        channel: atp_rules.available(free)
        for channel, free in free_to(tx, skus, nodes, channels).items()
    }


def free_to(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None,
    channels: Iterable[str | None],
) -> dict[str | None, list[Free]]:
    """The sum of each shelf for each of these channels, also where it comes to nothing."""
    book = rules.rulebook(keep_back_views.rules_now(tx, skus, nodes))
    shelves = stocked(tx, skus, nodes)
    return {
        channel: atp_rules.free(shelves, book, channel, is_sourcing=True) for channel in channels
    }


def shut(tx: Connection, skus: Sequence[str]) -> dict[str, dict[str, int]]:
    """What of these SKUs lies at nodes that do not work at present."""
    found = tx.execute(
        """
        select node, sku, quantity
        from node
        join balance on balance.node = node.code
        where not node.is_open and sku = any(%s) and state = 'available' and quantity > 0
        """,
        [list(skus)],
    )
    units: dict[str, dict[str, int]] = defaultdict(dict)
    for node, sku, quantity in found:
        units[node][sku] = quantity
    return units


def closed(tx: Connection, skus: Sequence[str]) -> list[Barred]:
    """Shelves with units at nodes that do not work at present."""
    return [
        Barred(node=node, sku=sku, purpose="closed", rule=None, reason="")
        for node, units in sorted(shut(tx, skus).items())
        for sku in sorted(units)
    ]


def held_up(
    tx: Connection, skus: Sequence[str], channel: str | None
) -> tuple[list[Available], list[Barred]]:
    """What a channel may be shown now, and every shelf with units of which it is shown none."""
    made = keep_back_views.rules_now(tx, skus, None)
    free = atp_rules.free(stocked(tx, skus), rules.rulebook(made), channel)
    unsourced = atp_rules.nowhere(expected(tx, skus))
    shown = atp_rules.visible(free, unsourced, atp_rules.split_thresholds(made), channel)
    keys = {(one.sku, one.node) for one in shown}
    return shown, [
        *closed(tx, skus),
        *fence_rules.barred(free),
        *fence_rules.spent(free),
        *fence_rules.unshown(free, keys, unsourced),
    ]


def visible(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None = None,
    *,
    channel: str | None = None,
    shopper: str | None = None,
) -> list[Available]:
    """What a channel may be shown now, at these nodes: a shopper's own holds are free to them."""
    made = keep_back_views.rules_now(tx, skus, None)
    free = atp_rules.free(stocked(tx, skus, shopper=shopper), rules.rulebook(made), channel)
    unsourced = atp_rules.nowhere(expected(tx, skus))
    shown = atp_rules.visible(free, unsourced, atp_rules.split_thresholds(made), channel)
    return [one for one in shown if nodes is None or one.node in nodes]


def stocked(
    tx: Connection,
    skus: Sequence[str],
    nodes: Sequence[str] | None = None,
    *,
    shopper: str | None = None,
    also: Iterable[tuple[str, str]] = (),
) -> list[Stocked]:
    """Every open node's shelf of these SKUs in one statement, with all that rules look at.

    Shelves on which there is nothing are left out, but for those of `also`. A hold is free at its
    very instant: nobody has to sweep it first. For what is made to order, the shelf is the units a
    day less the units being made.
    """
    pairs = sorted(set(also))
    found = tx.execute(
        STOCKED,
        {
            "skus": list(skus),
            "nodes": None if nodes is None else list(nodes),
            "shopper": shopper,
            "also_skus": [sku for sku, _ in pairs],
            "also_nodes": [node for _, node in pairs],
        },
    )
    return [Stocked(*columns) for columns in found]


STOCKED: LiteralString = """
with wanted as (
    select code as sku, category from sku where code = any(%(skus)s::text[])
), stock as (
    select sku, node, quantity as on_shelf
    from balance
    join wanted using (sku)
    where state = 'available' and quantity > 0
), part as (
    select sku, node, sum(held)::bigint as expired, 0::bigint as own, 0::bigint as named,
        0::bigint as unsellable
    from reservation
    join wanted using (sku)
    where held > 0 and expires_at <= noria_now()
    group by sku, node
    union all
    select sku, node, 0, sum(held)::bigint, 0, 0
    from reservation
    join wanted using (sku)
    where held > 0 and shopper = %(shopper)s and expires_at > noria_now()
    group by sku, node
    union all
    select sku, node, 0, 0, sum(units)::bigint, 0
    from expected_demand
    join wanted using (sku)
    where expected_demand.node is not null
    group by sku, node
    union all
    select sku, node, 0, 0, 0, units
    from unsellable
    join wanted using (sku)
    union all
    select sku, node, 0, 0, 0, 0
    from unnest(%(also_skus)s::text[], %(also_nodes)s::text[]) as given (sku, node)
    join wanted using (sku)
), rest as (
    select sku, node, sum(expired)::bigint as expired, sum(own)::bigint as own,
        sum(named)::bigint as named, sum(unsellable)::bigint as unsellable
    from part
    group by sku, node
), shelf as (
    select sku, node, coalesce(on_shelf, 0) as on_shelf, coalesce(expired, 0) as expired,
        coalesce(own, 0) as own, coalesce(named, 0) as named,
        coalesce(unsellable, 0) as unsellable, false as is_made
    from stock
    full join rest using (sku, node)
), made as (
    select made_here.sku, made_here.node, case maker.kind
        when 'digital' then 1000000000
        else maker.units_per_day::bigint * maker.booking_days
    end - coalesce((
        select sum(held)::bigint
        from reservation
        where reservation.node = made_here.node and held > 0
            and (expires_at is null or expires_at > noria_now())
    ), 0) as on_shelf, 0::bigint as expired, coalesce(shelf.own, 0) as own,
        coalesce(shelf.named, 0) as named, 0::bigint as unsellable, true as is_made
    from made_here
    join wanted using (sku)
    join node as maker on maker.code = made_here.node
    left join shelf on (shelf.sku, shelf.node) = (made_here.sku, made_here.node)
    where maker.kind = 'digital'
        or maker.kind in ('printer', 'maker') and maker.units_per_day is not null
)
select every.sku, every.node, on_shelf, expired, own, named, unsellable, is_made, category,
    node.kind::text, buffer_units, coalesce(recent_sales.units, 0),
    node_accuracy.lowest, latitude, longitude
from (select * from shelf union all select * from made) as every
join wanted on wanted.sku = every.sku
join node on node.code = every.node
left join recent_sales on (recent_sales.sku, recent_sales.node) = (every.sku, every.node)
left join node_accuracy on node_accuracy.node = every.node
where node.is_open and (node.kind in ('printer', 'maker', 'digital')) = is_made
    and (%(nodes)s::text[] is null or every.node = any(%(nodes)s))
order by every.sku, every.node
"""


def expected(tx: Connection, skus: Sequence[str]) -> list[Expected]:
    """Demand of these SKUs that was accepted and that no node sends yet, the oldest first."""
    return rows(
        tx,
        Expected,
        """
        select demand, line, sku, units, channel, node, due
        from expected_demand
        where sku = any(%s)
        order by since, demand, line
        """,
        [list(skus)],
    )


def supplies(tx: Connection, skus: Sequence[str]) -> list[Supply]:
    """What documents bring and take of these SKUs, in one statement, the earliest first.

    A transfer that has not left yet takes from its source, and brings to its target, what there is
    of it to load; once it has left it brings what was loaded. What an ASN announces of a purchase
    order comes with the ASN.
    """
    return rows(
        tx,
        _supply,
        """
        with moving as (
            select id, transfer_line.sku, source, target, expected_on, dispatched_at,
                transfer_line.received, case
                    when dispatched_at is null then least(planned, coalesce(balance.quantity, 0))
                    else dispatched
                end as units
            from transfer
            join transfer_line on transfer_line.transfer = transfer.id
            left join balance on (balance.sku, balance.node, balance.state)
                = (transfer_line.sku, transfer.source, 'available')
            where received_at is null
                and transfer_line.sku = any(%(skus)s)
                and not exists (
                    select from supply_cancellation where supply_cancellation.transfer = transfer.id
                )
        )
        select kind, document, sku, node, day, units
        from (
            select kind, kind || ':' || id as document, sku, node, expected_on as day, units
            from coming
            where sku = any(%(skus)s)
            union all
            select 'transfer', 'transfer:' || id, sku, target, expected_on, units - received
            from moving
            union all
            select 'leaving', 'transfer:' || id, sku, source, noria_now()::date, -units
            from moving
            where dispatched_at is null
        ) as every
        where units <> 0
        order by day, document, sku, node
        """,
        {"skus": list(skus)},
    )


def _supply(**columns: Any) -> Supply:
    return msgspec.convert(columns, Supply)


def production(
    tx: Connection, shelves: Iterable[Stocked], *, now: datetime, until: date
) -> list[Supply]:
    """What makers can still make, day by day: one capacity for all SKUs, less what is booked.

    From the first day on which work on what is ordered now could begin.
    """
    made = [shelf for shelf in shelves if shelf.is_made]
    if not made:
        return []
    nodes = network.nodes(tx, {shelf.node for shelf in made})
    years = range(now.year, until.year + 1)
    holidays = {code: node_holidays(node, years) for code, node in nodes.items()}
    taken = production_views.taken(tx, nodes, holidays, now=now)
    return [
        Supply(
            kind=SupplyKind.PRODUCTION,
            document=f"capacity:{shelf.node}",
            sku=shelf.sku,
            node=shelf.node,
            day=day,
            units=units,
        )
        for shelf in made
        if shelf.node in taken
        for day, units in scene_rules.free_days(
            nodes[shelf.node], taken[shelf.node], holidays[shelf.node], now=now, until=until
        )
    ]


def picture(
    tx: Connection,
    skus: Sequence[str],
    *,
    channel: str | None,
    shopper: str | None,
    now: datetime,
    until: date,
) -> Picture:
    """All that curves of these SKUs are made from, over every node.

    What is made to order lies nowhere: it comes on the days on which it can be made.
    """
    today = now.date()
    made = keep_back_views.rules_now(tx, skus, None)
    coming = supplies(tx, skus)
    shelves = stocked(tx, skus, shopper=shopper, also=[(one.sku, one.node) for one in coming])
    coming += production(tx, shelves, now=now, until=until)
    shelves = [structs.replace(one, on_shelf=0) if _is_dated(one) else one for one in shelves]
    return Picture(
        channel=channel,
        today=today,
        free=atp_rules.free(shelves, rules.rulebook(made), channel, is_sourcing=True),
        supplies=coming,
        expected=expected(tx, skus),
        thresholds=atp_rules.split_thresholds(made),
    )


def _is_dated(one: Stocked) -> bool:
    return one.is_made and atp_rules.KINDS[one.node_kind] in scene_rules.MAKERS


def near(
    tx: Connection,
    sku: str,
    spot: Spot,
    *,
    nodes: Sequence[str] | None,
    channel: str | None,
    shopper: str | None,
    kinds: Sequence[str],
    within_km: float,
    limit: int,
) -> list[Near]:
    """The nodes of these kinds that may show a SKU to a channel, the nearest first."""
    found = near_each(
        tx, [sku], spot, nodes=nodes, channel=channel, shopper=shopper, kinds=kinds,
        within_km=within_km, limit=limit,
    )  # fmt: skip
    return found.get(sku, [])


def near_each(
    tx: Connection,
    skus: Sequence[str],
    spot: Spot,
    *,
    nodes: Sequence[str] | None = None,
    channel: str | None,
    shopper: str | None = None,
    kinds: Sequence[str],
    within_km: float,
    limit: int,
) -> dict[str, list[Near]]:
    """The same for each of some SKUs; those that nobody may show are left out."""
    shown: dict[str, dict[str, int]] = defaultdict(dict)
    for one in visible(tx, skus, nodes, channel=channel, shopper=shopper):
        shown[one.sku][one.node] = one.units
    places = rows(
        tx,
        Whereabouts,
        """
        select code, name, kind::text as kind, does_hand_over, latitude, longitude
        from node
        where code = any(%s)
        """,
        [sorted({node for units in shown.values() for node in units})],
    )
    return {
        sku: atp_rules.nearest(
            [place for place in places if place.code in units], units, spot, kinds=kinds,
            within_km=within_km, limit=limit,
        )
        for sku, units in shown.items()
    }  # fmt: skip
