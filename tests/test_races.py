"""Two people want the same thing at the same moment: real threads, real commits."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import psycopg
import pytest
from msgspec import structs

import world
from crowd import (
    CALLERS,
    PATIENCE_S,
    accepts,
    ask,
    attempt,
    audited,
    does,
    done,
    emptied,
    hold,
    race,
    refusals,
    reserves,
    shelve,
    until_somebody_waits,
)
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit import idempotency
from noria.kit.errors import IdReused, Refusal
from noria.orders import views as order_views
from noria.orders.model import NothingToCancel, Stage, WrongStage
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import NotEnough
from noria.returns import actions as returns
from noria.returns.model import NewReturn, NotReturnable, ReturnLine
from noria.stock import actions as stock
from noria.stock.model import Counted
from noria.supply import actions as supply
from noria.supply.model import (
    AlreadyDone,
    Dispatch,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    PurchaseLine,
    ReceivedLine,
    UnitLine,
)
from world import ACTOR, MONDAY

ROUNDS = range(8)


@pytest.fixture
def db(crowded):
    return emptied(crowded)


@pytest.mark.parametrize("units", [0, 1, 20, CALLERS, 50])
def test_callers_of_the_last_units_get_exactly_those(db, units):
    shelve(db, "PAR", mug=units)
    with audited(db):
        outcomes = race(db, *(reserves(hold(f"h{number}", 1)) for number in range(CALLERS)))
    assert len(done(outcomes)) == min(units, CALLERS)
    assert set(refusals(outcomes)) <= {NotEnough}
    assert ask(db, world.levels).get(("mug", "PAR", "available"), 0) == units - len(done(outcomes))


def test_who_is_refused_asked_for_more_than_was_left(db):
    shelve(db, "PAR", mug=30)
    asked = [1 + number % 4 for number in range(CALLERS)]
    with audited(db):
        outcomes = race(
            db, *(reserves(hold(f"h{number}", units)) for number, units in enumerate(asked))
        )
    left = ask(db, world.levels).get(("mug", "PAR", "available"), 0)
    sold = sum(units for units, one in zip(asked, outcomes, strict=True) if one is None)
    assert (sold + left, sold <= 30) == (30, True)
    for units, one in zip(asked, outcomes, strict=True):
        assert one is None or units > left


def test_a_buffer_survives_a_rush(db):
    with db.transaction() as tx:
        world.amend(tx, "PAR", buffer_units=5)
    shelve(db, "PAR", mug=12)
    with audited(db):
        taken = race(db, *(accepts(world.order(f"o{number}", mug=1)) for number in range(CALLERS)))
    assert not refusals(taken)
    assert ask(db, world.levels)["mug", "PAR", "available"] == 5


@pytest.mark.parametrize(
    ("because", "shelves", "wanted"),
    [
        ("one shelf", {"PAR": 20}, [1, 1, 1]),
        ("three shelves, of which nobody knows who is faster where", {"PAR": 7, "LYS": 7, "SHOP": 7}, [1, 2, 3]),
        ("nothing at all", {}, [2]),
        ("enough for all", {"PAR": 50, "LYS": 50}, [1, 2, 3]),
    ],
)  # fmt: skip
def test_an_order_is_never_refused_for_want_of_stock(db, because, shelves, wanted):
    for node, units in shelves.items():
        shelve(db, node, mug=units)
    asked = [wanted[number % len(wanted)] for number in range(CALLERS)]
    with audited(db):
        outcomes = race(
            db,
            *(accepts(world.order(f"o{number}", mug=units)) for number, units in enumerate(asked)),
        )
    assert refusals(outcomes) == [], because
    waiting = sum(one.waiting for taken in outcomes for one in taken.values())
    assert sum(asked) - waiting == min(sum(asked), sum(shelves.values())), because


def test_a_printer_prints_no_more_than_it_can_of_all_it_prints(db):
    """Two SKUs have no balance in common: only the printer itself can be locked."""
    ask(db, supply.set_made, "PRINT", ["bowl", "poster"])
    made = ["bowl", "poster"] * (CALLERS // 2)
    with audited(db):
        outcomes = race(
            db, *(accepts(world.order(f"o{number}", **{sku: 1})) for number, sku in enumerate(made))
        )
    assert refusals(outcomes) == []
    levels = ask(db, world.levels)
    assert sum(levels.values()) == 10
    assert {(node, state) for _, node, state in levels} == {("PRINT", "reserved")}


def test_who_waited_for_a_shelf_and_came_too_late_looks_again(db):
    """Forced: the order has seen five mugs, and waits for the shelf while they are taken."""
    shelve(db, "PAR", mug=5)
    shelve(db, "LYS", mug=1)
    with audited(db), ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            promises.reserve(tx, [hold("faster", 5)], actor=ACTOR, now=MONDAY)
            slower = pool.submit(attempt, db, accepts(world.order(mug=5)))
            until_somebody_waits(db)
        taken = slower.result(PATIENCE_S)["o1"]
    assert ([leg.node for leg in taken.legs], taken.waiting) == (["LYS"], 4)


def test_who_waited_for_a_shelf_that_was_given_back_gets_it(db):
    shelve(db, "PAR", mug=5)
    with audited(db), ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            promises.reserve(tx, [hold("faster", 5)], actor=ACTOR, now=MONDAY)
            slower = pool.submit(attempt, db, reserves(hold("slower", 5)))
            until_somebody_waits(db)
            raise psycopg.Rollback
        assert slower.result(PATIENCE_S) is None


def test_pick_against_cancel(db):
    """Picked or not, what has not left can be stopped: the order ends cancelled either way."""
    for number in ROUNDS:
        key = f"o{number}"
        shelve(db, "PAR", mug=3)
        ask(db, world.accept, world.order(key, mug=3))
        with audited(db):
            picked, cancelled = race(db, does(world.pick, f"{key}.1"), does(world.cancel, key))
        assert cancelled.stage is Stage.CANCELLED
        assert not isinstance(picked, Refusal) or isinstance(picked, WrongStage)
        assert ask(db, world.levels) == {("mug", "PAR", "available"): 3}


def test_ship_against_cancel(db):
    for number in ROUNDS:
        key = f"o{number}"
        shelve(db, "PAR", mug=3)
        ask(db, world.accept, world.order(key, mug=3))
        ask(db, world.pick, f"{key}.1")
        with audited(db):
            shipped, cancelled = race(db, does(world.ship, f"{key}.1"), does(world.cancel, key))
        won = not isinstance(shipped, Refusal)
        assert refusals([shipped, cancelled]) == [NothingToCancel if won else WrongStage]
        stage = ask(db, order_views.order, key).stage
        assert stage is (Stage.SHIPPED if won else Stage.CANCELLED)


def test_expire_against_reserve(db):
    """The units are free at their instant, whoever sweeps: who wants them always gets them."""
    for number in ROUNDS:
        shelve(db, "PAR", mug=4)
        ask(
            db,
            promises.reserve,
            [hold(f"old{number}", 4, expires_at=MONDAY)],
            actor=ACTOR,
            now=MONDAY,
        )
        with audited(db):
            _, _, reserved = race(
                db,
                does(promises.expire, actor=ACTOR, now=MONDAY),
                does(promises.release, f"old{number}", actor=ACTOR, now=MONDAY),
                reserves(hold(f"new{number}", 4)),
            )
        assert reserved is None
        assert ask(db, promise_views.reservation, f"old{number}").held == 0
        assert ask(db, promise_views.reservation, f"new{number}").held == 4
        ask(db, promises.release, f"new{number}", actor=ACTOR, now=MONDAY)


def test_a_hold_that_somebody_looks_at_is_free_all_the_same(db):
    """Forced: while another has its hand on the hold, who needs its units waits and gets them."""
    shelve(db, "PAR", mug=4)
    ask(db, promises.reserve, [hold("old", 4, expires_at=MONDAY)], actor=ACTOR, now=MONDAY)
    with audited(db), ThreadPoolExecutor(1) as pool:
        with db.transaction() as tx:
            tx.execute("select from reservation where id = 'old' for update")
            waiting = pool.submit(attempt, db, reserves(hold("new", 4)))
            until_somebody_waits(db)
        assert waiting.result(PATIENCE_S) is None


def test_release_against_expire_against_release(db):
    for number in ROUNDS:
        shelve(db, "PAR", mug=4)
        ask(
            db,
            promises.reserve,
            [hold(f"h{number}", 3, expires_at=MONDAY)],
            actor=ACTOR,
            now=MONDAY,
        )
        give_back = does(promises.release, f"h{number}", actor=ACTOR, now=MONDAY)
        with audited(db):
            outcomes = race(
                db, give_back, does(promises.expire, actor=ACTOR, now=MONDAY), give_back
            )
        assert refusals(outcomes) == []
        assert ask(db, world.levels) == {("mug", "PAR", "available"): 4}, "given back once"


def test_short_pick_against_accept(db):
    """One mug is left elsewhere: the order that was cut short and the new one both want it."""
    for number in ROUNDS:
        shelve(db, "PAR", mug=1)
        old, new = f"a{number}", f"b{number}"
        ask(db, world.accept, world.order(old, mug=1))
        shelve(db, "LYS", mug=1)
        missing = ShortLine(sku="mug", quantity=1, reason=ShortReason.NOT_FOUND)
        with audited(db):
            outcomes = race(
                db, does(world.pick, f"{old}.1", missing), accepts(world.order(new, mug=1))
            )
        assert refusals(outcomes) == []
        waiting = [ask(db, order_views.accepted, [key])[key].waiting for key in (old, new)]
        assert sorted(waiting) == [0, 1]
        for key in (old, new):
            ask(db, world.cancel, key)
        ask(db, lambda tx: tx.execute("delete from shelf_doubt"))  # PAR is believed again


def test_short_picks_that_want_each_others_shelves(db):
    """Each is short where the other looks for more: nobody waits in a circle."""
    for number in ROUNDS:
        keys = [f"a{number}", f"b{number}"]
        shelve(db, "PAR", mug=2, cup=2, bowl=0)
        ask(db, world.accept, world.order(keys[0], mug=2, cup=2))
        shelve(db, "LYS", mug=2, cup=2)
        ask(db, world.accept, world.order(keys[1], cup=2, mug=2))
        shelve(db, "PAR", mug=1, cup=1)
        shelve(db, "LYS", mug=1, cup=1)
        missing = [
            ShortLine(sku=sku, quantity=1, reason=ShortReason.DAMAGED) for sku in ("mug", "cup")
        ]
        with audited(db):
            outcomes = race(
                db,
                does(world.pick, f"{keys[0]}.1", *missing),
                does(world.pick, f"{keys[1]}.1", *reversed(missing)),
                reserves(hold(f"h{number}", 1), hold(f"i{number}", 1, sku="cup", node="LYS")),
            )
        assert set(refusals(outcomes)) <= {NotEnough}
        for key in keys:
            ask(db, world.cancel, key)


def buy(db, key):
    line = PurchaseLine(sku="mug", quantity=10)
    new = NewPurchase(
        supplier="A", node="PAR", ordered_at=MONDAY, expected_on=MONDAY.date(), lines=(line,)
    )
    ask(db, supply.buy, key, new)


def receives(receipt, purchase, units, *, is_last):
    line = ReceivedLine(sku="mug", quantity=units, reason="counted")
    new = NewReceipt(purchase_order=purchase, received_at=MONDAY, lines=(line,), is_last=is_last)
    return does(supply.receive, receipt, new, actor=ACTOR, now=MONDAY)


@pytest.mark.parametrize(
    ("because", "is_last", "units", "refused"),
    [
        ("the last receipt closes it for the other", True, 10, [AlreadyDone]),
        ("two halves add up", False, 5, []),
    ],
)
def test_receive_against_receive(db, because, is_last, units, refused):
    for number in ROUNDS:
        buy(db, f"p{number}")
        with audited(db):
            outcomes = race(
                db,
                *(
                    receives(f"r{number}-{which}", f"p{number}", units, is_last=is_last)
                    for which in "ab"
                ),
            )
        assert refusals(outcomes) == refused, because
        assert ask(db, world.levels)["mug", "PAR", "available"] == 10 * (number + 1), because


def test_one_receipt_sent_twice_at_once(db):
    buy(db, "p1")
    buy(db, "p2")
    with audited(db):
        outcomes = race(
            db, receives("r1", "p1", 10, is_last=True), receives("r1", "p2", 10, is_last=True)
        )
    assert refusals(outcomes) == [IdReused]
    assert ask(db, world.levels) == {("mug", "PAR", "available"): 10}


def test_count_against_reserve(db):
    for number in ROUNDS:
        shelve(db, "PAR", mug=4)
        counts = [Counted(sku="mug", quantity=7)]
        with audited(db):
            outcomes = race(
                db,
                does(
                    stock.count,
                    f"c{number}",
                    "PAR",
                    counts,
                    counted_at=MONDAY,
                    actor=ACTOR,
                    now=MONDAY,
                ),
                reserves(hold(f"h{number}", 3)),
            )
        assert refusals(outcomes) == []
        levels = ask(db, world.levels)
        assert levels["mug", "PAR", "reserved"] == 3
        assert levels["mug", "PAR", "available"] in {4, 7}, "counted before, or after, the hold"
        ask(db, promises.release, f"h{number}", actor=ACTOR, now=MONDAY)


@pytest.mark.parametrize(
    ("before", "verb"),
    [((), world.pick), ((world.pick,), world.ship), ((world.pick, world.ship), world.deliver)],
)
def test_nothing_is_done_twice(db, before, verb):
    for number in ROUNDS:
        key = f"o{number}"
        shelve(db, "PAR", mug=2)
        ask(db, world.accept, world.order(key, mug=2))
        for step in before:
            ask(db, step, f"{key}.1")
        with audited(db):
            outcomes = race(db, *[does(verb, f"{key}.1")] * 3)
        assert refusals(outcomes) == [WrongStage] * 2


def test_one_transfer_leaves_once(db):
    for number in ROUNDS:
        shelve(db, "PAR", mug=4)
        line = UnitLine(sku="mug", quantity=2)
        new = NewTransfer(source="PAR", target="LYS", expected_on=MONDAY.date(), lines=(line,))
        ask(db, supply.plan_transfer, f"t{number}", new, now=MONDAY)
        with audited(db):
            leave = does(supply.dispatch, f"t{number}", Dispatch(), actor=ACTOR, now=MONDAY)
            outcomes = race(db, leave, leave)
        assert refusals(outcomes) == [AlreadyDone]
        assert ask(db, world.levels)["mug", "LYS", "in_transit"] == 2 * (number + 1)


def test_two_returns_of_the_same_units(db):
    for number in ROUNDS:
        key = f"o{number}"
        shelve(db, "PAR", mug=3)
        ask(db, world.accept, world.order(key, mug=3))
        ask(db, world.send, f"{key}.1")
        new = NewReturn(
            order=key, node="SHOP", reason="r", lines=(ReturnLine(sku="mug", quantity=2),)
        )
        with audited(db):
            outcomes = race(
                db,
                *(
                    does(returns.announce, f"{key}-{which}", new, actor=ACTOR, now=MONDAY)
                    for which in "ab"
                ),
            )
        assert refusals(outcomes) == [NotReturnable]


def once(key, order):
    """Take an order as the door does: claim its id, act, and settle the answer with the effect."""

    def work(tx):
        claim = idempotency.claim(tx, "orders", {key: idempotency.digest(order)})
        if claim.reused:
            raise IdReused(id=key)
        if key in claim.known:
            return claim.known[key].body
        answer = msgspec.json.encode(world.accept(tx, order)[key])
        idempotency.settle(tx, "orders", {key: (200, answer)})
        return answer

    return work


def test_one_order_sent_many_times_at_once_is_taken_once(db):
    shelve(db, "PAR", mug=100)
    for number in ROUNDS:
        order = world.order(f"o{number}", mug=1)
        with audited(db):
            answers = race(db, *[once(order.id, order)] * 6)
        assert len(set(answers)) == 1, "and answered the same"
        assert ask(db, world.levels)["mug", "PAR", "reserved"] == number + 1


def test_one_id_with_two_contents_names_the_first(db):
    for number in ROUNDS:
        order = world.order(f"o{number}", mug=1)
        other = structs.replace(order, customer="c2")
        with audited(db):
            outcomes = race(db, once(order.id, order), once(order.id, other))
        assert refusals(outcomes) == [IdReused]


def test_without_a_claim_an_id_still_names_one_order(db):
    for number in ROUNDS:
        order = world.order(f"o{number}", mug=1)
        with audited(db):
            outcomes = race(db, *[accepts(order)] * 3)
        assert refusals(outcomes) == [IdReused] * 2
