"""Openings and closures out of turn, holidays of regions, capacity by day, open minutes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from noria.network import calendar, rules
from noria.network.model import (
    Capacity,
    CapacityUnclear,
    HoursOverlap,
    OpenAndClosed,
    Opening,
    Rests,
    TwiceGiven,
    UnknownRegion,
)
from test_network_rules import DAILY, HOLIDAYS, OFFICE, closed, hours, local, node

ALSACE = calendar.public_holidays("FR", range(2023, 2029), "6AE")
SUNDAY, SATURDAY = 6, 5


def opening(day, opens="10:00", closes="18:00"):
    return Opening(
        day=date.fromisoformat(day),
        opens=time.fromisoformat(opens),
        closes=time.fromisoformat(closes),
        reason="Advent",
    )


ADVENT = {"openings": (opening("2026-12-20"),)}


@pytest.mark.parametrize(
    ("because", "accepted", "changes", "ready"),
    [
        ("a Sunday in December", "2026-12-19 20:00", ADVENT, "2026-12-20 11:00"),
        ("the Sunday before, as ever", "2026-12-12 20:00", ADVENT, "2026-12-14 10:00"),
        (
            "an opening on a holiday",
            "2026-11-10 20:00",
            {"openings": (opening("2026-11-11", "14:00", "16:00"),)},
            "2026-11-11 15:00",
        ),
        (
            "an opening replaces the hours of its day",
            "2026-12-24 08:00",
            {"openings": (opening("2026-12-24", "06:00", "08:30"),)},
            "2026-12-28 09:30",
        ),
        (
            "two spans of one opening",
            "2026-12-19 20:00",
            {
                "openings": (
                    opening("2026-12-20", "10:00", "10:30"),
                    opening("2026-12-20", "14:00", "16:00"),
                )
            },
            "2026-12-20 14:30",
        ),
        (
            "a node that is always open has hours that day",
            "2026-12-20 01:00",
            {"hours": (), "openings": (opening("2026-12-20"),)},
            "2026-12-20 11:00",
        ),
        (
            "an opening in the night that loses an hour",
            "2026-03-28 20:00",
            {"openings": (opening("2026-03-29", "01:30", "04:00"),)},
            "2026-03-29 03:30",
        ),
        (
            "an opening on 29 February",
            "2024-02-28 20:00",
            {"hours": hours(SUNDAY), "openings": (opening("2024-02-29"),)},
            "2024-02-29 11:00",
        ),
        (
            "a node that keeps no holidays",
            "2026-11-10 20:00",
            {"keeps_holidays": False},
            "2026-11-11 10:00",
        ),
        (
            "but closes when it says so",
            "2026-11-10 20:00",
            {"keeps_holidays": False, "closures": closed("2026-11-11")},
            "2026-11-12 10:00",
        ),
    ],
)
def test_ready_at(because, accepted, changes, ready):
    found = rules.ready_at(node(**changes), local(accepted), holidays=HOLIDAYS)
    assert found == local(ready), because


@pytest.mark.parametrize(
    ("because", "day", "in_france", "in_alsace"),
    [
        ("Good Friday", "2026-04-03", True, False),
        ("Saint Stephen's, a Saturday", "2026-12-26", True, False),
        ("Easter Monday, everywhere", "2026-04-06", False, False),
        ("1 May, everywhere", "2026-05-01", False, False),
        ("an ordinary day", "2026-04-02", True, True),
        ("29 February", "2024-02-29", True, True),
    ],
)
def test_alsace_rests_on_two_more_days(because, day, in_france, in_alsace):
    everyday = node(hours=hours(*range(7)))
    when = date.fromisoformat(day)
    assert rules.working_day(everyday, when, HOLIDAYS) is in_france, because
    assert rules.working_day(everyday, when, ALSACE) is in_alsace, because


@pytest.mark.parametrize(
    ("because", "changes", "rests"),
    [
        ("Strasbourg, by its postcode", {"postcode": "67000"}, True),
        ("Mulhouse", {"postcode": "68100"}, True),
        ("Metz, in Moselle", {"postcode": "57000"}, True),
        ("Nancy, next to it", {"postcode": "54000"}, False),
        ("Paris", {"postcode": "75001"}, False),
        ("a region that was said", {"postcode": "54000", "region": "6AE"}, True),
        ("Cologne", {"country": "DE", "postcode": "50667"}, True),
        ("London", {"country": "GB", "postcode": "67000"}, True),
        ("Seville: Good Friday there as well", {"country": "ES", "postcode": "41001"}, True),
        ("Brussels works", {"country": "BE", "postcode": "1000"}, False),
    ],
)
def test_good_friday_by_region(because, changes, rests):
    found = calendar.node_holidays(node(**changes), [2026])
    assert (date(2026, 4, 3) in found) is rests, because


def test_regions_that_are_not_known():
    calendar.check_region(node(region="6AE"))
    calendar.check_region(node(country="DE", region="BY"))
    with pytest.raises(UnknownRegion):
        calendar.check_region(node(region="BY"))
    with pytest.raises(UnknownRegion):
        calendar.check_region(node(country="XX", region="BY"))
    plain = calendar.public_holidays("FR", [2026])
    assert calendar.public_holidays("FR", [2026], "nowhere") == plain
    assert calendar.holidays_at("FR", "67000", [2026]) - plain == {
        date(2026, 4, 3),
        date(2026, 12, 26),
    }
    assert date(2026, 5, 27) in calendar.holidays_at("FR", "97110", [2026]), "abolition"


def test_a_van_still_rests_on_holidays_that_the_node_does_not_keep():
    sender = node(departures=DAILY, keeps_holidays=False)
    leaves = rules.departs_at(sender, "home", local("2026-11-11 08:00"), holidays=HOLIDAYS)
    assert leaves == local("2026-11-12 17:00")


@pytest.mark.parametrize(
    ("because", "changes", "refusal"),
    [
        ("open and closed", ADVENT | {"closures": closed("2026-12-20")}, OpenAndClosed),
        ("overlap", {"openings": (*ADVENT["openings"], opening("2026-12-20", "17:00", "19:00"))},
         HoursOverlap),
        ("backwards", {"openings": (opening("2026-12-20", "18:00", "10:00"),)}, HoursOverlap),
        ("no day", {"capacities": (Capacity(units=1),)}, CapacityUnclear),
        ("two days", {"capacities": (Capacity(weekday=1, day=date(2026, 1, 1), units=1),)},
         CapacityUnclear),
        ("nothing said", {"capacities": (Capacity(weekday=1),)}, CapacityUnclear),
        ("twice", {"capacities": (Capacity(weekday=1, units=1), Capacity(weekday=1, orders=2))},
         TwiceGiven),
    ],
)  # fmt: skip
def test_nodes_that_cannot_be(because, changes, refusal):
    with pytest.raises(refusal):
        rules.normal_node(node(**changes))


@pytest.mark.parametrize(
    ("because", "since", "until", "changes", "minutes"),
    [
        ("within a day", "2026-11-23 10:00", "2026-11-23 11:30", {}, 90),
        ("over a night", "2026-11-23 17:00", "2026-11-24 10:00", {}, 120),
        ("over a week-end", "2026-11-20 17:30", "2026-11-23 09:30", {}, 60),
        ("nobody was there", "2026-11-21 08:00", "2026-11-22 20:00", {}, 0),
        ("the night that loses an hour", "2026-03-29 00:00", "2026-03-29 06:00", {"hours": ()}, 300),
        ("the night that has one twice", "2026-10-25 00:00", "2026-10-25 06:00", {"hours": ()}, 420),
        ("an opening counts", "2026-12-20 08:00", "2026-12-20 12:00", ADVENT, 120),
        ("no further than asked", "2026-11-02 08:00", "2026-11-27 18:00", {}, 2000),
    ],
)  # fmt: skip
def test_open_minutes(because, since, until, changes, minutes):
    found = rules.open_minutes(node(**changes), local(since), local(until), HOLIDAYS, most=2000)
    assert found == minutes, because


@pytest.mark.parametrize("since", [date(2024, 2, 27), date(2026, 4, 30), date(2026, 12, 23)])
def test_delivery_days_ask_back_what_arrives_on_answers(since):
    for days in range(1, 12):
        rests = Rests(HOLIDAYS)
        assert rules.delivery_days(since, rules.arrives_on(since, days, rests), rests) == days


def test_opens_at_and_lead_days():
    made = node(lead_days=2, hours=OFFICE)
    begins = rules.begins_at(made, local("2026-11-26 23:00"), HOLIDAYS)
    assert begins == local("2026-11-30 00:00")
    assert rules.opens_at(made, begins, HOLIDAYS) == local("2026-11-30 09:00")
    assert rules.opens_at(node(), datetime(2026, 11, 23, 12, tzinfo=UTC), HOLIDAYS) == datetime(
        2026, 11, 23, 12, tzinfo=UTC
    )
    assert rules.opens_at(node(), local("2026-11-23 12:00"), HOLIDAYS).utcoffset() == timedelta(0)
