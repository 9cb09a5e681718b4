"""How the business goes by week: which days are counted, what a week says, and who sees what."""

from datetime import timedelta

import pytest

import world
from caller import calling, database
from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.money import Money
from noria.tower import trend_actions, trend_rules, trend_views
from noria.tower.trend_model import Against, DaySum, Level, PromiseSum
from noria.value import actions as value
from world import MONDAY

TODAY = MONDAY.date()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("because", "through", "first", "days"),
    [
        ("nobody ordered yet", None, None, None),
        ("all of a young business", None, TODAY - 3 * DAY, (TODAY - 3 * DAY, TODAY)),
        ("years, by the quarter", None, TODAY - 900 * DAY, (TODAY - 900 * DAY, TODAY - 810 * DAY)),
        ("once a day, what may change", TODAY - DAY, TODAY, (TODAY - 36 * DAY, TODAY)),
        ("each hour, the last two days", TODAY, TODAY, (TODAY - DAY, TODAY)),
    ],
)
def test_which_days_are_counted_next(because, through, first, days):
    assert trend_rules.stretch(through, first, TODAY) == days, because


def test_weeks_are_whole_and_stand_beside_others():
    mondays = trend_rules.mondays(TODAY + 2 * DAY, 2)
    assert mondays == [TODAY - 14 * DAY, TODAY - 7 * DAY], "this week is not over"
    assert trend_rules.beside(mondays, Against.BEFORE) == [TODAY - 28 * DAY, TODAY - 21 * DAY]
    assert trend_rules.beside(mondays, Against.YEAR)[1] == TODAY - 371 * DAY, "a Monday too"


def day(since, currency="EUR", **more):
    zero = dict.fromkeys(
        ("orders", "cancelled", "units", "revenue_cents", "sent", "split", "cost_cents"), 0
    )
    return DaySum(since=since, currency=currency, **zero | more)


def test_a_week_says_what_is_known_of_it_and_no_more():
    days = [
        day(TODAY, orders=3, units=5, revenue_cents=900, sent=2, split=1, cost_cents=70),
        day(TODAY, "GBP", orders=1, units=2, revenue_cents=1000),
        day(TODAY - 21 * DAY, units=21),
    ]
    level = Level(since=TODAY, currency="EUR", risk_cents=0, stock_units=14, stock_cents=2800)
    weeks = trend_rules.weeks(
        [TODAY - 7 * DAY, TODAY], days, [PromiseSum(since=TODAY, settled=2, kept=1)], [level],
        sees_value=True,
    )  # fmt: skip
    empty, week = weeks
    assert (empty.orders, empty.at_risk, empty.stock_units, empty.cover_days) == (
        0,
        None,
        None,
        None,
    )
    assert (week.orders, week.units, week.split, week.kept) == (4, 7, 1, 1)
    pounds, euros = Money(currency="GBP", cents=1000), Money(currency="EUR", cents=900)
    assert list(week.revenue) == [pounds, euros], "the largest first; they do not add up"
    assert week.at_risk == [], "nothing was at risk, and somebody looked"
    assert week.cover_days == 14.0, "28 units went in four weeks, 14 are there"


def test_days_are_counted_from_orders_and_again_while_they_change(retail):
    clock.start_driving(retail, MONDAY)
    world.shelve(retail, "PAR", mug=6)
    world.shelve(retail, "LYS", cup=2)
    world.accept(retail, world.order("whole", mug=2))
    world.accept(retail, world.order("split", mug=1, cup=1))
    world.accept(retail, world.order("gone", mug=1))
    world.send(retail, "whole.1")
    told = trend_actions.count(retail, now=clock.now(retail))
    assert (told.through, told.has_more) == (TODAY, False)
    world.cancel(retail, "gone")
    later = MONDAY + timedelta(days=8)
    clock.drive(retail, later)
    value.follow(retail)
    while trend_actions.count(retail, now=later).has_more:
        pass
    found = trend_views.trends(retail, weeks=1, against=Against.BEFORE, sees_value=False)
    [week], [before] = found.weeks, found.before
    assert (week.since, week.until, found.through) == (TODAY, TODAY + 6 * DAY, later.date())
    assert (week.orders, week.cancelled, week.units, week.split) == (3, 1, 4, 1)
    assert [(one.currency, one.cents) for one in week.revenue] == [("EUR", 4 * 990)]
    assert week.cost[0].cents > 0
    assert (week.settled, week.kept) == (1, 1)
    assert (week.stock_units, before.orders, before.at_risk) == (None, 0, None), (
        "unknown is no zero"
    )
    now = trend_views.trends(retail, weeks=1, against=Against.BEFORE, sees_value=True)
    clock.drive(retail, later + timedelta(days=7))
    [this] = trend_views.trends(retail, weeks=1, against=Against.BEFORE, sees_value=True).weeks
    assert (this.stock_units, now.weeks[0].stock_value) == (6, None)
    assert [(one.currency, one.cents) for one in this.stock_value] == [("EUR", 6 * 400)]


def test_trends_at_the_door(server, template):
    with database(server, template) as db:
        db.run(world.build)
        with calling(db) as client:
            counted = client.post("/v1/tower/trends")
            assert counted.json() == {"through": None, "has_more": False}
            told = client.get("/v1/tower/trends", params={"weeks": 2, "against": "year"}).json()
            assert (len(told["weeks"]), len(told["before"])) == (2, 2)
            assert client.get("/v1/tower/trends", params={"weeks": 99}).status_code == 400
        with calling(db, Permission.TOWER_READ, nodes=["PAR"]) as client:
            assert client.get("/v1/tower/trends").status_code == 403
        with calling(db, Permission.TOWER_READ) as client:
            assert client.get("/v1/tower/trends").status_code == 200
            assert client.post("/v1/tower/trends").status_code == 403
