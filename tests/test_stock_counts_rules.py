"""What makes a shelf worth counting, what a reading means, what a sample says: tables."""

from datetime import timedelta
from itertools import pairwise

import pytest

from noria.kit.errors import Stale
from noria.stock.counts import risk, rules, sampling
from noria.stock.counts.model import (
    Accuracy,
    ApproverCounted,
    Expected,
    Found,
    Learned,
    Line,
    NotToApprove,
    Policy,
    Reading,
    Shelf,
    Stage,
)
from world import MONDAY

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
POLICY = Policy()


# what a sample says


def test_what_is_usually_off_decides_and_not_all_that_lies_there():
    few, many = shelf(sku="few", units=3, unit_cents=900), shelf(sku="many", units=300)
    ranked = [
        [one.sku for one in sorted((risk.candidate(one, "PAR", risk.odds(node, node), now=MONDAY)
                                    for one in (few, many)), key=risk.rank)]
        for node in (Learned(), Learned(wrong=100, units=5_000))
    ]  # fmt: skip
    assert ranked == [["few", "many"], ["many", "few"]], "unless hundreds are off at that node"


@pytest.mark.parametrize(
    ("accurate", "sampled", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_is_the_published_one(accurate, sampled, lower, upper):
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = sampling.interval(accurate, sampled)
    assert found == (pytest.approx(lower, abs=5e-5), pytest.approx(upper, abs=5e-5))


def test_an_interval_of_a_finite_population():
    alone = sampling.interval(90, 100)
    narrower = sampling.interval(90, 100, 150)
    assert alone[0] < narrower[0] < 0.9 < narrower[1] < alone[1], "most of it was seen"
    assert sampling.interval(90, 100, 100) == (0.9, 0.9), "all of it was"
    assert sampling.interval(90, 100, 10**9) == pytest.approx(alone, abs=1e-6)
    assert sampling.interval(20, 20)[1] == 1.0


@pytest.mark.parametrize(
    ("population", "margin", "size"),
    [
        (10_000, 0.05, 370),  # Krejcie and Morgan (1970), table 1
        (1_000, 0.05, 278),
        (100, 0.05, 80),
        (10**9, 0.05, 385),
        (10, 0.05, 10),
        (0, 0.05, 0),
    ],
)
def test_the_size_of_a_sample_is_the_published_one(population, margin, size):
    assert sampling.sample_size(population, margin) == size


def test_a_draw_can_be_repeated_and_favours_nobody():
    skus = [f"s{number:03}" for number in range(50)]
    assert sampling.draw(skus, 10, 7) == sampling.draw(reversed(skus), 10, 7)
    assert sampling.draw(skus, 10, 7) != sampling.draw(skus, 10, 8)
    assert sampling.draw(skus, 99, 7) == skus
    often = dict.fromkeys(skus, 0)
    for seed in range(2000):
        for sku in sampling.draw(skus, 10, seed):
            often[sku] += 1
    assert all(abs(times - 400) < 4.5 * (2000 * 0.2 * 0.8) ** 0.5 for times in often.values())


def test_the_interval_holds_what_it_says():
    """Of 400 samples of a known population, about 95 in 100 intervals hold the truth."""
    right = {f"s{number:03}" for number in range(900)}
    everything = [*sorted(right), *(f"w{number:03}" for number in range(100))]
    held = 0
    for seed in range(400):
        drawn = sampling.draw(everything, 120, seed)
        lower, upper = sampling.interval(sum(sku in right for sku in drawn), 120, 1000)
        held += lower <= 0.9 <= upper
    assert 368 <= held <= 394


@pytest.mark.parametrize(
    ("because", "last", "before", "is_evident"),
    [
        ("far apart", (95, 100), (70, 100), True),
        ("as chance would have it", (92, 100), (90, 100), False),
        ("the same shares in a small sample say little", (9, 10), (7, 10), False),
        ("nothing was wrong, twice", (50, 50), (50, 50), False),
    ],
)
def test_a_trend_is_evident_or_it_is_chance(because, last, before, is_evident):
    found = sampling.trend(measured(*last), measured(*before))
    assert found.is_evident is is_evident, because
    assert found.change == pytest.approx(last[0] / last[1] - before[0] / before[1])


def measured(accurate, sampled, population=5_000):
    lower, upper = sampling.interval(accurate, sampled, population)
    return Accuracy(
        task="t", node="PAR", measured_at=MONDAY, population=population, sampled=sampled,
        accurate=accurate, estimate=accurate / sampled, lower=lower, upper=upper,
    )  # fmt: skip


# what to count next


def shelf(**more):
    return Shelf(**({"sku": "mug", "units": 10, "unit_cents": 400, "counted_at": MONDAY - 7 * DAY} | more))  # fmt: skip


def chance(one, node=Learned(), every=Learned()):  # noqa: B008 - frozen
    return risk.chance_wrong(one, risk.odds(node, every), now=MONDAY)


@pytest.mark.parametrize(
    ("because", "less", "more"),
    [
        ("time passes", shelf(), shelf(counted_at=MONDAY - 70 * DAY)),
        ("things happen to it", shelf(), shelf(moves=40)),
        ("a picker did not find it", shelf(moves=40), shelf(refused=1)),
        ("a sale took more than the book knew", shelf(), shelf(gaps=1)),
        ("two signals say more than one", shelf(gaps=1), shelf(gaps=1, refused=1)),
        ("it was often wrong before", shelf(exposure=100.0), shelf(exposure=100.0, wrong=9)),
        ("it was never wrong, for long", shelf(exposure=900.0), shelf()),
        ("nobody ever looked, and it came long ago", shelf(), shelf(counted_at=None, since=MONDAY - 90 * DAY)),
    ],
)  # fmt: skip
def test_what_makes_a_book_more_likely_wrong(because, less, more):
    assert 0 < chance(less) < chance(more) < 1, because


def test_the_formula_to_the_letter():
    """e = 3 moves + 1 week; nothing learned: λ = (0 + 2) / (0 + 2 / 0.01) all the way down."""
    assert chance(shelf(moves=3)) == pytest.approx(1 - 2.718281828 ** (-0.01 * 4))
    assert chance(shelf(moves=3, gaps=1)) == pytest.approx(1 - 2.718281828 ** (-0.04) * 0.4)
    node, every = Learned(wrong=8, exposure=200.0), Learned(wrong=10, exposure=1000.0)
    over_all = (10 + 2) / (1000 + 2 / 0.01)
    of_node = (8 + 2) / (200 + 2 / over_all)
    of_shelf = (1 + 2) / (50 + 2 / of_node)
    assert risk.rate(shelf(wrong=1, exposure=50.0), risk.odds(node, every)) == pytest.approx(
        of_shelf
    )


def test_what_was_seldom_counted_borrows_and_what_was_often_counted_does_not():
    careless = Learned(wrong=300, exposure=1000.0)
    fresh, known = shelf(), shelf(exposure=10_000.0)
    assert risk.rate(fresh, risk.odds(careless, careless)) == pytest.approx(0.3, rel=0.05)
    assert risk.rate(known, risk.odds(careless, careless)) < 0.001


def test_a_node_where_signals_were_false_trusts_them_less():
    one = shelf(refused=1)
    false, true = Learned(signalled=90), Learned(signalled=90, signalled_wrong=90)
    assert chance(one, false) < 0.1
    assert chance(one, true) > 0.9


def test_more_money_comes_first_and_ties_go_by_sku():
    every = [
        risk.candidate(one, "PAR", risk.odds(Learned(), Learned()), now=MONDAY)
        for one in (
            shelf(sku="b"),
            shelf(sku="a"),
            shelf(sku="c", unit_cents=4_000),
            shelf(sku="d", units=0),
        )
    ]
    assert [one.sku for one in sorted(every, key=risk.rank)] == ["c", "a", "b", "d"]
    assert max(every, key=risk.rank).stake_cents == 400, "an empty shelf stakes one sale"


@pytest.mark.parametrize(
    ("language", "more", "words"),
    [
        ("en", {"counted_at": MONDAY - 94 * DAY, "refused": 3, "units": 103, "unit_cents": 400},
         ["last counted 94 days ago", "3 refused picks", "412 € at stake"]),
        ("fr", {"counted_at": MONDAY - DAY, "gaps": 1, "moves": 2, "units": 1000},
         ["compté il y a 1 jour", "1 fait au-delà du livre", "2 mouvements depuis", "4\u202f000 € en jeu"]),
        ("en", {"counted_at": None}, ["never counted", "40 € at stake"]),
        ("fr", {"counted_at": MONDAY}, ["compté aujourd'hui", "40 € en jeu"]),
    ],
)  # fmt: skip
def test_reasons_are_said_in_words(language, more, words):
    one = risk.candidate(shelf(**more), "PAR", risk.odds(Learned(), Learned()), now=MONDAY)
    *said, last = risk.words(one, "EUR", language)
    assert said == words
    assert last.startswith(("livre faux avec", f"{round(100 * one.chance)}% chance"))


# what is unusual


@pytest.mark.parametrize(
    ("least", "mean", "shape", "tail"),
    [
        (0, 3.0, 2.0, 1.0),
        (1, 3.0, 1.0, 3 / 4),  # geometric: P(X >= k) = (m / (1 + m))^k
        (4, 3.0, 1.0, (3 / 4) ** 4),
        (1, 2.0, 2.0, 1 - (1 / 2) ** 2),
        (5, 1.0, 1e9, 0.00366),  # Poisson of mean 1: 1 - e^-1 · (1 + 1 + 1/2 + 1/6 + 1/24)
    ],
)
def test_the_tail_is_that_of_a_negative_binomial(least, mean, shape, tail):
    assert risk.negative_binomial_tail(least, mean, shape) == pytest.approx(tail, abs=2e-5)


def test_what_is_unusual_depends_on_the_node():
    tidy, messy = Learned(units=5, exposure=2000.0), Learned(units=900, exposure=2000.0)
    everywhere = Learned(units=905, exposure=4000.0)
    rare = risk.chance_of(-6, 20.0, tidy, everywhere)
    common = risk.chance_of(-6, 20.0, messy, everywhere)
    assert rules.is_unusual(-6, rare, POLICY)
    assert not rules.is_unusual(-6, common, POLICY), "large is not unusual there"
    assert not rules.is_unusual(-1, 0.0, POLICY), "one unit never is"
    assert risk.chance_of(6, 20.0, tidy, everywhere) == rare, "too many is as odd as too few"
    tails = [risk.chance_of(units, 20.0, tidy, everywhere) for units in range(9)]
    assert all(later < sooner for sooner, later in pairwise(tails))


# what a reading means


def reading(quantity, *, key="r1", minute=0, at="", round=1, is_last=True, actor="ana"):  # noqa: A002
    return Reading(
        id=key, task="t", sku="mug", quantity=quantity, counted_at=MONDAY + minute * MINUTE,
        actor=actor, round=round, location=at, is_last=is_last,
    )  # fmt: skip


def books(*units):
    """What the book says for minute 0, 1, 2 …"""
    return {
        ("mug", MONDAY + minute * MINUTE): Expected(
            sku="mug", at=MONDAY + minute * MINUTE, units=one
        )
        for minute, one in enumerate(units)
    }


@pytest.mark.parametrize(
    ("because", "readings", "book", "differences"),
    [
        ("as expected", [reading(7)], books(7), [0]),
        ("one is missing", [reading(6)], books(7), [-1]),
        ("not finished, so nothing yet", [reading(6, is_last=False)], books(7), []),
        ("two locations add up", [reading(4, is_last=False, at="a"), reading(3, key="r2", at="b")], books(7), [0]),
        ("the last word on a location", [reading(4), reading(7, key="r2", minute=1)], books(7, 7), [0]),
        ("sold between two readings: one of them may be right",
         [reading(4, is_last=False, at="a"), reading(3, key="r2", at="b", minute=1)], books(7, 6), [0]),
        ("sold between, and the other may be right",
         [reading(4, is_last=False, at="a"), reading(2, key="r2", at="b", minute=1)], books(7, 6), [0]),
        ("sold between, and missing either way: the least that is meant",
         [reading(2, is_last=False, at="a"), reading(2, key="r2", at="b", minute=1)], books(7, 6), [-2]),
        ("found either way",
         [reading(6, is_last=False, at="a"), reading(3, key="r2", at="b", minute=1)], books(7, 6), [2]),
        ("each round against its own instant", [reading(6), reading(5, key="r2", round=2, minute=1)], books(7, 6), [-1, -1]),
        ("told out of order", [reading(5, key="r2", round=2, minute=1), reading(6)], books(7, 6), [-1, -1]),
    ],
)  # fmt: skip
def test_what_was_found(because, readings, book, differences):
    assert [one.difference for one in rules.found(readings, book)] == differences, because


def found(difference, expected=10):
    return Found(
        counted=expected + difference, expected=expected, difference=difference,
        counted_at=MONDAY, counted_by="ana",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("because", "rounds", "unit_cents", "stage"),
    [
        ("nothing was read", [], 400, Stage.OPEN),
        ("as expected", [found(0)], 400, Stage.SETTLED),
        ("one unit is tolerated", [found(-1)], 400, Stage.SETTLED),
        ("one dear unit is not", [found(-1)], 2_001, Stage.RECOUNT),
        ("two of ten are too many", [found(-2)], 400, Stage.RECOUNT),
        ("two of a hundred are not", [found(-2, 100)], 400, Stage.SETTLED),
        ("two of a hundred dear ones are", [found(-2, 100)], 1_001, Stage.RECOUNT),
        ("found the same again", [found(-2), found(-2)], 400, Stage.SETTLED),
        ("found the same again, and it is much", [found(-3), found(-3)], 4_000, Stage.APPROVAL),
        ("many cheap units", [found(-51, 90), found(-51, 90)], 1, Stage.APPROVAL),
        ("the first was a slip", [found(-9), found(0)], 4_000, Stage.SETTLED),
        ("two opinions", [found(-9), found(-5)], 400, Stage.RECOUNT),
        ("two of three agree", [found(-9), found(-5), found(-5)], 400, Stage.SETTLED),
        (
            "three opinions: a person decides",
            [found(-9), found(-5), found(-7)],
            400,
            Stage.APPROVAL,
        ),
        ("found where nothing was expected", [found(2, 0)], 400, Stage.RECOUNT),
    ],
)
def test_how_far_a_line_is(because, rounds, unit_cents, stage):
    assert rules.judge(rounds, POLICY, unit_cents) is stage, because


@pytest.mark.parametrize(
    ("because", "stage", "seen", "approver", "policy", "refusal"),
    [
        ("somebody else approves what they see", Stage.APPROVAL, -9, "bob", POLICY, None),
        ("it waits for nobody", Stage.RECOUNT, -9, "bob", POLICY, NotToApprove),
        ("they saw another difference", Stage.APPROVAL, -8, "bob", POLICY, Stale),
        ("they counted it", Stage.APPROVAL, -9, "ana", POLICY, ApproverCounted),
        ("a shop of one", Stage.APPROVAL, -9, "ana", Policy(needs_other_approver=False), None),
    ],
)
def test_who_may_approve(because, stage, seen, approver, policy, refusal):
    line = Line(task="t", sku="mug", stage=stage, difference=-9)
    if refusal is None:
        rules.check_approval(line, seen, policy, ["ana"], approver)
    else:
        with pytest.raises(refusal):
            rules.check_approval(line, seen, policy, ["ana"], approver)


@pytest.mark.parametrize(
    ("because", "difference", "available", "units", "target", "held"),
    [
        ("nothing to book", 0, 5, None, None, 0),
        ("found", 2, 5, 2, "available", 0),
        ("lost", -2, 5, 2, "outside", 0),
        ("lost, some of it held", -7, 5, 5, "outside", 2),
        ("all of it held", -2, 0, None, None, 2),
    ],
)
def test_what_is_booked(because, difference, available, units, target, held):
    line = Line(task="t", sku="mug", stage=Stage.SETTLED)
    movement, short = rules.booking(line, "PAR", found(difference), available, movement="m")
    assert short == held, because
    if units is None:
        assert movement is None, because
    else:
        (move,) = movement.moves
        assert (move.quantity, move.target.state.value) == (units, target), because
        assert movement.cause == "count:t"
