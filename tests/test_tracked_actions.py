"""Lots and serials beneath the ledger: facts that always fit, wishes that are refused, races."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

import units
import world
from crowd import (
    PATIENCE_S,
    ask,
    attempt,
    done,
    emptied,
    race,
    refusals,
    until_somebody_waits,
)
from noria.catalog import views as skus
from noria.catalog.model import TrackedInside, Tracking
from noria.kit import clock
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold
from noria.stock import actions, history_actions
from noria.stock.model import Counted, MovementKind, NotEnoughStock, State
from noria.stock.tracked import actions as tracked
from noria.stock.tracked import expiry_actions
from noria.stock.tracked.model import SerialElsewhere, WrongLot
from units import HOLD, OUT, SHELF, book, lot, lots, move, movement, serials, shift, track
from world import ACTOR, MONDAY

TODAY = MONDAY.date()


def day(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def tx(retail):
    """Mugs are told apart by lot, bowls each by its serial."""
    clock.start_driving(retail, MONDAY)
    track(retail, "mug", Tracking.LOT)
    track(retail, "bowl", Tracking.SERIAL)
    yield retail
    assert units.audit(retail) == []


def receive_lots(tx, node="PAR", **expiry):
    """Ten of each lot."""
    for code, expires_on in expiry.items():
        book(
            tx,
            movement(
                f"in-{node}-{code}",
                move(10, OUT, SHELF, node=node, lots=[lot(code, 10, expires_on)]),
            ),
        )


def receive_serials(tx, *names, node="PAR", untold=0):
    one = move(len(names) + untold, OUT, SHELF, sku="bowl", node=node, serials=names)
    book(tx, movement(f"in-{node}-{'-'.join(names)}-{untold}", one))


def test_what_leaves_untold_is_the_first_to_expire(tx):
    receive_lots(tx, late=day(30), soon=day(3), gone=day(-1), never=None)
    book(tx, movement("m1", move(12, SHELF, OUT)))
    assert lots(tx) == {("late", "PAR", SHELF): 8,
                        ("gone", "PAR", SHELF): 10, ("never", "PAR", SHELF): 10}  # fmt: skip


def test_what_has_expired_leaves_last_when_nobody_tells(tx):
    receive_lots(tx, gone=day(-1), never=None)
    book(tx, movement("m1", move(15, SHELF, OUT)))
    assert lots(tx) == {("gone", "PAR", SHELF): 5}


def test_a_lot_that_the_book_did_not_have_was_another_one(tx):
    receive_lots(tx, soon=day(3), late=day(30))
    book(tx, movement("m1", move(4, SHELF, OUT, lots=[lot("new", 4)])))
    assert lots(tx) == {
        ("soon", "PAR", SHELF): 6,
        ("late", "PAR", SHELF): 10,
    }
    assert world.levels(tx) == {("mug", "PAR", "available"): 16}, "no unit came, and none went"


def test_a_sale_that_nobody_knew_of_still_names_its_lot(tx):
    [gap] = book(tx, movement("m1", move(4, SHELF, OUT, lots=[lot("new", 4)])))
    assert gap.quantity == 4
    assert lots(tx) == {}


def test_an_expiry_that_was_told_stands(tx):
    receive_lots(tx, PAR=None)
    receive_lots(tx, "LYS", PAR=day(9))
    receive_lots(tx, "SHOP", PAR=day(99))
    [(expires_on,)] = tx.execute("select expires_on from lot where code = 'PAR'").fetchall()
    assert expires_on == day(9), "the first that was told"


def test_a_transfer_carries_its_lots_along(tx):
    receive_lots(tx, soon=day(3), late=day(30))
    road = move(12, SHELF, State.IN_TRANSIT, to="LYS")
    shift(tx, movement("t1", road, kind=MovementKind.TRANSFERRED))
    book(tx, movement("t2", move(12, State.IN_TRANSIT, SHELF, node="LYS")))
    assert lots(tx)[("soon", "LYS", SHELF)] == 10
    assert lots(tx)[("late", "LYS", SHELF)] == 2
    assert units.assumed(tx) == {"t1"}, "all that was on the road has arrived: nothing is assumed"


def test_a_wish_takes_no_lot_that_is_not_there(tx):
    receive_lots(tx, soon=day(3))
    with pytest.raises(WrongLot) as refused:
        shift(tx, movement("w1", move(4, SHELF, HOLD, lots=[lot("late", 4)])))
    assert refused.value.details["available"] == 0
    shift(tx, movement("w2", move(4, SHELF, HOLD, lots=[lot("soon", 4)])))
    assert lots(tx) == {("soon", "PAR", SHELF): 6, ("soon", "PAR", HOLD): 4}


def test_what_is_held_lies_on_its_shelf_and_no_lot_is_chosen(tx):
    receive_lots(tx, soon=day(3), late=day(30))
    hold = Hold(id="h1", demand="cart:1", sku="mug", node="PAR", quantity=15)
    promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)
    assert lots(tx) == {("soon", "PAR", SHELF): 10, ("late", "PAR", SHELF): 10}
    draw = Draw(reservation="h1", units=12)
    promises.draw(tx, [draw], to=OUT, kind=MovementKind.SHIPPED, actor=ACTOR, now=MONDAY)
    assert lots(tx) == {("late", "PAR", SHELF): 8}
    assert promises.release(tx, "h1", actor=ACTOR, now=MONDAY).held == 0


@pytest.mark.parametrize(
    ("because", "tracked", "today", "unsellable"),
    [
        ("its last day is a day to sell it", {"a": day(0)}, 0, {}),
        ("it expired yesterday", {"a": day(-1)}, 0, {("mug", "PAR"): 10}),
        ("too few days are left to send it", {"a": day(6)}, 7, {("mug", "PAR"): 10}),
        ("as many as it needs are left", {"a": day(7)}, 7, {}),
        ("every lot is looked at", {"a": day(-1), "b": day(-2), "c": day(9), "d": None}, 0, {("mug", "PAR"): 20}),
    ],
)  # fmt: skip
def test_what_must_not_be_promised(tx, because, tracked, today, unsellable):
    tx.execute("insert into driven_clock (at) values (%s) on conflict do nothing", [MONDAY])
    tx.execute("update sku set minimum_days = %s where code = 'mug'", [today])
    receive_lots(tx, **tracked)
    found = tx.execute("select sku, node, units from unsellable").fetchall()
    assert {(sku, node): count for sku, node, count in found} == unsellable, because


def test_a_serial_goes_where_it_is_taken(tx):
    receive_serials(tx, "S1", "S2")
    assert serials(tx) == {"S1": ("PAR", SHELF), "S2": ("PAR", SHELF)}
    book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", serials=["S1"])))
    assert serials(tx) == {"S1": ("PAR", OUT), "S2": ("PAR", SHELF)}


@pytest.mark.parametrize(
    ("because", "before", "fact", "levels", "gaps", "untold"),
    [
        ("it was at another node: lost there, found here",
         {"PAR": ["S1"], "LYS": ["S2"]}, ("LYS", SHELF, OUT),
         {("bowl", "LYS", "available"): 1}, [("LYS", "S1")], {}),
        ("it had been sold: found",
         {"OUT": ["S1"], "LYS": ["S2"]}, ("LYS", SHELF, OUT),
         {("bowl", "LYS", "available"): 1}, [("LYS", "S1")], {}),
        ("it was never here, and nobody told of one there: now it is told",
         {"LYS": [None]}, ("LYS", SHELF, OUT), {}, [], {}),
        ("it comes back, though the book has it on a shelf: lost there",
         {"PAR": ["S1"]}, ("LYS", OUT, SHELF), {("bowl", "LYS", "available"): 1}, [], {}),
        ("it comes back, and one had left the shelf untold: it was that one",
         {"PAR": ["S1", "S2", "-"]}, ("LYS", OUT, SHELF),
         {("bowl", "LYS", "available"): 1, ("bowl", "PAR", "available"): 1}, [], {}),
        ("it was on hold, and is sold from the shelf",
         {"PAR/hold": ["S1"], "PAR": ["S2"]}, ("PAR", SHELF, OUT),
         {("bowl", "PAR", "available"): 1}, [("PAR", "S1")], {}),
    ],
)  # fmt: skip
def test_a_fact_about_a_serial_is_right(tx, because, before, fact, levels, gaps, untold):
    for place, names in before.items():
        node = "PAR" if place.startswith(("PAR", "OUT")) else place
        told = [name for name in names if name and name != "-"]
        receive_serials(tx, *told, node=node, untold=names.count(None))
        if place == "OUT":
            book(tx, movement("sold", move(1, SHELF, OUT, sku="bowl", serials=told)))
        if place == "PAR/hold":
            book(tx, movement("held", move(1, SHELF, HOLD, sku="bowl", serials=told)))
        if "-" in names:
            book(tx, movement("untold", move(1, SHELF, OUT, sku="bowl")))
    node, source, target = fact
    found = book(
        tx, movement("fact", move(1, source, target, sku="bowl", node=node, serials=["S1"]))
    )
    assert serials(tx)["S1"] == (node, target), because
    assert world.levels(tx) == levels, because
    assert [(gap.node, gap.serial) for gap in found] == gaps, because
    assert units.untold(tx) == untold, because
    assert units.audit(tx) == []


def test_a_wish_takes_no_serial_that_is_elsewhere(tx):
    receive_serials(tx, "S1", "S2")
    receive_serials(tx, "S3", node="LYS")
    for name in ("S3", "S9"):
        with pytest.raises(SerialElsewhere):
            shift(tx, movement(f"w{name}", move(1, SHELF, HOLD, sku="bowl", serials=[name])))
    shift(tx, movement("w", move(1, SHELF, HOLD, sku="bowl", serials=["S2"])))
    assert serials(tx)["S2"] == ("PAR", HOLD)
    with pytest.raises(NotEnoughStock):
        shift(tx, movement("w2", move(2, SHELF, HOLD, sku="bowl", serials=["S1"])))


def test_a_serial_that_was_not_told_on_the_way_in_is_told_on_the_way_out(tx):
    receive_serials(tx, untold=2)
    shift(tx, movement("w", move(1, SHELF, OUT, sku="bowl", serials=["S1"])))
    assert serials(tx) == {"S1": ("PAR", OUT)}
    assert units.untold(tx) == {("bowl", "PAR", "available"): 1}


def test_nobody_needs_to_tell_which_units_went_when_all_did(tx):
    receive_serials(tx, "S1", "S2")
    road = move(2, SHELF, State.IN_TRANSIT, sku="bowl", to="LYS")
    shift(tx, movement("t1", road, kind=MovementKind.TRANSFERRED))
    book(tx, movement("t2", move(1, State.IN_TRANSIT, SHELF, sku="bowl", node="LYS", serials=["S2"]),
                      move(1, State.IN_TRANSIT, OUT, sku="bowl", node="LYS")))  # fmt: skip
    assert serials(tx) == {"S1": ("LYS", OUT), "S2": ("LYS", SHELF)}
    assert units.untold(tx) == {}


def test_what_nobody_tells_of_is_told_to_somebody(tx):
    receive_serials(tx, "S1", "S2", untold=1)
    book(tx, movement("m1", move(2, SHELF, OUT, sku="bowl")))
    found = tx.execute(
        "select subject, data->>'movement', data->>'quantity' from event"
        " where type = 'stock.untold' order by seq"
    ).fetchall()
    assert found[-1] == ("bowl", "m1", "2")
    assert units.untold(tx) == {("bowl", "PAR", "available"): -1}


def test_names_of_what_is_not_tracked_are_left_out(tx):
    book(tx, movement("m1", move(2, OUT, SHELF, sku="cup", lots=[lot("a", 2)], serials=["S1"])))
    assert (lots(tx), serials(tx)) == ({}, {})


def test_how_a_sku_is_tracked_changes_only_while_nothing_is_inside(tx):
    receive_lots(tx, a=None)
    with pytest.raises(TrackedInside):
        track(tx, "mug", Tracking.SERIAL)
    track(tx, "mug", Tracking.LOT, minimum_days=3)
    book(tx, movement("m1", move(10, SHELF, OUT)))
    track(tx, "mug", Tracking.SERIAL)
    assert skus.tracked(tx, ["mug", "cup"]) == {"mug": Tracking.SERIAL}


def test_the_lowest_write_keeps_the_tracking(tx):
    receive_lots(tx, a=None)
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="tracking_changes_only"),
        tx.transaction(),
    ):
        tx.execute("update sku set tracking = 'untracked' where code = 'mug'")


def test_what_has_expired_is_put_on_hold_but_for_what_is_held(tx):
    tx.execute("insert into driven_clock (at) values (%s) on conflict do nothing", [MONDAY])
    receive_lots(tx, gone=day(2), good=day(1))
    hold = Hold(id="h1", demand="cart:1", sku="mug", node="PAR", quantity=14)
    promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)
    tracked.set_expiry(tx, "mug", "gone", day(-1), actor=ACTOR)
    assert expiry_actions.hold_expired(tx, actor=ACTOR, now=MONDAY) == 1
    assert lots(tx) == {
        ("gone", "PAR", SHELF): 4,
        ("gone", "PAR", HOLD): 6,
        ("good", "PAR", SHELF): 10,
    }
    assert expiry_actions.hold_expired(tx, actor=ACTOR, now=MONDAY) == 0
    told = tx.execute("select data->>'lot' from event where type = 'lot.expired'").fetchall()
    assert told == [("gone",)]


def test_a_correction_brings_back_the_very_units(tx):
    receive_serials(tx, "S1", "S2")
    receive_lots(tx, a=None, b=None)
    book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", serials=["S2"]), move(3, SHELF, OUT, lots=[lot("b", 3)])))  # fmt: skip
    history_actions.correct(tx, "m1", "c1", reason="never sold", actor=ACTOR, now=MONDAY)
    assert serials(tx) == {"S1": ("PAR", SHELF), "S2": ("PAR", SHELF)}
    assert lots(tx) == {("a", "PAR", SHELF): 10, ("b", "PAR", SHELF): 10}


def test_a_movement_that_told_a_serial_can_be_corrected_too(tx):
    """What is booked beside a fact, to tell a serial, is no correction of it."""
    receive_serials(tx, untold=1)
    book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", serials=["S1"])))
    history_actions.correct(tx, "m1", "c1", reason="never sold", actor=ACTOR, now=MONDAY)
    assert serials(tx) == {"S1": ("PAR", SHELF)}


def test_a_fact_told_late_leaves_the_count_true(tx):
    receive_lots(tx, a=None)
    counted = [Counted(sku="mug", quantity=10)]
    actions.count(tx, "c1", "PAR", counted, counted_at=MONDAY, actor=ACTOR, now=MONDAY)
    late = movement("m1", move(4, SHELF, OUT, lots=[lot("a", 4)]), at=MONDAY - timedelta(hours=1))
    book(tx, late)
    receive = movement(
        "m2", move(4, OUT, SHELF, lots=[lot("z", 4)]), at=MONDAY - timedelta(hours=1)
    )
    book(tx, receive)


@pytest.fixture
def db(crowded):
    emptied(crowded)
    with crowded.transaction() as tx:
        track(tx, "bowl", Tracking.SERIAL)
        track(tx, "mug", Tracking.LOT)
    yield crowded
    with crowded.transaction() as tx:
        found = units.audit(tx)
    emptied(crowded)
    with crowded.transaction() as tx:
        track(tx, "bowl", Tracking.UNTRACKED)
        track(tx, "mug", Tracking.UNTRACKED)
    assert found == []


def sells(key, serial, node="PAR"):
    one = movement(key, move(1, SHELF, OUT, sku="bowl", node=node, serials=[serial]))
    return lambda tx: book(tx, one)


def ships(key, serial):
    one = movement(key, move(1, SHELF, OUT, sku="bowl", serials=[serial]))
    return lambda tx: shift(tx, one)


def test_two_wishes_never_both_take_one_serial(db):
    for number in range(8):
        ask(db, receive_serials, f"S{number}", f"T{number}")
        outcomes = race(db, *(ships(f"w{number}-{each}", f"S{number}") for each in range(6)))
        assert len(done(outcomes)) == 1
        assert set(refusals(outcomes)) == {SerialElsewhere}


def test_who_waited_for_a_serial_finds_it_gone(db):
    """Forced: the second has been refused nothing yet, and waits while the first takes it."""
    ask(db, receive_serials, "S1", "S2")
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            ships("faster", "S1")(tx)
            slower = pool.submit(attempt, db, ships("slower", "S1"))
            until_somebody_waits(db)
        assert isinstance(slower.result(PATIENCE_S), SerialElsewhere)
    assert ask(db, serials) == {"S1": ("PAR", OUT), "S2": ("PAR", SHELF)}


def test_facts_at_two_nodes_about_one_serial_are_both_booked_and_it_is_in_one_place(db):
    for number in range(6):
        name = f"S{number}"
        ask(db, receive_serials, name)
        ask(db, receive_serials, f"T{number}", node="LYS")
        comes = movement(f"in{number}", move(1, OUT, SHELF, sku="bowl", node="LYS", serials=[name]))
        outcomes = race(
            db,
            sells(f"a{number}", name),
            sells(f"b{number}", name, "LYS"),
            lambda tx, one=comes: book(tx, one),
        )
        assert refusals(outcomes) == []
        assert len([1 for key in ask(db, serials) if key == name]) == 1


def test_many_sales_of_lots_at_once_add_up(db):
    ask(db, receive_lots, a=day(3), b=day(9), c=None)
    works = [
        (lambda tx, key=number: book(tx, movement(f"m{key}", move(1, SHELF, OUT, lots=[lot("b", 1)] if key % 3 else []))))
        for number in range(24)
    ]  # fmt: skip
    assert refusals(race(db, *works)) == []
    assert sum(ask(db, lots).values()) == 6
