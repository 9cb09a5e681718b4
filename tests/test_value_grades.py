"""Value by grade, unit by unit: a grade goes where its unit goes, and cents add up at any date."""

from datetime import timedelta

import pytest

import auditor
import units
import world
from noria.catalog.model import Tracking
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import PackedUnits, Pick, Ship
from noria.kit import clock
from noria.promise import actions as promises
from noria.promise.model import Hold
from noria.returns import actions as returns
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    Inspection,
    NewReturn,
    Reception,
    ReturnLine,
)
from noria.stock import history_actions as history
from noria.stock.model import MovementKind
from noria.value import actions, grading, part_views, views
from noria.value.checks import CHECKS
from noria.value.model import By
from units import HOLD, OUT, SHELF, book, move, movement, track
from world import ACTOR, MONDAY

NAMES = ("S1", "S2", "S3", "S4")
HOUR = timedelta(hours=1)
GRADED_THEN = grading.graded("%(at)s::timestamptz", "true", "true")


@pytest.fixture
def tx(retail):
    """Four bowls at 4.00; two were sold, came back and were graded by their serials."""
    clock.start_driving(retail, MONDAY)
    track(retail, "bowl", Tracking.SERIAL)
    one = move(4, OUT, SHELF, sku="bowl", serials=NAMES)
    book(retail, movement("in", one, kind=MovementKind.RECEIVED))
    world.accept(retail, world.order("o1", bowl=2))
    named = (PackedUnits(sku="bowl", serials=("S1", "S2")),)
    fulfilment.pick(retail, [Pick(id="o1.1", units=named)], actor=ACTOR, now=MONDAY)
    fulfilment.ship(retail, [Ship(id="o1.1")], actor=ACTOR, now=MONDAY)
    yield retail
    assert units.audit(retail) == []
    assert views.faults(retail) == []
    assert auditor.names(retail, of=CHECKS) == set()


def send_back(tx, key, now, *found, names=()):
    """Units of the order come back, each with what was found of it: (serial or None, grade)."""
    lines = (ReturnLine(sku="bowl", quantity=len(found), serials=names),)
    announced = NewReturn(order="o1", node="PAR", reason="x", lines=lines)
    returns.announce(tx, key, announced, actor=ACTOR, now=now)
    returns.receive(tx, key, Reception(lines=lines), actor=ACTOR, now=now)
    told = tuple(
        Finding(
            sku="bowl",
            quantity=1,
            grade=grade,
            disposition=Disposition.RESTOCK,
            serials=(serial,) if serial else (),
        )
        for serial, grade in found
    )
    returns.inspect(tx, key, Inspection(lines=told), actor=ACTOR, now=now)


def graded(tx, at=None):
    while not actions.follow(tx).is_current:
        pass
    found = part_views.lines(tx, By.GRADE, at=at)
    told = {one.key: one.units for one in found}
    for by in By:
        lines = views.lines if by in {By.SKU, By.NODE} else part_views.lines
        of = lines(tx, by, at=at)
        [total] = views.totals(tx, at=at)
        assert sum(one.units for one in of) == total.units
        assert sum(one.value_cents for one in of) == total.value_cents, "no cent is lost"
    return told


def by_node(tx, at=None):
    graded(tx, at)
    parts = "graded_part" if at is None else f"({GRADED_THEN})"
    found = tx.execute(
        f"select node, state::text, grade, units from {parts} as part",
        {"at": at},
    )
    return {(node, state, grade): count for node, state, grade, count in found}


def sell(tx, serial, now, node="PAR"):
    one = move(1, SHELF, OUT, sku="bowl", node=node, serials=(serial,))
    book(tx, movement(f"sold-{serial}", one, at=now), now=now)


def test_a_grade_goes_where_its_unit_goes(tx):
    hours = [MONDAY + number * HOUR for number in range(6)]
    send_back(tx, "A1", hours[1], ("S1", Grade.B), ("S2", Grade.C), names=("S1", "S2"))
    assert graded(tx) == {"B": 1, "C": 1, "ungraded": 2}
    away = move(1, SHELF, SHELF, sku="bowl", to="LYS", serials=("S2",))
    book(tx, movement("away", away, at=hours[2]), now=hours[2])
    assert by_node(tx) == {("PAR", "available", "B"): 1, ("LYS", "available", "C"): 1}
    sell(tx, "S3", hours[3])
    assert graded(tx) == {"B": 1, "C": 1, "ungraded": 1}, "the one that left was never graded"
    sell(tx, "S1", hours[4])
    assert graded(tx) == {"C": 1, "ungraded": 1}
    history.cut(tx, now=hours[5], is_forced=True)
    assert graded(tx, hours[3]) == {"B": 1, "C": 1, "ungraded": 1}, "as it was then"
    assert graded(tx, hours[2]) == {"B": 1, "C": 1, "ungraded": 2}
    assert by_node(tx, hours[1]) == {("PAR", "available", "B"): 1, ("PAR", "available", "C"): 1}
    assert graded(tx, hours[0]) == {"ungraded": 2}


def test_the_last_grade_of_a_unit_is_the_one_it_has(tx):
    send_back(tx, "A1", MONDAY + HOUR, ("S1", Grade.A), names=("S1",))
    sell(tx, "S1", MONDAY + 2 * HOUR)
    assert graded(tx) == {"ungraded": 2}
    send_back(tx, "A2", MONDAY + 3 * HOUR, ("S1", Grade.C), names=("S1",))
    assert graded(tx) == {"C": 1, "ungraded": 2}
    assert graded(tx, MONDAY + HOUR) == {"A": 1, "ungraded": 2}


def test_who_inspects_all_that_came_names_it_by_that(tx):
    """One unit came back and is inspected: nobody needs to tell its serial again."""
    send_back(tx, "A1", MONDAY, (None, Grade.D), names=("S2",))
    assert tx.execute("select serial, grade from inspected_unit").fetchall() == [("S2", "D")]
    assert graded(tx) == {"D": 1, "ungraded": 2}


def test_units_that_are_held_and_units_nobody_named_are_graded_too(tx):
    send_back(tx, "A1", MONDAY, ("S1", Grade.B), (None, Grade.C), names=("S1",))
    cart = Hold(id="r1", demand="cart:1", sku="bowl", node="PAR", quantity=3)
    promises.reserve(tx, [cart], actor=ACTOR, now=MONDAY)
    assert graded(tx) == {"B": 1, "C": 1, "ungraded": 2}
    assert sum(by_node(tx).values()) == 2
    book(tx, movement("look", move(1, SHELF, HOLD, sku="bowl", serials=("S1",))))
    assert by_node(tx)["PAR", "hold", "B"] == 1


def test_graded_parts_are_read_as_they_are_kept_and_found_anew_where_they_do_not_hold(tx):
    send_back(tx, "A1", MONDAY, ("S1", Grade.B), (None, Grade.C), names=("S1",))
    assert graded(tx) == {"B": 1, "C": 1, "ungraded": 2}
    tx.execute("delete from graded_part where grade = 'B'")
    assert graded(tx) == {"C": 1, "ungraded": 3}, "no shelf is read"
    tx.execute("update graded_cursor set seq = -1")
    assert graded(tx) == {"B": 1, "C": 1, "ungraded": 2}, "of every shelf, meanwhile"
    assert actions.settle(tx), "they are found anew"
    assert by_node(tx) == {("PAR", "available", "B"): 1, ("PAR", "available", "C"): 1}
    assert not actions.settle(tx), "they hold"
