"""Holds: made, drawn from, given back, and free at the very instant when their time is over."""

from datetime import date, timedelta

import pytest

import world
from noria.kit import clock
from noria.kit.errors import IdReused, UnknownCodes
from noria.promise import actions, store, views
from noria.promise.model import Draw, Hold, NotEnough, NotHeld, Promise
from noria.stock.model import MovementKind, State
from noria.supply import actions as supply
from world import ACTOR, MONDAY

QUARTER = timedelta(minutes=15)
OVER = MONDAY + QUARTER


@pytest.fixture
def tx(retail):
    clock.start_driving(retail, MONDAY)
    return retail


def hold(key, units, *, sku="mug", node="PAR", expires_at=OVER, demand="cart:1"):
    return Hold(id=key, demand=demand, sku=sku, node=node, quantity=units, expires_at=expires_at)


def reserve(tx, *holds):
    actions.reserve(tx, holds, actor=ACTOR, now=clock.now(tx))


def free(tx, sku="mug"):
    return {one.node: one.units for one in views.available(tx, [sku])}


def test_what_is_held_is_no_longer_offered(tx):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, hold("h1", 2), hold("h2", 1, demand="cart:2"))
    assert world.levels(tx) == {("mug", "PAR", "available"): 2, ("mug", "PAR", "reserved"): 3}
    assert free(tx) == {"PAR": 2}
    assert [one.held for one in views.held_for(tx, ["cart:1", "cart:2"])] == [2, 1]
    causes = tx.execute(
        "select cause from movement where kind = 'reserved' order by cause"
    ).fetchall()
    assert causes == [("cart:1",), ("cart:2",)], "one movement for each demand"
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "holds", "refusal"),
    [
        ("more than there is", [("h1", 6)], NotEnough),
        ("more than there is, in two parts", [("h1", 3), ("h2", 3)], NotEnough),
        ("an id that is taken", [("old", 1)], IdReused),
    ],
)
def test_all_is_held_or_nothing(tx, because, holds, refusal):
    world.shelve(tx, "PAR", mug=6)
    reserve(tx, hold("old", 1))
    before = world.levels(tx)
    with pytest.raises(refusal), tx.transaction():
        reserve(tx, *(hold(*one) for one in holds))
    assert world.levels(tx) == before, because
    assert world.audit(tx) == []


@pytest.mark.parametrize("wrong", [{"sku": "spoon"}, {"node": "OSLO"}])
def test_unknown_codes_are_refused(tx, wrong):
    with pytest.raises(UnknownCodes):
        reserve(tx, hold("h1", 1, **wrong))


@pytest.mark.parametrize(
    ("because", "later", "left"),
    [
        ("a second before, it is held", QUARTER - timedelta(seconds=1), 1),
        ("a microsecond before, it is held", QUARTER - timedelta(microseconds=1), 1),
        ("at that very instant it is free", QUARTER, 5),
        ("and stays free", QUARTER + timedelta(days=9), 5),
    ],
)
def test_a_hold_is_free_at_its_instant_without_anybody_sweeping(tx, because, later, left):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, hold("h1", 4))
    clock.drive(tx, MONDAY + later)
    assert free(tx) == {"PAR": left}, because
    assert views.reservation(tx, "h1").held == 4, "nobody has swept"
    if left < 5:
        with pytest.raises(NotEnough):
            reserve(tx, hold("h2", 5, expires_at=None))
        return
    reserve(tx, hold("h2", 5, expires_at=None))
    assert views.reservation(tx, "h1").held == 0, "who needed the units swept for himself"
    assert world.levels(tx) == {("mug", "PAR", "reserved"): 5}
    assert world.audit(tx) == []


def test_a_firm_hold_never_expires(tx):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, hold("h1", 4, expires_at=None))
    clock.drive(tx, MONDAY + timedelta(days=999))
    assert free(tx) == {"PAR": 1}
    assert actions.expire(tx, actor=ACTOR, now=clock.now(tx)) == 0


def test_the_clock_may_go_on_between_looking_and_taking(tx):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, hold("h1", 5))
    clock.drive(tx, OVER)
    assert free(tx) == {"PAR": 5}
    actions.reserve(tx, [hold("h2", 5, expires_at=None)], actor=ACTOR, now=MONDAY)
    assert views.reservation(tx, "h2").held == 5, "what was offered can be taken"


def test_sweeping_says_only_what_is_true_already(tx):
    world.shelve(tx, "PAR", mug=5)
    world.shelve(tx, "LYS", cup=5)
    reserve(tx, hold("h1", 2), hold("h2", 1, sku="cup", node="LYS"), hold("h3", 1, expires_at=None))
    clock.drive(tx, OVER)
    before = free(tx), free(tx, "cup")
    assert actions.expire(tx, actor=ACTOR, now=OVER) == 2
    assert (free(tx), free(tx, "cup")) == before
    assert world.levels(tx) == {
        ("mug", "PAR", "available"): 4, ("mug", "PAR", "reserved"): 1, ("cup", "LYS", "available"): 5,
    }  # fmt: skip
    assert actions.expire(tx, actor=ACTOR, now=OVER) == 0, "once is enough"
    assert world.audit(tx) == []


def test_more_expired_holds_than_one_sweep_takes_do_not_stand_in_the_way(tx, monkeypatch):
    monkeypatch.setattr(actions, "SWEEP", 2)
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, *(hold(f"h{number}", 1) for number in range(5)))
    clock.drive(tx, OVER)
    assert actions.expire(tx, actor=ACTOR, now=OVER) == 2, "a sweep is short"
    reserve(tx, hold("all", 5, expires_at=None))
    assert world.audit(tx) == []


def test_releasing_twice_is_releasing_once(tx):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, hold("h1", 2))
    first = actions.release(tx, "h1", actor=ACTOR, now=MONDAY)
    again = actions.release(tx, "h1", actor=ACTOR, now=OVER)
    assert first == again
    assert (first.held, first.ended_at) == (0, MONDAY)
    assert world.levels(tx) == {("mug", "PAR", "available"): 5}
    assert actions.release(tx, "nobody", actor=ACTOR, now=MONDAY) is None
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "to", "kind", "after"),
    [
        ("to the customer", State.OUTSIDE, MovementKind.SHIPPED, {}),
        ("back to the shelf", State.AVAILABLE, MovementKind.RELEASED, {("mug", "PAR", "available"): 3}),
        ("broken", State.DAMAGED, MovementKind.DAMAGED, {("mug", "PAR", "damaged"): 3}),
    ],
)  # fmt: skip
def test_units_are_drawn_out_of_a_hold(tx, because, to, kind, after):
    world.shelve(tx, "PAR", mug=4)
    reserve(tx, hold("h1", 4))
    draws = [Draw(reservation="h1", units=1), Draw(reservation="h1", units=2)]
    actions.draw(tx, draws, to=to, kind=kind, actor=ACTOR, now=MONDAY)
    assert world.levels(tx) == after | {("mug", "PAR", "reserved"): 1}, because
    left = views.reservation(tx, "h1")
    assert (left.held, left.ended_at) == (1, None)
    with pytest.raises(NotHeld):
        actions.draw(tx, draws, to=to, kind=kind, actor=ACTOR, now=MONDAY)
    assert world.audit(tx) == []


def test_nothing_can_be_drawn_from_a_hold_that_nobody_made(tx):
    with pytest.raises(NotHeld):
        actions.draw(
            tx, [Draw(reservation="nobody", units=1)], to=State.OUTSIDE,
            kind=MovementKind.SHIPPED, actor=ACTOR, now=MONDAY,
        )  # fmt: skip


def test_a_buffer_is_kept_from_every_hand(tx):
    world.amend(tx, "PAR", buffer_units=2)
    world.shelve(tx, "PAR", mug=5)
    assert free(tx) == {"PAR": 3}
    with pytest.raises(NotEnough) as refused:
        reserve(tx, hold("h1", 4))
    assert refused.value.details["available"] == 3
    reserve(tx, hold("h2", 3))
    assert free(tx) == {}


def test_a_closed_node_offers_nothing(tx):
    world.shelve(tx, "PAR", mug=5)
    world.amend(tx, "PAR", is_open=False)
    assert free(tx) == {}


def test_a_printer_has_capacity_and_no_shelf(tx):
    assert free(tx, "poster") == {"PRINT": 10}
    reserve(tx, hold("h1", 7, sku="poster", node="PRINT"))
    assert free(tx, "poster") == {"PRINT": 3}
    with pytest.raises(NotEnough):
        reserve(tx, hold("h2", 4, sku="poster", node="PRINT"))
    assert world.levels(tx) == {("poster", "PRINT", "reserved"): 7}
    actions.release(tx, "h1", actor=ACTOR, now=MONDAY)
    assert world.levels(tx) == {}, "what was never made goes on no shelf"
    assert world.audit(tx) == []


def test_capacity_too_is_free_at_the_instant(tx):
    reserve(tx, hold("h1", 10, sku="poster", node="PRINT"))
    assert free(tx, "poster") == {}
    clock.drive(tx, OVER)
    assert free(tx, "poster") == {"PRINT": 10}
    reserve(tx, hold("h2", 10, sku="poster", node="PRINT", expires_at=None))
    clock.drive(tx, OVER + QUARTER)
    actions.expire(tx, actor=ACTOR, now=OVER + QUARTER)
    assert world.levels(tx) == {("poster", "PRINT", "reserved"): 10}
    assert world.audit(tx) == []


def test_a_printer_prints_what_it_can_print(tx):
    with pytest.raises(NotEnough):
        reserve(tx, hold("h1", 1, sku="mug", node="PRINT"))


def test_capacity_is_one_for_all_that_a_printer_makes(tx):
    supply.set_made(tx, "PRINT", ["poster", "mug"])
    reserve(tx, hold("h1", 6, sku="poster", node="PRINT"))
    assert free(tx) == {"PRINT": 4}
    with pytest.raises(NotEnough):
        reserve(tx, hold("h2", 3, node="PRINT"), hold("h3", 2, sku="poster", node="PRINT"))


def test_only_printers_make_to_order(tx):
    world.amend(tx, "LYS", units_per_day=50)
    supply.set_made(tx, "LYS", ["mug"])
    assert free(tx) == {}, "what is offered must be what can be held"


def told(day, **settled):
    return Promise(
        order_id="o1", node="PAR", service="HOME", made_at=MONDAY, promised_from=date(2026, 11, 24),
        promised_to=date(2026, 11, day), chance=0.9, **settled,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("because", "day", "is_kept"),
    [("on the last day", 25, True), ("early", 23, True), ("a day late", 26, False)],
)
def test_a_promise_is_kept_or_broken_once(tx, because, day, is_kept):
    actions.promise(tx, [told(25)])
    actions.promise(tx, [told(30)])
    assert views.promises(tx, ["o1"])["o1"].promised_to == date(2026, 11, 25), (
        "it stays as it was made"
    )
    actions.settle(tx, [("o1", date(2026, 11, day))], now=MONDAY)
    actions.settle(tx, [("o1", date(2026, 12, 24))], now=OVER)
    settled = views.promises(tx, ["o1"])["o1"]
    assert (settled.is_kept, settled.settled_at) == (is_kept, MONDAY), because
    record = views.records(tx)["PAR", "HOME"]
    assert (record.kept, record.settled) == (int(is_kept), 1)


def test_a_promise_whose_window_is_over_is_late(tx):
    actions.promise(tx, [told(25)])
    assert views.score(tx) == {"open": 1, "kept": 0, "broken": 0, "late": 0}
    clock.drive(tx, MONDAY + timedelta(days=3))
    assert views.score(tx)["late"] == 1


def test_reservations_are_found_in_key_order(tx):
    world.shelve(tx, "PAR", mug=5)
    reserve(tx, *(hold(key, 1) for key in ("z", "a", "m")))
    assert list(store.lock(tx, ["z", "m", "a", "nobody"])) == ["a", "m", "z"]
