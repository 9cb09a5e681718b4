"""Which stores serve a channel since when, and what they did with the legs that they were given."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from noria.kit import clock
from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.welcome import launch_rules
from noria.welcome.launch_model import Launch, LaunchedStore
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


class _Counted(Struct, frozen=True, kw_only=True):
    node: str
    legs: int
    refused: int
    units: int
    not_found: int
    due: int
    on_time: int
    sampled: int
    accurate: int


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
    with given as (
        select id, node, leaves_at, coalesce(ready_at, shipped_at) as left_at,
            withdrawn_at is null as is_kept
        from leg
        where planned_at >= %(since)s and node = any(%(nodes)s)
    ), worked as (
        select given.node, count(*) as legs,
            count(*) filter (
                where is_kept and (left_at is not null or leaves_at < noria_now())
            ) as due,
            count(*) filter (where is_kept and left_at <= leaves_at) as on_time
        from given
        group by given.node
    ), answered as (
        select given.node, count(*) as refused
        from given
        join leg_answer on leg_answer.leg = given.id and not is_accepted
        group by given.node
    ), missing as (
        select given.node, sum(short_pick.quantity) as not_found
        from given
        join short_pick on short_pick.leg_id = given.id and reason = 'not_found'
        group by given.node
    ), picked as (
        select given.node, sum(leg_line.quantity) as units
        from given
        join leg_line on leg_line.leg_id = given.id
        where exists (select from pick where pick.leg_id = given.id)
            or exists (select from short_pick where short_pick.leg_id = given.id)
        group by given.node
    ), sampled as (
        select distinct on (node) node, sampled, accurate
        from accuracy_sample
        where node = any(%(nodes)s)
        order by node, measured_at desc, task desc
    )
    select node, coalesce(legs, 0) as legs, coalesce(refused, 0) as refused,
        coalesce(units, 0)::bigint as units, coalesce(not_found, 0)::bigint as not_found,
        coalesce(due, 0) as due, coalesce(on_time, 0) as on_time,
        coalesce(sampled.sampled, 0) as sampled, coalesce(accurate, 0) as accurate
    from unnest(%(nodes)s::text[]) as asked (node)
    left join worked using (node)
    left join answered using (node)
    left join missing using (node)
    left join picked using (node)
    left join sampled using (node)
"""


def launches(
    tx: Connection, *, channel: str | None, after: Sequence[Any] | None, limit: int
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
    counted = _counts(tx, sorted({store for one in found for store in one.stores}))
    return [(one.began, _launch(one, counted)) for one in found]


def stores(tx: Connection, network: str, *, after: str, limit: int) -> list[LaunchedStore]:
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
    counted = _counts(tx, shown)
    names: dict[str, str] = dict(
        tx.execute("select code::text, name from node where code = any(%s)", [shown]).fetchall()
    )
    return [
        LaunchedStore(
            node=store,
            name=names[store],
            measures=launch_rules.measures(counted.get(store, Counts())),
        )
        for store in shown
    ]


def _launch(network: _Network, counted: Mapping[str, Counts]) -> Launch:
    told = launch_rules.together([counted.get(store, Counts()) for store in network.stores])
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


def _counts(tx: Connection, nodes: Sequence[str]) -> dict[str, Counts]:
    """What these nodes did with the legs of the last 28 days."""
    since: datetime = clock.now(tx) - WINDOW
    found = rows(
        tx,
        _Counted,
        COUNTS,
        {"since": since, "nodes": list(nodes)},
    )
    return {
        one.node: Counts(
            **{name: value for name, value in structs.asdict(one).items() if name != "node"}
        )
        for one in found
    }
