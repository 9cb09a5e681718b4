"""From the network as it is to a decision that is kept."""

from datetime import timedelta

import pytest

import world
from noria.network.model import Spot
from noria.promise import actions as promise_actions
from noria.promise.model import Promise
from noria.sourcing import actions, views
from noria.sourcing.candidates import candidates, free_units, scene
from noria.sourcing.model import Wish
from world import MONDAY

PARIS = Spot(48.86, 2.34)
NODES = {node.code: node for node in world.NODES}
HOME = world.HOME


@pytest.fixture
def tx(retail):
    return retail


def wish(key="o1", *, without=(), due=None, **wanted):
    return Wish(order_id=key, wanted=wanted, spot=PARIS, due=due, without=frozenset(without))


def at(now=MONDAY, *, chances=None, holidays=frozenset()):
    return scene(NODES, {"HOME": HOME}, chances=chances or {}, holidays=holidays, now=now)


@pytest.mark.parametrize(
    ("because", "stock", "asked", "found"),
    [
        ("who has some of it", {"PAR": {"mug": 1}, "LYS": {"cup": 1}}, wish(mug=1), ["PAR"]),
        ("in order of name", {"PAR": {"mug": 1}, "LYS": {"mug": 1}}, wish(mug=1), ["LYS", "PAR"]),
        ("but not who has declined", {"PAR": {"mug": 1}, "LYS": {"mug": 1}}, wish(mug=1, without=["LYS"]), ["PAR"]),
        ("nor who is not known any more", {"OSLO": {"mug": 1}}, wish(mug=1), []),
        ("nor who has nothing left", {"PAR": {"mug": 0}}, wish(mug=1), []),
    ],
)  # fmt: skip
def test_candidates(because, stock, asked, found):
    assert [one.node for one in candidates(at(), asked, stock, {})] == found, because


@pytest.mark.parametrize(
    ("because", "now", "holidays", "leaves_in_hours", "arrives_in_days"),
    [
        ("today's van, tomorrow there", MONDAY, set(), 6, 1),
        (
            "past the cut-off at four in Paris: the van of tomorrow",
            MONDAY + timedelta(hours=7),
            set(),
            23,
            2,
        ),
        ("nothing leaves on a holiday", MONDAY, {MONDAY.date()}, 30, 2),
        ("nothing arrives on one", MONDAY, {MONDAY.date() + timedelta(days=1)}, 6, 2),
    ],
)
def test_when_it_leaves_and_arrives(because, now, holidays, leaves_in_hours, arrives_in_days):
    stage = at(now, holidays=frozenset(holidays))
    [one] = candidates(stage, wish(mug=1), {"PAR": {"mug": 1}}, {})
    [option] = one.options
    assert option.leaves_at == now + timedelta(hours=leaves_in_hours), because
    assert option.steps[0].arrives_on == MONDAY.date() + timedelta(days=arrives_in_days), because


def test_a_rate_that_does_not_come_so_far_is_no_step():
    [near] = candidates(at(), wish(mug=1), {"PAR": {"mug": 1}}, {})
    [far] = candidates(at(), wish(mug=1), {"SHOP": {"mug": 1}}, {})
    assert (near.km, [step.cents for step in near.options[0].steps]) == (1, [600, 900, 9_000])
    assert far.km > 300
    assert [step.cents for step in far.options[0].steps] == [900, 9_000]


def test_a_measured_chance_stands_before_a_believed_one():
    stock = {"PAR": {"mug": 1}, "LYS": {"mug": 1}}
    found = candidates(at(chances={("LYS", "HOME"): 0.5}), wish(mug=1), stock, {})
    assert [one.options[0].chance for one in found] == [0.5, 0.9]


def test_free_units():
    assert free_units(NODES, {"PRINT": 4, "PAR": 99}) == {"PRINT": 6}, (
        "no limit is known of the others"
    )


def test_what_one_order_takes_the_next_no_longer_finds(tx):
    world.shelve(tx, "PAR", mug=3)
    plans = actions.decide(tx, [wish("a", mug=2), wish("b", mug=2)], load={}, now=MONDAY)
    assert [(key, plan.short) for key, (plan, _) in plans.items()] == [("a", {}), ("b", {"mug": 1})]
    assert actions.decide(tx, [], load={}, now=MONDAY) == {}
    assert world.levels(tx) == {("mug", "PAR", "available"): 3}, "deciding writes nothing"


def test_a_node_sends_within_its_capacity(tx):
    world.amend(tx, "PAR", units_per_day=5)
    world.shelve(tx, "PAR", mug=9)
    plans = actions.decide(tx, [wish("a", mug=2), wish("b", mug=2)], load={"PAR": 2}, now=MONDAY)
    assert [plan.short for plan, _ in plans.values()] == [{}, {"mug": 1}]
    full = actions.decide(tx, [wish("a", mug=2)], load={"PAR": 5}, now=MONDAY)
    assert [fence.code for fence in full["a"][1].fences] == ["full"]


def test_kept_and_broken_promises_change_the_chance(tx):
    world.shelve(tx, "PAR", mug=9)
    told = [
        Promise(order_id=f"p{number}", node="PAR", service="HOME", made_at=MONDAY,
                promised_from=MONDAY.date(), promised_to=MONDAY.date(), chance=0.9)
        for number in range(50)
    ]  # fmt: skip
    promise_actions.promise(tx, told)
    late = MONDAY.date() + timedelta(days=1)
    promise_actions.settle(tx, [(one.order_id, late) for one in told], now=MONDAY)
    [leg] = actions.decide(tx, [wish(mug=1)], load={}, now=MONDAY)["o1"][0].legs
    assert leg.chance == pytest.approx(0.45), "fifty broken weigh as much as the belief"


def test_decisions_are_kept_beside_each_other(tx):
    world.shelve(tx, "PAR", mug=9)
    for _ in range(2):
        plan = actions.decide(tx, [wish(mug=1)], load={}, now=MONDAY)["o1"]
        actions.keep(tx, [("o1", plan[1])], now=MONDAY)
    found = views.decisions(tx, "o1")
    assert [one.number for one in found] == [2, 1]
    assert found[0].explanation == plan[1], "read back as it was written"
    assert (found[0].policy, found[0].sentence.en) == ("greedy-1", "Par sends it for 6.00 €.")
