"""Wishes: what they are decided on, read under locks, and the SQL that writes what was granted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString

import msgspec
from msgspec import Struct

from noria.kit import clock, events
from noria.kit.burst import Ask
from noria.kit.db import array
from noria.kit.events import Event
from noria.promise import keep_back_views
from noria.promise import wish_rules as rules
from noria.promise.keep_back_model import Terms
from noria.promise.wish_model import UNTIL, Facts, Own, Pair, Settled
from noria.stock import actions as stock
from noria.stock.model import Key, State

MOVES = 100
"""A movement of a batch has no more lines than this: it is shown whole."""


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


APART: LiteralString = "\x1f"
"""What stands between texts of JSON, which escapes it: quicker to take apart than an array."""

SPOKEN: LiteralString = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''
"""How JSON has an instant; one of a whole second has no fraction, which is taken off."""

HELD: LiteralString = f"""
with moment as materialized (
    select now, array(
            select now + minutes * interval '1 minute' from unnest($2::int[]) as minutes
        ) as ends, array(
            select replace(to_char((now + minutes * interval '1 minute') at time zone 'UTC',
                {SPOKEN}), '.000000Z', 'Z')
            from unnest($2::int[]) as minutes
        ) as spoken
    from (select coalesce(nullif($1, '')::timestamptz, {clock.NOW}) as now offset 0) as given
), held as (
    insert into reservation
        (id, demand, sku, node, quantity, held, made_at, expires_at, channel, shopper, digest)
    select id, demand, sku, node, quantity, quantity, (select now from moment),
        (select ends from moment)[term], nullif(channel, ''), nullif(shopper, ''),
        decode(nullif(digest, ''), 'hex')
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::int[],
        $9::text[], $10::text[], $11::text[])
        as given (id, demand, sku, node, quantity, term, channel, shopper, digest)
), {stock.PUT_ASIDE}, made as (
    select 'reservation.made' as type, subject, nullif(node, '') as node,
        head || (select spoken from moment)[1] || '{UNTIL}'
            || (select spoken from moment)[term] || tail as told
    from unnest($23::text[], $24::text[], $25::int[], string_to_array($26, '{APART}'),
        string_to_array($27, '{APART}')) as given (subject, node, term, head, tail)
)
"""  # noqa: S608 - texts of ours
"""The rows of wishes that are granted; the first of the terms is no time at all: it is now."""

MORE: LiteralString = f"""{HELD}, happened as (
    select 'stock.level.changed' as type, sku as subject, null as node, levels as told
    from unnest($28::text[], string_to_array($29, '{APART}')) as given (sku, levels)
    union all
    select type, subject, node, told from made
)
{events.PUBLISH}
"""  # noqa: S608 - texts of ours
"""All rows of wishes but balances, whose levels are given."""

TAKE: LiteralString = f"""{HELD}, {stock.TAKE}, happened as (
    select 'stock.level.changed' as type, sku as subject, null as node,
        '{{"levels":[' || string_agg('{{"node":"' || node || '","state":"' || state
            || '","quantity":' || quantity || '}}', ',' order by node, state) || ']}}' as told
    from taken
    group by sku
    union all
    select type, subject, node, told from made
), published as ({events.PUBLISH})
select all_there((select count(*) from taken), cardinality($28::text[])), now,
    tell_itself($32, $33, ends)
from moment
"""  # noqa: S608 - texts of ours
"""All rows of wishes, and the units off their shelves; it breaks where a balance is missing."""

NEWS_BYTES, LONGER = 7_700, 17
"""A notification has less than 8,000; so much longer may a line become: by its end, and when."""

TELLS_ITSELF: LiteralString = "set noria.tells = 'itself'"
"""For a connection on which nothing is asked but `TAKE` and `PLAIN`: their triggers are silent."""


def ask_more(
    settled: Sequence[Settled], levels: Sequence[Event], *, prefix: str, now: datetime
) -> Ask[None]:
    """All rows of wishes that are granted, but balances: they are `levels` from now on.

    An id that somebody else took just now breaks it. `prefix` begins the ids of movements: a batch
    has one for each sender, and for each `MOVES` of theirs. Where wishes are for several demands,
    each move says its own.
    """
    return Ask(
        MORE,
        [
            *_rows(settled, _terms(settled), prefix, now),
            array([event.subject for event in levels]),
            APART.join([msgspec.json.encode(event.data).decode() for event in levels]),
        ],
        lambda _: None,
    )


def ask_take(
    settled: Sequence[Settled], change: Mapping[Key, int], *, prefix: str
) -> Ask[datetime]:
    """The same, with changes of balances that nobody has locked; it is answered when it is now.

    A balance that was never opened breaks it, and so does one that has too little.
    """
    terms = _terms(settled)
    return Ask(
        TAKE,
        [*_rows(settled, terms, prefix, None), *stock.take(change), *_news(settled, terms, change)],
        lambda found: datetime.fromisoformat(found[0][1]),
    )


NOT_PLAIN, NOT_NEXT = "NW001", "NW002"
"""What `only_if` breaks with, and what `follows`."""


class Follows(Struct, frozen=True):
    """A batch of a connection, and the one before it, by names; without, it follows any."""

    before: str = ""
    this: str = ""


ANY = Follows()

PLAIN: LiteralString = f"""
select only_if(not (
    exists (
        select from node
        where code = any($2::text[]) and (not is_open or kind = 'digital'
            or kind in ('printer', 'maker') and units_per_day is not null)
    )
    or exists (
        select from unnest($3::text[]) as asked
        where not exists (select from channel where code = asked)
    )
    or exists (select from answer where scope = $4 and key = any($5::text[]))
) and (not (
    {keep_back_views.ANY_RULE}
    or exists (select from node where code = any($2::text[]) and buffer_units > 0)
    or exists (select from expected_demand where sku = any($1::text[]))
    or exists (
        select from lot_balance
        where sku = any($1::text[]) and node = any($2::text[]) and state = 'available'
    )
) or is_enough($1, $2, $3))), follows($6, $7)
"""  # noqa: S608 - texts of ours


def ask_plain(
    pairs: Sequence[Pair], *, channels: Iterable[str | None], scope: str, ids: Sequence[str],
    follows: Follows,
) -> Ask[None]:  # fmt: skip
    """Break, unless wishes for these shelves may have what they took there.

    All nodes are open and make nothing to order, none of the ids was answered before, and what is
    left is more than could be kept back or waited for. To be asked last: with the balances locked,
    it stays so.
    """
    shelves = sorted(pairs)
    return Ask(
        PLAIN,
        [
            array([sku for sku, _ in shelves]),
            array([node for _, node in shelves]),
            array(sorted({one for one in channels if one is not None})),
            scope,
            array(ids),
            follows.before,
            follows.this,
        ],
        lambda _: None,
    )


def ask_near(pairs: Sequence[Pair], *, channels: Iterable[str | None]) -> Ask[set[Pair]]:
    """Which of these shelves would close the short way to whoever asked one unit more there."""
    return Ask(
        "select sku, node from without_enough($1::text[], $2::text[], $3::text[], 1)",
        [
            array([sku for sku, _ in pairs]),
            array([node for _, node in pairs]),
            array(sorted({one for one in channels if one is not None})),
        ],
        lambda found: {(sku, node) for sku, node in found},
    )


def _terms(settled: Sequence[Settled]) -> dict[int, int]:
    """Minutes for which wishes are held, numbered from 1; the first are none at all."""
    return {
        minutes: number
        for number, minutes in enumerate([0, *{one.asked.body.minutes for one in settled}], 1)
    }


def _news(
    settled: Sequence[Settled], terms: Mapping[int, int], change: Mapping[Key, int]
) -> list[str]:
    """What memories are told of these wishes and changes, as `tell_itself` tells it: in parts."""
    lines: dict[int, list[str]] = {term: [] for term in terms.values()}
    for (sku, node, state), units in change.items():
        if state is State.AVAILABLE:
            lines[len(terms)].append(f"{sku} {node} {units}")
    held: dict[tuple[int, str, str], int] = defaultdict(int)
    for one in settled:
        term = terms[one.asked.body.minutes]
        for _, line, units in one.held:
            held[term, line.sku, line.node] += units
    for (term, sku, node), units in held.items():
        lines[term].append(f"{sku} {node} {units} @")
    parts = [(part, term) for term, of_term in lines.items() for part in _parts(of_term)]
    return [array([part for part, _ in parts]), array([term for _, term in parts])]


def _parts(lines: Sequence[str]) -> Iterator[str]:
    """Lines, put together as far as a notification takes them."""
    first = size = 0
    for place, line in enumerate(lines):
        size += len(line) + LONGER
        if size > NEWS_BYTES:
            yield "\n".join(lines[first:place])
            first, size = place, len(line) + LONGER
    if lines:
        yield "\n".join(lines[first:])


def _rows(
    settled: Sequence[Settled], terms: Mapping[int, int], prefix: str, now: datetime | None
) -> list[str]:
    """Reservations, movements, moves and events of wishes, as the columns of `HELD`."""
    bodies = [one.asked.body for one in settled]
    held = [(body, *line) for body, one in zip(bodies, settled, strict=True) for line in one.held]
    digests = [
        one.asked.digest.hex() if place == 0 and one.is_by_its_id else ""
        for one in settled
        for place in range(len(one.held))
    ]
    return [
        "" if now is None else now.isoformat(),
        array(terms),
        array([key for _, key, _, _ in held]),
        array([body.demand for body, _, _, _ in held]),
        array([line.sku for _, _, line, _ in held]),
        array([line.node for _, _, line, _ in held]),
        array([units for _, _, _, units in held]),
        array([terms[body.minutes] for body, _, _, _ in held]),
        array([body.channel or "" for body, _, _, _ in held]),
        array([body.shopper or "" for body, _, _, _ in held]),
        array(digests),
        *_booked(settled, prefix),
        array([body.id for body in bodies]),
        array([one.node for one in settled]),
        array([terms[body.minutes] for body in bodies]),
        APART.join([one.head for one in settled]),
        APART.join([one.tail for one in settled]),
    ]


def _booked(settled: Sequence[Settled], prefix: str) -> list[str]:
    """What `stock.PUT_ASIDE` writes for these wishes."""
    demands = {one.asked.body.demand for one in settled}
    shared = demands.pop() if len(demands) == 1 else None
    asides = rules.put_aside(settled, MOVES, is_told_by_shelf=shared is None)
    return stock.put_aside(asides, prefix, shared)
