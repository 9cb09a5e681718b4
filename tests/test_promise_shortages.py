"""What is sold and not there: who waits first is covered first, by what comes in time."""

from datetime import timedelta

import pytest

import world
from noria.kit import clock
from noria.promise import shortage_views as views
from noria.supply import actions as supply
from noria.supply.model import NewPurchase, PurchaseLine
from world import MONDAY

NOON = MONDAY + timedelta(hours=3)
"""When the second order waits; whoever waits longer is served first."""


@pytest.fixture
def waiting(retail):
    """Two orders for cups of which there are none: three, then four."""
    clock.start_driving(retail, MONDAY)
    world.accept(retail, world.order("early", cup=3))
    world.accept(retail, world.order("late", cup=4, at=NOON), now=NOON)
    return retail


def buy(tx, units, day, key="po"):
    lines = (PurchaseLine(sku="cup", quantity=units),)
    new = NewPurchase(
        supplier="Atelier", node="PAR", ordered_at=MONDAY, expected_on=day, lines=lines
    )
    supply.buy(tx, key, new)


def uncovered(tx):
    found = tx.execute("select demand, uncovered from demand_cover order by demand")
    return {demand.partition(":")[2]: units for demand, units in found}


@pytest.mark.parametrize(
    ("because", "units", "in_days", "early", "late"),
    [
        ("nothing comes", None, 0, 3, 4),
        ("who waits longer is covered first", 3, 2, 0, 4),
        ("the rest goes to the next", 5, 2, 0, 2),
        ("all are covered", 7, 2, 0, 0),
        ("what comes today still comes", 7, 0, 0, 0),
        ("nobody knows when what is late comes", 7, -1, 3, 4),
    ],
)
def test_who_is_covered(because, waiting, units, in_days, early, late):
    if units:
        buy(waiting, units, (MONDAY + timedelta(days=in_days)).date())
    assert uncovered(waiting) == {"early": early, "late": late}, because


def test_shortages_by_sku(waiting):
    buy(waiting, 2, (MONDAY + timedelta(days=4)).date(), "later")
    buy(waiting, 3, (MONDAY + timedelta(days=2)).date(), "sooner")
    (one,) = views.shortages(waiting)
    assert one.lying == 0
    assert (one.sku, one.waiting, one.demands, one.since) == ("cup", 7, 2, MONDAY)
    assert (one.coming, one.next_on, one.uncovered) == (5, (MONDAY + timedelta(days=2)).date(), 2)
    assert views.shortages(waiting, is_uncovered=True) == [one]
    buy(waiting, 2, (MONDAY + timedelta(days=9)).date(), "enough")
    assert views.shortages(waiting, is_uncovered=True) == []
    assert views.shortages(waiting, after="cup") == []


def test_what_lies_on_a_shelf_need_not_be_bought(retail):
    """Two of three cups came by themselves, and nobody has looked at the order since."""
    clock.start_driving(retail, MONDAY)
    world.accept(retail, world.order("early", cup=3))
    world.shelve(retail, "PAR", cup=2)
    (one,) = views.shortages(retail)
    assert (one.lying, one.uncovered) == (2, 1)


@pytest.mark.parametrize(
    ("because", "units", "asked_after", "waits"),
    [
        ("it waits for what comes: nobody has to look", 7, 2, []),
        ("nothing brings what the second waits for", 3, 2, ["order:late"]),
        ("what should have come has not", 7, 6, ["order:early", "order:late"]),
    ],
)
def test_who_needs_a_person(because, waiting, units, asked_after, waits):
    buy(waiting, units, (MONDAY + timedelta(days=4)).date())
    clock.drive(waiting, MONDAY + timedelta(days=asked_after))
    asked = "select subject from exception where kind = 'order.waiting' order by subject"
    assert [subject for (subject,) in waiting.execute(asked)] == waits, because
