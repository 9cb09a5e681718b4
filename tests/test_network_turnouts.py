"""How nodes, carriers and lanes turned out lately: what is counted, in which order, and for whom."""

from datetime import date, timedelta

import pytest

import world
from noria.network import actions as network
from noria.network import turnout_rules as rules
from noria.network import turnout_views as views
from noria.network.model import NodeKind, Service
from noria.network.reliability_model import Topic
from noria.network.turnout_model import By, Count, Member, Turned
from world import ACTOR, MONDAY

TODAY = date(2026, 11, 30)
EARLY, ON_TIME, LATE = 0, 1, 2


def count(weeks_ago, units, good, topic=Topic.TRANSIT):
    return Count(key="Poste", topic=topic, weeks_ago=weeks_ago, units=units, good=good)


@pytest.mark.parametrize(
    ("because", "counts", "turned", "weeks"),
    [
        ("nothing was counted: no topic, and weeks of nothing", [], None, [0, 0]),
        ("this week is now", [count(0, 9, 8)], Turned(units=9, good=8), [0, 9]),
        ("the week before is before", [count(1, 7, 7)], Turned(units_before=7, good_before=7),
         [7, 0]),
        ("another topic is no part of its weeks", [count(0, 5, 5, Topic.CONDITION)], None, [0, 0]),
    ],
)  # fmt: skip
def test_weeks_are_added_up(because, counts, turned, weeks):
    member = Member(key="Poste", name="Poste")
    one = rules.turnout(member, counts, None, main=Topic.TRANSIT, today=TODAY, weeks=1)
    assert (one.topics.get("transit"), [week.units for week in one.weeks]) == (turned, weeks), (
        because
    )
    assert [week.since for week in one.weeks] == [date(2026, 11, 16), date(2026, 11, 23)]
    assert one.believed is None, "nothing was measured: nothing is believed"


@pytest.fixture
def tx(retail):
    rates = world.RATES
    van = Service(code="VAN", carrier="Coursiers", name="Van", chance=0.9, rates=rates)
    network.save_services(retail, [van], actor=ACTOR, now=MONDAY)
    tell(retail, "transit", "PAR", "HOME", "FR-69", 1, ON_TIME, 8)
    tell(retail, "transit", "PAR", "HOME", "FR-69", 1, LATE, 2)
    tell(retail, "transit", "LYS", "HOME", "FR-75", 7, LATE, 1)
    tell(retail, "transit", "LYS", "HOME", "FR-75", 8, LATE, 40)
    tell(retail, "transit", "LYS", "VAN", "FR-69", 2, EARLY, 5)
    tell(retail, "departure", "PAR", "", "", 1, 0, 10)
    tell(retail, "departure", "SHOP", "", "", 1, 1, 3)
    tell(retail, "transit", "PAR", "HOME", "FR-69", 0, LATE, 99)
    return retail


def tell(tx, topic, node, service, area, days_ago, outcome, units):
    tx.execute(
        "insert into tally (topic, node, service, area, day, outcome, units)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [topic, node, service, area, TODAY - timedelta(days=days_ago), outcome, units],
    )


def turned(tx, by, **more):
    return views.turnouts(tx, by, today=TODAY, weeks=1, **more)


def test_who_went_wrong_most_stands_first(tx):
    poste, van = turned(tx, By.CARRIER)
    assert (poste.key, poste.late, poste.topics["transit"]) == (
        "Poste",
        3,
        Turned(units=11, good=8, units_before=40, good_before=0),
    ), "today is not over, and not counted"
    assert [(week.units, week.good) for week in poste.weeks] == [(40, 0), (11, 8)]
    assert (van.key, van.late, van.topics["transit"].good) == ("Coursiers", 0, 5)
    lanes = turned(tx, By.LANE)
    assert [(one.service, one.node, one.area, one.late) for one in lanes] == [
        ("HOME", "PAR", "FR-69", 2),
        ("HOME", "LYS", "FR-75", 1),
        ("VAN", "LYS", "FR-69", 0),
    ]
    assert lanes[2].topics["transit"].units == 5
    shops = turned(tx, By.NODE, kinds=[NodeKind.STORE])
    assert [(one.key, one.late, one.topics["departure"].units) for one in shops] == [("SHOP", 3, 3)]


@pytest.mark.parametrize("by", list(By))
def test_pages_meet_without_gap_or_overlap(tx, by):
    whole = [one.key for one in turned(tx, by)]
    found, after = [], None
    while page := turned(tx, by, after=after, limit=1):
        found += [one.key for one in page]
        after = (page[-1].late, page[-1].key)
    assert (found, len(set(whole))) == (whole, len(whole))


def test_some_nodes_only(tx):
    assert {one.node for one in turned(tx, By.LANE, nodes=["LYS"])} == {"LYS"}
    assert {one.key for one in turned(tx, By.NODE, nodes=["LYS"])} == {"LYS"}
    assert [one.service for one in turned(tx, By.LANE, carrier="Coursiers")] == ["VAN"]
