"""What customers collect in a store, from the promise to the hand-over, and what goes otherwise."""

from datetime import timedelta

import pytest
from msgspec import structs

import world
from noria.collect import actions, hand_over_actions, rules, settle_actions, views
from noria.collect import keep_actions as keep
from noria.collect.model import (
    Arrive,
    CodeTriedTooOften,
    Compartment,
    CompartmentUnfit,
    Extension,
    HandOverBody,
    KeptTooLong,
    LookUp,
    Missing,
    NotForPickup,
    NothingWaits,
    NoticeBody,
    NotProven,
    Ready,
    Refused,
    Spot,
    SpotKind,
    TillPayment,
    Way,
)
from noria.fulfilment.model import CollectedInStore
from noria.network import actions as network
from noria.network.model import LANE, PICK_UP, Lane
from noria.orders import edit_actions, refund_actions, refund_views
from noria.orders import views as orders
from noria.orders import watch_actions as watch
from noria.orders.edit_model import EditBody, LineEdit
from noria.orders.hold_model import NotPaidYet
from noria.orders.model import Delivery, Destination, EditKind, Payment, Recipient, Stage, Told
from noria.orders.refund_model import RefundMade, RefundPaid
from noria.promise.delivery.model import OptionKind
from noria.returns.model import Grade
from noria.tower.checks import CHECKS
from world import ACTOR, MONDAY

AT_SHOP = Delivery(option=OptionKind.PICK_UP, store="SHOP")
CAMILLE = Recipient(name="Camille Martin", email="c@example.com")
SHELF = Spot(name="A-12")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = MONDAY + 3 * HOUR


@pytest.fixture
def tx(retail):
    network.save_lanes(
        retail, [Lane(source="PAR", target="SHOP", transit_days=1)], actor=ACTOR, now=MONDAY
    )
    return retail


def order(tx, key="o1", *, way=AT_SHOP, payment=Payment.PAID, now=MONDAY, **units):
    new = structs.replace(
        world.order(key, at=now, **units), delivery=way, recipient=CAMILLE, payment=payment
    )
    return world.accept(tx, new, now=now)[key]


def ready(tx, *legs, spot=SHELF, now=MONDAY, **more):
    wanted = [Ready(id=leg, spot=spot, **more) for leg in legs]
    return actions.ready(tx, wanted, actor=ACTOR, now=now)


def waits(tx, *, now=MONDAY, **more):
    return views.collections(tx, now=now, **more)


def code(tx, order="o1", node="SHOP"):
    return views.held(tx, order, node).code


def take(tx, key="h1", *, order="o1", node="SHOP", way=Way.SCAN, now=NOON, **more):
    if way in {Way.SCAN, Way.CODE}:
        more.setdefault("code", code(tx, order, node))
    told = HandOverBody(order=order, node=node, way=way, **more)
    return hand_over_actions.hand_over(tx, key, told, actor=ACTOR, now=now)


def kinds(tx, order="o1"):
    return [one.kind for one in orders.timeline(tx, order)]


def exceptions(tx):
    return sorted({kind for (kind,) in tx.execute("select kind from collect_exception")})


def test_ready_in_two_hours(tx):
    world.shelve(tx, "SHOP", mug=3)
    told = Told(first=MONDAY.date(), last=MONDAY.date(), chance=0.97, ready_at=MONDAY + 2 * HOUR)
    order(tx, way=structs.replace(AT_SHOP, told=told), mug=2)
    [one] = keep.due(tx, nodes=["SHOP"], now=MONDAY + HOUR, limit=10)
    assert (one.due_at, one.minutes_left, one.is_late) == (MONDAY + 2 * HOUR, 60, False)
    assert keep.due(tx, nodes=["PAR"], now=MONDAY, limit=10) == []
    [late] = keep.due(tx, nodes=None, now=MONDAY + 2 * HOUR, limit=10)
    assert late.is_late, "an hour of handling is left: that is seen before it is missed"
    world.pick(tx, "o1.1")
    with pytest.raises(CollectedInStore):
        world.ship(tx, "o1.1")
    ready(tx, "o1.1", now=MONDAY + HOUR)
    [there] = waits(tx, now=MONDAY + HOUR)
    assert (there.customer, there.is_paid, there.is_over) == ("Camille Martin", True, False)
    assert [(one.leg, one.spot.name, one.units) for one in there.lying] == [("o1.1", "A-12", 2)]
    assert keep.due(tx, nodes=None, now=MONDAY + HOUR, limit=10) == []
    assert world.levels(tx)["mug", "SHOP", "reserved"] == 2, "it is there, and not for sale"
    done = take(tx)
    assert (done.units, done.legs, done.is_proven) == (2, ["o1.1"], True)
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert kinds(tx)[-3:] == ["picked", "ready", "handed_over"]
    kept = tx.execute("select is_kept from promise").fetchone()
    assert kept == (True,)
    assert views.punctual(tx, nodes=None, first=MONDAY.date(), last=MONDAY.date())[0].share == 1.0
    with pytest.raises(NothingWaits) as refused:
        take(tx, "h2", way=Way.IDENTITY, identity_seen=True)
    assert "handed over already" in refused.value.sentence("en")
    assert world.audit(tx) == []


def test_it_is_kept_as_promised_by_when_it_was_ready_not_when_somebody_came(tx):
    world.shelve(tx, "SHOP", mug=3)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    assert watch.watch(tx, now=MONDAY + 2 * DAY).looked_at == 0, "it has come as promised"
    take(tx, now=MONDAY + 3 * DAY)
    assert tx.execute("select is_kept from promise").fetchone() == (True,)
    assert world.audit(tx) == []


def test_ship_to_store_is_received_made_ready_and_handed_over(tx):
    world.shelve(tx, "PAR", mug=3)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    with pytest.raises(NotForPickup):
        ready(tx, "o1.1")
    box = world.ship(tx, "o1.1", parcels=2).parcels[0].sscc
    [coming] = views.inbound(tx, nodes=["SHOP"], limit=9)
    assert (coming.service, len(coming.sscc)) == (LANE, 2)
    with pytest.raises(CollectedInStore):
        world.deliver(tx, "o1.1")
    assert exceptions(tx) == ["collect.to_receive"], "by the clock of the database it is days late"
    came = actions.arrive(tx, [Arrive(id=box)], actor=ACTOR, now=MONDAY + DAY)
    assert came[box].into == "o1.2"
    again = actions.arrive(tx, [Arrive(id="o1.1")], actor=ACTOR, now=MONDAY + DAY)
    assert again["o1.1"].into == "o1.2", "two boxes of one leg are one arrival"
    assert exceptions(tx) == ["collect.late"], "it is there, and is to be made ready"
    assert world.levels(tx)["mug", "SHOP", "reserved"] == 2
    assert orders.order(tx, "o1").stage is Stage.PICKED, "not with its customer yet"
    ready(tx, "o1.2", now=MONDAY + DAY)
    take(tx, now=MONDAY + 2 * DAY)
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert world.audit(tx) == []
    assert world.asked(tx, *(check.name for check in CHECKS)) == [], (
        "nor finds the auditor anything"
    )


def test_what_was_missing_in_the_box_is_sent_again(tx):
    world.shelve(tx, "PAR", mug=3)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    world.ship(tx, "o1.1")
    actions.arrive(
        tx, [Arrive(id="o1.1", missing=(Missing(sku="mug", quantity=1),))], actor=ACTOR,
        now=MONDAY + DAY,
    )  # fmt: skip
    legs = [(leg.node, leg.service, sum(line.due_units for line in leg.lines))
            for leg in orders.order(tx, "o1").legs]  # fmt: skip
    assert legs == [("PAR", LANE, 0), ("SHOP", PICK_UP, 1), ("PAR", LANE, 1)]
    assert world.audit(tx) == []


def test_somebody_else_collects_it_if_the_customer_said_so(tx):
    world.shelve(tx, "SHOP", mug=3)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    with pytest.raises(NotProven):
        take(tx, way=Way.PROXY, identity_seen=True, name="Sacha Petit")
    keep.allow(tx, "o1", "Sacha Petit", actor=ACTOR, now=MONDAY)
    [found] = waits(tx, name="sacha")
    assert found.proxy == "Sacha Petit"
    take(tx, way=Way.PROXY, identity_seen=True, name="sacha petit")
    assert orders.order(tx, "o1").stage is Stage.DELIVERED


def test_nobody_collects_it_and_it_is_back_on_sale(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    until = waits(tx)[0].keep_until
    assert keep.remind(tx, now=until - 3 * DAY) == 0
    assert keep.remind(tx, now=until - 2 * DAY) == 1
    assert keep.remind(tx, now=until - DAY) == 0, "once"
    assert keep.give_up(tx, now=until - timedelta(seconds=1)) == 0
    assert waits(tx, now=until)[0].is_over, "also before the worker has looked"
    with pytest.raises(KeptTooLong):
        take(tx, now=until)
    assert keep.give_up(tx, now=until) == 1
    assert keep.give_up(tx, now=until) == 0
    assert world.levels(tx) == {("mug", "SHOP", "available"): 2}
    assert orders.order(tx, "o1").stage is Stage.CANCELLED
    assert kinds(tx)[-1] == "not_collected"
    [due] = refund_views.refunds(tx, order="o1")
    assert (due.cents, due.reason, due.made_at) == (1980, "not_collected", None)
    assert exceptions(tx) == ["collect.to_put_back"]
    assert keep.put_back(tx, ["o1.1"], actor=ACTOR, now=until) == ["o1.1"]
    assert exceptions(tx) == []
    assert world.audit(tx) == []


def test_what_was_added_and_not_paid_goes_on_once_what_was_not_collected_pays_for_it(tx):
    world.shelve(tx, "SHOP", mug=3)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    until = waits(tx)[0].keep_until
    more = EditBody(order="o1", lines=(LineEdit(line=1, quantity=3),), reason="asked")
    edit_actions.edit(tx, "e1", more, actor=ACTOR, now=NOON)
    assert orders.order(tx, "o1").held_for == ["payment"]
    assert keep.give_up(tx, now=until) == 1
    left = orders.order(tx, "o1")
    assert (left.owed_cents, left.payment, left.held_for) == (0, Payment.PAID, [])
    assert [one.cents for one in refund_views.refunds(tx, order="o1")] == [990]
    [live] = [leg for leg in left.legs if leg.withdrawn_at is None]
    assert live.leaves_at > until, "its departure was missed while it was held"
    world.pick(tx, live.id, now=until)
    assert world.audit(tx) == []


def test_it_is_kept_for_longer_if_somebody_asks(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    until = waits(tx)[0].keep_until
    asked = Extension(order="o1", node="SHOP", days=3, reason="is ill")
    later = keep.extend(tx, asked, actor=ACTOR, now=until - HOUR)
    assert later.keep_until == until + 3 * DAY
    assert keep.give_up(tx, now=until) == 0
    take(tx, now=until + DAY)
    with pytest.raises(NothingWaits):
        keep.extend(tx, asked, actor=ACTOR, now=until + DAY)


def test_the_place_changes_twice_and_stock_follows(tx):
    world.shelve(tx, "SHOP", mug=2)
    world.amend(tx, "LYS", does_hand_over=True)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    place = next(one for one in orders_editable(tx) if one.what is EditKind.PLACE)
    assert (place.is_open, place.reason.value) == (True, "hand_over")
    network.save_lanes(
        tx, [Lane(source="SHOP", target="LYS", transit_days=1)], actor=ACTOR, now=MONDAY
    )
    elsewhere = EditBody(
        order="o1", reason="moved", delivery=Delivery(option=OptionKind.PICK_UP, store="LYS")
    )
    edit_actions.edit(tx, "e1", elsewhere, actor=ACTOR, now=NOON)
    assert live(tx) == [("SHOP", LANE)], "what lies there goes on to the other store"
    assert waits(tx, now=NOON) == []
    assert exceptions(tx) == ["collect.to_put_back"]
    home = EditBody(
        order="o1", reason="moved", delivery=Delivery(option=OptionKind.HOME_STANDARD),
        destination=Destination(postcode="75001", town="Paris", latitude=48.86, longitude=2.34),
    )  # fmt: skip
    edit_actions.edit(tx, "e2", home, actor=ACTOR, now=NOON)
    assert live(tx) == [("SHOP", "HOME")]
    assert world.audit(tx) == []


def orders_editable(tx):
    return edit_actions.editable(tx, "o1")


def live(tx):
    return [(leg.node, leg.service) for leg in orders.order(tx, "o1").legs
            if leg.withdrawn_at is None]  # fmt: skip


def test_it_is_paid_in_the_store_before_it_is_handed_over(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, payment=Payment.IN_STORE, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    assert waits(tx)[0].is_paid is False
    with pytest.raises(NotPaidYet):
        take(tx)
    take(tx, payment=TillPayment(id="p1", reference="till-3/4711"))
    assert orders.order(tx, "o1").payment is Payment.PAID
    assert "paid" in kinds(tx)
    assert world.audit(tx) == []


def test_some_of_it_is_refused_at_the_counter(tx):
    world.shelve(tx, "SHOP", mug=3, cup=1)
    order(tx, mug=3, cup=1)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    done = take(
        tx,
        refused=(
            Refused(sku="mug", quantity=1, grade=Grade.A, reason="too blue"),
            Refused(sku="cup", quantity=1, grade=Grade.D, reason="broken"),
        ),
    )
    assert (done.units, done.refused) == (2, 2)
    assert world.levels(tx) == {("mug", "SHOP", "available"): 1, ("cup", "SHOP", "damaged"): 1}
    assert orders.order(tx, "o1").stage is Stage.DELIVERED
    assert sum(one.cents for one in refund_views.refunds(tx, order="o1")) == 1980
    assert world.audit(tx) == []


def test_all_of_it_is_refused_at_the_counter(tx):
    world.shelve(tx, "SHOP", mug=1)
    order(tx, mug=1)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    done = take(tx, refused=(Refused(sku="mug", quantity=1, grade=Grade.A, reason="no"),))
    assert (done.units, done.refused, done.legs) == (0, 1, [])
    assert orders.order(tx, "o1").stage is Stage.CANCELLED
    assert world.audit(tx) == []


def test_what_was_noted_without_a_network_has_happened(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    wrong = views.held(tx, "o1", "SHOP")
    assert wrong.code is not None
    other = code_of_another()
    with pytest.raises(NotProven):
        take(tx, code=other)
    done = take(tx, code=other, happened_at=MONDAY + HOUR)
    assert (done.is_proven, done.happened_at) == (False, MONDAY + HOUR)
    assert exceptions(tx) == ["collect.unproven"]
    for _ in range(2):
        settle_actions.settle_hand_over(tx, "h1", "the camera shows her", actor=ACTOR, now=NOON)
    assert exceptions(tx) == [], "somebody has looked after it"
    assert world.audit(tx) == []


def code_of_another():
    return rules.code(b"another", "o1", "SHOP", 0)


def test_it_was_handed_over_before_it_was_given_up_and_nobody_knew(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, mug=2)
    world.pick(tx, "o1.1")
    ready(tx, "o1.1")
    secret, until = code(tx), waits(tx)[0].keep_until
    keep.give_up(tx, now=until)
    done = take(tx, code=secret, happened_at=until - HOUR, now=until + HOUR)
    assert (done.is_late, done.units) == (True, 2)
    assert world.levels(tx) == {}, "they are gone, whatever the book said"
    assert exceptions(tx) == ["collect.handed_over_late"]
    assert world.audit(tx) == []


def test_a_locker_takes_what_fits_and_one_thing_at_a_time(tx):
    world.shelve(tx, "SHOP", mug=4)
    order(tx, mug=2)
    order(tx, "o2", mug=1)
    for leg in ("o1.1", "o2.1"):
        world.pick(tx, leg)
    keep.save_compartments(
        tx,
        [
            Compartment(node="SHOP", locker="L1", name="1", volume_cm3=9000, most_g=500),
            Compartment(node="SHOP", locker="L1", name="2", volume_cm3=9000, most_g=5000),
        ],
    )
    locker = Spot(kind=SpotKind.LOCKER, name="L1", compartment="1")
    with pytest.raises(CompartmentUnfit):
        ready(tx, "o1.1", spot=locker)
    with pytest.raises(CompartmentUnfit):
        ready(tx, "o1.1", spot=structs.replace(locker, compartment="9"))
    ready(tx, "o1.1", spot=structs.replace(locker, compartment="2"))
    with pytest.raises(CompartmentUnfit):
        ready(tx, "o2.1", spot=structs.replace(locker, compartment="2"))
    ready(tx, "o2.1", spot=locker)


def test_who_is_in_the_drive_comes_first(tx):
    world.shelve(tx, "SHOP", mug=4)
    for key in ("o1", "o2"):
        order(tx, key, mug=1)
        world.pick(tx, f"{key}.1")
        ready(tx, f"{key}.1")
    with pytest.raises(NothingWaits):
        keep.announce(tx, "o9", NoticeBody(), now=NOON)
    keep.announce(tx, "o2", NoticeBody(in_minutes=10, vehicle="AB-123-CD", bay="3"), now=NOON)
    assert [(one.order, one.notice and one.notice.bay) for one in waits(tx, now=NOON)] == [
        ("o2", "3"), ("o1", None),
    ]  # fmt: skip


def test_codes_are_not_tried_for_ever(tx):
    for number in range(10):
        found, is_wrong = keep.look_up(
            tx, LookUp(node="SHOP", code=tried(number)), actor=ACTOR, now=NOON
        )
        assert (found, is_wrong) == ([], True)
    with pytest.raises(CodeTriedTooOften):
        keep.look_up(tx, LookUp(node="SHOP", code=tried(11)), actor=ACTOR, now=NOON)
    assert settle_actions.settle_wrong_codes(tx, "SHOP", now=NOON).tries == 10
    assert keep.look_up(tx, LookUp(node="SHOP", code=tried(11)), actor=ACTOR, now=NOON)[1], (
        "somebody has looked after it"
    )
    later = NOON + timedelta(minutes=16)
    assert keep.look_up(tx, LookUp(node="SHOP", code=tried(1)), actor=ACTOR, now=later)[1]


def tried(number):
    return rules.code(b"guess", "o1", "SHOP", number)


def test_a_refund_is_made_once(tx):
    world.shelve(tx, "SHOP", mug=2)
    order(tx, mug=2)
    world.cancel(tx, "o1", mug=1)
    world.cancel(tx, "o1")
    due = refund_views.refunds(tx, is_made=False)
    assert [one.cents for one in due] == [990, 990]
    told = RefundPaid(made_at=MONDAY, reference="re_1")
    made = refund_actions.pay(tx, due[0].id, told, actor=ACTOR, now=NOON)
    assert made.reference == "re_1"
    with pytest.raises(RefundMade):
        refund_actions.pay(tx, due[0].id, told, actor=ACTOR, now=NOON)
    assert kinds(tx)[-1] == "refunded"
