"""Counts by unit: what is missing, unexpected or elsewhere, and what the book says then."""

import random
from datetime import timedelta

import pytest

import units
import world
from noria.catalog.model import Tracking
from noria.kit import clock
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Hold
from noria.stock.counts import unit_actions
from noria.stock.counts.unit_model import Differs, UnitsSeen
from noria.stock.model import State
from noria.stock.tracked.claims_model import NotToldApart
from noria.stock.tracked.model import NamedLot
from units import OUT, SHELF, book, lot, lots, move, movement, serials, track
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    """Bowls S1 to S3 at PAR and S9 at LYS; five mugs of each of two lots."""
    clock.start_driving(retail, MONDAY)
    track(retail, "mug", Tracking.LOT)
    track(retail, "bowl", Tracking.SERIAL)
    for code in "ab":
        book(retail, movement(f"in-{code}", move(5, OUT, SHELF, lots=[lot(code, 5)])))
    book(retail, movement("in", move(3, OUT, SHELF, sku="bowl", serials=("S1", "S2", "S3"))))
    book(retail, movement("far", move(1, OUT, SHELF, sku="bowl", node="LYS", serials=["S9"])))
    yield retail
    assert units.audit(retail) == []
    assert world.asked(retail, "claim.hold", "claim.unit", "reservation.units") == []


def count(tx, *names, quantity=None, key="c1", now=MONDAY, **of_lot):
    seen = UnitsSeen(
        sku="mug" if of_lot else "bowl",
        quantity=len(names) + sum(of_lot.values()) if quantity is None else quantity,
        serials=names,
        lots=tuple(NamedLot(lot=code, quantity=units) for code, units in of_lot.items()),
    )
    found = unit_actions.count(tx, key, "PAR", [seen], counted_at=now, actor=ACTOR, now=now)
    return {(one.code, one.differs.value, one.quantity, one.is_booked, one.node) for one in found}


MISSING, UNEXPECTED, ELSEWHERE = (one.value for one in Differs)
SERIALS = [
    ("all is there", ("S1", "S2", "S3"), {}, set()),
    ("one is missing", ("S1", "S3"), {}, {("S2", MISSING, 1, True, "PAR")}),
    ("one was never in the book", ("S1", "S2", "S3", "S4"), {},
     {("S4", UNEXPECTED, 1, True, None)}),
    ("one is elsewhere in the book", ("S1", "S2", "S3", "S9"), {},
     {("S9", ELSEWHERE, 1, True, "LYS")}),
    ("one for another: as many, and not the same", ("S1", "S2", "S9"), {},
     {("S3", MISSING, 1, True, "PAR"), ("S9", ELSEWHERE, 1, True, "LYS")}),
    ("one bears no serial", ("S1", "S2", "S3"), {"quantity": 4},
     {(None, UNEXPECTED, 1, True, None)}),
    ("one lost its label", ("S1", "S2"), {"quantity": 3},
     {("S3", MISSING, 1, True, "PAR"), (None, UNEXPECTED, 1, True, None)}),
    ("nothing is there", (), {},
     {(name, MISSING, 1, True, "PAR") for name in ("S1", "S2", "S3")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("because", "seen", "more", "differ"), SERIALS, ids=[s[0] for s in SERIALS]
)
def test_serials_that_were_seen_are_those_that_are_there(tx, because, seen, more, differ):
    assert count(tx, *seen, **more) == differ, because
    there = {code for code, place in serials(tx).items() if place == ("PAR", SHELF)}
    assert there == set(seen), because
    assert count(tx, *seen, key="c2", **more) == set(), "the book says so now"


LOTS = [
    ("all is there", {"a": 5, "b": 5}, {}, set()),
    ("a lot has more, another fewer", {"a": 7, "b": 3}, {},
     {("a", UNEXPECTED, 2, True, None), ("b", MISSING, 2, True, "PAR")}),
    ("a lot that nobody knew", {"a": 5, "b": 4, "c": 1}, {},
     {("c", UNEXPECTED, 1, True, None), ("b", MISSING, 1, True, "PAR")}),
    ("two without a label", {"a": 5, "b": 5}, {"quantity": 12}, {(None, UNEXPECTED, 2, True, None)}),
]  # fmt: skip


@pytest.mark.parametrize(("because", "seen", "more", "differ"), LOTS, ids=[one[0] for one in LOTS])
def test_lots_that_were_seen_are_those_that_are_there(tx, because, seen, more, differ):
    assert count(tx, **seen, **more) == differ, because
    assert {code: n for (code, *_), n in lots(tx).items() if code != "?"} == {
        code: n for code, n in seen.items() if n
    }
    assert count(tx, key="c2", **seen, **more) == set(), because


def hold(tx, quantity, *names):
    cart = Hold(id="r1", demand="cart:1", sku="bowl", node="PAR", quantity=quantity, serials=names)
    promises.reserve(tx, [cart], actor=ACTOR, now=MONDAY)


def test_what_is_missing_and_held_stays_with_its_hold(tx):
    hold(tx, 2)
    assert count(tx, "S3") == {("S1", MISSING, 1, True, "PAR"), ("S2", MISSING, 1, False, "PAR")}
    assert promise_views.reservation(tx, "r1").held == 2


def test_a_unit_that_a_hold_names_and_nobody_finds_is_told(tx):
    hold(tx, 1, "S1")
    assert count(tx, "S2", "S3") == {("S1", MISSING, 1, True, "PAR")}
    assert promise_views.claimed_units(tx, "r1") == []
    told = tx.execute("select count(*) from event where type = 'reservation.unit.lost'").fetchone()
    assert told == (1,)


def test_units_are_counted_by_what_tells_them_apart(tx):
    cups = [UnitsSeen(sku="cup", quantity=1, serials=("X",))]
    with pytest.raises(NotToldApart), tx.transaction():
        unit_actions.count(tx, "c1", "PAR", cups, counted_at=MONDAY, actor=ACTOR, now=MONDAY)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_the_book_says_what_was_seen(tx, seed):
    chance = random.Random(seed)
    names = [f"S{number}" for number in range(1, 12)]
    for step in range(12):
        now = MONDAY + timedelta(minutes=step)
        if chance.random() < 0.6:
            node, serial = chance.choice(("PAR", "LYS")), chance.choice(names)
            ends = [OUT, SHELF, State.HOLD]
            source, target = chance.sample(ends, 2)
            given = [serial] if chance.random() < 0.7 else []
            one = move(1, source, target, sku="bowl", node=node, serials=given)
            book(tx, movement(f"m{step}", one, at=now), now=now)
        seen = chance.sample(names, chance.randrange(6))
        extra = chance.randrange(2)
        count(tx, *seen, quantity=len(seen) + extra, key=f"c{step}", now=now)
        there = {code for code, place in serials(tx).items() if place == ("PAR", SHELF)}
        assert there == set(seen)
        assert world.levels(tx).get(("bowl", "PAR", "available"), 0) == len(seen) + extra
        assert units.audit(tx) == []
