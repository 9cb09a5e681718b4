"""What stages take is learned from their past: without leaving out who still waits."""

from datetime import date, timedelta

import numpy as np
import pytest
from msgspec import structs

from noria.network.model import NO_RESTS
from noria.promise.delivery.asking import left_to_order
from noria.promise.delivery.calibrate import (
    asked_again,
    foreseen,
    honest,
    honest_middle,
    learned,
)
from noria.promise.delivery.choose import days_worth, promised_days
from noria.promise.delivery.foresee import at_share, by_day, drawn
from noria.promise.delivery.learn import centres, days, learn
from noria.promise.delivery.legs import SHAPES, curve, groups, plans, window
from noria.promise.delivery.model import (
    Asked,
    Foresight,
    Grouping,
    Journeys,
    LegPlan,
    Number,
    Past,
    Shape,
    Wanted,
)

HALF = np.array([0.5])
DAY = date(2011, 11, 7)
NOBODY = groups(node="same", kind="same", service="same", carrier="same", region="same")
SHAPE = Shape(
    name="transit",
    groups=(Grouping(name="lane", shrink=5), Grouping(name="all", shrink=5, fades_days=20)),
    numbers=(Number(name="km"),),
    half_life_days=10_000,
    spread_half_life_days=10_000,
)


def past(count=2000, seed=1, *, cut=None, speed=None):
    """Parcels of two lanes, `near` about 4 days and `far` about 12, handed over over 200 days."""
    luck = np.random.default_rng(seed)
    began = np.sort(luck.uniform(0, 200, count))
    far = luck.random(count) < 0.5
    took = np.where(far, 12.0, 4.0) * np.exp(luck.normal(0, 0.3, count))
    if speed is not None:
        took = took * speed(began)
    now = 200.0 if cut is None else cut
    is_over = began + took < now if cut is not None else np.ones(count, dtype=bool)
    seen = began < now
    return Past(
        days=np.where(is_over, took, now - began)[seen],
        is_over=is_over[seen],
        age_days=(now - began)[seen],
        keys={
            "lane": ["far" if one else "near" for one in far[seen]],
            "all": ["all"] * int(seen.sum()),
        },
        numbers={"km": luck.normal(0, 1, count)[seen]},
    )


def asked(*lanes, ahead=0.0):
    rows = len(lanes)
    return Asked(
        rows=rows,
        keys={"lane": lanes, "all": ["all"] * rows},
        numbers={"km": np.zeros(rows)},
        ahead_days=np.full(rows, ahead),
    )


def median(stage, *lanes, ahead=0.0):
    return days(stage, centres(stage, asked(*lanes, ahead=ahead)), HALF)[:, 0]


def test_each_lane_has_its_own_speed():
    near, far = median(learn(SHAPE, past()), "near", "far")
    assert near == pytest.approx(4, rel=0.08)
    assert far == pytest.approx(12, rel=0.08)


def test_who_still_waits_is_not_left_out():
    """Leaving open parcels out would say that what was sent lately is fast."""
    young = learn(SHAPE, past(cut=20.0))
    dropped = past(cut=20.0)
    over = dropped.is_over
    without = learn(
        SHAPE,
        Past(
            days=dropped.days[over],
            is_over=over[over],
            age_days=dropped.age_days[over],
            keys={
                name: [one for one, is_over in zip(values, over, strict=True) if is_over]
                for name, values in dropped.keys.items()
            },
            numbers={"km": dropped.numbers["km"][over]},
        ),
    )
    assert median(young, "far")[0] == pytest.approx(12, rel=0.2)
    assert median(without, "far")[0] < 0.85 * median(young, "far")[0]


def test_an_unknown_lane_is_like_all_and_a_young_one_between():
    few = past(count=400)
    stage = learn(
        SHAPE,
        Past(
            days=np.append(few.days, [20.0, 20.0]),
            is_over=np.append(few.is_over, [True, True]),
            age_days=np.append(few.age_days, [1.0, 1.0]),
            keys={
                "lane": [*few.keys["lane"], "new", "new"],
                "all": ["all"] * (len(few.days) + 2),
            },
            numbers={"km": np.append(few.numbers["km"], [0.0, 0.0])},
        ),
    )
    unknown, new = median(stage, "elsewhere", "new")
    assert 4 < unknown < 12
    assert unknown < new < 20


@pytest.mark.parametrize(
    ("because", "speed"),
    [
        ("the post got slower", lambda began: np.where(began > 160, 1.5, 1.0)),
        ("the post got faster", lambda began: np.where(began > 160, 0.6, 1.0)),
    ],
)
def test_what_is_so_lately_is_felt_and_fades(because, speed):
    stage = learn(SHAPE, past(cut=200.0, speed=speed))
    usual, today, later = (median(stage, "near", ahead=ahead)[0] for ahead in (10_000.0, 0.0, 20.0))
    assert abs(np.log(today / usual)) > 0.2, because
    assert np.log(later / usual) == pytest.approx(np.log(today / usual) / 2, rel=0.15), because


def test_without_a_past_what_is_believed_holds():
    nothing = np.zeros(0)
    stage = learn(
        SHAPE,
        Past(
            days=nothing,
            is_over=nothing.astype(bool),
            age_days=nothing,
            keys={"lane": [], "all": []},
            numbers={"km": nothing},
        ),
    )
    assert median(stage, "near")[0] == pytest.approx(SHAPE.centre_days, rel=0.05)


def test_a_plan_that_holds_is_believed_and_one_that_slips_is_corrected():
    plan = np.repeat([2.0, 5.0, 9.0], 200)
    base = {
        "is_over": np.ones(600, dtype=bool),
        "age_days": np.full(600, 5.0),
        "keys": {},
        "numbers": {},
        "expected_days": plan,
    }
    shape = Shape(name="transit", spread=0.2)
    ask = Asked(rows=1, keys={}, numbers={})
    for slip in (1.0, 1.4):
        stage = learn(shape, Past(days=plan * slip, **base))
        told = days(stage, centres(stage, ask, np.array([5.0])), HALF)[0, 0]
        assert told == pytest.approx(5 * slip, rel=0.05)


def journeys(count=1500, seed=3, spread=0.3):
    luck = np.random.default_rng(seed)
    bought = np.sort(luck.uniform(0, 150, count))
    handled = bought + np.exp(luck.normal(0.0, spread, count))
    came = handled + 5 * np.exp(luck.normal(0.0, spread, count))
    return Journeys(moments=(bought, handled, came), keys={}, numbers={})


TWO = (
    Shape(name="handle", half_life_days=1000, centre_days=1),
    Shape(name="transit", half_life_days=1000, centre_days=5),
)


@pytest.mark.parametrize("chance", [0.5, 0.8, 0.95])
def test_of_those_promised_with_a_chance_so_many_come(chance):
    all_of_it = journeys(count=3000)
    now = 100.0
    found = learned(TWO, all_of_it, now)
    rows = np.flatnonzero(all_of_it.moments[0] >= now)
    bought = all_of_it.moments[0][rows]
    reached = foreseen(found, asked_again(all_of_it, rows, now), bought)
    told = promised_days(reached, Wanted(chance=chance, patience_days=60))
    kept = np.floor(all_of_it.moments[2][rows]) - np.floor(bought) <= told
    said = reached[np.arange(len(rows)), told].mean()
    assert kept.mean() == pytest.approx(said, abs=0.04)
    assert said >= chance - 1e-9


def test_promises_that_were_too_bold_are_told_as_they_are():
    """Who foresees too little spread learns from the ranks that a 95 is no 95."""
    bold = learned((Shape(name="handle"), Shape(name="transit")), journeys(), 150.0)
    even = np.array([0.05, 0.5, 0.95])
    assert honest(bold, even) == pytest.approx(even, abs=0.12)
    ranks = np.clip(np.concatenate([np.linspace(0, 0.9, 90), np.ones(10)]), 0, 1)
    worse = type(bold)(
        stages=bold.stages,
        weekdays=bold.weekdays,
        ranks=tuple(ranks),
        late_days=100.0,
        learned_at_days=0.0,
        rows=0,
    )
    assert honest(worse, np.array([0.95]))[0] < 0.92


@pytest.mark.parametrize("planned", [1, 2, 3, 4])
def test_where_most_come_on_the_planned_day_that_day_is_promised(planned):
    """Days are coarse: all that come on their day are one great lump, and not one lucky moment."""
    count, now = 2000, 60.0
    luck = np.random.default_rng(7)
    leaves = np.sort(np.floor(luck.uniform(0, now, count)))
    plan = luck.integers(1, 5, count).astype(float)
    came = leaves + plan + luck.choice([0, 1, 3], count, p=[0.88, 0.09, 0.03])
    journeys = Journeys(
        moments=(leaves, leaves, leaves, leaves, np.where(came < now, came, np.nan)),
        keys={name: ["same"] * count for name, _ in NOBODY},
        numbers={},
        plans=plans(SHAPES, plan),
        whole_days=True,
    )
    known = Foresight(learned=learned(SHAPES, journeys, now))
    to = LegPlan(departs_on=DAY, arrives_on=DAY + timedelta(days=planned), groups=NOBODY)
    assert 0.7 < curve(known, to, NO_RESTS)[planned] < 0.96


@pytest.mark.parametrize(
    ("because", "late", "slower"),
    [
        ("its partner accepts late", 0, "accept"),
        ("it is long in hand", 1, "handle"),
        ("it waits for its carrier", 2, "hand_over"),
        ("it travels for longer", 3, "transit"),
    ],
)
def test_each_stage_learns_of_its_own_past(because, late, slower):
    """Of two nodes one is two days late in one stage: it is slower in that one alone."""
    count, now = 1000, 60.0
    leaves = np.linspace(0, now - 12, count)
    is_late = np.arange(count) % 2
    took = [is_late * 2.0 if stage == late else np.zeros(count) for stage in range(len(SHAPES))]
    took[-1] = took[-1] + 2
    named = {name: ["same"] * count for name, _ in NOBODY}
    nodes = {name: ["slow" if one else "fast" for one in is_late] for name in ("node", "lane")}
    journeys = Journeys(
        moments=tuple(leaves + sum(took[:stage]) for stage in range(len(SHAPES) + 1)),
        keys=named | nodes,
        numbers={},
        plans=plans(SHAPES, np.full(count, 2.0)),
        whole_days=True,
    )
    for stage in learned(SHAPES, journeys, now).stages:
        by = stage.effects["lane" if stage.name == "transit" else "node"]
        assert (by["slow"] - by["fast"] > 0.3) == (stage.name == slower), because


@pytest.mark.parametrize(
    ("because", "a_day", "widest", "first", "last", "chance"),
    [
        ("most come within days: the window is as wide as it has to be", 0.6, 7, 0, 3, 0.97),
        ("few come a day: a week is told, with its chance", 0.1, 7, 0, 6, 0.52),
        ("a day more keeps less than one in a hundred: not waited for", 0.1, None, 0, 21, 0.90),
    ],
)
def test_a_window_is_no_wider_than_asked(because, a_day, widest, first, last, chance):
    reached = 1 - (1 - a_day) ** np.arange(1, 91)
    told = window([(DAY, reached)], 0.95, widest_days=widest)
    assert ((told.first - DAY).days, (told.last - DAY).days) == (first, last), because
    assert told.chance == pytest.approx(chance, abs=0.01)


@pytest.mark.parametrize(
    ("because", "comes", "last", "chance"),
    [
        ("all comes: the first day with what is asked for", (0.6, 0.9, 0.96, 1.0), 2, 0.96),
        ("a tenth is lost: no later day would bring it", (0.5, 0.8, 0.9), 2, 0.9),
        ("the rest takes a month: it is not waited for", (0.9, *[0.92] * 30, 1.0), 1, 0.92),
        ("most is lost: its likely day, not that of departure", (*[0.0] * 80, 0.2), 80, 0.2),
    ],
)
def test_what_is_lost_is_waited_for_by_nobody(because, comes, last, chance):
    told = window([(DAY, np.array(comes))], 0.95)
    assert ((told.last - DAY).days, told.chance) == (last, chance), because


@pytest.mark.parametrize(
    ("because", "now", "is_judged"),
    [
        ("ten days ago it was three weeks old: that says nothing", 31.0, False),
        ("ten days ago it was seven weeks old: it is judged by what was foreseen", 59.0, True),
    ],
)
def test_what_was_foreseen_in_the_first_month_judges_nothing(because, now, is_judged):
    count = 1000
    bought = np.linspace(0, now - 1, count)
    came = np.where(bought < now - 10, bought + 1, bought + 4)
    journeys = Journeys(
        moments=(bought, bought, bought, bought, np.where(came < now, came, np.nan)),
        keys={name: ["same"] * count for name, _ in NOBODY},
        numbers={},
        plans=plans(SHAPES, np.ones(count)),
        whole_days=True,
    )
    ranks = np.array(learned(SHAPES, journeys, now).ranks)
    off = abs(ranks - (np.arange(100) + 0.5) / 100).max()
    assert (off > 0.1) == is_judged, because


def test_what_never_came_is_kept_by_no_day_however_late():
    """One in twenty is open for longer than all that was foreseen for it."""
    ranks = (*np.linspace(0, 0.99, 95), *[1.0] * 5)
    known = structs.replace(learned(TWO, journeys(), 120.0), ranks=ranks)
    assert honest(known, np.array([1.0]))[0] == pytest.approx(0.95, abs=0.01)


def test_equal_inputs_give_equal_answers():
    one, other = (learned(TWO, journeys(), 120.0) for _ in range(2))
    assert one == other


def test_no_parcel_is_promised_for_a_day_without_delivery():
    draws = np.sort(np.full((1, 256), 2.0) + np.linspace(-0.6, 0.6, 256))
    thursday, no_sunday = np.array([3]), (1.2, 1.2, 1.2, 1.2, 1.2, 1.0, 0.0)
    reached = by_day(draws, np.array([0.9]), thursday, no_sunday)[0]
    assert reached[3] == pytest.approx(reached[2]), "nothing comes on Sunday"


def test_a_day_more_is_added_where_it_keeps_most():
    sure = np.concatenate([np.zeros(3), np.ones(28)])
    vague = np.linspace(0, 1, 31)
    short, long = days_worth(np.stack([sure, vague]), 25.0)
    assert short == 3
    assert long < 31 * 0.9, "a long tail is not promised to its end"
    assert days_worth(vague[None, :], 2.0)[0] == 15, "but never to a day it rather misses"


@pytest.mark.parametrize(
    ("because", "wanted"),
    [
        ("a higher chance takes more days", Wanted(chance=0.99, patience_days=60)),
        ("more patience takes more days", Wanted(chance=0.99, patience_days=12)),
    ],
)
def test_who_wants_more_waits_longer(because, wanted):
    reached = np.clip(np.linspace(0, 2, 61), 0, 1)[None, :] ** 0.5 * np.ones((5, 1))
    less = Wanted(chance=0.8, patience_days=5)
    assert promised_days(reached, wanted).mean() > promised_days(reached, less).mean(), because


def test_the_median_is_in_the_middle():
    found = learned(TWO, journeys(), 150.0)
    draws = drawn(found.stages, Asked(rows=1, keys={}, numbers={}))
    assert honest_middle(found, draws)[0] == pytest.approx(6.1, rel=0.1)


@pytest.mark.parametrize(
    ("because", "share", "days"),
    [
        ("half lie below the middle, between the two around it", 0.5, 2.5),
        ("each draw stands in the middle of its share", 0.125, 1.0),
        ("between two draws lie the days between them", 0.8, 7.9),
        ("nothing is known below the first", 0.0, 1.0),
        ("nor beyond the last", 1.0, 10.0),
    ],
)
def test_days_at_a_share_of_the_draws(because, share, days):
    draws = np.array([[1.0, 2.0, 3.0, 10.0], [2.0, 4.0, 6.0, 20.0]])
    assert at_share(draws, share) == pytest.approx([days, 2 * days]), because


@pytest.mark.parametrize(
    ("because", "ranks", "share"),
    [
        ("honest foresight: the middle of the draws", np.linspace(0.005, 0.995, 100), 0.5),
        ("half came by what was foreseen for four in ten", np.linspace(0.0, 0.8, 100), 0.4),
        ("half came only by what was foreseen for all but a fifth", np.linspace(0.6, 1, 100), 0.8),
    ],
)
def test_by_the_median_half_have_come(because, ranks, share):
    found = structs.replace(learned(TWO, journeys(), 150.0), ranks=tuple(ranks))
    draws = drawn(found.stages, Asked(rows=1, keys={}, numbers={}))
    assert honest_middle(found, draws)[0] == pytest.approx(at_share(draws, share)[0]), because


def test_patience_is_that_of_a_year_so_slow_weeks_are_promised_longer():
    """Who spent all patience on the slow weeks would tell fast ones more days than they need."""
    luck = np.random.default_rng(5)
    bought = np.sort(luck.uniform(0, 300, 1500))
    slow = np.where(bought > 240, 2.0, 1.0)
    came = bought + 1.0 + 5 * slow * np.exp(luck.normal(0.0, 0.5, 1500))
    every = Journeys(moments=(bought, bought + 1.0, came), keys={"all": ["all"] * 1500}, numbers={})
    lately = Grouping(name="all", shrink=4, fades_days=30)
    shapes = (Shape(name="handle"), Shape(name="transit", groups=(lately,), half_life_days=100))
    wanted = Wanted(chance=0.99, patience_days=12.0)
    found = learned(shapes, every, 300.0, wanted)
    rows = np.arange(1500)
    ask = structs.replace(asked_again(every, rows, 300.0), ahead_days=bought - 300.0)
    told = days_worth(foreseen(found, ask, bought), found.late_days)
    assert told.mean() == pytest.approx(wanted.patience_days, abs=0.3)
    assert told[bought > 290].mean() > 1.3 * wanted.patience_days
    assert told[bought < 100].mean() < wanted.patience_days


@pytest.mark.parametrize(
    ("because", "spreads", "least", "most"),
    [
        ("steadier than all year: nobody waits for those who strayed then", (0.6, 0.25), 0.0, 0.9),
        ("as they were all year: patience is what is spent", (0.5, 0.5), 0.95, 1.05),
        ("wilder than all year: more days are worth their keeping", (0.25, 0.7), 1.03, 2.0),
    ],
)
def test_patience_is_spent_on_how_a_year_strays_and_days_are_told_by_the_last_weeks(
    because, spreads, least, most
):
    luck = np.random.default_rng(6)
    bought = np.sort(luck.uniform(0, 300, 1500))
    spread = np.where(bought > 220, spreads[1], spreads[0])
    came = bought + 1.0 + 5 * np.exp(luck.normal(0.0, 1.0, 1500) * spread)
    every = Journeys(moments=(bought, bought + 1.0, came), keys={}, numbers={})
    shapes = (Shape(name="handle"), Shape(name="transit", half_life_days=10_000))
    wanted = Wanted(chance=0.995, patience_days=12.0)
    found = learned(shapes, every, 300.0, wanted)
    rows = np.flatnonzero(bought > 280)
    reached = foreseen(found, asked_again(every, rows, 300.0), bought[rows])
    told = days_worth(reached, found.late_days).mean() / wanted.patience_days
    assert least < told < most, because


@pytest.mark.parametrize(
    ("because", "seconds", "said"),
    [
        ("hours with their minutes", 134 * 60 + 59, "2 h 14"),
        ("a minute alone", 60, "1 min"),
        ("an instant is left: not none", 59, "< 1 min"),
        ("until that very instant", 0, "< 1 min"),
        ("an hour sharp", 3600, "1 h 00"),
    ],
)
def test_how_long_there_is_to_order(because, seconds, said):
    assert left_to_order(timedelta(seconds=seconds)) == said, because
