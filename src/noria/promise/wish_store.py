"""Wishes: what they are decided on, read under locks, and the SQL that writes what was granted."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

import msgspec
from msgspec import Struct

from noria.kit import events
from noria.kit.burst import Ask
from noria.kit.db import array
from noria.kit.events import Event
from noria.promise import keep_back_views
from noria.promise.keep_back_model import Terms
from noria.promise.wish_model import Facts, Own, Pair, Settled
from noria.promise.wish_rules import leaves
from noria.stock import actions as stock

MOVES = 100
"""A movement of a batch has no more moves than this: it is shown whole."""


def ask(
    pairs: Sequence[Pair], *, channels: Iterable[str | None], shoppers: Iterable[str | None]
) -> Ask[Facts]:
    """Ask in one statement for all that a decision about these shelves needs beside balances.

    Ask when the balances are locked: what is held there then stays as it is.
    """
    return Ask(
        FACTS,
        [
            array(sorted({sku for sku, _ in pairs})),
            array(sorted({node for _, node in pairs})),
            array(sorted({one for one in channels if one is not None})),
            array(sorted({one for one in shoppers if one is not None})),
        ],
        lambda found: _facts(msgspec.json.decode(found[0][0], type=_Told)),
    )


KEPT_BACK = keep_back_views.KEPT_BACK.replace("%(skus)s", "$1").replace("%(nodes)s", "$2")

FACTS: LiteralString = f"""
select jsonb_build_array(noria_now(), {KEPT_BACK},
    array(
        select code from node
        where code = any($2::text[]) and (kind = 'digital'
            or kind in ('printer', 'maker') and units_per_day is not null)
    ),
    array(select code from node where code = any($2::text[]) and not is_open),
    array(
        select asked from unnest($1::text[]) as asked
        where not exists (select from sku where code = asked)
    ),
    array(
        select asked from unnest($2::text[]) as asked
        where not exists (select from node where code = asked)
    ),
    array(
        select asked from unnest($3::text[]) as asked
        where not exists (select from channel where code = asked)
    ),
    array(select distinct sku from expected_demand where sku = any($1::text[])),
    (
        select jsonb_agg(jsonb_build_array(sku, node, units))
        from (
            select sku, node, sum(units) as units
            from expected_demand
            where sku = any($1::text[]) and node = any($2::text[])
            group by sku, node
        ) as named
    ),
    case when $4::text[] <> '{{}}' then (
        select jsonb_agg(jsonb_build_array(shopper, sku, node, id, held) order by expires_at, id)
        from reservation
        where held > 0 and shopper = any($4::text[])
            and sku = any($1::text[]) and node = any($2::text[]) and expires_at > noria_now()
    ) end
)::text
"""  # noqa: S608 - texts of ours


class _Told(Struct, array_like=True, frozen=True):
    """The columns of `FACTS`."""

    now: datetime
    rules: list[Any] | None
    buffers: dict[str, int] | None
    unsellable: list[tuple[str, str, int]] | None
    makers: frozenset[str]
    closed: frozenset[str]
    unknown_skus: frozenset[str]
    unknown_nodes: frozenset[str]
    unknown_channels: frozenset[str]
    waited_for: frozenset[str]
    named: list[tuple[str, str, int]] | None
    own: list[tuple[str, str, str, str, int]] | None


def _facts(told: _Told) -> Facts:
    holds: dict[tuple[str, str, str], list[Own]] = {}
    for shopper, sku, node, reservation, units in told.own or ():
        holds.setdefault((shopper, sku, node), []).append(Own(reservation, units))
    return Facts(
        now=told.now.astimezone(UTC),
        terms=Terms(told.rules, told.buffers, told.unsellable),
        makers=told.makers,
        closed=told.closed,
        unknown_skus=told.unknown_skus,
        unknown_nodes=told.unknown_nodes,
        unknown_channels=told.unknown_channels,
        waited_for=told.waited_for,
        named={(sku, node): units for sku, node, units in told.named or ()},
        own=holds,
    )


class Before(Struct, frozen=True):
    """A reservation that was made under one of the ids asked for, and by which wish."""

    units: int
    made_at: datetime
    digest: bytes | None


def ask_before(ids: Sequence[str]) -> Ask[dict[str, Before]]:
    """Which of these reservations exist already, as they were made."""
    return Ask(
        """
        select id, quantity, made_at, encode(digest, 'hex')
        from reservation
        where id = any($1::text[])
        """,
        [array(ids)],
        lambda found: {
            key: Before(
                units=int(units),
                made_at=datetime.fromisoformat(made_at),
                digest=bytes.fromhex(digest) if digest else None,
            )
            for key, units, made_at, digest in found
        },
    )


WRITE: LiteralString = f"""
with given as materialized (
    select *, $1::timestamptz as now, $2 || '-' || number as movement, nullif($20, '') as shared
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
        $9::text[], $10::text[], $11::int[], $12::smallint[], $13::text[], $14::text[],
        $15::text[], $16::text[], $17::text[])
        as given (id, demand, sku, node, quantity, ends_at, channel, shopper, number, line, actor,
            digest, subject, leaves, told)
), held as (
    insert into reservation
        (id, demand, sku, node, quantity, held, made_at, expires_at, channel, shopper, digest)
    select id, demand, sku, node, quantity, quantity, now, ends_at::timestamptz,
        nullif(channel, ''), nullif(shopper, ''), decode(nullif(digest, ''), 'hex')
    from given
), {stock.PUT_ASIDE}, happened as (
    select 'stock.level.changed' as type, sku as subject, '' as node, levels as data,
        position - cardinality($18::text[]) as position
    from unnest($18::text[], $19::text[]) with ordinality as told (sku, levels, position)
    union all
    select 'reservation.made', subject, leaves, told, row_number() over ()
    from given
    where subject <> ''
)
{events.PUBLISH}
"""  # noqa: S608 - texts of ours


def ask_write(
    settled: Sequence[Settled], levels: Sequence[Event], *, prefix: str, now: datetime
) -> Ask[None]:
    """All rows of wishes that are granted, but balances: they are `levels` from now on.

    An id that somebody else took just now breaks it. `prefix` begins the ids of movements: a batch
    has one for each sender, and for each `MOVES` of theirs. Where wishes are for several demands,
    each move says its own.
    """
    holds = [(one, hold) for one in settled for hold in one.granted.holds]
    first = [one if hold is one.granted.holds[0] else None for one, hold in holds]
    numbers = list(_numbers([one.asked.actor for one, _ in holds]))
    demands = {one.asked.body.demand for one in settled}
    written = {at: _instant(at) for at in {hold.expires_at for _, hold in holds}}
    return Ask(
        WRITE,
        [
            now.isoformat(),
            prefix,
            array([hold.id for _, hold in holds]),
            array([hold.demand for _, hold in holds]),
            array([hold.sku for _, hold in holds]),
            array([hold.node for _, hold in holds]),
            array([hold.quantity for _, hold in holds]),
            array([written[hold.expires_at] for _, hold in holds]),
            array([hold.channel or "" for _, hold in holds]),
            array([hold.shopper or "" for _, hold in holds]),
            array([number for number, _ in numbers]),
            array([line for _, line in numbers]),
            array([one.asked.actor for one, _ in holds]),
            array([one.asked.digest.hex() if one and one.is_by_its_id else "" for one in first]),
            array([one.asked.body.id if one else "" for one in first]),
            array([(leaves(one.granted) or "") if one else "" for one in first]),
            array([one.told.decode() if one else "" for one in first]),
            array([event.subject for event in levels]),
            array([msgspec.json.encode(event.data).decode() for event in levels]),
            demands.pop() if len(demands) == 1 else "",
        ],
        lambda _: None,
    )


def _numbers(actors: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The movement that each hold goes into, and its line there: who sent it books it."""
    if len(set(actors)) == 1:
        yield from (divmod(place, MOVES) for place in range(len(actors)))
        return
    begun: dict[str, int] = {}
    lines: dict[int, int] = {}
    for actor in actors:
        number = begun.get(actor)
        if number is None or lines[number] == MOVES:
            number = begun[actor] = len(lines)
            lines[number] = 0
        yield number, lines[number]
        lines[number] += 1


def _instant(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
