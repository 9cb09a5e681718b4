"""ASNs: announced, replaced, called off, received, and never counted beside their order."""

from datetime import date, timedelta

import pytest

import world
from auditor import findings
from noria.kit.errors import Invalid, NotFound, Refusal
from noria.promise import atp_views
from noria.supply import actions, asn_actions, asn_views, views
from noria.supply.asn_model import AsnLine, NewAsn
from noria.supply.model import (
    AlreadyDone,
    NewPurchase,
    NewReceipt,
    NotPlanned,
    PurchaseLine,
    ReceivedLine,
)
from world import ACTOR, MONDAY

FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)


@pytest.fixture
def tx(retail):
    """Ten mugs and four cups are on order for Friday."""
    lines = (PurchaseLine(sku="mug", quantity=10), PurchaseLine(sku="cup", quantity=4))
    new = NewPurchase(
        supplier="Potter", node="PAR", ordered_at=MONDAY, expected_on=FRIDAY, lines=lines
    )
    actions.buy(retail, "po", new)
    return retail


def announce(tx, key, *, of="po", on=SUNDAY, node="PAR", **units):
    lines = tuple(AsnLine(sku=sku, quantity=count) for sku, count in units.items())
    new = NewAsn(supplier="Potter", purchase_order=of, node=node, expected_on=on, lines=lines)
    asn_actions.announce(tx, key, new, now=MONDAY)


def receive(tx, key, *, is_last=True, asn=None, purchase=None, **units):
    lines = tuple(ReceivedLine(sku=sku, quantity=n, reason="x") for sku, n in units.items())
    new = NewReceipt(
        asn=asn, purchase_order=purchase, received_at=MONDAY, lines=lines, is_last=is_last
    )
    return actions.receive(tx, key, new, actor=ACTOR, now=MONDAY)


def coming(tx, sku="mug"):
    return {one.document: one.units for one in atp_views.supplies(tx, [sku])}


EXPECTED = [
    ("no ASN: all of it with the order", [], {"purchase:po": 10}),
    ("what is announced comes with the ASN", [("a1", 4)], {"asn:a1": 4, "purchase:po": 6}),
    ("all of it in two", [("a1", 4), ("a2", 6)], {"asn:a1": 4, "asn:a2": 6}),
    ("more than was ordered is not counted", [("a1", 7), ("a2", 7)], {"asn:a1": 7, "asn:a2": 3}),
    ("far more than was ordered", [("a1", 50), ("a2", 7)], {"asn:a1": 10}),
]


@pytest.mark.parametrize(("because", "announced", "expected"), EXPECTED)
def test_units_count_once(tx, because, announced, expected):
    for key, units in announced:
        announce(tx, key, mug=units)
    assert coming(tx) == expected, because
    assert coming(tx, "cup") == {"purchase:po": 4}, "of which nothing was announced"


def test_without_an_order_it_counts_by_itself(tx):
    announce(tx, "a1", of=None, bowl=3, mug=2)
    assert coming(tx, "bowl") == {"asn:a1": 3}
    assert coming(tx) == {"purchase:po": 10, "asn:a1": 2}


def test_it_is_replaced_and_called_off(tx):
    announce(tx, "a1", mug=4)
    announce(tx, "a1", cup=1)
    assert coming(tx) == {"purchase:po": 10}
    assert coming(tx, "cup") == {"purchase:po": 3, "asn:a1": 1}
    assert asn_actions.cancel(tx, "a1", now=MONDAY).status == "cancelled"
    assert coming(tx, "cup") == {"purchase:po": 4}
    with pytest.raises(AlreadyDone):
        announce(tx, "a1", mug=1)
    with pytest.raises(AlreadyDone):
        asn_actions.cancel(tx, "a1", now=MONDAY)
    with pytest.raises(AlreadyDone):
        receive(tx, "r1", asn="a1", cup=1)


def test_what_came_of_it_came_of_its_order(tx):
    announce(tx, "a1", mug=4)
    receive(tx, "r1", asn="a1", is_last=False, mug=3)
    assert coming(tx) == {"asn:a1": 1, "purchase:po": 6}
    with pytest.raises(AlreadyDone):
        announce(tx, "a1", mug=9)
    assert [one.received for one in receive(tx, "r2", asn="a1", mug=0).discrepancies] == [0]
    assert asn_views.known(tx, "a1")[0].status == "closed"
    assert coming(tx) == {"purchase:po": 7}, "one has not come: it is still on order"
    assert views.purchase(tx, "po").closed_at is None
    assert world.levels(tx)["mug", "PAR", "available"] == 3
    assert findings(tx) == []


def test_the_last_of_all_closes_the_order_too(tx):
    announce(tx, "a1", mug=10, cup=4)
    receive(tx, "r1", asn="a1", mug=10, cup=4)
    assert views.purchase(tx, "po").closed_at == MONDAY
    assert coming(tx) == {}
    assert findings(tx) == []


def test_what_came_without_naming_the_asn_does_not_count_twice(tx):
    announce(tx, "a1", mug=8)
    receive(tx, "r1", purchase="po", is_last=False, mug=8)
    assert coming(tx) == {"asn:a1": 2}, "of ten, two can still come"
    receive(tx, "r2", purchase="po", mug=0, cup=0)
    assert coming(tx) == {}, "the order is closed: nothing more is expected"


def test_of_no_order_it_is_received_for_itself(tx):
    announce(tx, "a1", of=None, bowl=3)
    receive(tx, "r1", asn="a1", bowl=3)
    assert coming(tx, "bowl") == {}
    assert world.levels(tx)["bowl", "PAR", "available"] == 3
    assert findings(tx) == []


REFUSED = [
    ("an order that there is not", {"of": "ghost", "mug": 1}, NotFound),
    ("a SKU that was not ordered", {"bowl": 1}, NotPlanned),
    ("another node than the order's", {"node": "LYS", "mug": 1}, Invalid),
    ("a node that there is not", {"of": None, "node": "MARS", "mug": 1}, Refusal),
]


@pytest.mark.parametrize(("because", "what", "refusal"), REFUSED)
def test_what_cannot_be_announced(tx, because, what, refusal):
    with pytest.raises(refusal):
        announce(tx, "a1", **what)
    assert asn_views.asn(tx, "a1") is None, because


def test_open_ones_are_listed_by_day(tx):
    announce(tx, "late", mug=1)
    announce(tx, "soon", on=SUNDAY - timedelta(days=1), mug=1)
    found = asn_views.open_asns(tx, nodes=None, purchase_order="po")
    assert [one.id for one in found] == ["soon", "late"]
    assert asn_views.open_asns(tx, nodes=["LYS"]) == []
    after = asn_views.open_asns(tx, nodes=["PAR"], after=[found[0].expected_on, found[0].id])
    assert [one.id for one in after] == ["late"]
