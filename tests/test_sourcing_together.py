"""Orders that want the same scarce units: who is decided first is what costs least in all."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import world
from noria.network.model import Spot
from noria.sourcing import actions
from noria.sourcing.model import Wish
from noria.sourcing.together import Part, together
from world import MONDAY

HERE = Spot(48.86, 2.34)


def planner(stock, prices):
    """Each order wants one unit, from the shelf that is cheapest for it and not yet empty."""

    def run(sequence):
        left, parts = dict(stock), []
        for order in sequence:
            offers = [(prices[order][shelf], shelf) for shelf in stock if left[shelf]]
            cents, shelf = min(offers, default=(10_000, None))
            if shelf is not None:
                left[shelf] -= 1
            parts.append(Part(shelf, cents, {shelf: 1} if shelf is not None else {}))
        return parts

    return run


@pytest.mark.parametrize(
    ("because", "stock", "prices", "shelves"),
    [
        ("nothing is scarce", {"a": 2, "b": 2}, [(1, 9), (1, 9)], ["a", "a"]),
        ("the second has no other way", {"a": 1, "b": 1}, [(5, 6), (5, 90)], ["b", "a"]),
        ("the first keeps it where that is cheaper", {"a": 1, "b": 1}, [(5, 90), (5, 6)], ["a", "b"]),
        ("the last of three has no other way", {"a": 1, "b": 2}, [(5, 6), (5, 7), (5, 90)], ["b", "b", "a"]),
        ("what there is not stays", {"a": 0, "b": 0}, [(5, 6), (5, 6)], [None, None]),
    ],
)  # fmt: skip
def test_who_gets_it(because, stock, prices, shelves):
    by_shelf = [dict(zip(stock, each, strict=True)) for each in prices]
    parts = together(len(prices), planner(stock, by_shelf), stock.__getitem__)
    assert [part.found for part in parts] == shelves, because


def test_one_that_may_not_pass_does_not():
    run = planner({"a": 1, "b": 1}, [{"a": 5, "b": 6}, {"a": 5, "b": 90}])
    parts = together(2, run, {"a": 1, "b": 1}.__getitem__, may_pass=lambda _one, _other: False)
    assert [part.found for part in parts] == ["a", "b"]


@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=3),
    st.lists(st.lists(st.integers(1, 99), min_size=3, max_size=3), min_size=1, max_size=4),
)
def test_never_dearer_than_one_after_the_other_and_never_more_than_there_is(units, prices):
    stock = dict(enumerate(units))
    run = planner(stock, prices)
    parts = together(len(prices), run, stock.__getitem__)
    assert parts == together(len(prices), run, stock.__getitem__), "equal inputs, equal plans"
    cents = sum(part.cents for part in parts)
    least = min(sum(part.cents for part in run(each)) for each in permutations(range(len(prices))))
    assert least <= cents <= sum(part.cents for part in run(range(len(prices))))
    for shelf, most in stock.items():
        assert sum(part.uses.get(shelf, 0) for part in parts) <= most


def test_an_order_that_one_node_can_send_whole_passes_one_that_has_another_way(tx_two):
    """o1 takes the mug from Paris if it is asked first, and o2 then needs two parcels."""
    wishes = [
        Wish(order_id="o1", wanted={"mug": 1}, spot=HERE),
        Wish(order_id="o2", wanted={"mug": 1, "cup": 1}, spot=HERE),
    ]
    alone = actions.decide(tx_two, wishes, load={}, now=MONDAY)
    both = actions.decide(tx_two, wishes, load={}, now=MONDAY, are_together=True)
    assert [len(alone[key][0].legs) for key in ("o1", "o2")] == [1, 2]
    assert [len(both[key][0].legs) for key in ("o1", "o2")] == [1, 1]
    assert both["o1"][0].legs[0].node == "LYS"
    assert not any(plan.short for plan, _ in both.values())


@pytest.fixture
def tx_two(retail):
    world.shelve(retail, "PAR", mug=1, cup=1, now=MONDAY)
    world.shelve(retail, "LYS", mug=2, now=MONDAY)
    return retail
