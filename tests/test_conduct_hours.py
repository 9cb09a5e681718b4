"""A partner has so many minutes to answer in which it is open."""

from datetime import UTC, date, datetime, time

import pytest
from msgspec import structs

import world
from noria.network import actions as network
from noria.network import calendar
from noria.network import holiday_actions as holidays
from noria.network.model import Closure, Hours, NodeKind, Opening

FRIDAY, SATURDAY, MONDAY = 27, 28, 30
HOURS = tuple(
    Hours(weekday=day, opens=opens, closes=closes)
    for day in range(5)
    for opens, closes in ((time(8), time(12)), (time(13, 30), time(17, 30)))
)
"""In Paris, an hour before UTC in November."""


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture(scope="module")
def maker(retailer):
    return structs.replace(world.node("ATELIER", NodeKind.SUPPLIER), hours=HOURS)


@pytest.mark.parametrize(
    ("because", "since", "minutes", "answered_by"),
    [
        ("it is open, and stays so", at(FRIDAY, 8), 120, at(FRIDAY, 10)),
        ("dinner is not worked", at(FRIDAY, 10), 120, at(FRIDAY, 13, 30)),
        ("the last minute counts", at(FRIDAY, 14, 30), 120, at(FRIDAY, 16, 30)),
        ("what is left is left for Monday", at(FRIDAY, 15, 30), 120, at(MONDAY, 8)),
        ("at night nobody answers", at(FRIDAY, 3), 120, at(FRIDAY, 9)),
        ("nor on Saturday", at(SATURDAY, 9), 120, at(MONDAY, 9)),
        ("many minutes take days", at(FRIDAY, 7), 600, at(MONDAY, 9)),
    ],
)
def test_minutes_in_which_it_is_open(because, since, minutes, answered_by, retail, maker):
    network.save_nodes(retail, [maker], actor=world.ACTOR, now=world.MONDAY)
    assert answers_by(retail, since, minutes) == answered_by, because


def test_days_that_are_as_no_other(retail, maker):
    closed = Closure(day=date(2026, 11, MONDAY), reason="stocktaking")
    opens = Opening(
        day=date(2026, 11, SATURDAY), opens=time(9), closes=time(11), reason="Black Friday"
    )
    busy = structs.replace(maker, closures=(closed,), openings=(opens,))
    network.save_nodes(retail, [busy], actor=world.ACTOR, now=world.MONDAY)
    assert answers_by(retail, at(SATURDAY, 7), 60) == at(SATURDAY, 9)
    assert answers_by(retail, at(SATURDAY, 9, 30), 60) == datetime(2026, 12, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("because", "changes", "since", "answered_by"),
    [
        ("11 November is kept", {}, at(10, 16, 30), at(12, 8)),
        ("but by who does not", {"keeps_holidays": False}, at(10, 16, 30), at(11, 8)),
        ("Alsace keeps 26 December, too", {"postcode": "67000"},
         datetime(2025, 12, 24, 16, tzinfo=UTC), datetime(2025, 12, 29, 7, 30, tzinfo=UTC)),
        ("Paris does not", {}, datetime(2025, 12, 24, 16, tzinfo=UTC),
         datetime(2025, 12, 26, 7, 30, tzinfo=UTC)),
        ("its region is named", {"region": "6AE"}, datetime(2025, 12, 24, 16, tzinfo=UTC),
         datetime(2025, 12, 29, 7, 30, tzinfo=UTC)),
        ("an opening opens a holiday", {"openings": (Opening(day=date(2026, 11, 11),
         opens=time(9), closes=time(12), reason="sale"),)}, at(10, 16, 30), at(11, 9)),
    ],
)  # fmt: skip
def test_public_holidays_are_not_worked(because, changes, since, answered_by, retail, maker):
    node = structs.replace(maker, **changes)
    network.save_nodes(retail, [node], actor=world.ACTOR, now=world.MONDAY)
    assert answers_by(retail, since, 60) == answered_by, because


def test_sql_rests_on_the_days_on_which_python_does(retail, maker):
    places = {"75001": "", "67000": "", "97400": "", "57000": ""}
    nodes = [structs.replace(maker, code=f"N{code}", postcode=code) for code in places]
    network.save_nodes(retail, nodes, actor=world.ACTOR, now=world.MONDAY)
    years = range(2025, 2032)
    for node in nodes:
        found = retail.execute(
            "select day::date from generate_series(date '2025-01-01', date '2031-12-31', '1 day')"
            " as day where rests_on(%s, day::date)",
            [node.code],
        )
        assert {day for (day,) in found} == calendar.node_holidays(node, years), node.postcode
    assert holidays.keep_all(retail, today=world.MONDAY.date()) == 0, "nothing is left to do"
    retail.execute("delete from public_holiday where day = '2027-05-01'")
    retail.execute("insert into public_holiday values ('FR', '', '2027-05-02')")
    assert holidays.keep_all(retail, today=world.MONDAY.date()) >= 2
    assert not retail.execute("select from public_holiday where day = '2027-05-02'").fetchone()


def answers_by(tx, since, minutes):
    asked = (
        "select after_open_minutes('ATELIER', %s, %s), breach_at('not_accepted', 'ATELIER', %s, %s)"
    )
    by, breach = tx.execute(asked, [since, minutes, since, minutes]).fetchone()
    assert by == breach
    return by
