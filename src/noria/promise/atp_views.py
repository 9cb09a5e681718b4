"""Questions about what can be promised: now, day by day, and near a place."""

from collections.abc import Iterable, Sequence
from typing import LiteralString

from noria.kit.db import Connection, rows
from noria.promise import atp_rules, keep_back_views
from noria.promise import keep_back_rules as rules
from noria.promise.atp_model import Expected, Stocked
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
    book = rules.rulebook(keep_back_views.rules_now(tx, skus, nodes))
    shelves = stocked(tx, skus, nodes)
    return {
        channel: atp_rules.available(atp_rules.free(shelves, book, channel, is_sourcing=True))
        for channel in channels
    }


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
) -> list[Stocked]:
    """Every open node's shelf of these SKUs in one statement, with all that rules look at.

    A hold is free at its very instant: nobody has to sweep it first. For what is made to order,
    the shelf is the units a day less the units being made.
    """
    found = tx.execute(
        STOCKED,
        {
            "skus": list(skus),
            "nodes": None if nodes is None else list(nodes),
            "shopper": shopper,
        },
    )
    return [Stocked(*columns) for columns in found]


STOCKED: LiteralString = """
with wanted as (
    select code as sku, category from sku where code = any(%(skus)s::text[])
), part as (
    select sku, node, quantity as on_shelf, 0::bigint as expired, 0::bigint as own,
        0::bigint as named
    from balance
    join wanted using (sku)
    where state = 'available' and quantity > 0
    union all
    select sku, node, 0, sum(held)::bigint, 0, 0
    from reservation
    join wanted using (sku)
    where held > 0 and expires_at <= noria_now()
    group by sku, node
    union all
    select sku, node, 0, 0, sum(held)::bigint, 0
    from reservation
    join wanted using (sku)
    where held > 0 and shopper = %(shopper)s
        and (expires_at is null or expires_at > noria_now())
    group by sku, node
    union all
    select sku, node, 0, 0, 0, sum(units)::bigint
    from expected_demand
    join wanted using (sku)
    where expected_demand.node is not null
    group by sku, node
), shelf as (
    select sku, node, sum(on_shelf)::bigint as on_shelf, sum(expired)::bigint as expired,
        sum(own)::bigint as own, sum(named)::bigint as named, false as is_made
    from part
    group by sku, node
), made as (
    select made_here.sku, made_here.node, maker.units_per_day - coalesce((
        select sum(held)::bigint
        from reservation
        where reservation.node = made_here.node and held > 0
            and (expires_at is null or expires_at > noria_now())
    ), 0) as on_shelf, 0::bigint as expired, coalesce(shelf.own, 0) as own,
        coalesce(shelf.named, 0) as named, true as is_made
    from made_here
    join wanted using (sku)
    join node as maker on maker.code = made_here.node
    left join shelf on (shelf.sku, shelf.node) = (made_here.sku, made_here.node)
    where maker.kind = 'printer' and maker.units_per_day is not null
)
select every.sku, every.node, on_shelf, expired, own, named, is_made, category,
    node.kind::text, buffer_units, coalesce(recent_sales.units, 0),
    node_accuracy.lowest, latitude, longitude
from (select * from shelf union all select * from made) as every
join wanted on wanted.sku = every.sku
join node on node.code = every.node
left join recent_sales on (recent_sales.sku, recent_sales.node) = (every.sku, every.node)
left join node_accuracy on node_accuracy.node = every.node
where node.is_open and (node.kind = 'printer') = is_made
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
