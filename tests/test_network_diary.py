"""Which day a node of known capacity has room on."""

from datetime import date, timedelta

import pytest

import world
from noria.network import diary_rules as rules
from noria.network import scene_rules
from noria.network.diary_model import ENDLESS, Agenda, Diary, Workload
from noria.network.model import Capacity, NodeKind
from world import MONDAY

MON = MONDAY.date()
DAYS = [MON + timedelta(days=count) for count in range(14)]
TUE, WED, THU, FRI, SAT, SUN, NEXT = DAYS[1:8]


def work(units, orders=1):
    return Workload(units=units, orders=orders)


def diary(due=(), used=(), *, first=MON, since=None, holidays=(), **capacity):
    node = world.node("PAR", **capacity)
    agenda = Agenda(due=dict(due), used=dict(used))
    return Diary(
        node=node, holidays=frozenset(holidays), since=since or first, first=first, agenda=agenda
    )


TEN, TWO = {"units_per_day": 10}, {"orders_per_day": 2}


@pytest.mark.parametrize(
    ("because", "known", "day", "units", "orders"),
    [
        ("nothing is due: all of today", diary(**TEN), MON, 10, ENDLESS),
        ("today in part", diary({MON: work(4)}, **TEN), MON, 6, ENDLESS),
        ("today is full: tomorrow", diary({MON: work(10)}, **TEN), TUE, 10, ENDLESS),
        ("more than today is due: it goes on tomorrow", diary({MON: work(13)}, **TEN), TUE, 7, ENDLESS),
        ("what is due tomorrow may be done today: one unit less by then", diary({TUE: work(15)}, **TEN), MON, 5, ENDLESS),
        ("both days are asked for whole", diary({TUE: work(20)}, **TEN), WED, 10, ENDLESS),
        ("what was picked today is used up", diary((), {MON: work(10)}, **TEN), TUE, 10, ENDLESS),
        ("picked and due are both today's", diary({MON: work(5)}, {MON: work(4)}, **TEN), MON, 1, ENDLESS),
        ("orders have an end as well", diary({MON: work(2, 2)}, **TWO), TUE, ENDLESS, 2),
        ("one order is left", diary({MON: work(90, 1)}, **TWO), MON, ENDLESS, 1),
        ("units are left, orders are not", diary({MON: work(2, 2)}, **TEN, **TWO), TUE, 18, 2),
        ("overtime is capacity", diary({MON: work(10)}, overtime_units=3, **TEN), MON, 3, ENDLESS),
        ("nobody works on Sunday", diary({SAT: work(10)}, first=SAT, **TEN), NEXT, 10, ENDLESS),
        ("nor on a holiday", diary({MON: work(10)}, holidays=[TUE], **TEN), WED, 10, ENDLESS),
        ("Tuesday has none", diary({MON: work(10)}, capacities=(Capacity(weekday=1, units=0),), **TEN), WED, 10, ENDLESS),
        ("a day counts before its weekday", diary({MON: work(10)}, capacities=(Capacity(weekday=1, units=0), Capacity(day=TUE, units=2)), **TEN), TUE, 2, ENDLESS),
        ("there are never any hands", diary(capacities=world.NO_HANDS, **TEN), MON, 0, 0),
        ("while lead days last, what is due within them is done", diary({MON: work(10), TUE: work(8)}, since=MON, first=WED, **TEN), WED, 10, ENDLESS),
        ("what does not fit into the lead days is done after", diary({TUE: work(24)}, since=MON, first=WED, **TEN), WED, 6, ENDLESS),
        ("lead days do none of what is due after: it may have its own", diary({WED: work(10)}, since=MON, first=WED, **TEN), THU, 10, ENDLESS),
    ],
)  # fmt: skip
def test_the_first_day_with_room(because, known, day, units, orders):
    assert rules.opening(known) == (day, units, orders), because


@pytest.mark.parametrize(
    ("because", "known", "units", "day"),
    [
        ("it fits today", diary(**TEN), 10, MON),
        ("a large order is begun today and done tomorrow", diary(**TEN), 11, TUE),
        ("five are left today", diary({MON: work(5)}, **TEN), 6, TUE),
        (
            "what is due on Wednesday leaves as much until then",
            diary({WED: work(25)}, **TEN),
            6,
            THU,
        ),
        ("two days of orders are taken", diary({MON: work(1, 2), TUE: work(1, 2)}, **TWO), 1, WED),
        ("so far ahead nobody looks", diary(**TEN), 10_000, None),
        ("no day has room", diary(capacities=world.NO_HANDS, **TEN), 1, None),
    ],
)
def test_the_first_day_for_so_many_units(because, known, units, day):
    assert rules.first_day(known, units) == day, because


@pytest.mark.parametrize(
    ("because", "known", "units", "day", "begun"),
    [
        ("nothing is due before: on the day itself", diary(**TEN), 10, WED, WED),
        ("it takes two days", diary(**TEN), 15, WED, TUE),
        (
            "what is due may be done before, but for five units",
            diary({WED: work(25)}, **TEN),
            5,
            WED,
            WED,
        ),
        ("not before the first day", diary(**TEN), 99, WED, MON),
    ],
)
def test_the_last_day_to_begin(because, known, units, day, begun):
    assert rules.begun_by(known, units, day) == begun, because


@pytest.mark.parametrize(
    ("because", "due", "left"),
    [
        ("all of it was done", {MON: work(4), TUE: work(6)}, {}),
        ("what is due first comes first", {MON: work(8), TUE: work(6, 3)}, {TUE: work(4, 2)}),
    ],
)
def test_what_is_left_of_a_day(because, due, left):
    known = diary(due, orders_per_day=2, **TEN)
    assert rules.worked_off(known, MON).due == left, because


def test_each_order_noted_takes_its_place():
    known, days = diary(**TWO), []
    for _ in range(5):
        day, _, _ = rules.opening(known)
        days.append(day)
        known = rules.noted(known, 1, day)
    assert days == [MON, MON, TUE, TUE, WED]


def test_a_maker_counts_its_orders_in_its_diary_and_its_units_elsewhere():
    maker = world.node("PRINT", NodeKind.PRINTER, units_per_day=3, orders_per_day=1)
    plain = world.node("MAKER", NodeKind.PRINTER, units_per_day=3)
    kept = scene_rules.diaries(
        {"PRINT": maker, "MAKER": plain, "SHOP": world.node("SHOP")},
        {"PRINT": Agenda(due={MON: work(50)})},
        holidays=dict.fromkeys(["PRINT", "MAKER", "SHOP"], frozenset[date]()),
        now=MONDAY,
    )
    assert list(kept) == ["PRINT"]
    assert rules.opening(kept["PRINT"]) == (TUE, ENDLESS, 1)
