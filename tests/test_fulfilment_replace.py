"""Of several parcels of a leg, those that do not come are replaced, and the rest goes on."""

from datetime import timedelta

import pytest
from msgspec import structs

import work_list
import world
from noria.fulfilment import pack_actions, replace_actions, replace_rules, views
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.model import PackedOtherwise
from noria.fulfilment.pack_model import Pack, PackBox
from noria.fulfilment.replace_model import Box, ContentsUnknown, ParcelNotUnderWay
from noria.fulfilment.tracking_model import Heard, NotOfShipment, NumberedParcel
from noria.kit.errors import Invalid
from noria.messages import views as messages
from noria.orders import views as orders
from noria.orders.carried_model import Progress
from noria.orders.model import Leg, LegLine, Stage
from noria.orders.replace_model import Because, How, NotUnderWay, ReplaceBody
from noria.promise import views as promises
from world import ACTOR, MONDAY

LATER = MONDAY + timedelta(days=2)
LOST, KEPT = "6A1", "6A2"


@pytest.fixture
def sent(retail):
    """Three mugs left Paris in two boxes, two of them in the first; Lyon has three more."""
    world.shelve(retail, "PAR", mug=3)
    world.shelve(retail, "LYS", mug=3)
    world.accept(retail, world.order(mug=3))
    world.pick(retail, "o1.1")
    boxes = (PackBox(units={"mug": 2}), PackBox(units={"mug": 1}))
    pack_actions.pack(retail, [Pack(id="p1", leg="o1.1", boxes=boxes)], actor=ACTOR, now=MONDAY)
    world.ship(retail, "o1.1", parcels=2)
    named = [
        NumberedParcel(sscc=parcel.sscc, number=LOST if parcel.units == {"mug": 2} else KEPT)
        for parcel in views.shipments(retail, ids=["o1.1"])[0].parcels
    ]
    tracking.number(retail, "o1.1", "poste", named, actor=ACTOR, now=MONDAY)
    return retail


def sscc(tx, number=LOST):
    found = tx.execute("select sscc from parcel_number where number = %s", [number]).fetchone()
    return found[0]


def hear(tx, number, progress):
    heard = [Heard(number=number, happened_at=LATER, code="X", progress=progress)]
    tracking.hear(tx, "poste", heard, f"{number}-{progress.value}", actor=ACTOR, now=LATER)


def replace(tx, number=LOST, because=Because.LOST, how=How.SEND_AGAIN, **more):
    parcels = (sscc(tx, number),) if number else ()
    asked = ReplaceBody(leg="o1.1", parcels=parcels, how=how, because=because, **more)
    return replace_actions.replace(tx, f"r-{number}", asked, actor=ACTOR, now=LATER)


def test_what_was_in_the_lost_box_is_sent_again_and_owed_the_other_came(sent):
    hear(sent, KEPT, Progress.DELIVERED)
    hear(sent, LOST, Progress.LOST)
    [row] = work_list.exceptions(sent, kind="parcel.lost")
    assert (row.money_cents, row.facts["is_known"]) == (1980, True)
    done = replace(sent)
    assert (done.cents, done.parcels) == (1980, [sscc(sent)])
    assert [(one.sku, one.units) for one in done.lines] == [("mug", 2)]
    assert (done.sent_as, done.stage) == (["o1.2"], Stage.SOURCED)
    old, new = orders.legs(sent, ["o1"])["o1"]
    assert (old.delivered_at, old.withdrawn_at, old.carrier_says) == (LATER, None, "delivered")
    assert [line.due_units for leg in (old, new) for line in leg.lines] == [1, 2]
    assert orders.order(sent, "o1").carrier_says == "delivered"
    assert work_list.exceptions(sent, kind="parcel") == []
    assert promises.promises(sent, ["o1"])["o1"].settled_at is None, "two are still to come"
    assert world.audit(sent) == []
    world.send(sent, "o1.2", now=LATER)
    assert orders.order(sent, "o1").stage is Stage.DELIVERED
    assert promises.promises(sent, ["o1"])["o1"].settled_at is not None
    assert world.audit(sent) == []


def test_the_rest_is_delivered_when_it_comes_and_the_customer_sees_why(sent):
    hear(sent, LOST, Progress.LOST)
    assert orders.order(sent, "o1").carrier_says == "lost"
    replace(sent)
    assert orders.order(sent, "o1").carrier_says is None, "nothing was said of the other yet"
    told = messages.facts(sent, "o1", now=LATER)
    first, _ = told.sent
    assert [parcel.number for parcel in first.parcels] == [KEPT]
    assert [turn.is_replaced for turn in told.turns].count(True) == 1
    hear(sent, KEPT, Progress.DELIVERED)
    assert orders.legs(sent, ["o1"])["o1"][0].delivered_at == LATER
    hear(sent, LOST, Progress.DELIVERED)
    assert orders.order(sent, "o1").stage is Stage.SOURCED, "it turns up: nothing changes"
    assert world.audit(sent) == []


def test_what_is_not_wanted_again_is_paid_back_and_the_rest_comes(sent):
    done = replace(sent, how=How.REFUND)
    assert (done.stage, done.sent_as) == (Stage.SHIPPED, [])
    assert sent.execute("select cents from refund").fetchall() == [(1980,)]
    hear(sent, KEPT, Progress.DELIVERED)
    assert orders.order(sent, "o1").stage is Stage.DELIVERED
    assert promises.promises(sent, ["o1"])["o1"].settled_at is not None
    assert world.audit(sent) == []


def test_what_came_back_alone_lies_on_hold(sent):
    replace(sent, because=Because.RETURNED)
    assert world.levels(sent)["mug", "PAR", "hold"] == 2
    assert world.audit(sent) == []


def test_one_after_the_other_ends_the_leg(sent):
    replace(sent, how=How.REFUND)
    with pytest.raises(ParcelNotUnderWay):
        replace(sent, how=How.REFUND)
    done = replace(sent, number=None, how=How.REFUND)
    assert (done.parcels, done.cents, done.stage) == ([sscc(sent, KEPT)], 990, Stage.CANCELLED)
    assert orders.legs(sent, ["o1"])["o1"][0].withdrawn_at == LATER
    assert world.audit(sent) == []


def test_what_has_come_is_not_sent_again_with_the_rest(sent):
    hear(sent, KEPT, Progress.DELIVERED)
    done = replace(sent, number=None)
    assert (done.parcels, done.cents) == ([sscc(sent)], 1980)
    assert orders.legs(sent, ["o1"])["o1"][0].delivered_at == LATER


A, B, C = (f"37600000000000{n:04}" for n in range(3))
LEG = Leg(
    id="o1.1", order="o1", node="PAR", service="HOME", planned_at=MONDAY, leaves_at=MONDAY,
    arrives_on=MONDAY.date(), cost_cents=0, shipped_at=MONDAY,
    lines=(
        LegLine(line=1, sku="mug", quantity=2, gone=1),
        LegLine(line=2, sku="mug", quantity=2),
        LegLine(line=3, sku="cup", quantity=1),
    ),
)  # fmt: skip
BOXES = (Box(sscc=A, units={"mug": 2}), Box(sscc=B, units={"mug": 1, "cup": 1}))
UNKNOWN = tuple(structs.replace(box, units=None) for box in BOXES)
CAME = structs.replace(BOXES[1], delivered_at=MONDAY)


def asked(*parcels, **units):
    return ReplaceBody(leg="o1.1", parcels=parcels, units=units, because=Because.LOST)


@pytest.mark.parametrize(
    ("because", "boxes", "body", "parcels", "units"),
    [
        ("lines are filled in their order", BOXES, asked(A), (A,), {1: 1, 2: 1}),
        ("several are added up", BOXES, asked(A, B), (A, B), {1: 1, 2: 2, 3: 1}),
        ("none named is all", BOXES, asked(), (A, B), {1: 1, 2: 2, 3: 1}),
        ("but what came", (BOXES[0], CAME), asked(), (A,), {1: 1, 2: 1}),
        ("all that is left is known", UNKNOWN, asked(), (A, B), {1: 1, 2: 2, 3: 1}),
        ("what nobody knew is said", UNKNOWN, asked(B, cup=1), (B,), {3: 1}),
        ("what went without a parcel", (), asked(), (), {1: 1, 2: 2, 3: 1}),
    ],
)
def test_what_does_not_come(because, boxes, body, parcels, units):
    found = replace_rules.missed(LEG, boxes, body)
    assert (found.parcels, found.units) == (parcels, units), because


@pytest.mark.parametrize(
    ("because", "boxes", "body", "refusal"),
    [
        ("another leg's", BOXES, asked(C), NotOfShipment),
        ("it has come", (BOXES[0], CAME), asked(B), ParcelNotUnderWay),
        ("all has come", (CAME,), asked(), NotUnderWay),
        ("nobody knows what was in it", UNKNOWN, asked(A), ContentsUnknown),
        ("it is known", BOXES, asked(A, mug=1), Invalid),
        ("more than was sent", UNKNOWN, asked(A, mug=4), PackedOtherwise),
        ("what was not sent", UNKNOWN, asked(A, bowl=1), PackedOtherwise),
    ],
)
def test_what_cannot_be_replaced(because, boxes, body, refusal):
    with pytest.raises(refusal) as refused:
        replace_rules.missed(LEG, boxes, body)
    assert refused.value.sentence("fr") != refused.value.sentence("en"), because


def test_a_leg_has_come_with_the_last_that_comes():
    gone = structs.replace(BOXES[0], is_replaced=True)
    assert replace_rules.came_at((gone, CAME)) == MONDAY
    assert replace_rules.came_at((BOXES[0], CAME)) is None
    assert replace_rules.came_at((gone,)) is None
