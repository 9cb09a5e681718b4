"""An explanation as it is stored: packed, with its shape, so that old ones stay readable.

A record is one byte that names its shape, then MessagePack. Each shape is read for ever; a new one
gets a struct of its own here and the next number, and `packed` writes the newest. Names of nodes
stand once, terms have one column each, and money is whole cents: numbers that repeat, which
PostgreSQL then compresses.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from noria.sourcing.model import Compared, Explanation, Fence, Prices, Seen, SeenTable

SHAPE = 2
NOTHING = -1


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


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Second)


def packed(told: Explanation) -> bytes:
    """The record of an explanation, in the newest shape."""
    places: dict[str, int] = {}

    def place(node: str) -> int:
        return places.setdefault(node, len(places))

    record = _Second(
        told.policy,
        told.overrides,
        _ordinal(told.due),
        told.way,
        told.notes,
        (told.prices.run, told.prices.as_of) if told.prices else None,
        [],
        _candidates(told.candidates, place),
        [
            (
                place(one.node),
                one.code,
                one.detail,
                one.units,
                NOTHING if one.paid_cents is None else one.paid_cents,
                _ordinal(one.arrives_on),
            )
            for one in told.fences
        ],
        _Columns(
            [[place(node) for node in one.nodes] for one in told.compared],
            [
                [one.short_units for one in told.compared],
                [_ordinal(one.arrives_on) for one in told.compared],
            ],
            _columns_of([one.terms for one in told.compared]),
        ),
    )
    record.names.extend(places)
    return bytes([SHAPE]) + _encoder.encode(record)


def unpacked(record: bytes) -> Explanation:
    """The explanation that was stored, in whatever shape."""
    assert record[0] == SHAPE, f"a record of shape {record[0]} was written by a later release"
    one = _decoder.decode(record[1:])
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
        fences=[
            Fence(
                node=one.names[node],
                code=code,
                detail=detail,
                units=units,
                paid_cents=None if paid == NOTHING else paid,
                arrives_on=_day(arrives),
            )
            for node, code, detail, units, paid, arrives in one.fences
        ],
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
        fences=[msgspec.convert(one, Fence) for one in written["fences"]],
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


def _candidates(told: Sequence[Seen], place: Callable[[str], int]) -> _Columns:
    if isinstance(told, SeenTable):
        numbers = [told.km, told.units, [told.of_units] * len(told)]
        nodes, arrive, chances = told.nodes, told.arrive, told.chances
        terms: Mapping[str, Sequence[int]] = told.terms
    else:
        numbers = [
            [one.km for one in told], [one.units for one in told], [one.of_units for one in told]
        ]  # fmt: skip
        nodes, arrive = [one.node for one in told], [one.arrives_on for one in told]
        chances = [one.chance for one in told]
        terms = _columns_of([one.terms for one in told])
    return _Columns(
        [place(node) for node in nodes],
        [
            *(list(column) for column in numbers),
            [_ordinal(day) for day in arrive],
            [_shares(chance) for chance in chances],
        ],
        {name: list(cents) for name, cents in terms.items()},
    )


def _columns_of(rows: Sequence[Mapping[str, int]]) -> dict[str, list[int]]:
    """Rows of terms as one column a term."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name, 0) for row in rows] for name in names}


def _rows_of(columns: _Columns) -> list[dict[str, int]]:
    names = list(columns.terms)
    values = zip(*columns.terms.values(), strict=True)
    if not names:
        return [{} for _ in columns.nodes]
    return [
        {name: cents for name, cents in zip(names, row, strict=True) if cents} for row in values
    ]


def _ordinal(day: date | None) -> int:
    return NOTHING if day is None else day.toordinal()


def _day(ordinal: int) -> date | None:
    return None if ordinal == NOTHING else date.fromordinal(ordinal)


def _shares(chance: float | None) -> int:
    return NOTHING if chance is None else round(chance * 10_000)
