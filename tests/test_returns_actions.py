"""A return from its announcement to its end, on a real database."""

import pytest

import world
from noria.kit.errors import IdReused, NotFound, UnknownCodes
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
    assert closed.closed_at == MONDAY
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
