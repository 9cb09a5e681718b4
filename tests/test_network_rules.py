"""Distances, calendars across time zones and daylight saving, and what a parcel costs."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from noria.network import rules
from noria.network.calendar import public_holidays
from noria.network.model import (
    DAILY_ROUNDS,
    Closure,
    Departure,
    HandlingTooLong,
    Hours,
    HoursOverlap,
    Lane,
    LaneToItself,
    Node,
    NodeKind,
    Rate,
    Rests,
    Service,
    Spot,
    TwiceGiven,
    UnknownTimeZone,
)

PARIS = ZoneInfo("Europe/Paris")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
HOLIDAYS = public_holidays("FR", range(2023, 2029))


def hours(*weekdays, opens="09:00", closes="18:00"):
    begin, end = time.fromisoformat(opens), time.fromisoformat(closes)
    return tuple(Hours(weekday=day, opens=begin, closes=end) for day in weekdays)


OFFICE = hours(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)


def closed(*days):
    return tuple(Closure(day=date.fromisoformat(day), reason="works") for day in days)


def node(**more):
    given = {
        "code": "PAR",
        "name": "Paris",
        "kind": NodeKind.STORE,
        "country": "FR",
        "postcode": "75001",
        "town": "Paris",
        "latitude": 48.86,
        "longitude": 2.34,
        "hours": OFFICE,
        "handling_minutes": 60,
    }
    return Node(**(given | more))


def local(text, zone=PARIS):
    """`2026-11-27 09:30` on the clock of the node; a + at the end is the second of two."""
    moment = datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=zone)
    return moment.replace(fold=int(text.endswith("+"))).astimezone(UTC)


@pytest.mark.parametrize(
    ("because", "a", "b", "km"),
    [
        ("the same spot", (48.85, 2.35), (48.85, 2.35), 0),
        ("Paris to Lyon", (48.8566, 2.3522), (45.7640, 4.8357), 391.5),
        ("a quarter of the equator", (0, 0), (0, 90), 10_007.6),
        ("pole to pole", (90, 0), (-90, 0), 20_015.1),
        ("across the date line", (0, 179), (0, -179), 222.4),
        ("to the other side of the earth", (10, 20), (-10, -160), 20_015.1),
    ],
)
def test_great_circle_km(because, a, b, km):
    assert rules.great_circle_km(Spot(*a), Spot(*b)) == pytest.approx(km, abs=0.1), because
    assert rules.great_circle_km(Spot(*b), Spot(*a)) == rules.great_circle_km(Spot(*a), Spot(*b))


@pytest.mark.parametrize(
    ("because", "day", "changes", "works"),
    [
        ("a Monday", "2026-11-23", {}, True),
        ("a Sunday without hours", "2026-11-22", {}, False),
        ("a Sunday with hours", "2026-11-22", {"hours": hours(SUNDAY)}, True),
        ("1 May, though a Friday", "2026-05-01", {}, False),
        ("Easter Monday moves", "2026-04-06", {}, False),
        ("29 February", "2024-02-29", {}, True),
        ("closed for works", "2026-11-23", {"closures": closed("2026-11-23")}, False),
        ("always open, also on 1 May", "2026-05-01", {"hours": ()}, True),
        (
            "always open, but for its closures",
            "2026-05-02",
            {"hours": (), "closures": closed("2026-05-02")},
            False,
        ),
    ],
)
def test_working_day(because, day, changes, works):
    assert rules.working_day(node(**changes), date.fromisoformat(day), HOLIDAYS) is works, because


@pytest.mark.parametrize(
    ("because", "accepted", "changes", "ready"),
    [
        ("within the day", "2026-11-23 10:00", {}, "2026-11-23 11:00"),
        ("exactly until closing", "2026-11-23 17:00", {}, "2026-11-23 18:00"),
        ("a minute too late for today", "2026-11-23 17:01", {}, "2026-11-24 09:01"),
        ("accepted at closing time", "2026-11-23 18:00", {}, "2026-11-24 10:00"),
        ("accepted at night", "2026-11-23 03:00", {}, "2026-11-23 10:00"),
        ("over the week-end", "2026-11-20 17:30", {}, "2026-11-23 09:30"),
        ("no handling while open", "2026-11-23 10:00", {"handling_minutes": 0}, "2026-11-23 10:00"),
        (
            "no handling, but nobody there",
            "2026-11-21 10:00",
            {"handling_minutes": 0},
            "2026-11-23 09:00",
        ),
        (
            "two spans a day",
            "2026-11-23 11:30",
            {"hours": hours(MONDAY, closes="12:00") + hours(MONDAY, opens="14:00")},
            "2026-11-23 14:30",
        ),
        (
            "more than a week of open time",
            "2026-11-23 09:00",
            {"handling_minutes": 46 * 60},
            "2026-11-30 10:00",
        ),
        (
            "closed for a week",
            "2026-11-20 17:30",
            {"closures": closed(*(f"2026-11-{day}" for day in range(23, 28)))},
            "2026-11-30 09:30",
        ),
        ("1 May is nobody's day", "2026-04-30 17:30", {}, "2026-05-04 09:30"),
        (
            "Sunday opening",
            "2026-11-21 20:00",
            {"hours": OFFICE + hours(SUNDAY, opens="10:00")},
            "2026-11-22 11:00",
        ),
        ("two working days first", "2026-11-23 10:00", {"lead_days": 2}, "2026-11-25 10:00"),
        ("lead days skip the week-end", "2026-11-26 23:00", {"lead_days": 2}, "2026-11-30 10:00"),
        ("over 29 February", "2024-02-28 20:00", {"lead_days": 1}, "2024-02-29 10:00"),
        ("always open", "2026-11-21 23:30", {"hours": ()}, "2026-11-22 00:30"),
        (
            "always open, but not that day",
            "2026-11-21 23:30",
            {"hours": (), "closures": closed("2026-11-22")},
            "2026-11-23 00:30",
        ),
        (
            "the night that loses an hour",
            "2026-03-29 01:30",
            {"hours": ()},
            "2026-03-29 03:30",
        ),
        (
            "the night that has an hour twice",
            "2026-10-25 02:30",
            {"hours": ()},
            "2026-10-25 02:30+",
        ),
        (
            "a shift of a Sunday morning, one hour shorter",
            "2026-03-28 22:00",
            {"hours": hours(SUNDAY, opens="01:00", closes="05:00"), "handling_minutes": 180},
            "2026-03-29 05:00",
        ),
        (
            "the same shift, one hour longer",
            "2026-10-24 22:00",
            {"hours": hours(SUNDAY, opens="01:00", closes="05:00"), "handling_minutes": 300},
            "2026-10-25 05:00",
        ),
        (
            "hours that the clock jumped over are no hours",
            "2026-03-28 22:00",
            {"hours": hours(SUNDAY, opens="02:30", closes="03:15") + hours(MONDAY)},
            "2026-03-30 10:00",
        ),
    ],
)
def test_ready_at(because, accepted, changes, ready):
    found = rules.ready_at(node(**changes), local(accepted), holidays=HOLIDAYS)
    assert found == local(ready), because
    assert found.utcoffset() == timedelta(0)


def test_ready_at_reads_the_clock_of_the_node():
    tokyo = node(time_zone="Asia/Tokyo")
    accepted = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # Monday 08:00 there
    assert rules.ready_at(tokyo, accepted, holidays=frozenset()) == datetime(
        2026, 11, 23, 1, 0, tzinfo=UTC
    )


def test_the_slowest_node_that_may_be_kept_is_ready_some_day():
    minute = hours(MONDAY, opens="09:00", closes="09:01")
    mondays = [date(2026, 11, 23) + timedelta(weeks=week) for week in range(1000)]
    slowest = node(
        hours=minute,
        handling_minutes=52,
        lead_days=365,
        closures=tuple(Closure(day=day, reason="x") for day in mondays),
    )
    kept = rules.normal_node(slowest)
    ready = rules.ready_at(kept, local("2026-11-20 10:00"), holidays=HOLIDAYS)
    assert ready.year == 2054
    with pytest.raises(HandlingTooLong):
        rules.normal_node(node(hours=minute, handling_minutes=53))


def departures(**weekdays):
    return tuple(
        Departure(service=service, weekday=day, cut_off=time.fromisoformat(cut_off))
        for service, days in weekdays.items()
        for day, cut_off in days.items()
    )


DAILY = departures(home=dict.fromkeys(range(5), "17:00"))


@pytest.mark.parametrize(
    ("because", "ready", "changes", "leaves"),
    [
        ("before the cut-off", "2026-11-23 16:59", {}, "2026-11-23 17:00"),
        ("the cut-off exactly met", "2026-11-23 17:00", {}, "2026-11-23 17:00"),
        ("a minute late", "2026-11-23 17:01", {}, "2026-11-24 17:00"),
        ("Friday evening", "2026-11-20 17:30", {}, "2026-11-23 17:00"),
        ("nothing leaves on 1 May", "2026-05-01 08:00", {}, "2026-05-04 17:00"),
        (
            "nor from a node that is always open",
            "2026-05-01 08:00",
            {"hours": ()},
            "2026-05-04 17:00",
        ),
        (
            "closed for a week",
            "2026-11-23 08:00",
            {"closures": closed(*(f"2026-11-{day}" for day in range(23, 28)))},
            "2026-11-30 17:00",
        ),
        ("29 February", "2024-02-28 18:00", {}, "2024-02-29 17:00"),
        (
            "once a week, and that day is a holiday",
            "2026-04-28 08:00",
            {"departures": departures(home={FRIDAY: "17:00"})},
            "2026-05-08 17:00",  # of 2026: a holiday too, so the next one
        ),
        (
            "another service's van is no help",
            "2026-11-23 08:00",
            {"departures": departures(home={TUESDAY: "12:00"}, relay={MONDAY: "12:00"})},
            "2026-11-24 12:00",
        ),
    ],
)
def test_departs_at(because, ready, changes, leaves):
    sender = node(**({"departures": DAILY} | changes))
    expected = local("2026-05-15 17:00") if leaves == "2026-05-08 17:00" else local(leaves)
    assert rules.departs_at(sender, "home", local(ready), holidays=HOLIDAYS) == expected, because


def test_departures_that_never_come():
    sender = node(departures=DAILY)
    monday = local("2026-11-23 08:00")
    assert rules.departs_at(sender, "relay", monday, holidays=HOLIDAYS) is None
    days = tuple(f"{date(2026, 11, 23) + timedelta(days=count)}" for count in range(420))
    shut = node(departures=DAILY, closures=closed(*days))
    assert rules.departs_at(shut, "home", monday, holidays=HOLIDAYS) is None
    sundays_only = node(departures=departures(home={SUNDAY: "12:00"}))
    assert rules.departs_at(sundays_only, "home", monday, holidays=HOLIDAYS) is None


@pytest.mark.parametrize(
    ("because", "departure", "transit_days", "arrives"),
    [
        ("the next day", "2026-11-23", 1, "2026-11-24"),
        ("Saturday is a delivery day", "2026-11-20", 1, "2026-11-21"),
        ("Sunday is none", "2026-11-21", 1, "2026-11-23"),
        ("the same day", "2026-11-23", 0, "2026-11-23"),
        ("the same day, but a Sunday", "2026-11-22", 0, "2026-11-23"),
        ("the same day, but 1 May", "2026-05-01", 0, "2026-05-02"),
        ("over 1 May", "2026-04-30", 1, "2026-05-02"),
        ("29 February", "2024-02-28", 1, "2024-02-29"),
        ("over 29 February", "2024-02-28", 2, "2024-03-01"),
        ("Christmas on a Friday", "2026-12-24", 2, "2026-12-28"),
    ],
)
def test_arrives_on(because, departure, transit_days, arrives):
    found = rules.arrives_on(date.fromisoformat(departure), transit_days, Rests(HOLIDAYS))
    assert found == date.fromisoformat(arrives), because


WEEKDAYS = {"delivers_on": tuple(range(5))}
STRIKE = {"closures": closed("2026-11-24", "2026-11-25")}
ALSACE = public_holidays("FR", [2026], "6AE")


@pytest.mark.parametrize(
    ("because", "given", "departure", "transit_days", "holidays", "arrives"),
    [
        ("as most do, it comes on Saturday", {}, "2026-11-20", 1, HOLIDAYS, "2026-11-21"),
        ("not on Saturdays", WEEKDAYS, "2026-11-20", 1, HOLIDAYS, "2026-11-23"),
        ("nor is Saturday a day of its way", WEEKDAYS, "2026-11-20", 2, HOLIDAYS, "2026-11-24"),
        ("left on Saturday, the same day", WEEKDAYS, "2026-11-21", 0, HOLIDAYS, "2026-11-23"),
        ("weekdays, holidays among them", WEEKDAYS | {"delivers_daily": True}, "2026-04-30", 1,
         HOLIDAYS, "2026-05-01"),
        ("but for Saturdays", WEEKDAYS | {"delivers_daily": True}, "2026-05-01", 1, HOLIDAYS,
         "2026-05-04"),
        ("Sundays, and no holidays", {"delivers_on": tuple(range(7))}, "2026-04-30", 3, HOLIDAYS,
         "2026-05-04"),
        ("once a week", {"delivers_on": (TUESDAY,)}, "2026-11-24", 1, HOLIDAYS, "2026-12-01"),
        ("its carrier rests for two days", STRIKE, "2026-11-23", 1, HOLIDAYS, "2026-11-26"),
        ("and a daily one too", STRIKE | {"delivers_daily": True}, "2026-11-23", 1, HOLIDAYS,
         "2026-11-26"),
        ("Good Friday, to Paris", {}, "2026-04-02", 1, HOLIDAYS, "2026-04-03"),
        ("Good Friday, to Strasbourg", {}, "2026-04-02", 1, ALSACE, "2026-04-04"),
        ("and without Saturdays", WEEKDAYS, "2026-04-02", 1, ALSACE, "2026-04-07"),
        ("26 December there, with Sundays", {"delivers_on": tuple(range(7))}, "2026-12-24", 1,
         ALSACE, "2026-12-27"),
        ("29 February is a Thursday", WEEKDAYS, "2024-02-28", 1, HOLIDAYS, "2024-02-29"),
        ("on the day on which clocks go back", {"delivers_daily": True}, "2026-10-24", 1, HOLIDAYS,
         "2026-10-25"),
    ],
)  # fmt: skip
def test_a_service_delivers_on_its_own_days(
    because, given, departure, transit_days, holidays, arrives
):
    rounds = rules.rounds(Service(code="home", carrier="c", name="n", **given))
    left, came = date.fromisoformat(departure), date.fromisoformat(arrives)
    rests = Rests(holidays)
    assert rules.arrives_on(left, transit_days, rests, rounds) == came, because
    days = rules.delivery_days(left, came, rests, rounds)
    assert rules.arrives_on(left, days, rests, rounds) == came, "and back"


DAILY_ROUND = {"delivers_daily": True}


@pytest.mark.parametrize(
    ("because", "given", "shut", "departure", "arrives"),
    [
        ("who comes daily comes on a holiday", DAILY_ROUND, {}, "2026-04-30", "2026-05-01"),
        ("not to who is shut then", DAILY_ROUND, {"2026-05-01"}, "2026-04-30", "2026-05-02"),
        ("nor on the Sunday", DAILY_ROUND, {"2026-11-22"}, "2026-11-21", "2026-11-23"),
        ("nor who has weekdays of its own", WEEKDAYS | DAILY_ROUND, {"2026-05-01"}, "2026-04-30",
         "2026-05-04"),
        ("nor does anybody else", {}, {"2026-11-24"}, "2026-11-23", "2026-11-25"),
    ],
)  # fmt: skip
def test_nothing_comes_to_whoever_is_shut(because, given, shut, departure, arrives):
    rounds = rules.rounds(Service(code="home", carrier="c", name="n", **given))
    rests = Rests(HOLIDAYS, frozenset(map(date.fromisoformat, shut)))
    left, came = date.fromisoformat(departure), date.fromisoformat(arrives)
    assert rules.arrives_on(left, 1, rests, rounds) == came, because
    assert rules.delivery_days(left, came, rests, rounds) == 1


def test_a_relay_point_that_is_open_on_a_holiday_is_come_to_by_who_delivers_then():
    point = node(keeps_holidays=False, hours=hours(*range(6)))
    rests = rules.rests(point, frozenset({date(2026, 5, 1)}), date(2026, 4, 30))
    assert rules.is_delivery_day(date(2026, 5, 1), rests, DAILY_ROUNDS)
    assert not rules.is_delivery_day(date(2026, 5, 1), rests), "most rest on it"
    assert not rules.is_delivery_day(date(2026, 5, 3), rests, DAILY_ROUNDS), "a Sunday"


def test_a_service_does_not_call_on_its_own_days_of_rest():
    service = Service(code="home", carrier="c", name="n", **STRIKE)
    closures = rules.rounds(service).closures
    monday = local("2026-11-23 17:01")
    found = rules.departs_at(
        node(departures=DAILY), "home", monday, holidays=HOLIDAYS, closures=closures
    )
    assert found == local("2026-11-26 17:00"), "neither on Tuesday nor on Wednesday"


def price(max_km, max_weight_g, cents, transit_days=2):
    return Rate(max_km=max_km, max_weight_g=max_weight_g, cents=cents, transit_days=transit_days)


@pytest.mark.parametrize(
    ("because", "km", "weight_g", "cents"),
    [
        ("near and light", 50, 400, 500),
        ("limits are included", 100, 500, 500),
        ("a little too far", 100.1, 500, 900),
        ("a little too heavy", 100, 501, 700),
        ("a dearer step that also holds it is not taken", 50, 600, 700),
        ("beyond the largest", 1001, 1, None),
        ("nothing is that heavy", 1, 30_001, None),
    ],
)
def test_rate(because, km, weight_g, cents):
    rates = (price(1000, 30_000, 900), price(100, 500, 500), price(100, 2000, 700))
    found = rules.rate(Service(code="home", carrier="c", name="n", rates=rates), km, weight_g)
    assert (found and found.cents) == cents, because


def test_of_two_equal_prices_the_faster_one():
    rates = (price(100, 500, 500, 3), price(200, 500, 500, 1))
    found = rules.rate(Service(code="home", carrier="c", name="n", rates=rates), 10, 10)
    assert found is rates[1]


@pytest.mark.parametrize(
    ("because", "changes", "refusal"),
    [
        ("no such zone", {"time_zone": "Europe/Atlantis"}, UnknownTimeZone),
        ("a path is no zone", {"time_zone": "../../etc/passwd"}, UnknownTimeZone),
        ("nothing", {"time_zone": ""}, UnknownTimeZone),
        (
            "spans overlap",
            {"hours": hours(MONDAY) + hours(MONDAY, opens="17:59", closes="20:00")},
            HoursOverlap,
        ),
        ("the same span twice", {"hours": hours(MONDAY) * 2}, HoursOverlap),
        ("past midnight", {"hours": hours(MONDAY, opens="22:00", closes="02:00")}, HoursOverlap),
        ("no time at all", {"hours": hours(MONDAY, opens="09:00", closes="09:00")}, HoursOverlap),
        ("closed twice", {"closures": closed("2026-01-01", "2026-01-01")}, TwiceGiven),
        ("leaves twice", {"departures": DAILY + DAILY}, TwiceGiven),
    ],
)
def test_nodes_that_cannot_be(because, changes, refusal):
    with pytest.raises(refusal):
        rules.normal_node(node(**changes))


def test_nodes_are_kept_in_order():
    given = node(
        hours=hours(TUESDAY) + hours(MONDAY, opens="18:00", closes="19:00") + hours(MONDAY),
        closures=closed("2026-05-02", "2026-01-01"),
        departures=departures(relay={1: "12:00"}, home={2: "12:00", 0: "12:00"}),
    )
    kept = rules.normal_node(given)
    assert [(one.weekday, one.opens.hour) for one in kept.hours] == [(0, 9), (0, 18), (1, 9)]
    assert [one.day.month for one in kept.closures] == [1, 5]
    assert [(one.service, one.weekday) for one in kept.departures] == [
        ("home", 0),
        ("home", 2),
        ("relay", 1),
    ]
    assert rules.normal_node(kept) == kept


def test_services_and_lanes_that_cannot_be():
    twice = (price(100, 500, 1), price(100, 500, 2))
    with pytest.raises(TwiceGiven):
        rules.normal_service(Service(code="home", carrier="c", name="n", rates=twice))
    with pytest.raises(LaneToItself):
        rules.check_lane(Lane(source="PAR", target="PAR", transit_days=1))


def test_public_holidays():
    assert date(2026, 7, 14) in public_holidays("FR", [2026])
    assert date(2026, 7, 14) not in public_holidays("FR", [2027])
    assert public_holidays("XX", [2026]) == frozenset()
    assert public_holidays("FR", (2027, 2026)) is public_holidays("FR", [2026, 2027])


@pytest.mark.parametrize(
    ("because", "given", "at", "opens", "closes"),
    [
        ("it is open", {}, "2026-11-23 10:00", "2026-11-23 10:00", "2026-11-23 18:00"),
        ("it opens later", {}, "2026-11-23 08:00", "2026-11-23 09:00", "2026-11-23 18:00"),
        ("the week is over", {}, "2026-11-27 18:00", "2026-11-30 09:00", "2026-11-30 18:00"),
        (
            "a closure shuts the day",
            {"closures": closed("2026-11-24")},
            "2026-11-23 19:00",
            "2026-11-25 09:00",
            "2026-11-25 18:00",
        ),
        ("without hours it never closes", {"hours": ()}, "2026-11-28 03:00", "2026-11-28 03:00", 0),
        (
            "without hours, until a closure",
            {"hours": (), "closures": closed("2026-11-30")},
            "2026-11-28 03:00",
            "2026-11-28 03:00",
            "2026-11-30 00:00",
        ),
    ],
)
def test_the_hours_that_are_under_way_or_come_next(because, given, at, opens, closes):
    found = rules.span_at(node(**given), local(at), HOLIDAYS)
    assert found == (local(opens), local(closes) if closes else None), because
