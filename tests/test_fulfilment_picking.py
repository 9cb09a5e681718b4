"""A picker names what was taken: it is nobody else's, and it is what leaves."""

from datetime import timedelta

import pytest

import units
import world
from noria.catalog.model import Tracking
from noria.fulfilment import actions as fulfilment
from noria.fulfilment.model import (
    OutOfTurn,
    PackedOtherwise,
    PackedUnits,
    Pick,
    Ship,
    ShortLine,
    UnitWeight,
)
from noria.fulfilment.model import ShortReason as Why
from noria.kit import clock
from noria.orders import views as orders
from noria.promise import actions as promises
from noria.promise.model import Hold
from noria.stock.tracked.claims_model import UnitClaimed
from noria.stock.tracked.model import NamedLot, Proposal, SerialElsewhere
from units import OUT, SHELF, book, lot, lots, move, movement, serials, shift, track
from world import ACTOR, MONDAY

DAY = MONDAY.date()


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    track(retail, "mug", Tracking.LOT, minimum_days=2)
    track(retail, "bowl", Tracking.SERIAL)
    for code, days in (("old", 1), ("soon", 5), ("late", 50)):
        several = lot(code, 5, DAY + timedelta(days=days))
        book(retail, movement(f"in-{code}", move(5, OUT, SHELF, lots=[several])))
    names = ("S1", "S2", "S3")
    book(retail, movement("in", move(4, OUT, SHELF, sku="bowl", serials=names)))
    world.accept(retail, world.order("o1", mug=2, bowl=2))
    yield retail
    assert units.audit(retail) == []
    assert world.asked(retail, "claim.hold", "claim.unit") == []


def pick(tx, *named, short=()):
    return fulfilment.pick(
        tx, [Pick(id="o1.1", units=named, short=short)], actor=ACTOR, now=MONDAY
    )["o1.1"]


def mugs(**of_lot):
    named = tuple(NamedLot(lot=code, quantity=count) for code, count in of_lot.items())
    return PackedUnits(sku="mug", lots=named)


def bowls(*names):
    return PackedUnits(sku="bowl", serials=names)


def ship(tx, *packed):
    fulfilment.ship(tx, [Ship(id="o1.1", units=packed)], actor=ACTOR, now=MONDAY)


def proposed(tx):
    leg = orders.leg(tx, "o1.1")
    return {line.sku: line for line in fulfilment.picking(tx, leg)}


def test_the_list_says_which_lot_goes_first(tx):
    assert proposed(tx)["mug"].lots == (
        Proposal(lot="soon", quantity=2, expires_on=DAY + timedelta(days=5)),
    ), "what is too old to be sent is not proposed"
    assert proposed(tx)["bowl"].lots == ()


def test_what_was_picked_is_what_leaves(tx):
    assert pick(tx, mugs(soon=2), bowls("S2", "S3")).out_of_turn == ()
    assert proposed(tx)["bowl"].serials == ("S2", "S3")
    with pytest.raises(UnitClaimed), tx.transaction():
        shift(tx, movement("w1", move(1, SHELF, OUT, sku="bowl", serials=["S2"])))
    ship(tx)
    assert {code for code, place in serials(tx).items() if place == ("PAR", OUT)} == {"S2", "S3"}
    assert lots(tx)[("soon", "PAR", SHELF)] == 3


def test_another_lot_than_the_first_is_booked_and_told(tx):
    told = pick(tx, mugs(late=1, old=1))
    assert set(told.out_of_turn) == {
        OutOfTurn(sku="mug", lot="late", quantity=1, is_barred=False),
        OutOfTurn(sku="mug", lot="old", quantity=1, is_barred=True),
    }
    ship(tx)
    left = {code: count for (code, *_), count in lots(tx).items() if code != "?"}
    assert left == {"old": 4, "soon": 5, "late": 4}


def test_the_parcel_has_the_last_word(tx):
    pick(tx, bowls("S1", "S2"))
    ship(tx, bowls("S1", "S3"))
    assert serials(tx)["S2"] == ("PAR", SHELF)
    hold = Hold(id="r1", demand="cart:1", sku="bowl", node="PAR", quantity=1, serials=("S2",))
    promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)


def test_what_somebody_else_has_named_is_put_back(tx):
    hold = Hold(id="r1", demand="cart:1", sku="bowl", node="PAR", quantity=1, serials=("S1",))
    promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)
    with pytest.raises(UnitClaimed), tx.transaction():
        pick(tx, bowls("S1"))
    pick(tx, bowls("S2"))


def test_a_unit_whose_serial_nobody_told_is_told_by_its_pick(tx):
    pick(tx, bowls("NEW", "S1"))
    ship(tx)
    assert serials(tx)["NEW"] == ("PAR", OUT)
    assert units.untold(tx) == {}


def test_a_pick_names_what_was_picked_and_no_more(tx):
    short = (ShortLine(sku="bowl", quantity=1, reason=Why.NOT_FOUND),)
    with pytest.raises(PackedOtherwise), tx.transaction():
        pick(tx, bowls("S1", "S2"), short=short)
    book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", node="PAR")))
    with pytest.raises(SerialElsewhere), tx.transaction():
        pick(tx, bowls("GONE"))


def test_a_leg_that_is_cancelled_names_nothing(tx):
    pick(tx, bowls("S1", "S2"))
    assert tx.execute("select count(*) from live_claim").fetchone() == (2,)
    world.cancel(tx, "o1")
    assert tx.execute("select count(*) from live_claim").fetchone() == (0,)


def test_what_is_weighed_is_in_the_leg(tx):
    weights = (UnitWeight(sku="cup", weight_g=5),)
    with pytest.raises(PackedOtherwise):
        fulfilment.pick(tx, [Pick(id="o1.1", weights=weights)], actor=ACTOR, now=MONDAY)
