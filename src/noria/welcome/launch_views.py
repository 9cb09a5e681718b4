"""Which stores serve a channel since when, and what they did with the legs that they were given."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, convert

from noria.kit import clock
from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.welcome import launch_rules
from noria.welcome.launch_model import Counted, Launch, LaunchedStore
from noria.welcome.launch_rules import Counts

WINDOW = timedelta(days=28)


class _Network(Struct, frozen=True, kw_only=True):
    network: str
    channel: str
    reason: str
    valid_from: date | None
    valid_until: date | None
    is_live: bool
    began: date
    stores: list[str]


NETWORKS = """
    select channel_network.id::text as network, channel::text, reason, valid_from, valid_until,
        coalesce(valid_from, '-infinity') <= noria_now()::date
            and coalesce(valid_until, 'infinity') >= noria_now()::date as is_live,
        coalesce(valid_from, '0001-01-01'::date) as began,
        array_agg(node.code::text order by node.code) as stores
    from channel_network
    join node on node.code = any(channel_network.nodes) and node.kind in ('store', 'dark_store')
"""
COUNTS = """
    with asked as (
        select id as network, node, channel,
            greatest(%(since)s, valid_from::timestamptz) as since,
            coalesce((valid_until + 1)::timestamptz, 'infinity') as until
        from channel_network
        cross join unnest(nodes) as node
        where node in (select code from node where kind in ('store', 'dark_store'))
    ), given as (
        select asked.network, asked.node, leg.id, leg.leaves_at,
            coalesce(leg.ready_at, leg.shipped_at) as left_at,
            leg.withdrawn_at is null as is_kept
        from asked
        join leg on leg.node = asked.node
            and leg.planned_at >= asked.since and leg.planned_at < asked.until
        join customer_order on customer_order.id = leg.order_id
            and customer_order.channel = asked.channel
    ), worked as (
        select network, given.node, count(*) as legs,
            count(*) filter (
                where is_kept and (left_at is not null or leaves_at < noria_now())
            ) as due,
            count(*) filter (where is_kept and left_at <= leaves_at) as on_time
        from given
        group by network, given.node
    ), answered as (
        select network, given.node, count(*) as refused
        from given
        join leg_answer on leg_answer.leg = given.id and not is_accepted
        group by network, given.node
    ), missing as (
        select network, given.node, sum(short_pick.quantity) as not_found
        from given
        join short_pick on short_pick.leg_id = given.id and reason = 'not_found'
        group by network, given.node
    ), picked as (
        select network, given.node, sum(leg_line.quantity) as units
        from given
        join leg_line on leg_line.leg_id = given.id
        where exists (select from pick where pick.leg_id = given.id)
            or exists (select from short_pick where short_pick.leg_id = given.id)
        group by network, given.node
    ), sampled as (
        select distinct on (node) node, sampled, accurate
        from accuracy_sample
        order by node, measured_at desc, task desc
    )
    select network, node, coalesce(legs, 0) as legs, coalesce(refused, 0) as refused,
        coalesce(units, 0)::bigint as units, coalesce(not_found, 0)::bigint as not_found,
        coalesce(due, 0) as due, coalesce(on_time, 0) as on_time,
        coalesce(sampled.sampled, 0) as sampled, coalesce(accurate, 0) as accurate
    from asked
    left join worked using (network, node)
    left join answered using (network, node)
    left join missing using (network, node)
    left join picked using (network, node)
    left join sampled using (node)
"""


def counted(tx: Connection) -> list[Counted]:
    """What stores did with legs of their networks' channels, 28 days back, while live."""
    return rows(tx, Counted, COUNTS, {"since": clock.now(tx) - WINDOW})


def launches(
    tx: Connection,
    counted: Sequence[Counted],
    *,
    channel: str | None,
    after: Sequence[Any] | None,
    limit: int,
) -> list[tuple[date, Launch]]:
    """Networks that name stores, those that began first come first, each with its beginning."""
    found = rows(
        tx,
        _Network,
        NETWORKS
        + """
        where (%(channel)s::text is null or channel = %(channel)s)
            and (
                %(began)s::date is null
                or (coalesce(valid_from, '0001-01-01'::date), channel_network.id)
                    > (%(began)s::date, %(id)s)
            )
        group by channel_network.id
        order by began, network
        limit %(limit)s
        """,
        {
            "channel": channel,
            "began": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )
    told = _told(counted)
    return [(one.began, _launch(one, told)) for one in found]


def stores(
    tx: Connection, counted: Sequence[Counted], network: str, *, after: str, limit: int
) -> list[LaunchedStore]:
    """The stores of a launch by code, each with what it did."""
    found = row(
        tx,
        _Network,
        NETWORKS + "where channel_network.id = %s group by channel_network.id",
        [network],
    )
    if found is None:
        raise NotFound(what="launch", id=network)
    shown = [store for store in found.stores if store > after][:limit]
    told = _told(counted)
    names: dict[str, str] = dict(
        tx.execute("select code::text, name from node where code = any(%s)", [shown]).fetchall()
    )
    did = {store: launch_rules.measures(told.get((network, store), Counts())) for store in shown}
    return [
        LaunchedStore(
            node=store, name=names[store], measures=measured, missed=launch_rules.missed(measured)
        )
        for store, measured in did.items()
    ]


def _launch(network: _Network, counted: Mapping[tuple[str, str], Counts]) -> Launch:
    told = launch_rules.together(
        [counted.get((network.network, store), Counts()) for store in network.stores]
    )
    judged = launch_rules.judged(launch_rules.measures(told))
    return Launch(
        network=network.network,
        channel=network.channel,
        reason=network.reason,
        valid_from=network.valid_from,
        valid_until=network.valid_until,
        is_live=network.is_live,
        stores=len(network.stores),
        judged=judged,
        may_go_on=network.is_live and launch_rules.may_go_on(judged),
    )


def _told(counted: Sequence[Counted]) -> dict[tuple[str, str], Counts]:
    return {(one.network, one.node): convert(one, Counts, from_attributes=True) for one in counted}
