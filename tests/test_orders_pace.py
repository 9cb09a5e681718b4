"""How legs under way turn out: believed beforehand, then measured as it was known at each hour."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from msgspec import structs

import world
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.tracking_model import Heard, NumberedParcel
from noria.network import actions as network_actions
from noria.network import rules
from noria.network import views as network
from noria.network.model import Rests, Service
from noria.orders import pace_actions, pace_rules, pace_views
from noria.orders.carried_model import Progress
from noria.orders.pace_model import Cell, Pace
from world import ACTOR, MONDAY

DAY = timedelta(days=1)
NOTHING = Pace()


@pytest.fixture
def tx(retail):
    return retail


@pytest.mark.parametrize(
    ("because", "surer", "less_sure"),
    [
        ("what is in the van comes", ("out_for_delivery", 0, 12), ("in_transit", 0, 12)),
        ("what missed the van hardly does", ("in_transit", 0, 8), ("in_transit", 0, 10)),
        ("the later it is, the less", ("out_for_delivery", 0, 10), ("out_for_delivery", 0, 18)),
        ("an attempt in vain is not made again today", ("in_transit", 0, 8), ("failed", 0, 12)),
        ("it is made again on the next day", ("failed", 1, 0), ("failed", 0, 0)),
        ("it comes on its day and not before", ("in_transit", 0, 0), ("in_transit", -1, 0)),
        ("what is long overdue is seldom seen again", ("in_transit", 1, 0), ("in_transit", 3, 0)),
        ("yesterday's van is none", ("out_for_delivery", 0, 12), ("out_for_delivery", 1, 0)),
        ("of whom nothing is heard, only the hour tells", (None, 0, 8), (None, 0, 18)),
    ],
)
def test_what_is_believed(because, surer, less_sure):
    chances = [pace_rules.comes_today(NOTHING, "HOME", *one) for one in (surer, less_sure)]
    assert chances[0] > chances[1] + 0.05, because


@pytest.mark.parametrize("says", ["lost", "returning", "returned"])
def test_what_does_not_come_has_no_chance(says):
    assert pace_rules.comes_today(NOTHING, "HOME", says, 0, 8) == 0


def test_by_night_nothing_comes_any_more():
    for says in ("out_for_delivery", "in_transit", "failed", None):
        assert pace_rules.comes_today(NOTHING, "HOME", says, 0, 20) == 0


def test_what_was_measured_counts_first_of_the_service_then_of_all():
    late = Cell(service="SLOW", says="in_transit", overdue=0, hour=12, seen=400, came=300)
    known = pace_rules.pace([late])
    believed = pace_rules.comes_today(NOTHING, "SLOW", "in_transit", 0, 12)
    own = pace_rules.comes_today(known, "SLOW", "in_transit", 0, 12)
    other = pace_rules.comes_today(known, "NEW", "in_transit", 0, 12)
    assert believed < 0.2
    assert 0.7 < own < 0.75
    assert believed < other < own, "a new service is like the others until it is known"


@pytest.mark.parametrize(
    ("because", "given", "day", "days"),
    [
        ("the day before", {}, date(2026, 11, 26), -1),
        ("the day itself", {}, date(2026, 11, 27), 0),
        ("Saturdays count", {}, date(2026, 11, 28), 1),
        ("Sundays do not", {}, date(2026, 11, 29), 1),
        ("Monday after Friday", {}, date(2026, 11, 30), 2),
        ("at most so many", {}, date(2026, 12, 24), 3),
        ("nobody works on Saturday", {"delivers_on": (0, 1, 2, 3, 4)}, date(2026, 11, 30), 1),
        ("or all days", {"delivers_daily": True}, date(2026, 11, 30), 3),
        ("its carrier rests", {"closures": [{"day": "2026-11-28", "reason": "strike"}]},
         date(2026, 11, 30), 1),
        ("it is a holiday there", {}, date(2026, 12, 1), 2),
    ],
)  # fmt: skip
def test_overdue(because, given, day, days):
    named = {"code": "HOME", "carrier": "c", "name": "n"} | given
    rounds = rules.rounds(msgspec.convert(named, Service))
    rests = Rests(frozenset({date(2026, 12, 1)}))
    assert pace_rules.overdue(date(2026, 11, 27), day, rests, rounds) == days, because


def test_a_leg_counts_as_it_was_known_at_each_hour(tx):
    """It was in the van at eight, came at eleven, and that was heard at three."""
    world.shelve(tx, "PAR", mug=1)
    leg = world.accept(tx, world.order(mug=1))["o1"].legs[0]
    world.pick(tx, leg.id, now=leg.leaves_at)
    world.ship(tx, leg.id, now=leg.leaves_at)
    number(tx, leg.id)
    day = leg.arrives_on
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    say(tx, Progress.OUT_FOR_DELIVERY, at + timedelta(hours=6), heard=at + timedelta(hours=6))
    say(tx, Progress.DELIVERED, at + timedelta(hours=10), heard=at + timedelta(hours=14))
    assert pace_actions.measure(tx, now=at + 2 * DAY) == 27, "not before its news is in"
    assert not [one for one in pace_views.cells(tx) if one.overdue == 0]
    assert pace_actions.measure(tx, now=at + 3 * DAY) == 1
    known = {one.hour: (one.says, round(one.came, 2)) for one in cells_of_its_day(tx)}
    assert known == {
        0: ("unheard", 1.0),
        **dict.fromkeys((8, 10, 12, 14), ("out_for_delivery", 1.0)),
    }
    assert pace_actions.measure(tx, now=at + 3 * DAY) == 0, "each day once"


def test_a_day_without_a_round_says_nothing_of_what_is_under_way(tx):
    """It left on Thursday for Friday, and comes on Monday; nobody delivers at the weekend."""
    services = network.services(tx)
    home = structs.replace(services["HOME"], delivers_on=(0, 1, 2, 3, 4))
    network_actions.save_services(tx, [home], actor=ACTOR, now=MONDAY)
    world.shelve(tx, "PAR", mug=1)
    thursday = MONDAY + 3 * DAY
    leg = world.accept(tx, world.order(mug=1), now=thursday)["o1"].legs[0]
    assert leg.arrives_on == (thursday + DAY).date()
    world.pick(tx, leg.id, now=leg.leaves_at)
    world.ship(tx, leg.id, now=leg.leaves_at)
    tx.execute("update leg set delivered_at = %s", [thursday + 4 * DAY])
    pace_actions.measure(tx, now=thursday + 7 * DAY)
    seen = {one.overdue: round(one.came) for one in pace_views.cells(tx) if one.hour == 0}
    assert seen == {0: 0, 1: 1}, "Friday and Monday, and no days between"


def cells_of_its_day(tx):
    return [one for one in pace_views.cells(tx) if one.overdue == 0]


def number(tx, leg):
    sscc = tx.execute("select sscc from parcel where shipment_id = %s", [leg]).fetchone()[0]
    named = [NumberedParcel(sscc=sscc, number="P1")]
    tracking.number(tx, leg, "plain", named, actor=ACTOR, now=MONDAY)


def say(tx, progress, at, *, heard):
    one = Heard(number="P1", progress=progress, happened_at=at, code=progress.value)
    tracking.hear(tx, "plain", [one], f"r-{progress.value}", actor=ACTOR, now=heard)
