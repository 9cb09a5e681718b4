"""Decisions about what comes and goes between nodes, as tables."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.stock.model import State
from noria.supply import rules
from noria.supply.model import (
    Discrepancy,
    NeedsReason,
    NotPlanned,
    ReceivedLine,
    Transfer,
    TransferStatus,
    UnitLine,
)

OUT, SHELF, ROAD = State.OUTSIDE, State.AVAILABLE, State.IN_TRANSIT


def came(sku, quantity, reason=""):
    return ReceivedLine(sku=sku, quantity=quantity, reason=reason)


def shown(moves):
    return [
        (
            one.sku,
            one.quantity,
            one.source.node,
            one.source.state,
            one.target.node,
            one.target.state,
        )
        for one in moves
    ]


@pytest.mark.parametrize(
    ("because", "lines", "is_last", "expected"),
    [
        ("as expected", [came("mug", 5)], True, []),
        ("fewer, more to come", [came("mug", 3)], False, []),
        ("fewer, and that is all", [came("mug", 3, "crushed")], True, [("mug", 5, 3, "crushed")]),
        ("more", [came("mug", 6, "a gift")], False, [("mug", 5, 6, "a gift")]),
        ("never ordered", [came("mug", 5), came("cup", 1, "mixed up")], True, [("cup", 0, 1, "mixed up")]),
        ("not named, more to come", [came("cup", 1, "mixed up")], False, [("cup", 0, 1, "mixed up")]),
        ("not named, and that is all", [], True, [("mug", 5, 0, "nothing came")]),
        ("a reason that is not needed is not a discrepancy", [came("mug", 5, "all fine")], True, []),
        ("in order of SKU", [came("mug", 4, "b"), came("cup", 1, "a")], True,
         [("cup", 0, 1, "a"), ("mug", 5, 4, "b")]),
    ],
)  # fmt: skip
def test_discrepancies(because, lines, is_last, expected):
    found = rules.discrepancies({"mug": 5}, lines, is_last=is_last)
    assert found == [
        Discrepancy(sku=sku, expected=due, received=units, reason=why)
        for sku, due, units, why in expected
    ], because


@pytest.mark.parametrize(
    ("because", "lines", "is_last", "wrong"),
    [
        ("fewer, and that is all", [came("mug", 3)], True, ("mug", 5, 3)),
        ("nothing of it, and that is all", [came("mug", 0)], True, ("mug", 5, 0)),
        ("more", [came("mug", 6)], False, ("mug", 5, 6)),
        ("never ordered", [came("cup", 1)], False, ("cup", 0, 1)),
    ],
)
def test_what_differs_needs_a_reason(because, lines, is_last, wrong):
    with pytest.raises(NeedsReason) as refused:
        rules.discrepancies({"mug": 5}, lines, is_last=is_last)
    details = refused.value.details
    assert (details["sku"], details["expected"], details["received"]) == wrong, because


def test_what_a_supplier_brought_goes_on_the_shelf():
    assert shown(rules.bought("PAR", [came("mug", 3), came("cup", 0)])) == [
        ("mug", 3, "PAR", OUT, "PAR", SHELF)
    ]


def transfer(**planned):
    return Transfer(
        id="t1", source="PAR", target="LYS", planned_at=datetime(2026, 11, 23, tzinfo=UTC),
        expected_on=date(2026, 11, 25), dispatched_at=None, received_at=None,
        lines=[TransferStatus(sku=sku, planned=units, dispatched=0, received=0) for sku, units in planned.items()],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("because", "lines", "there", "loaded"),
    [
        ("all that was planned", None, None, {"cup": 2, "mug": 5}),
        ("only what is named", {"mug": 4}, None, {"mug": 4}),
        (
            "what the shelf has, where that will do",
            None,
            {"mug": 3, "cup": 9},
            {"cup": 2, "mug": 3},
        ),
        ("nothing of what the shelf has not", None, {"cup": 1}, {"cup": 1}),
    ],
)
def test_loaded(because, lines, there, loaded):
    named = (
        None
        if lines is None
        else [UnitLine(sku=sku, quantity=units) for sku, units in lines.items()]
    )
    moves = rules.loaded(transfer(mug=5, cup=2), named, there)
    assert shown(moves) == [
        (sku, units, "PAR", SHELF, "LYS", ROAD) for sku, units in loaded.items()
    ], because


@pytest.mark.parametrize(("sku", "planned"), [("mug", 5), ("bowl", 0)])
def test_nothing_is_loaded_that_was_not_planned(sku, planned):
    with pytest.raises(NotPlanned) as refused:
        rules.loaded(transfer(mug=5), [UnitLine(sku=sku, quantity=6)], None)
    assert refused.value.details["planned"] == planned


@pytest.mark.parametrize(
    ("because", "lines", "arrived", "found", "lost"),
    [
        ("as loaded", [came("mug", 5)], [("mug", 5, ROAD, SHELF)], [], []),
        ("some lost on the way", [came("mug", 3)], [("mug", 3, ROAD, SHELF)], [], [("mug", 2, ROAD, OUT)]),
        ("more than was loaded", [came("mug", 6)], [("mug", 5, ROAD, SHELF)], [("mug", 1, OUT, SHELF)], []),
        ("another SKU", [came("cup", 1)], [], [("cup", 1, OUT, SHELF)], [("mug", 5, ROAD, OUT)]),
        ("an empty lorry", [came("mug", 0)], [], [], [("mug", 5, ROAD, OUT)]),
    ],
)  # fmt: skip
def test_unloaded(because, lines, arrived, found, lost):
    parts = rules.unloaded("LYS", {"mug": 5}, lines)
    short = [
        [(one.sku, one.quantity, one.source.state, one.target.state) for one in part]
        for part in parts
    ]
    assert short == [arrived, found, lost], because


UNITS = st.dictionaries(st.sampled_from(["bowl", "cup", "mug"]), st.integers(0, 6))


@given(under_way=UNITS, box=UNITS)
def test_unloading_empties_the_road_and_shelves_what_was_counted(under_way, box):
    at = {(sku, ROAD): units for sku, units in under_way.items()}
    for part in rules.unloaded("LYS", under_way, [came(sku, units) for sku, units in box.items()]):
        for move in part:
            for place, sign in ((move.source, -1), (move.target, 1)):
                at[move.sku, place.state] = (
                    at.get((move.sku, place.state), 0) + sign * move.quantity
                )
    assert not any(units for (_, state), units in at.items() if state is ROAD)
    assert {sku: units for (sku, state), units in at.items() if state is SHELF} == {
        sku: units for sku, units in box.items() if units
    }
