"""What is made to order takes days of a maker's capacity: promises and ATP see when it is full."""

from datetime import date, timedelta

import pytest

import world
from caller import calling
from noria.kit.auth import Permission
from noria.network import scene_rules
from noria.network.calendar import node_holidays
from noria.orders import reroute_actions
from noria.orders import views as orders
from noria.promise import views as promises
from world import MONDAY

DAY = timedelta(days=1)
TODAY = MONDAY.date()
PRINT = next(node for node in world.NODES if node.code == "PRINT")
HOLIDAYS = node_holidays(PRINT, (2026, 2027))


def on(days: int) -> date:
    return TODAY + days * DAY


@pytest.mark.parametrize(
    ("because", "units", "taken", "days"),
    [
        ("its lead day passes first", 4, {}, [(1, 4)]),
        ("a day has its capacity", 25, {}, [(1, 10), (2, 10), (3, 5)]),
        ("what is booked is taken", 8, {1: 7, 2: 10}, [(1, 3), (3, 5)]),
        ("nobody works on Sunday", 20, {1: 10, 2: 10, 3: 10, 4: 10}, [(5, 10), (7, 10)]),
        ("nothing asked begins then too", 0, {}, [(1, 0)]),
    ],
)
def test_schedule(because, units, taken, days):
    booked = {on(day): count for day, count in taken.items()}
    found = scene_rules.schedule(PRINT, units, booked, HOLIDAYS, MONDAY)
    assert found == [(on(day), count) for day, count in days], because


@pytest.fixture
def printer(tx):
    world.build(tx)
    world.amend(tx, "PRINT", booking_days=5)
    return tx


def booked(tx):
    rows = tx.execute("select day, sum(units)::int from production group by day order by day")
    return {(day - TODAY).days: units for day, units in rows}


def test_orders_book_the_days_on_which_their_units_are_made(printer):
    taken = world.accept(printer, *(world.order(f"o{number}", poster=8) for number in range(3)))
    assert [one.waiting for one in taken.values()] == [0, 0, 0]
    assert booked(printer) == {1: 10, 2: 10, 3: 4}
    leaves = [one.legs[0].leaves_at.date() for one in taken.values()]
    assert leaves == [on(1), on(2), on(3)], "the later the day, the later the van"
    [first, _, third] = taken.values()
    assert first.promised_to < third.promised_to
    assert not world.audit(printer)


def test_what_is_cancelled_frees_its_last_days(printer):
    world.accept(printer, world.order("o1", poster=25))
    world.cancel(printer, "o1", poster=12)
    assert booked(printer) == {1: 10, 2: 3}
    world.cancel(printer, "o1")
    assert booked(printer) == {}
    assert {one.node: one.units for one in promises.available(printer, ["poster"])} == {"PRINT": 50}


def test_what_is_shipped_keeps_the_day_on_which_it_was_made(printer):
    world.accept(printer, world.order("o1", poster=4))
    world.send(printer, "o1.1", now=MONDAY + DAY)
    assert booked(printer) == {1: 4}


def test_no_more_is_taken_than_its_booking_days_hold(printer):
    taken = world.accept(printer, world.order("o1", poster=48), world.order("o2", poster=48))
    assert (taken["o1"].waiting, taken["o2"].waiting) == (0, 46)


def test_late_production_is_planned_anew_and_told(printer):
    world.accept(printer, world.order("o1", poster=4))
    assert reroute_actions.make_anew(printer, actor="x", now=MONDAY + DAY) == 0, "its day is today"
    later = MONDAY + 4 * DAY
    assert reroute_actions.make_anew(printer, actor="x", now=later) == 1
    [old, new] = orders.legs(printer, ["o1"])["o1"]
    assert (old.withdrawn_at, new.withdrawn_at) == (later, None)
    assert new.leaves_at > later
    assert booked(printer) == {5: 4}
    assert "promise_changed" in {one.kind for one in orders.order(printer, "o1").timeline}
    assert reroute_actions.make_anew(printer, actor="x", now=later) == 0
    assert not world.audit(printer)


def test_the_door_shows_on_which_days_there_is_capacity(db):
    with db.transaction() as tx:
        world.build(tx)
        world.amend(tx, "PRINT", booking_days=20)
    body = {"lines": [{"sku": "poster", "quantity": 1}], "postcode": "75001"}
    with calling(db, Permission.PROMISE_READ) as client:
        [soon] = client.post("/v1/promises", json=body).json()["ways"]
        assert soon["option"] == "made_for_you"
        body["lines"][0]["quantity"] = 60
        [late] = client.post("/v1/promises", json=body).json()["ways"]
        assert late["last"] > soon["last"]
        assert late["parts"][0]["departs_on"] > soon["parts"][0]["departs_on"]
