"""What was noted in a store without a network has happened; what is held or unwanted is seen."""

from datetime import timedelta

import pytest

import world
from noria.collect import actions, views
from noria.collect import keep_actions as keep
from noria.collect.model import (
    Arrive,
    Extension,
    Missing,
    NothingWaits,
    Refused,
    RefusedTooMuch,
    Way,
)
from noria.network import actions as network
from noria.network.model import Lane
from noria.orders import edit_actions, hold_actions, refund_views
from noria.orders import views as orders
from noria.orders.edit_model import EditBody
from noria.orders.hold_model import HoldBody, HoldKind, OrderHeld
from noria.orders.model import Delivery, Payment, Stage
from noria.promise import keep_back_store
from noria.promise.delivery.model import OptionKind
from noria.returns.model import Grade
from test_collect_stories import (
    HOUR,
    NOON,
    SHELF,
    code,
    code_of_another,
    exceptions,
    live,
    order,
    ready,
    take,
    waits,
)
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    return retail


OFFLINE = MONDAY + HOUR


def fact(tx, key="h1", **more):
    """Told at noon, after what it is about was noted without a network."""
    return take(tx, key, happened_at=OFFLINE, **more)


def laid(tx, key="o1", payment=Payment.PAID, **units):
    world.shelve(tx, "SHOP", **units)
    order(tx, key, payment=payment, **units)
    world.pick(tx, f"{key}.1")
    ready(tx, f"{key}.1")


def test_it_was_handed_over_before_it_was_cancelled_and_nobody_knew(tx):
    laid(tx, mug=2)
    world.cancel(tx, "o1", now=MONDAY + 2 * HOUR)
    done = fact(tx)
    assert (done.is_late, done.is_proven, done.units) == (True, True, 2)
    assert world.levels(tx) == {}, "they are gone, though they were on sale again"
    assert exceptions(tx) == ["collect.handed_over_late"]
    with pytest.raises(NothingWaits) as refused:
        fact(tx, "h2", code=code_of_another())
    assert "handed over already" in refused.value.sentence("en")
    assert world.audit(tx) == []


def test_it_was_handed_over_before_it_was_sent_elsewhere_and_is_not_sent_again(tx):
    laid(tx, mug=2)
    elsewhere = EditBody(
        order="o1", reason="moved", delivery=Delivery(option=OptionKind.HOME_STANDARD),
        destination=world.PARIS,
    )  # fmt: skip
    edit_actions.edit(tx, "e1", elsewhere, actor=ACTOR, now=MONDAY + 2 * HOUR)
    assert live(tx) == [("SHOP", "HOME")]
    assert fact(tx).units == 2
    assert live(tx) == []
    assert world.levels(tx) == {}
    assert refund_views.refunds(tx, order="o1") == [], "they have what they paid for"
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"code": "ABC"}, ["collect.unproven"]),
        ({"way": Way.IDENTITY}, ["collect.unproven"]),
        ({}, []),
    ],
    ids=["a sign of the code is wrong", "nobody looked at a proof", "the code is right"],
)
def test_what_has_happened_is_booked_though_it_is_not_shown_whose_it_was(tx, more, expected):
    laid(tx, mug=2)
    assert fact(tx, **more).is_proven is not bool(expected)
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert exceptions(tx) == expected


def test_what_has_happened_is_booked_though_nobody_paid(tx):
    laid(tx, payment=Payment.IN_STORE, mug=2)
    refused = Refused(sku="mug", quantity=9, grade=Grade.A, reason="no")
    other = Refused(sku="cup", quantity=1, grade=Grade.A, reason="no")
    assert fact(tx, refused=(other,)).units == 2
    assert exceptions(tx) == ["collect.unpaid"]
    laid(tx, "o2", mug=2)
    assert fact(tx, "h2", order="o2", refused=(refused,)).refused == 2
    assert world.audit(tx) == []


def test_what_was_given_up_and_taken_is_not_paid_back_but_for_what_was_refused(tx):
    laid(tx, mug=3)
    world.cancel(tx, "o1", mug=1)
    keep.put_back(tx, ["o1.1"], actor=ACTOR, now=MONDAY)
    secret, until = code(tx), waits(tx)[0].keep_until
    keep.give_up(tx, now=until)
    broken = Refused(sku="mug", quantity=1, grade=Grade.D, reason="broken")
    done = take(tx, code=secret, happened_at=until - HOUR, now=until + HOUR, refused=(broken,))
    assert (done.units, done.refused) == (1, 1)
    assert world.levels(tx) == {("mug", "SHOP", "available"): 1, ("mug", "SHOP", "damaged"): 1}
    due = refund_views.refunds(tx, order="o1")
    assert [(one.reason, one.cents) for one in due] == [
        ("cancelled", 990), ("refused_in_store", 990),
    ]  # fmt: skip
    with pytest.raises(NothingWaits):
        take(tx, "h2", code=secret, happened_at=until - HOUR, now=until + HOUR)
    assert world.audit(tx) == []


def test_what_is_held_is_not_handed_over_unless_it_has_happened(tx):
    laid(tx, mug=2)
    fraud = HoldBody(order="o1", kind=HoldKind.FRAUD, reason="stolen card")
    hold_actions.place(tx, "hold1", fraud, actor=ACTOR, now=MONDAY)
    assert waits(tx)[0].is_held
    with pytest.raises(OrderHeld):
        take(tx)
    assert fact(tx).units == 2


def test_what_was_picked_in_vain_and_what_is_taken_out_of_a_bag_go_on_their_shelves(tx):
    world.shelve(tx, "SHOP", mug=5)
    order(tx, mug=2)
    order(tx, "o2", mug=3)
    for leg in ("o1.1", "o2.1"):
        world.pick(tx, leg)
    ready(tx, "o2.1")
    world.cancel(tx, "o1")
    world.cancel(tx, "o2", mug=1)
    there = {one.leg: one for one in views.put_backs(tx, nodes=["SHOP"], limit=9)}
    assert there["o1.1"].spot is None
    assert [(one.sku, one.units) for one in there["o2.1"].units] == [("mug", 1)]
    assert there["o2.1"].spot == SHELF
    assert keep.put_back(tx, sorted(there), actor=ACTOR, now=NOON) == ["o1.1", "o2.1"]
    assert keep.put_back(tx, sorted(there), actor=ACTOR, now=NOON) == []
    assert views.put_backs(tx, nodes=None, limit=9) == []


def test_every_box_of_a_leg_is_known_and_what_each_lacks_adds_up(tx):
    world.shelve(tx, "PAR", mug=9)
    network.save_lanes(
        tx, [Lane(source="PAR", target="SHOP", transit_days=1)], actor=ACTOR, now=MONDAY
    )
    order(tx, mug=5)
    world.pick(tx, "o1.1")
    boxes = [box.sscc for box in world.ship(tx, "o1.1", parcels=3).parcels]
    one = (Missing(sku="mug", quantity=1),)

    def arrive(*boxes, missing=one):
        wanted = [Arrive(id=box, missing=missing) for box in boxes]
        return {one.into for one in actions.arrive(tx, wanted, actor=ACTOR, now=NOON).values()}

    def due():
        return [sum(line.due_units for line in leg.lines) for leg in orders.order(tx, "o1").legs]

    assert arrive(*boxes[:2]) == {"o1.2"}
    assert due() == [0, 3, 2], "of five, each box lacked one"
    assert arrive(boxes[2]) == {"o1.2"}
    assert due() == [0, 2, 2, 1], "also what is told after it came"
    assert arrive(*boxes, missing=()) == {"o1.2"}
    with pytest.raises(RefusedTooMuch):
        arrive(boxes[2], missing=(Missing(sku="mug", quantity=3),))
    assert world.levels(tx)["mug", "SHOP", "reserved"] == 2
    assert world.audit(tx) == []


def test_a_unit_that_was_sent_to_a_store_is_sold_once(tx):
    world.shelve(tx, "PAR", mug=2)
    network.save_lanes(
        tx, [Lane(source="PAR", target="SHOP", transit_days=1)], actor=ACTOR, now=MONDAY
    )
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    actions.arrive(tx, [Arrive(id="o1.1")], actor=ACTOR, now=NOON)
    ready(tx, "o1.2", now=NOON)
    take(tx, now=NOON)
    keep_back_store.measure_sales(tx, now=NOON)
    sold = tx.execute("select node, units from recent_sales").fetchall()
    assert sold == [("PAR", 2)]


def test_nobody_is_reminded_of_what_is_not_there(tx):
    laid(tx, mug=2)
    until = waits(tx)[0].keep_until
    world.cancel(tx, "o1")
    assert keep.remind(tx, now=until - timedelta(days=1)) == 0


def test_a_longer_time_says_why(tx):
    laid(tx, mug=2)
    asked = Extension(order="o1", node="SHOP", days=3, reason="is ill")
    keep.extend(tx, asked, actor=ACTOR, now=NOON)
    assert orders.timeline(tx, "o1")[-1].reason.endswith(": is ill")
