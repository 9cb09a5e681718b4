"""Lots and serials beneath the ledger: facts that always fit, wishes that are refused, races."""

from datetime import timedelta

import pytest

import units
import world
from noria.catalog.model import Tracking
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold
from noria.stock.model import MovementKind, State
from noria.stock.tracked.model import WrongLot
from units import HOLD, OUT, SHELF, book, lot, lots, move, movement, serials, shift, track
from world import ACTOR, MONDAY

TODAY = MONDAY.date()


def day(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def tx(retail):
    """Mugs are told apart by lot, bowls each by its serial."""
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
