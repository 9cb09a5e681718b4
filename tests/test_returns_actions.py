"""A return from its announcement to its end, on a real database."""

from datetime import timedelta

import msgspec
import pytest

import world
from noria.kit import clock
from noria.kit.errors import IdReused, NotFound, UnknownCodes
from noria.orders import refund_views
from noria.orders import views as orders
from noria.orders.model import Stage
from noria.returns import actions, views
from noria.returns.model import (
    Disposition,
    Finding,
    Grade,
    InspectedOtherwise,
    Inspection,
    NewReturn,
    NotReturnable,
    Reception,
    ReturnLine,
    TakesNoReturns,
    WrongReturnStage,
)
from test_orders_reroute import live
from world import ACTOR, MONDAY


@pytest.fixture
def tx(retail):
    """Three mugs and a cup of order o1 have reached their customer."""
    world.shelve(retail, "PAR", mug=3, cup=1)
    world.accept(retail, world.order(mug=3, cup=1))
    world.send(retail, "o1.1")
    return retail


def lines(units):
    return tuple(ReturnLine(sku=sku, quantity=count) for sku, count in units.items())


def announce(tx, key="a1", *, order="o1", node="SHOP", **units):
    new = NewReturn(order=order, node=node, reason="too small", lines=lines(units))
    return actions.announce(tx, key, new, actor=ACTOR, now=MONDAY)


def receive(tx, key="a1", **units):
    return actions.receive(tx, key, Reception(lines=lines(units)), actor=ACTOR, now=MONDAY)


def finding(sku, quantity, disposition=Disposition.RESTOCK, grade=Grade.A):
    return Finding(sku=sku, quantity=quantity, grade=grade, disposition=disposition)


def inspect(tx, *findings, key="a1"):
    return actions.inspect(tx, key, Inspection(lines=findings), actor=ACTOR, now=MONDAY)


def test_nothing_is_sent_back_to_where_nobody_takes_returns(tx):
    with pytest.raises(TakesNoReturns) as refused:
        announce(tx, node="PRINT", mug=1)
    assert [fault.pointer for fault in refused.value.faults] == ["/node"]


def test_a_return_is_announced_received_and_inspected(tx):
    asked = announce(tx, mug=2)
    assert (asked.received_at, asked.closed_at) == (None, None)
    assert world.levels(tx) == {("mug", "SHOP", "returning"): 2}
    assert [one.id for one in views.open_returns(tx, nodes=["SHOP"])] == ["a1"]
    receive(tx, mug=2)
    assert world.levels(tx) == {("mug", "SHOP", "hold"): 2}, "nobody may sell it before it was seen"
    closed = inspect(tx, finding("mug", 1), finding("mug", 1, Disposition.REPAIR, Grade.C))
    assert (closed.closed_at, closed.called_off_at) == (MONDAY, None)
    assert world.levels(tx) == {("mug", "SHOP", "available"): 1, ("mug", "SHOP", "damaged"): 1}
    assert views.open_returns(tx, nodes=None) == []
    assert orders.order(tx, "o1").stage is Stage.DELIVERED, "the order itself has had its end"
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    "disposition", [Disposition.OUTLET, Disposition.RECYCLE, Disposition.DONATE]
)
def test_what_leaves_our_walls_is_ours_no_longer(tx, disposition):
    announce(tx, mug=1)
    receive(tx, mug=1)
    inspect(tx, finding("mug", 1, disposition, Grade.D))
    assert world.levels(tx) == {}
    assert world.audit(tx) == []


@pytest.mark.parametrize(
    ("because", "box", "held"),
    [
        ("fewer than announced", {"mug": 1}, {("mug", "SHOP", "hold"): 1}),
        ("more than announced", {"mug": 3}, {("mug", "SHOP", "hold"): 3}),
        ("another SKU", {"bowl": 1}, {("bowl", "SHOP", "hold"): 1}),
        ("an empty box", {}, {}),
    ],
)
def test_the_box_holds_what_it_holds(tx, because, box, held):
    announce(tx, mug=2)
    receive(tx, **box)
    assert world.levels(tx) == held, because
    closed = inspect(tx, *(finding(sku, units) for sku, units in box.items()))
    assert closed.closed_at == MONDAY, "whatever was in it, it comes to an end"
    assert world.audit(tx) == []


def test_no_more_comes_back_than_has_left(tx):
    with pytest.raises(NotReturnable) as refused:
        announce(tx, mug=4)
    assert refused.value.details["left"] == 3
    announce(tx, mug=2)
    with pytest.raises(NotReturnable) as refused:
        announce(tx, "a2", mug=2)
    assert refused.value.details["left"] == 1
    announce(tx, "a2", mug=1)
    with pytest.raises(NotReturnable):
        announce(tx, "a3", bowl=1)
    assert world.audit(tx) == []


def test_what_did_not_come_after_all_may_come_later(tx):
    announce(tx, mug=3)
    receive(tx, mug=1)
    announce(tx, "a2", mug=2)
    with pytest.raises(NotReturnable):
        announce(tx, "a3", mug=1)


def test_what_has_not_left_cannot_come_back(tx):
    world.shelve(tx, "PAR", mug=2)
    world.accept(tx, world.order("o2", mug=2))
    with pytest.raises(NotReturnable):
        announce(tx, order="o2", mug=1)
    world.pick(tx, "o2.1")
    world.ship(tx, "o2.1")
    announce(tx, order="o2", mug=1)


@pytest.mark.parametrize(
    ("because", "attempt", "refusal"),
    [
        ("an order nobody knows", lambda tx: announce(tx, order="o9", mug=1), NotFound),
        ("a node nobody knows", lambda tx: announce(tx, node="OSLO", mug=1), UnknownCodes),
        ("a return nobody announced", lambda tx: receive(tx, "a9", mug=1), NotFound),
        ("received twice", lambda tx: [announce(tx, mug=1), receive(tx, mug=1), receive(tx, mug=1)], WrongReturnStage),
        ("inspected unseen", lambda tx: [announce(tx, mug=1), inspect(tx, finding("mug", 1))], WrongReturnStage),
        ("inspected twice", lambda tx: [announce(tx, mug=1), receive(tx, mug=1), inspect(tx, finding("mug", 1)),
                                        inspect(tx, finding("mug", 1))], WrongReturnStage),
        ("a unit forgotten", lambda tx: [announce(tx, mug=2), receive(tx, mug=2), inspect(tx, finding("mug", 1))],
         InspectedOtherwise),
        ("nothing looked at", lambda tx: [announce(tx, mug=2), receive(tx, mug=2), inspect(tx)], InspectedOtherwise),
        ("a SKU nobody knows in the box", lambda tx: [announce(tx, mug=1), receive(tx, spoon=1)], UnknownCodes),
        ("the id is taken", lambda tx: [announce(tx, mug=1), announce(tx, mug=1)], IdReused),
    ],
)  # fmt: skip
def test_what_cannot_be(tx, because, attempt, refusal):
    with pytest.raises(refusal):
        attempt(tx)


def test_open_returns_come_in_pages(tx):
    for number in range(3):
        announce(tx, f"a{number}", mug=1)
    everything = views.open_returns(tx, nodes=None)
    first = views.open_returns(tx, nodes=None, limit=2)
    rest = views.open_returns(tx, nodes=None, after=[first[-1].asked_at.isoformat(), first[-1].id])
    assert [*first, *rest] == everything
    assert views.open_returns(tx, nodes=["PAR"]) == []


def waiting(tx, at):
    clock.start_driving(tx, at)
    clock.drive(tx, at)
    found = "select kind, subject, node, owner, money_cents, facts from return_exception"
    return tx.execute(found).fetchall()


@pytest.mark.parametrize(
    ("setting", "is_here", "kind"),
    [
        ("return_missing_days", False, "return.missing"),
        ("return_uninspected_days", True, "return.uninspected"),
    ],
)
def test_the_policy_says_when_a_return_is_for_a_person(tx, setting, is_here, kind):
    live(tx, **{setting: 5})
    announce(tx, mug=2)
    if is_here:
        receive(tx, mug=1)
    assert waiting(tx, MONDAY + timedelta(days=5)) == []
    assert [one[0] for one in waiting(tx, MONDAY + timedelta(days=5, hours=1))] == [kind]


def test_what_came_and_nobody_looks_at_is_an_exception_that_one_call_ends(tx):
    announce(tx, mug=2)
    receive(tx, mug=1, bowl=1)
    assert waiting(tx, MONDAY + timedelta(hours=48)) == []
    [(kind, subject, node, owner, cents, facts)] = waiting(tx, MONDAY + timedelta(hours=49))
    assert (kind, subject, node) == ("return.uninspected", "return:a1", "SHOP")
    assert (owner, cents) == ("store_manager", 990), "nobody paid for the bowl"
    assert (facts["goods"], facts["is_plain"]) == (
        "1 \N{MULTIPLICATION SIGN} bowl, 1 \N{MULTIPLICATION SIGN} mug",
        True,
    )
    inspect(tx, *(msgspec.convert(one, Finding) for one in facts["as_new"]))
    assert world.levels(tx) == {("bowl", "SHOP", "available"): 1, ("mug", "SHOP", "available"): 1}
    assert waiting(tx, MONDAY + timedelta(days=9)) == []


def test_what_is_announced_and_does_not_come_is_an_exception_until_it_is_called_off(tx):
    announce(tx, mug=2, node="PAR")
    assert waiting(tx, MONDAY + timedelta(days=21)) == []
    [(kind, _, _, owner, cents, facts)] = waiting(tx, MONDAY + timedelta(days=22))
    assert (kind, owner, cents) == ("return.missing", "operations", 1980)
    assert facts["goods"] == "2 \N{MULTIPLICATION SIGN} mug"
    off = actions.call_off(tx, "a1", reason="kept", actor=ACTOR, now=MONDAY)
    assert (off.closed_at, off.called_off_at) == (MONDAY, MONDAY)
    assert world.levels(tx) == {}, "nothing is on its way any more"
    assert refund_views.refunds(tx, order="o1") == []
    assert waiting(tx, MONDAY + timedelta(days=22)) == []
    assert orders.order(tx, "o1").timeline[-1].kind == "return_called_off"
    for late in (lambda: receive(tx, mug=2), lambda: inspect(tx, finding("mug", 2))):
        with pytest.raises(WrongReturnStage) as refused:
            late()
        assert refused.value.details["stage"] == "called off", "nobody has inspected anything"
    announce(tx, "a2", mug=3)
    assert world.audit(tx) == []
