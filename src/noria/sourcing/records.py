"""An explanation as it is stored: packed, with its shape, so that old ones stay readable.

A record is one byte that names its shape, then MessagePack. Each shape is read for ever; a new one
gets a struct of its own here and the next number, and `packed` writes the newest. What candidates
had to offer stands as the columns in which it was worked out, in the smallest whole numbers that
hold it: packing them takes next to no time, and PostgreSQL compresses them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct, structs

from noria.sourcing.model import (
    NOTHING,
    SEEN,
    Compared,
    Explanation,
    Fence,
    PlansAlone,
    Prices,
    Seen,
    SeenTable,
)

SHAPE = 4


class _Columns(Struct, frozen=True, array_like=True):
    """Rows of one sort: the node or nodes of each, whole numbers by column, terms by name."""

    nodes: list[Any]
    numbers: list[list[int]]
    terms: dict[str, list[int]]


class _Second(Struct, frozen=True, array_like=True):
    """Shape 2. Days are ordinals, chances are ten-thousandths, -1 is none."""

    policy: str
    overrides: tuple[str, ...]
    due: int
    way: str
    notes: tuple[str, ...]
    prices: tuple[str, datetime] | None
    names: list[str]
    candidates: _Columns
    fences: list[tuple[int, str, str, int, int, int]]
    compared: _Columns


class _Third(Struct, frozen=True, array_like=True):
    """Shape 3. Days are ordinals, but those of candidates are counted from `since`; -1 is none.

    `numbers` are those of a `SeenTable`, row after row, each of so many bytes (`width`), the lowest
    first. `facts` are those of fences, by their place; `begins` came last. Records before them have
    none, and releases before them pass them over.
    """

    policy: str
    overrides: tuple[str, ...]
    due: int
    way: str
    notes: tuple[str, ...]
    prices: tuple[str, datetime] | None
    nodes: Sequence[str]
    of_units: int
    since: int
    terms: Sequence[str]
    width: int
    numbers: bytes
    fences: list[tuple[str, str, str, int, int, int]]
    compared: list[tuple[list[str], int, int, dict[str, int]]]
    facts: dict[int, dict[str, int]] = {}
    begins: dict[str, int] = {}


class _Fourth(Struct, frozen=True, array_like=True):
    """Shape 4. Days are days; those of candidates are counted from `since`, -1 is none.

    `numbers` are as in shape 3. Of plans of one node each (`alone`) stand the column of the node,
    the units that stay and what the wait costs: the rest is what the candidate says of itself.
    Else plans are `compared`.
    """

    policy: str
    overrides: tuple[str, ...]
    due: date | None
    way: str
    notes: tuple[str, ...]
    prices: tuple[str, datetime] | None
    nodes: Sequence[str]
    of_units: int
    since: date
    terms: Sequence[str]
    width: int
    numbers: bytes
    fences: list[tuple[str, str, str, Mapping[str, int], int, int | None, date | None]]
    alone: Sequence[tuple[int, int, int]]
    compared: list[tuple[Sequence[str], int, Mapping[str, int], date | None]]
    begins: Mapping[str, date]


FIRST_BYTE = bytes([SHAPE])
WIDTHS = (2, 4, 8)

ONCE_IN_ENGLISH = frozenset({"full", "no-service", "too-late", "not-all"})
"""Fences of which the detail was once English: their words say it, by their figures."""

_encoder = msgspec.msgpack.Encoder()
_second = msgspec.msgpack.Decoder(_Second)
_third = msgspec.msgpack.Decoder(_Third)
_fourth = msgspec.msgpack.Decoder(_Fourth)
_fence_row = attrgetter("node", "code", "detail", "facts", "units", "paid_cents", "arrives_on")
_plan_row = attrgetter("nodes", "short_units", "terms", "arrives_on")


def packed(told: Explanation) -> bytes:
    """The record of an explanation, in the newest shape."""
    seen = told.candidates if isinstance(told.candidates, SeenTable) else table(told.candidates)
    plans = told.compared
    alone = plans.rows if isinstance(plans, PlansAlone) and plans.seen is seen else ()
    width = _width(seen.numbers)
    record = _Fourth(
        told.policy,
        told.overrides,
        told.due,
        told.way,
        told.notes,
        (told.prices.run, told.prices.as_of) if told.prices else None,
        seen.nodes,
        seen.of_units,
        seen.since,
        seen.terms,
        width,
        seen.numbers.astype(f"<i{width}").tobytes(),
        [_fence_row(one) for one in told.fences],
        alone,
        [] if alone else [_plan_row(one) for one in plans],
        told.begins,
    )
    return FIRST_BYTE + _encoder.encode(record)


def table(candidates: Sequence[Seen]) -> SeenTable:
    """Candidates that stand one by one, as columns."""
    since = min((one.arrives_on for one in candidates if one.arrives_on), default=date.min)
    terms = list(dict.fromkeys(name for one in candidates for name in one.terms))
    rows = [
        [
            one.km,
            one.units,
            NOTHING if one.arrives_on is None else (one.arrives_on - since).days,
            NOTHING if one.chance is None else round(one.chance * 10_000),
            *(one.terms.get(name, 0) for name in terms),
        ]
        for one in candidates
    ]
    numbers = np.array(rows, np.int64).reshape(len(rows), len(SEEN) + len(terms)).T
    of_units = candidates[0].of_units if candidates else 0
    return SeenTable([one.node for one in candidates], of_units, since, terms, numbers)


def unpacked(record: bytes) -> Explanation:
    """The explanation that was stored, in whatever shape."""
    read = READERS.get(record[0])
    assert read is not None, f"a record of shape {record[0]} was written by a later release"
    return read(record[1:])


def _fourth_shape(record: bytes) -> Explanation:
    one = _fourth.decode(record)
    seen = _seen(one, one.since)
    return Explanation(
        policy=one.policy,
        overrides=one.overrides,
        due=one.due,
        way=one.way,
        notes=one.notes,
        prices=Prices(run=one.prices[0], as_of=one.prices[1]) if one.prices else None,
        candidates=[*seen],
        fences=[
            Fence(
                node=node,
                code=code,
                detail=detail,
                facts=facts,
                units=units,
                paid_cents=paid_cents,
                arrives_on=arrives_on,
            )
            for node, code, detail, facts, units, paid_cents, arrives_on in one.fences
        ],
        compared=[
            *PlansAlone(seen, one.alone),
            *(
                Compared(nodes=nodes, short_units=short, terms=terms, arrives_on=arrives_on)
                for nodes, short, terms, arrives_on in one.compared
            ),
        ],
        begins=one.begins,
    )


def _seen(one: _Third | _Fourth, since: date) -> SeenTable:
    """Candidates as the columns in which they stand."""
    numbers = np.frombuffer(one.numbers, f"<i{one.width}").astype(np.int64)
    shape = len(SEEN) + len(one.terms), len(one.nodes)
    return SeenTable(one.nodes, one.of_units, since, one.terms, numbers.reshape(shape))


def _third_shape(record: bytes) -> Explanation:
    one = _third.decode(record)
    return Explanation(
        policy=one.policy,
        overrides=one.overrides,
        due=_day(one.due),
        way=one.way,
        notes=one.notes,
        prices=Prices(run=one.prices[0], as_of=one.prices[1]) if one.prices else None,
        candidates=[*_seen(one, date.fromordinal(one.since))],
        fences=[
            _fence(*fence, facts=one.facts.get(place)) for place, fence in enumerate(one.fences)
        ],
        compared=[
            Compared(nodes=nodes, short_units=short, arrives_on=_day(arrives), terms=terms)
            for nodes, short, arrives, terms in one.compared
        ],
        begins={node: date.fromordinal(day) for node, day in one.begins.items()},
    )


def _fence(
    node: str,
    code: str,
    detail: str,
    units: int,
    paid: int,
    arrives: int,
    facts: Mapping[str, int] | None = None,
) -> Fence:
    return Fence(
        node=node,
        code=code,
        detail="" if code in ONCE_IN_ENGLISH else detail,
        facts=facts or {},
        units=units,
        paid_cents=None if paid == NOTHING else paid,
        arrives_on=_day(arrives),
    )


def _width(numbers: Any) -> int:
    """Bytes that hold each of these numbers."""
    if not numbers.size:
        return WIDTHS[0]
    most = max(int(np.maximum.reduce(numbers, None)), -int(np.minimum.reduce(numbers, None)))
    return next(width for width in WIDTHS if most < 1 << (8 * width - 1))


def _second_shape(record: bytes) -> Explanation:
    one = _second.decode(record)
    return Explanation(
        policy=one.policy,
        overrides=one.overrides,
        due=_day(one.due),
        way=one.way,
        notes=one.notes,
        prices=Prices(run=one.prices[0], as_of=one.prices[1]) if one.prices else None,
        candidates=[
            Seen(
                node=one.names[node],
                km=km,
                units=units,
                of_units=of_units,
                arrives_on=_day(arrives),
                chance=None if chance == NOTHING else chance / 10_000,
                terms=terms,
            )
            for node, km, units, of_units, arrives, chance, terms in zip(
                one.candidates.nodes,
                *one.candidates.numbers,
                _rows_of(one.candidates),
                strict=True,
            )
        ],
        fences=[_fence(one.names[fence[0]], *fence[1:]) for fence in one.fences],
        compared=[
            Compared(
                nodes=[one.names[node] for node in nodes],
                short_units=short,
                arrives_on=_day(arrives),
                terms=terms,
            )
            for nodes, short, arrives, terms in zip(
                one.compared.nodes, *one.compared.numbers, _rows_of(one.compared), strict=True
            )
        ],
    )


def first_shape(written: Mapping[str, Any]) -> Explanation:
    """An explanation as it was stored before there were shapes: JSON, with four terms by name."""
    return Explanation(
        policy=written["policy"],
        candidates=[msgspec.convert(one, Seen) for one in written["candidates"]],
        fences=[
            structs.replace(fence, detail="") if fence.code in ONCE_IN_ENGLISH else fence
            for fence in msgspec.convert(written["fences"], list[Fence])
        ],
        compared=[
            Compared(
                nodes=one["nodes"],
                short_units=one["short_units"],
                terms={
                    name: one[f"{name}_cents"]
                    for name in ("freight", "handling", "split", "waiting")
                    if one[f"{name}_cents"]
                },
                arrives_on=msgspec.convert(one["arrives_on"], date | None),
            )
            for one in [written["chosen"], *written["compared"][1:]]
        ],
    )


def _rows_of(columns: _Columns) -> list[dict[str, int]]:
    names = list(columns.terms)
    values = zip(*columns.terms.values(), strict=True)
    if not names:
        return [{} for _ in columns.nodes]
    return [
        {name: cents for name, cents in zip(names, row, strict=True) if cents} for row in values
    ]


READERS: Mapping[int, Callable[[bytes], Explanation]] = {
    2: _second_shape,
    3: _third_shape,
    4: _fourth_shape,
}
"""How a record of each shape is read, without the byte that names it."""


def _day(ordinal: int) -> date | None:
    return None if ordinal == NOTHING else date.fromordinal(ordinal)
