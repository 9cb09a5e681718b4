"""What stock is worth by state: totals that follow the book of value, and what is read without them."""
# ruff: noqa: F811 - a fixture of another module

import auditor
import world
from noria.supply import actions as supply
from noria.supply.model import NewPurchase, NewReceipt, PurchaseLine, ReceivedLine
from noria.value import actions, part_views
from noria.value.checks import CHECKS
from noria.value.model import By
from test_value_actions import tx  # noqa: F401 - a fixture
from world import ACTOR, MONDAY


def receive(tx, key, **bought):
    """Units and their price in cents, by SKU."""
    asked = [
        PurchaseLine(sku=sku, quantity=units, cost_cents=cents)
        for sku, (units, cents) in bought.items()
    ]
    came = [ReceivedLine(sku=line.sku, quantity=line.quantity) for line in asked]
    day = MONDAY.date()
    purchase = NewPurchase(
        supplier="A", node="PAR", ordered_at=MONDAY, expected_on=day, lines=tuple(asked)
    )
    supply.buy(tx, key, purchase)
    receipt = NewReceipt(purchase_order=key, received_at=MONDAY, lines=tuple(came))
    supply.receive(tx, key, receipt, actor=ACTOR, now=MONDAY)


def follow(tx):
    assert actions.follow(tx).is_current
    assert auditor.names(tx, of=CHECKS) == set()


def lines(tx):
    return {one.key: (one.units, one.value_cents) for one in part_views.lines(tx, By.STATE)}


def test_value_by_state_follows_units_that_only_change_their_state(tx):
    receive(tx, "P1", mug=(5, 100), cup=(2, 30))
    follow(tx)
    world.accept(tx, world.order(mug=2))
    follow(tx)
    assert lines(tx) == {"available": (5, 360), "reserved": (2, 200)}
    world.accept(tx, world.order("o2", mug=1))
    assert lines(tx)["reserved"] == (2, 200), "as far as value is booked"
    follow(tx)
    assert lines(tx)["reserved"] == (3, 300)
    tx.execute("delete from cost_state_total where state = 'reserved'")
    assert "reserved" not in lines(tx), "no shelf is read"


def test_value_by_state_is_divided_anew_where_its_totals_do_not_hold(tx):
    receive(tx, "P1", mug=(5, 100))
    follow(tx)
    assert not actions.settle(tx), "they hold"
    tx.execute("update sku set currency = 'CHF' where code = 'mug'")
    receive(tx, "P2", cup=(2, 30))
    follow(tx)
    asked = [(one.key, one.currency) for one in part_views.lines(tx, By.STATE)]
    assert asked == [("available", "CHF"), ("available", "EUR")], "of every shelf, meanwhile"
    assert actions.settle(tx)
    follow(tx)
    found = [(one.currency, one.units, one.value_cents) for one in part_views.lines(tx, By.STATE)]
    assert found == [("CHF", 5, 500), ("EUR", 2, 60)]


def test_far_behind_the_book_states_are_left_to_be_divided_anew(tx, monkeypatch):
    monkeypatch.setattr(actions, "FAR", 0)
    receive(tx, "P1", mug=(5, 100))
    receive(tx, "P2", cup=(2, 30))
    while not actions.follow(tx, limit=1).is_current:
        pass
    assert lines(tx) == {"available": (7, 560)}
    assert actions.settle(tx)
    assert lines(tx) == {"available": (7, 560)}
    follow(tx)
