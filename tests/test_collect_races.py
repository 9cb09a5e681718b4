"""Two people at once, and the worker beside them: it is handed over once, and sold once."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from crowd import audited, done, emptied, race, refusals
from noria.collect import actions, hand_over_actions, views
from noria.collect import keep_actions as keep
from noria.collect.model import (
    Arrive,
    Compartment,
    CompartmentUnfit,
    Extension,
    HandOverBody,
    KeptLongEnough,
    KeptTooLong,
    NothingWaits,
    Ready,
    Spot,
    SpotKind,
    Way,
)
from noria.network import actions as network
from noria.network.model import Lane
from noria.orders import edit_actions
from noria.orders import views as orders
from noria.orders.edit_model import EditBody, TooLateToEdit
from noria.orders.model import Delivery, Stage
from noria.promise.delivery.model import OptionKind
from world import ACTOR, MONDAY

HOME = Delivery(option=OptionKind.HOME_STANDARD)


@pytest.fixture
def db(crowded):
    with crowded.transaction() as tx:
        network.save_lanes(
            tx, [Lane(source="PAR", target="SHOP", transit_days=1)], actor=ACTOR, now=MONDAY
        )
    return emptied(crowded)


def order(db, key="o1", node="SHOP"):
    """Two mugs of five wait at the shop; until when."""
    way = Delivery(option=OptionKind.PICK_UP, store="SHOP")
    with db.transaction() as tx:
        world.shelve(tx, node, mug=5)
        world.accept(tx, structs.replace(world.order(key, mug=2), delivery=way))
        world.pick(tx, f"{key}.1")
        if node != "SHOP":
            world.ship(tx, f"{key}.1")
            return None
        actions.ready(tx, [Ready(id=f"{key}.1", spot=Spot(name="A"))], actor=ACTOR, now=MONDAY)
        return views.held(tx, key, "SHOP").keep_until


def takes(key, now):
    told = HandOverBody(order="o1", node="SHOP", way=Way.IDENTITY, identity_seen=True)
    return lambda tx: hand_over_actions.hand_over(tx, key, told, actor=ACTOR, now=now)


def stands(db):
    with db.transaction() as tx:
        units = world.levels(tx).get(("mug", "SHOP", "available"), 0)
        return orders.order(tx, "o1").stage, units


def test_two_associates_hand_over_once(db):
    order(db)
    with audited(db):
        answers = race(db, *(takes(f"h{number}", MONDAY) for number in range(4)))
    assert [one.units for one in done(answers)] == [2]
    assert refusals(answers) == [NothingWaits] * 3
    assert stands(db) == (Stage.DELIVERED, 3)


@pytest.mark.parametrize("seconds", [-1, 1])
def test_a_hand_over_meets_the_worker_that_gives_up(db, seconds):
    """The associate's clock is a little before, or after, the end; the worker's is after it."""
    until = order(db)
    now = until + timedelta(seconds=seconds)

    def give_up(tx):
        return keep.give_up(tx, now=until)

    with audited(db):
        answers = race(db, takes("h1", now), give_up, give_up)
    stage, units = stands(db)
    handed = [one for one in done(answers) if not isinstance(one, int)]
    if handed:
        assert (seconds, stage, units) == (-1, Stage.DELIVERED, 3)
        assert 1 not in answers
    else:
        assert (stage, units) == (Stage.CANCELLED, 5)
        assert refusals(answers)[0] in {NothingWaits, KeptTooLong}


def test_an_extension_meets_the_worker_that_gives_up(db):
    until = order(db)
    asked = Extension(order="o1", node="SHOP", days=2, reason="is ill")
    with audited(db):
        answers = race(
            db,
            lambda tx: keep.extend(tx, asked, actor=ACTOR, now=until),
            lambda tx: keep.give_up(tx, now=until),
        )
    stage, units = stands(db)
    if answers[1] == 1:
        assert (refusals(answers), stage, units) == ([NothingWaits], Stage.CANCELLED, 5)
    else:
        assert (refusals(answers), stage, units) == ([], Stage.PICKED, 3)


def test_a_hand_over_meets_a_change_of_place(db):
    order(db)
    edit = EditBody(order="o1", reason="home", delivery=HOME, destination=world.PARIS)
    with audited(db):
        answers = race(
            db,
            takes("h1", MONDAY),
            lambda tx: edit_actions.edit(tx, "e1", edit, actor=ACTOR, now=MONDAY),
        )
    assert len(done(answers)) == 1
    assert refusals(answers)[0] in {NothingWaits, TooLateToEdit}


def test_two_scans_of_the_boxes_are_one_arrival(db):
    order(db, node="PAR")

    def arrive(tx):
        return actions.arrive(tx, [Arrive(id="o1.1")], actor=ACTOR, now=MONDAY)["o1.1"].into

    with audited(db):
        answers = race(db, arrive, arrive, arrive)
    assert done(answers) == ["o1.2"] * 3
    with db.transaction() as tx:
        assert world.levels(tx)["mug", "SHOP", "reserved"] == 2


def test_two_orders_are_not_put_into_one_compartment(db):
    box = Compartment(node="SHOP", locker="L1", name="1", volume_cm3=90_000, most_g=50_000)
    spot = Spot(kind=SpotKind.LOCKER, name="L1", compartment="1")
    way = Delivery(option=OptionKind.PICK_UP, store="SHOP")
    with db.transaction() as tx:
        world.shelve(tx, "SHOP", mug=5)
        keep.save_compartments(tx, [box])
        for key in ("o1", "o2", "o3"):
            world.accept(tx, structs.replace(world.order(key, mug=1), delivery=way))
            world.pick(tx, f"{key}.1")

    def put(key):
        wanted = [Ready(id=f"{key}.1", spot=spot)]
        return lambda tx: actions.ready(tx, wanted, actor=ACTOR, now=MONDAY)

    answers = race(db, put("o1"), put("o2"), put("o3"))
    assert len(done(answers)) == 1
    assert refusals(answers) == [CompartmentUnfit] * 2


def test_two_taps_of_a_customer_keep_it_longer_once(db):
    order(db)
    asked = Extension(order="o1", node="SHOP", days=3, reason="by link")

    def tap(tx):
        return keep.extend(tx, asked, actor=ACTOR, now=MONDAY, is_once=True)

    answers = race(db, tap, tap)
    assert len(done(answers)) == 1
    assert refusals(answers) == [KeptLongEnough]
