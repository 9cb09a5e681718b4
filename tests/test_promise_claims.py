"""Holds that name their units: kept, given up, taken, and never had by two."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import units
import world
from crowd import PATIENCE_S, ask, attempt, done, emptied, race, refusals, until_somebody_waits
from noria.catalog.model import Tracking
from noria.kit import clock
from noria.promise import actions as promises
from noria.promise import holds_actions as holds
from noria.promise import views
from noria.promise.holds_model import Confirm, Extend, GiveBack, Take
from noria.promise.model import Hold, NotEnough
from noria.stock.model import NotEnoughStock
from noria.stock.tracked import expiry_actions
from noria.stock.tracked.claims_model import NotToldApart, UnitClaimed, WantedLot
from noria.stock.tracked.model import NamedLot, SerialElsewhere, WrongLot
from units import HOLD, OUT, SHELF, book, lot, lots, move, movement, serials, shift, track
from world import ACTOR, MONDAY

SOON = MONDAY + timedelta(minutes=15)


@pytest.fixture
def tx(retail):
    """Three bowls by serial, two lots of five mugs: `a` expires first."""
    build(retail)
    yield retail
    assert units.audit(retail) == []
    assert world.asked(retail, "claim.hold", "claim.unit", "reservation.units") == []


def build(tx):
    clock.start_driving(tx, MONDAY)
    track(tx, "mug", Tracking.LOT)
    track(tx, "bowl", Tracking.SERIAL)
    day = MONDAY.date()
    for code, days in (("a", 5), ("b", 50)):
        several = lot(code, 5, day + timedelta(days=days))
        book(tx, movement(f"in-{code}", move(5, OUT, SHELF, lots=[several])))
    book(tx, movement("in", move(3, OUT, SHELF, sku="bowl", serials=("S1", "S2", "S3"))))


def hold(tx, key, *names, quantity=None, now=MONDAY, until=SOON, shopper=None, **of_lot):
    """Hold bowls by serial, or mugs by lot."""
    wish = Hold(
        id=key,
        demand=f"cart:{key}",
        sku="mug" if of_lot else "bowl",
        node="PAR",
        quantity=quantity or len(names) + sum(of_lot.values()),
        expires_at=until,
        shopper=shopper,
        serials=names,
        lots=tuple(WantedLot(lot=code, quantity=count) for code, count in of_lot.items()),
    )
    promises.reserve(tx, [wish], actor=ACTOR, now=now)


def take(tx, key, count, *names, now=MONDAY, of_lot=()):
    wish = Take(id=f"t-{key}-{count}-{'-'.join(names)}", reservation=key, quantity=count,
                serials=names, lots=of_lot)  # fmt: skip
    holds.take(tx, [wish], actor=ACTOR, now=now)


def named(tx, key):
    return {one.serial or one.lot: one.quantity for one in views.claimed_units(tx, key)}


def ship(tx, key, *moves):
    shift(tx, movement(key, *moves))


def refused(tx, refusal, work, *given, **more):
    with pytest.raises(refusal), tx.transaction():
        work(tx, *given, **more)


def test_a_unit_that_is_named_is_nobody_elses(tx):
    hold(tx, "r1", "S1")
    refused(tx, UnitClaimed, hold, "r2", "S1")
    refused(tx, UnitClaimed, ship, "w1", move(1, SHELF, OUT, sku="bowl", serials=["S1"]))
    hold(tx, "r2", "S2")
    refused(tx, UnitClaimed, take, "r2", 1, "S1")
    take(tx, "r1", 1)
    assert serials(tx)["S1"] == ("PAR", OUT), "who holds it takes it without naming it again"
    refused(tx, SerialElsewhere, hold, "r3", "S1")


def test_units_are_named_by_what_tells_them_apart(tx):
    world.shelve(tx, "PAR", cup=1)
    cups = Hold(id="r1", demand="cart:1", sku="cup", node="PAR", quantity=1, serials=("S1",))
    refused(tx, NotToldApart, lambda tx: promises.reserve(tx, [cups], actor=ACTOR, now=MONDAY))


CHANGES = [
    ("a part that is taken leaves the rest named",
     lambda tx: take(tx, "r1", 1), {"S2": 1}),
    ("who takes another unit than those gives up the last",
     lambda tx: take(tx, "r1", 1, "S3"), {"S1": 1}),
    ("what is given back gives up the last",
     lambda tx: holds.give_back(tx, [GiveBack(id="g", reservation="r1", quantity=1)],
                                actor=ACTOR, now=MONDAY), {"S1": 1}),
    ("a release frees all", lambda tx: holds.release(tx, "r1", actor=ACTOR, now=MONDAY), {}),
    ("a longer hold names the same",
     lambda tx: holds.extend(tx, [Extend(id="e", reservation="r1", minutes=60)],
                             actor=ACTOR, now=MONDAY), {"S1": 1, "S2": 1}),
    ("a firm one too",
     lambda tx: holds.confirm(tx, [Confirm(id="r1")], actor=ACTOR, now=MONDAY),
     {"S1": 1, "S2": 1}),
    ("a sale at the till is a fact: the claim gives way",
     lambda tx: book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", serials=["S1"]))),
     {"S2": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("because", "change", "left"), CHANGES, ids=[one[0] for one in CHANGES])
def test_what_becomes_of_named_units(tx, because, change, left):
    hold(tx, "r1", "S1", "S2")
    change(tx)
    assert named(tx, "r1") == left, because
    free = {"S1", "S2", "S3"} - left.keys()
    there = {code for code, place in serials(tx).items() if place == ("PAR", SHELF)}
    for code in sorted(free & there):
        try:
            hold(tx, f"other-{code}", code)
        except NotEnough:
            assert because == CHANGES[-1][0], "the till sold a unit too many"


def test_what_a_fact_took_is_told(tx):
    hold(tx, "r1", "S1")
    book(tx, movement("m1", move(1, SHELF, OUT, sku="bowl", serials=["S1"])))
    [told] = tx.execute(
        "select subject, data ->> 'code' from event where type = 'reservation.unit.lost'"
    ).fetchall()
    assert told == ("r1", "S1")


def test_a_claim_is_judged_when_it_is_read(tx):
    hold(tx, "r1", "S1")
    clock.drive(tx, SOON)
    hold(tx, "r2", "S1", now=SOON, until=SOON + timedelta(hours=1))
    extend = [Extend(id="e", reservation="r1", minutes=60)]
    refused(tx, UnitClaimed, holds.extend, extend, actor=ACTOR, now=SOON)
    holds.release(tx, "r2", actor=ACTOR, now=SOON)
    holds.extend(tx, extend, actor=ACTOR, now=SOON)
    assert named(tx, "r1") == {"S1": 1}
    refused(tx, UnitClaimed, hold, "r3", "S1", now=SOON)


def test_what_lapsed_is_taken_while_nobody_else_names_it(tx):
    hold(tx, "r1", "S1", "S2")
    clock.drive(tx, SOON)
    take(tx, "r1", 1, now=SOON)
    assert serials(tx)["S1"] == ("PAR", OUT)
    hold(tx, "r2", "S2", now=SOON, until=None)
    refused(tx, UnitClaimed, take, "r1", 1, "S2", now=SOON)


def test_a_shoppers_own_hold_gives_up_what_they_name_again(tx):
    hold(tx, "r1", "S1", "S2", shopper="s")
    refused(tx, UnitClaimed, hold, "r2", "S1", shopper="t")
    hold(tx, "r3", "S1", shopper="s")
    assert (named(tx, "r1"), named(tx, "r3")) == ({"S2": 1}, {"S1": 1})
    assert views.reservation(tx, "r1").held == 1


def test_a_lot_is_shared_as_far_as_it_goes(tx):
    hold(tx, "r1", a=3)
    refused(tx, WrongLot, hold, "r2", a=3)
    hold(tx, "r2", a=2)
    hold(tx, "r3", b=1)
    take(tx, "r3", 1)
    assert lots(tx) == {("a", "PAR", SHELF): 5, ("b", "PAR", SHELF): 4}
    refused(tx, WrongLot, ship, "w1", move(1, SHELF, OUT, lots=[lot("a", 1)]))
    ship(tx, "w2", move(2, SHELF, OUT))
    assert lots(tx)[("b", "PAR", SHELF)] == 2, "the first to expire is named by others"
    take(tx, "r1", 2, of_lot=(NamedLot(lot="b", quantity=1),))
    assert (lots(tx), named(tx, "r1")) == (
        {("a", "PAR", SHELF): 4, ("b", "PAR", SHELF): 1},
        {"a": 1},
    )


def test_a_fact_takes_a_lot_from_those_who_named_it_last(tx):
    hold(tx, "r1", a=3)
    clock.drive(tx, MONDAY + timedelta(seconds=1))
    hold(tx, "r2", a=2, now=MONDAY + timedelta(seconds=1))
    book(tx, movement("m1", move(4, SHELF, OUT, lots=[lot("a", 4)])))
    assert (named(tx, "r1"), named(tx, "r2")) == ({"a": 1}, {})


def test_what_is_named_is_not_put_on_hold_when_it_expires(tx):
    hold(tx, "r1", until=None, a=3)
    later = MONDAY + timedelta(days=7)
    clock.drive(tx, later)
    expiry_actions.hold_expired(tx, actor=ACTOR, now=later)
    assert lots(tx)[("a", "PAR", HOLD)] == 2


@pytest.fixture
def db(crowded):
    with emptied(crowded).transaction() as tx:
        build(tx)
    yield crowded
    found = ask(crowded, units.audit) + ask(crowded, world.asked, "claim.hold", "claim.unit")
    emptied(crowded)
    with crowded.transaction() as tx:
        track(tx, "bowl", Tracking.UNTRACKED)
        track(tx, "mug", Tracking.UNTRACKED)
        clock.start_driving(tx, MONDAY)
    assert found == []


def holds_one(key, serial, **more):
    return lambda tx: hold(tx, key, serial, **more)


def sells(key, serial):
    one = movement(key, move(1, SHELF, OUT, sku="bowl", serials=[serial]))
    return lambda tx: book(tx, one)


def ships(key, serial):
    one = movement(key, move(1, SHELF, OUT, sku="bowl", serials=[serial]))
    return lambda tx: shift(tx, one)


def test_one_of_many_holds_has_a_serial(db):
    for number in range(4):
        outcomes = race(db, *(holds_one(f"r{number}-{each}", "S1") for each in range(6)))
        assert len(done(outcomes)) == 1
        assert set(refusals(outcomes)) <= {UnitClaimed, NotEnough}
        for each in range(6):
            ask(db, promises.release, f"r{number}-{each}", actor=ACTOR, now=MONDAY)


def test_who_waited_for_a_claim_finds_it_taken(db):
    """Forced: the second has been refused nothing yet, and waits while the first names it."""
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            hold(tx, "faster", "S1")
            slower = pool.submit(attempt, db, holds_one("slower", "S1"))
            until_somebody_waits(db)
        assert isinstance(slower.result(PATIENCE_S), UnitClaimed)


def test_a_claim_and_a_dispatch_never_both_have_a_serial(db):
    for name in ("S1", "S2", "S3"):
        outcomes = race(db, ships(f"w-{name}", name), holds_one(f"r-{name}", name))
        assert len(done(outcomes)) == 1
        assert set(refusals(outcomes)) <= {UnitClaimed, SerialElsewhere, NotEnough, NotEnoughStock}


def test_a_claim_gives_way_to_a_sale_that_happened(db):
    for name in ("S1", "S2"):
        race(db, sells(f"m-{name}", name), holds_one(f"r-{name}", name))
        assert ask(db, serials)[name] == ("PAR", OUT)
        assert ask(db, named, f"r-{name}") == {}


def test_a_claim_that_expires_is_claimed_once_more(db):
    ask(db, hold, "r0", "S1")
    ask(db, clock.drive, SOON)
    outcomes = race(
        db,
        lambda tx: promises.expire(tx, actor=ACTOR, now=SOON),
        lambda tx: holds.extend(tx, [Extend(id="e", reservation="r0")], actor=ACTOR, now=SOON),
        *(holds_one(f"r{each}", "S1", now=SOON, until=None) for each in (1, 2)),
    )
    assert set(refusals(outcomes)) <= {UnitClaimed, NotEnough}
    [(claims,)] = ask(db, lambda tx: tx.execute("select count(*) from live_claim").fetchall())
    assert claims == 1
