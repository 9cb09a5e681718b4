"""Wishes: what they are decided on, read under locks, and the SQL that writes what was granted."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

from noria.kit.db import Connection, array
from noria.promise import keep_back_views
from noria.promise.keep_back_model import Terms
from noria.promise.model import Hold
from noria.promise.wish_model import Facts, Own, Pair


def ask(
    tx: Connection,
    pairs: Sequence[Pair],
    *,
    channels: Iterable[str | None],
    shoppers: Iterable[str | None],
) -> Callable[[], Facts]:
    """Ask in one statement for all that a decision about these shelves needs beside balances.

    The answer is read when it is called for: other questions may go out in the meantime. Ask when
    the balances are locked: what is held there then stays as it is.
    """
    asked = tx.execute(
        FACTS,
        {
            "skus": array(sorted({sku for sku, _ in pairs})),
            "nodes": array(sorted({node for _, node in pairs})),
            "channels": array(sorted({one for one in channels if one is not None})),
            "shoppers": array(sorted({one for one in shoppers if one is not None})),
        },
    )

    def told() -> Facts:
        found = asked.fetchone()
        assert found is not None
        return _facts(*found)

    return told


FACTS: LiteralString = f"""
select noria_now(), {keep_back_views.KEPT_BACK},
    array(
        select code::text from node
        where code = any(%(nodes)s::text[]) and (kind = 'digital'
            or kind in ('printer', 'maker') and units_per_day is not null)
    ),
    array(select code::text from node where code = any(%(nodes)s::text[]) and not is_open),
    array(
        select asked from unnest(%(skus)s::text[]) as asked
        where not exists (select from sku where code = asked)
    ),
    array(
        select asked from unnest(%(nodes)s::text[]) as asked
        where not exists (select from node where code = asked)
    ),
    array(
        select asked from unnest(%(channels)s::text[]) as asked
        where not exists (select from channel where code = asked)
    ),
    array(select distinct sku::text from expected_demand where sku = any(%(skus)s::text[])),
    (
        select jsonb_agg(jsonb_build_array(sku, node, units))
        from (
            select sku, node, sum(units) as units
            from expected_demand
            where sku = any(%(skus)s::text[]) and node = any(%(nodes)s::text[])
            group by sku, node
        ) as named
    ),
    (
        select jsonb_agg(jsonb_build_array(shopper, sku, node, id, held) order by expires_at, id)
        from reservation
        where held > 0 and shopper = any(%(shoppers)s::text[])
            and sku = any(%(skus)s::text[]) and node = any(%(nodes)s::text[])
            and expires_at > noria_now()
    )
"""  # noqa: S608 - texts of ours


def _facts(
    now: datetime,
    rules: Any,
    buffers: Any,
    unsellable: Any,
    makers: list[str],
    closed: list[str],
    unknown_skus: list[str],
    unknown_nodes: list[str],
    unknown_channels: list[str],
    waited_for: list[str],
    named: Any,
    own: Any,
) -> Facts:
    holds: dict[tuple[str, str, str], list[Own]] = {}
    for shopper, sku, node, reservation, units in own or ():
        holds.setdefault((shopper, sku, node), []).append(Own(reservation, units))
    return Facts(
        now=now.astimezone(UTC),
        terms=Terms(rules, buffers, unsellable),
        makers=frozenset(makers),
        closed=frozenset(closed),
        unknown_skus=frozenset(unknown_skus),
        unknown_nodes=frozenset(unknown_nodes),
        unknown_channels=frozenset(unknown_channels),
        waited_for=frozenset(waited_for),
        named={(sku, node): units for sku, node, units in named or ()},
        own=holds,
    )


def ask_taken(tx: Connection, ids: Sequence[str]) -> Callable[[], set[str]]:
    """Which of these reservations exist already; read when it is called for."""
    asked = tx.execute("select id::text from reservation where id = any(%s::text[])", [array(ids)])
    return lambda: {key for (key,) in asked.fetchall()}


def write(tx: Connection, holds: Sequence[Hold], *, now: datetime) -> None:
    """Write reservations that are new: an id that somebody else took just now breaks this."""
    ends = {hold.expires_at for hold in holds}
    texts = {end: "" if end is None else end.isoformat() for end in ends}
    tx.execute(
        """
        insert into reservation
            (id, demand, sku, node, quantity, held, made_at, expires_at, channel, shopper)
        select id, demand, sku, node, quantity, quantity, %s, nullif(ends_at, '')::timestamptz,
            nullif(channel, ''), nullif(shopper, '')
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
            %s::text[], %s::text[])
            as given (id, demand, sku, node, quantity, ends_at, channel, shopper)
        """,
        [
            now,
            array([hold.id for hold in holds]),
            array([hold.demand for hold in holds]),
            array([hold.sku for hold in holds]),
            array([hold.node for hold in holds]),
            array([hold.quantity for hold in holds]),
            array([texts[hold.expires_at] for hold in holds]),
            array([hold.channel or "" for hold in holds]),
            array([hold.shopper or "" for hold in holds]),
        ],
    )
