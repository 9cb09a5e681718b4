"""Purchase orders and transfers that are wanted otherwise, or called off."""

from datetime import date

import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.kit.errors import IdReused, Invalid, NotFound, UnknownCodes
from noria.promise import atp_views
from noria.supply import actions, asn_actions, change_actions, views
from noria.supply.asn_model import AsnLine, NewAsn
from noria.supply.change_model import (
    CallOff,
    PurchaseChange,
    PurchaseWanted,
    TransferChange,
    TransferWanted,
    UnderWay,
)
from noria.supply.model import (
    AlreadyDone,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    PurchaseLine,
    ReceivedLine,
    UnitLine,
)
from noria.work import views as work
from world import ACTOR, MONDAY

MAY = (Permission.SUPPLY_READ, Permission.SUPPLY_WRITE)
FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)
WHY = CallOff(reason="the supplier is out of it")


@pytest.fixture
def tx(retail):
    ordered = [PurchaseLine(sku="mug", quantity=10, cost_cents=400),
               PurchaseLine(sku="cup", quantity=4, cost_cents=200)]  # fmt: skip
    new = NewPurchase(
        supplier="Atelier Bois", node="PAR", ordered_at=MONDAY, expected_on=FRIDAY,
        lines=tuple(ordered),
    )  # fmt: skip
    actions.buy(retail, "po", new)
    world.shelve(retail, "PAR", mug=20)
    planned = NewTransfer(
        source="PAR", target="LYS", expected_on=FRIDAY, lines=(UnitLine(sku="mug", quantity=5),)
    )
    actions.plan_transfer(retail, "t1", planned, now=MONDAY)
    return retail


def want(tx, key="c1", *, on=None, cents=None, **units):
    lines = tuple(
        PurchaseWanted(sku=sku, quantity=count, cost_cents=cents) for sku, count in units.items()
    )
    change = PurchaseChange(expected_on=on, lines=lines)
    return change_actions.change_purchase(tx, "po", key, change, actor=ACTOR, now=MONDAY)


def plan(tx, key="c1", *, on=None, **units):
    lines = tuple(TransferWanted(sku=sku, quantity=count) for sku, count in units.items())
    change = TransferChange(expected_on=on, lines=lines)
    return change_actions.change_transfer(tx, "t1", key, change, actor=ACTOR, now=MONDAY)


def receive(tx, *, is_last=False, **units):
    lines = tuple(ReceivedLine(sku=sku, quantity=count) for sku, count in units.items())
    new = NewReceipt(purchase_order="po", received_at=MONDAY, lines=lines, is_last=is_last)
    return actions.receive(tx, "r1", new, actor=ACTOR, now=MONDAY)


def lines_of(purchase):
    return {line.sku: (line.quantity, line.cost_cents) for line in purchase.lines}


def coming(tx, sku="mug"):
    return {one.document: one.units for one in atp_views.supplies(tx, [sku])}


def cancel_purchase(tx):
    return change_actions.cancel_purchase(tx, "po", WHY, actor=ACTOR, now=MONDAY)


def cancel_transfer(tx):
    return change_actions.cancel_transfer(tx, "t1", WHY, actor=ACTOR, now=MONDAY)


def test_what_is_not_named_stays(tx):
    changed = want(tx, on=SUNDAY, mug=12, bowl=3)
    assert changed.expected_on == SUNDAY
    assert lines_of(changed) == {"mug": (12, 400), "cup": (4, 200), "bowl": (3, 0)}
    assert coming(tx)["purchase:po"] == 12
    assert lines_of(want(tx, "c2", cents=450, mug=12)) == {
        "mug": (12, 450), "cup": (4, 200), "bowl": (3, 0),
    }  # fmt: skip
    assert lines_of(want(tx, "c3", cup=0)) == {"mug": (12, 450), "bowl": (3, 0)}
    assert views.purchase(tx, "po").expected_on == SUNDAY


def test_an_order_of_which_all_has_come_after_its_change_is_closed(tx):
    receive(tx, mug=10, cup=1)
    assert views.purchase(tx, "po").closed_at is None
    assert want(tx, cup=1).closed_at == MONDAY


@pytest.mark.parametrize(
    ("because", "units", "refusal"),
    [
        ("three have come already", {"mug": 2}, Invalid),
        ("none of it is ordered", {"bowl": 0}, Invalid),
        ("nobody knows it", {"ghost": 2}, UnknownCodes),
    ],
)
def test_what_cannot_be_wanted_otherwise(tx, because, units, refusal):
    receive(tx, mug=3)
    with pytest.raises(refusal), tx.transaction():
        want(tx, **units)
    assert lines_of(views.purchase(tx, "po"))["mug"] == (10, 400), because


def test_a_change_that_leaves_nothing_is_a_cancellation(tx):
    with pytest.raises(Invalid):
        want(tx, mug=0, cup=0)
    with pytest.raises(Invalid):
        plan(tx, mug=0)


def test_an_id_is_of_one_change(tx):
    want(tx, mug=11)
    with pytest.raises(IdReused):
        want(tx, mug=12)


def test_what_is_called_off_is_expected_no_more_and_what_has_come_stays(tx):
    receive(tx, mug=3)
    cancelled = cancel_purchase(tx)
    assert (cancelled.closed_at, cancelled.cancelled.reason) == (MONDAY, WHY.reason)
    assert views.open_purchases(tx, nodes=None) == []
    assert "purchase:po" not in coming(tx)
    assert world.levels(tx)["mug", "PAR", "available"] == 23
    for again in (lambda: want(tx, mug=11), lambda: cancel_purchase(tx)):
        with pytest.raises(AlreadyDone):
            again()
    assert world.audit(tx) == []


def test_what_a_supplier_announced_is_called_off_first(tx):
    line = AsnLine(sku="mug", quantity=2)
    new = NewAsn(
        supplier="Atelier Bois", purchase_order="po", node="PAR", expected_on=FRIDAY, lines=(line,)
    )
    asn_actions.announce(tx, "a1", new, now=MONDAY)
    with pytest.raises(UnderWay, match="ASN a1"):
        cancel_purchase(tx)
    received = next(one.received for one in views.purchase(tx, "po").lines if one.sku == "mug")
    with pytest.raises(UnderWay, match="ASN a1"):
        want(tx, "less", mug=received + 1)
    enough = want(tx, "enough", mug=received + 2)
    assert {one.sku: one.quantity for one in enough.lines}["mug"] == received + 2
    asn_actions.cancel(tx, "a1", now=MONDAY)
    assert cancel_purchase(tx).cancelled is not None


def test_a_transfer_is_planned_otherwise_until_it_has_left(tx):
    changed = plan(tx, on=SUNDAY, mug=8)
    assert (changed.expected_on, changed.lines[0].planned) == (SUNDAY, 8)
    assert coming(tx)["transfer:t1"] == -8, "it leaves where it is, the last of its entries"
    left = actions.dispatch(tx, "t1", actions.Dispatch(), actor=ACTOR, now=MONDAY)
    assert left.lines[0].dispatched == 8
    with pytest.raises(AlreadyDone):
        plan(tx, "c2", mug=1)
    with pytest.raises(AlreadyDone):
        cancel_transfer(tx)


def test_a_transfer_that_never_leaves_is_nobodys_work(tx):
    assert [task.id for task in work.tasks(tx, now=MONDAY, ids=["transfer:t1"], limit=1)]
    assert cancel_transfer(tx).cancelled.actor == ACTOR
    assert work.tasks(tx, now=MONDAY, ids=["transfer:t1"], limit=1) == []
    assert views.open_transfers(tx, nodes=None) == []
    assert "transfer:t1" not in coming(tx)
    for late in (
        lambda: actions.dispatch(tx, "t1", actions.Dispatch(), actor=ACTOR, now=MONDAY),
        lambda: plan(tx, mug=1),
        lambda: cancel_transfer(tx),
    ):
        with pytest.raises(AlreadyDone, match="cancelled"):
            late()


def test_what_there_is_not_cannot_be_changed(tx):
    with pytest.raises(NotFound):
        change_actions.cancel_transfer(tx, "none", WHY, actor=ACTOR, now=MONDAY)
    with pytest.raises(NotFound):
        change_actions.change_purchase(tx, "none", "c", PurchaseChange(), actor=ACTOR, now=MONDAY)


@pytest.fixture
def shop(db):
    with db.transaction() as tx:
        world.build(tx)
    return db


def test_at_the_door_each_is_done_once_and_only_where_one_may(shop):
    new = {"source": "PAR", "target": "LYS", "expected_on": "2026-11-27",
           "lines": [{"sku": "mug", "quantity": 5}]}  # fmt: skip
    with calling(shop, *MAY) as client:
        assert client.put("/v1/transfers/door", json=new).status_code == 200
        change = {"lines": [{"sku": "mug", "quantity": 6}]}
        for _ in range(2):
            said = client.put("/v1/transfers/door/changes/door-1", json=change)
            assert (said.status_code, said.json()["lines"][0]["planned"]) == (200, 6)
    with calling(shop, *MAY, nodes=["LYS"]) as client:
        refused = client.put("/v1/transfers/door/cancellation", json={"reason": "no"})
        assert refused.status_code == 403
    with calling(shop, *MAY) as client:
        said = client.put("/v1/transfers/door/cancellation", json={"reason": "not needed"})
        assert said.json()["cancelled"]["reason"] == "not needed"
        assert said.json()["cancelled"]["actor_name"] == "tests"
        assert client.get("/v1/transfers/door").json()["cancelled"]["reason"] == "not needed"
