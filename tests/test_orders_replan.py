"""What left and does not come is sent again or paid back; what waits is sourced; a day is told."""

from datetime import timedelta

import pytest

import work_list
import world
from noria.fulfilment import replace_actions
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment import views as fulfilment
from noria.fulfilment.tracking_model import Heard, NumberedParcel
from noria.kit import clock
from noria.kit.auth import Forbidden
from noria.kit.errors import IdReused, NotFound
from noria.orders import replace_actions as claims
from noria.orders import replace_views, replan_actions, views
from noria.orders.carried_model import Progress
from noria.orders.model import Stage
from noria.orders.replace_model import Because, Claim, How, NoClaimDue, NotUnderWay, ReplaceBody
from noria.orders.replan_model import NoDayKnown
from world import ACTOR, MONDAY

LATER = MONDAY + timedelta(days=2)


@pytest.fixture
def sent(retail):
    """Two mugs left Paris in one parcel; Lyon has two more, and Paris one."""
    world.shelve(retail, "PAR", mug=3)
    world.shelve(retail, "LYS", mug=2)
    world.accept(retail, world.order(mug=2))
    world.pick(retail, "o1.1")
    world.ship(retail, "o1.1")
    return retail


def replace(tx, because=Because.LOST, how=How.SEND_AGAIN, key="r1", leg="o1.1"):
    asked = ReplaceBody(leg=leg, how=how, because=because)
    return replace_actions.replace(tx, key, asked, actor=ACTOR, now=LATER)


def settle(tx, must=lambda _: None):
    return claims.settle_claim(tx, "r1", 1500, now=LATER, must=must)


def test_what_a_carrier_lost_is_sent_again_from_elsewhere_and_owed(sent):
    done = replace(sent)
    assert (done.carrier, done.claim, done.cents, done.currency) == (
        "Poste",
        Claim.DUE,
        1980,
        "EUR",
    )
    assert [(one.sku, one.units) for one in done.lines] == [("mug", 2)]
    assert done.sent_as == ["o1.2"]
    old, new = views.legs(sent, ["o1"])["o1"]
    assert (old.withdrawn_at, new.node) == (LATER, "LYS")
    assert views.order(sent, "o1").stage is Stage.SOURCED
    assert "replaced" in [one.kind for one in views.timeline(sent, "o1")]
    world.send(sent, "o1.2", now=LATER)
    assert views.order(sent, "o1").stage is Stage.DELIVERED
    assert world.audit(sent) == []
    with pytest.raises(NotUnderWay):
        replace(sent, key="r2")
    with pytest.raises(Forbidden):
        settle(sent, must=elsewhere)
    paid = settle(sent)
    assert (paid.claim, paid.claim_cents) == (Claim.SETTLED, 1500)
    assert replace_views.replacements(sent, claim=Claim.DUE) == []
    assert [one.id for one in replace_views.replacements(sent, order="o1")] == ["r1"]
    assert replace_views.replacements(sent, order="o2") == []
    with pytest.raises(NoClaimDue):
        settle(sent)


def elsewhere(node):
    raise Forbidden(permission="orders.write", where=f" ({node})")


def test_the_node_it_left_from_sends_what_nobody_else_has(sent):
    world.accept(sent, world.order("o2", mug=1))
    world.accept(sent, world.order("o3", mug=1))
    free = sum(units for (_, _, state), units in world.levels(sent).items() if state == "available")
    assert free == 1
    done = replace(sent)
    assert done.stage is Stage.WAITING, "one of two is sent, by whoever has it; one waits"
    assert len(done.sent_as) == 1
    assert world.audit(sent) == []


def test_what_came_back_lies_on_hold_and_nobody_owes_it(sent):
    done = replace(sent, Because.RETURNED)
    assert (done.claim, done.sent_as) == (Claim.NONE, ["o1.2"])
    assert world.levels(sent)["mug", "PAR", "hold"] == 2
    assert world.audit(sent) == []


def test_what_is_not_wanted_again_is_paid_back_once(sent):
    done = replace(sent, how=How.REFUND)
    assert (done.stage, done.sent_as) == (Stage.CANCELLED, [])
    assert sent.execute("select cents from refund where order_id = 'o1'").fetchall() == [(1980,)]
    assert world.audit(sent) == []


def test_a_lost_parcel_that_turns_up_after_all_changes_nothing(sent):
    [parcel] = fulfilment.shipments(sent, ids=["o1.1"])[0].parcels
    replace(sent)
    tell(sent, parcel.sscc)
    assert views.order(sent, "o1").stage is Stage.SOURCED
    assert "carrier_delivered" in [one.kind for one in views.timeline(sent, "o1")]
    assert work_list.exceptions(sent, kind="parcel") == []
    assert world.audit(sent) == []


def tell(tx, sscc):
    named = [NumberedParcel(sscc=sscc, number="6A1")]
    tracking.number(tx, "o1.1", "poste", named, actor=ACTOR, now=LATER)
    heard = [Heard(number="6A1", happened_at=LATER, code="LIV", progress=Progress.DELIVERED)]
    tracking.hear(tx, "poste", heard, "reply", actor=ACTOR, now=LATER)


@pytest.mark.parametrize(
    ("because", "leg", "refusal"),
    [
        ("nobody knows that leg", "o9.1", NotFound),
        ("it has not left", "o2.1", NotUnderWay),
    ],
)
def test_what_cannot_be_replaced(sent, because, leg, refusal):
    world.accept(sent, world.order("o2", mug=1))
    with pytest.raises(refusal):
        replace(sent, leg=leg)


def test_an_id_replaces_one_thing(sent):
    replace(sent)
    world.pick(sent, "o1.2", now=LATER)
    world.ship(sent, "o1.2", now=LATER)
    with pytest.raises(IdReused):
        replace(sent, leg="o1.2")


def test_what_waits_is_looked_for_by_order(retail):
    world.accept(retail, world.order("a", mug=1), world.order("b", mug=1))
    world.shelve(retail, "PAR", mug=1)
    found = replan_actions.source(retail, ["b"], actor=ACTOR, now=MONDAY)
    assert (found.sourced, found.waiting) == (["b"], []), "though the other waits longer"
    again = replan_actions.source(retail, ["a", "b"], actor=ACTOR, now=MONDAY)
    assert (again.sourced, again.waiting) == ([], ["a"])
    with pytest.raises(NotFound):
        replan_actions.source(retail, ["a", "c"], actor=ACTOR, now=MONDAY)


def test_a_customer_is_told_the_new_day_once_and_the_exception_goes(sent):
    late = MONDAY + timedelta(days=9)
    clock.start_driving(sent, late)
    assert [one.kind for one in work_list.exceptions(sent, kind="promise.late")] == ["promise.late"]
    told = replan_actions.tell_day(sent, "o1", actor=ACTOR, now=late)
    assert (told.is_told, told.promised_to > late.date()) == (True, True)
    assert work_list.exceptions(sent, kind="promise.late") == [], (
        "told of another day, it is not late"
    )
    assert views.timeline(sent, "o1")[-1].kind == "delayed"
    again = replan_actions.tell_day(sent, "o1", actor=ACTOR, now=late)
    assert (again.is_told, again.promised_to) == (False, told.promised_to)


def test_nobody_is_told_a_day_that_nobody_knows(retail):
    world.accept(retail, world.order(mug=1))
    with pytest.raises(NoDayKnown):
        replan_actions.tell_day(retail, "o1", actor=ACTOR, now=MONDAY)
