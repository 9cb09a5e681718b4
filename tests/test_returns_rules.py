"""Decisions about returns, as tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.returns import rules
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    InspectedOtherwise,
    NotReturnable,
    ReturnLine,
)
from noria.stock.model import State

OUT, ROAD, HOLD = State.OUTSIDE, State.RETURNING, State.HOLD


def lines(**units):
    return [ReturnLine(sku=sku, quantity=count) for sku, count in units.items()]


def shown(moves):
    return [(one.sku, one.quantity, one.source.state, one.target.state) for one in moves]


@pytest.mark.parametrize(
    ("because", "returning", "asked", "left"),
    [
        ("all that was shipped may come back", {}, lines(mug=3), None),
        ("what is coming already cannot come again", {"mug": 2}, lines(mug=2), 1),
        ("what is left may", {"mug": 2}, lines(mug=1), None),
        ("lines of one SKU are added up", {}, lines(mug=2) + lines(mug=2), 3),
        ("what never left", {}, lines(cup=1), 0),
        ("more came back than left: nothing is left, not less", {"mug": 5}, lines(mug=1), 0),
    ],
)
def test_check_returnable(because, returning, asked, left):
    if left is None:
        rules.check_returnable("o1", {"mug": 3}, returning, asked)
        return
    with pytest.raises(NotReturnable) as refused:
        rules.check_returnable("o1", {"mug": 3}, returning, asked)
    assert refused.value.details["left"] == left, because


def test_what_is_announced_is_on_its_way_once_for_each_sku():
    moves = rules.announced("PAR", lines(mug=2, cup=1) + lines(mug=1))
    assert shown(moves) == [("cup", 1, OUT, ROAD), ("mug", 3, OUT, ROAD)]


@pytest.mark.parametrize(
    ("because", "box", "received", "found", "missing"),
    [
        ("as announced", lines(mug=3), [("mug", 3, ROAD, HOLD)], [], []),
        ("fewer: the others never came", lines(mug=1), [("mug", 1, ROAD, HOLD)], [], [("mug", 2, ROAD, OUT)]),
        ("more: the others are found", lines(mug=4), [("mug", 3, ROAD, HOLD)], [("mug", 1, OUT, HOLD)], []),
        ("an empty box", [], [], [], [("mug", 3, ROAD, OUT)]),
        ("another SKU", lines(cup=2), [], [("cup", 2, OUT, HOLD)], [("mug", 3, ROAD, OUT)]),
        ("told in two lines", lines(mug=1) + lines(mug=2), [("mug", 3, ROAD, HOLD)], [], []),
    ],
)  # fmt: skip
def test_opened(because, box, received, found, missing):
    parts = rules.opened("PAR", {"mug": 3}, box)
    assert [shown(part) for part in parts] == [received, found, missing], because


def finding(sku, quantity, disposition=Disposition.RESTOCK):
    return Finding(sku=sku, quantity=quantity, grade=Grade.A, disposition=disposition)


@pytest.mark.parametrize(
    ("because", "findings", "wrong"),
    [
        ("every unit", [finding("mug", 3)], None),
        ("in parts", [finding("mug", 2), finding("mug", 1, Disposition.RECYCLE)], None),
        ("one forgotten", [finding("mug", 2)], ("mug", 3, 2)),
        ("one too many", [finding("mug", 4)], ("mug", 3, 4)),
        ("all forgotten", [], ("mug", 3, 0)),
        ("one that never came", [finding("mug", 3), finding("cup", 1)], ("cup", 0, 1)),
    ],
)
def test_check_inspected(because, findings, wrong):
    if wrong is None:
        rules.check_inspected({"mug": 3, "bowl": 0}, findings)
        return
    with pytest.raises(InspectedOtherwise) as refused:
        rules.check_inspected({"mug": 3, "bowl": 0}, findings)
    details = refused.value.details
    assert (details["sku"], details["received"], details["inspected"]) == wrong, because


@pytest.mark.parametrize(
    ("because", "disposition", "target"),
    [
        ("as new is sold again", Disposition.RESTOCK, State.AVAILABLE),
        ("an outlet partner is outside our walls", Disposition.OUTLET, OUT),
        ("what is to be repaired stays, and cannot be sold", Disposition.REPAIR, State.DAMAGED),
        ("so is a recycler", Disposition.RECYCLE, OUT),
        ("and who it is given to", Disposition.DONATE, OUT),
    ],
)
def test_disposed(because, disposition, target):
    moves = rules.disposed("PAR", [finding("mug", 2, disposition)])
    assert shown(moves) == [("mug", 2, HOLD, target)], because


def test_every_grade_has_a_proposal_and_every_disposition_an_effect():
    assert [rules.best_disposition(grade).value for grade in Grade] == [
        "restock", "outlet", "repair", "recycle",
    ]  # fmt: skip
    assert rules.TARGETS.keys() == set(Disposition)


UNITS = st.dictionaries(st.sampled_from(["bowl", "cup", "mug"]), st.integers(1, 5))


@given(expected=UNITS, box=UNITS)
def test_an_opened_return_leaves_nothing_on_its_way_and_holds_what_was_in_the_box(expected, box):
    at = {(sku, ROAD): units for sku, units in expected.items()}
    for part in rules.opened("PAR", expected, lines(**box)):
        for move in part:
            at[move.sku, move.source.state] = (
                at.get((move.sku, move.source.state), 0) - move.quantity
            )
            at[move.sku, move.target.state] = (
                at.get((move.sku, move.target.state), 0) + move.quantity
            )
    assert not any(units for (_, state), units in at.items() if state is ROAD)
    assert {sku: units for (sku, state), units in at.items() if state is HOLD and units} == box
