"""Until when an order catches a departure: the last instant, over nights, lead days and makers."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import structs

from noria.network import rules, scene_rules
from noria.network.calendar import public_holidays
from noria.network.model import Departure, NodeKind, Service
from noria.network.reliability_model import Reliability
from test_network_rules import OFFICE, closed, hours, local, node

HOLIDAYS = public_holidays("FR", (2026, 2027))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
VAN = Service(code="VAN", carrier="Poste", name="Van", rates=())
UNKNOWN = Reliability(estimates={}, node_groups={}, service_groups={}, chances={})


def vans(weekdays=range(6), at="17:00"):
    return tuple(
        Departure(service="VAN", weekday=day, cut_off=datetime.fromisoformat(f"2026-01-01 {at}").time())
        for day in weekdays
    )  # fmt: skip


def exits(place, now, *, taken=None, units=0):
    made = scene_rules.scene(
        {"N": place}, {"VAN": VAN}, books=[], known=UNKNOWN, holidays={"N": HOLIDAYS}, now=now,
        taken={} if taken is None else {"N": taken},
    )  # fmt: skip
    return scene_rules.made(made, "N", units)[1] if units else made.exits["N"]


@pytest.mark.parametrize(
    ("because", "now", "changes", "until"),
    [
        ("an hour before the van", "2026-11-23 10:00", {}, "2026-11-23 16:00"),
        (
            "with lead days, the day before the day that they ask back",
            "2026-11-23 10:00",
            {"lead_days": 2, "handling_minutes": 120},
            "2026-11-23 23:59:59",
        ),
        (
            "lead days do not count the week-end",
            "2026-11-20 10:00",
            {"lead_days": 2},
            "2026-11-22 23:59:59",
        ),
        (
            "handling that runs over closing",
            "2026-11-24 17:30",
            {"handling_minutes": 120},
            "2026-11-25 15:00",
        ),
        ("it does not creep while nobody is there", "2026-11-24 23:30", {}, "2026-11-25 16:00"),
        (
            "a van that calls after closing, nothing to handle: while somebody is there",
            "2026-11-24 10:00",
            {"handling_minutes": 0, "departures": vans(at="19:00")},
            "2026-11-24 17:59:59",
        ),
        (
            "over lunch",
            "2026-11-23 10:00",
            {
                "hours": hours(*range(5), closes="12:00") + hours(*range(5), opens="14:00"),
                "departures": vans(at="14:30"),
            },
            "2026-11-23 11:30",
        ),
        (
            "what takes longer than a day and a closing",
            "2026-11-20 16:00",
            {"handling_minutes": 600, "closures": closed("2026-11-23")},
            "2026-11-20 16:00",
        ),
    ],
)
def test_until_when_one_orders(because, now, changes, until):
    place = node(**({"departures": vans()} | changes))
    [found] = exits(place, local(now))
    assert found.order_by == local(until), because


def some_node(luck):
    morning = hours(*luck.sample(range(7), luck.randint(1, 6)), opens="08:00", closes="12:30")
    afternoon = hours(*luck.sample(range(7), luck.randint(0, 5)), opens="13:00", closes="18:00")
    return node(
        hours=luck.choice([(), OFFICE, morning + afternoon]),
        handling_minutes=luck.choice([0, 45, 120, 600]),
        lead_days=luck.choice([0, 0, 1, 3]),
        departures=vans(luck.sample(range(7), luck.randint(1, 7)), at=luck.choice(["07:30", "17:00", "19:00"])),
        closures=closed("2026-12-24") if luck.random() < 0.3 else (),
        keeps_holidays=luck.random() < 0.7,
    )  # fmt: skip


def some_instant(luck):
    return datetime(2026, 12, 14, tzinfo=UTC) + luck.randint(0, 25 * 24 * 60) * MINUTE


def check(place, now, leaving, **more):
    """What is ordered until then leaves so, and nothing that comes a minute later."""
    for way in exits(place, now, **more):
        assert way.order_by >= now, (place, now)
        assert leaving(way.order_by) == way.leaves_at, (place, now, way)
        assert leaving(way.order_by + MINUTE) != way.leaves_at, (place, now, way)


def test_what_is_ordered_until_then_leaves_and_nothing_later_does():
    for seed in range(150):
        luck = random.Random(seed)
        place, now = some_node(luck), some_instant(luck)

        def leaving(at, place=place):
            ready = rules.ready_at(place, at, holidays=HOLIDAYS)
            return rules.departs_at(place, "VAN", ready, holidays=HOLIDAYS)

        check(place, now, leaving)


def test_so_it_is_with_who_makes_to_order():
    for seed in range(150):
        luck = random.Random(seed)
        place = structs.replace(some_node(luck), kind=NodeKind.MAKER, units_per_day=5)
        now, units = some_instant(luck), luck.randint(1, 12)
        taken = {now.date() + count * DAY: luck.randint(0, 5) for count in range(6)}

        def leaving(at, place=place, taken=taken, units=units):
            [then] = exits(place, at, taken=taken, units=units)
            return then.leaves_at

        check(place, now, leaving, taken=taken, units=units)


def test_a_maker_whose_days_are_full_is_asked_as_long_as_the_plan_stands():
    """Booked to the full until Thursday, it makes it on Friday, whoever asks before that day."""
    busy = {date(2026, 11, day): 5 for day in range(23, 27)}
    place = node(kind=NodeKind.MAKER, units_per_day=5, departures=vans())
    [way] = exits(place, local("2026-11-23 10:00"), taken=busy, units=5)
    assert way.order_by == local("2026-11-27 16:00")
