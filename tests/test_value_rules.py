"""What moves are worth: tables with a reason in each row, and what holds for every history."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noria.stock.model import MovementKind
from noria.value import rules
from noria.value.model import CostFrom, Costs, Crossing, ReceivedUnits, Spread, Worth
from world import MONDAY

K = MovementKind


def crossing(seq, quantity, source=None, target=None, *, kind=K.RECEIVED, cause="till:1", key=None, line=0):  # fmt: skip
    return Crossing(
        seq=seq, movement=key or f"m{seq}", line=line, kind=kind, cause=cause, recorded_at=MONDAY,
        sku="mug", quantity=quantity, source=source, target=target,
    )  # fmt: skip


def costs(*, purchases=None, catalog=400, orders=None, left=None, booked=None):
    return Costs(
        purchases={("purchase:P1", "mug"): 300, ("purchase:P2", "mug"): 500} | (purchases or {}),
        catalog={"mug": catalog}, orders=orders or {}, left=left or {}, booked=booked or {},
    )  # fmt: skip


def followed(*crossings, known=None, worths=None):
    return rules.follow(crossings, worths or {}, known or costs(), since=MONDAY)


def bought(seq, quantity, cause="purchase:P1", node="PAR"):
    return crossing(seq, quantity, target=node, cause=cause)


def sold(seq, quantity, cause="till:1", node="PAR"):
    return crossing(seq, quantity, source=node, kind=K.SOLD, cause=cause)


HISTORIES = [
    ("bought at its price", [bought(1, 2)], [(2, 600, "purchase")]),
    ("two prices are averaged", [bought(1, 1), bought(2, 3, "purchase:P2"), sold(3, 1)], [(1, 300, "purchase"), (3, 1500, "purchase"), (-1, -450, "average")]),
    ("the last unit takes all that is left", [bought(1, 1), bought(2, 2, "purchase:P2"), sold(3, 1), sold(4, 1), sold(5, 1)], [(1, 300, "purchase"), (2, 1000, "purchase"), (-1, -433, "average"), (-1, -434, "average"), (-1, -433, "average")]),
    ("found where there are some: at their average", [bought(1, 2), crossing(2, 1, target="PAR", kind=K.FOUND)], [(2, 600, "purchase"), (1, 300, "average")]),
    ("found where the last was sold: at the last average", [bought(1, 1), sold(2, 1), crossing(3, 2, target="PAR", kind=K.COUNTED)], [(1, 300, "purchase"), (-1, -300, "average"), (2, 600, "last_average")]),
    ("found where there was never one: at the SKU's cost", [crossing(1, 2, target="PAR", kind=K.FOUND)], [(2, 800, "catalog")]),
    ("bought, but nobody knows at what price", [bought(1, 1, "purchase:P9")], [(1, 400, "catalog")]),
    ("a transfer carries its value", [bought(1, 3), crossing(2, 2, "PAR", "LYS", kind=K.TRANSFERRED)], [(3, 900, "purchase"), (-2, -600, "average"), (2, 600, "carried")]),
    ("returned to the till that sold it, at what it left with", [bought(1, 2), sold(2, 1, "till:9"), bought(3, 9, "purchase:P2"), crossing(4, 1, target="PAR", kind=K.RETURNED, cause="till:9")], [(2, 600, "purchase"), (-1, -300, "average"), (9, 4500, "purchase"), (1, 300, "left_at")]),
    ("returned, nobody knows from what: at average", [bought(1, 2), crossing(2, 1, target="PAR", kind=K.RETURNED)], [(2, 600, "purchase"), (1, 300, "average")]),
    ("a receipt undone takes out what it brought", [bought(1, 2), bought(2, 2, "purchase:P2"), crossing(3, 2, "PAR", kind=K.CORRECTED, cause="movement:m1")], [(2, 600, "purchase"), (2, 1000, "purchase"), (-2, -600, "mirrored")]),
    ("a sale undone brings back what it took", [bought(1, 2), sold(2, 1), bought(3, 9, "purchase:P2"), crossing(4, 1, target="PAR", kind=K.CORRECTED, cause="movement:m2")], [(2, 600, "purchase"), (-1, -300, "average"), (9, 4500, "purchase"), (1, 300, "mirrored")]),
    ("a dear receipt undone never takes more than there is", [bought(1, 2, "purchase:P2"), bought(2, 2), sold(3, 1), crossing(4, 2, "PAR", kind=K.CORRECTED, cause="movement:m1")], [(2, 1000, "purchase"), (2, 600, "purchase"), (-1, -400, "average"), (-2, -1000, "mirrored")]),
    ("undone when its units are the last, it takes all", [bought(1, 2), crossing(2, 2, "PAR", kind=K.CORRECTED, cause="movement:m1")], [(2, 600, "purchase"), (-2, -600, "average")]),
]  # fmt: skip


@pytest.mark.parametrize(("because", "moves", "expected"), HISTORIES)
def test_what_moves_are_worth(because, moves, expected):
    entries, _ = followed(*moves)
    told = [(one.units, one.value_cents, one.cost_from.value) for one in entries]
    assert told == expected, because


def test_a_return_knows_the_order_it_left_with():
    known = costs(orders={"return:R1": "order:o1"}, left={("order:o1", "mug"): (3, 1000)})
    back = crossing(1, 2, target="PAR", kind=K.RETURNED, cause="return:R1")
    entries, _ = followed(back, known=known)
    assert (entries[0].value_cents, entries[0].cost_from) == (667, CostFrom.LEFT_AT)


def test_the_time_of_entries_never_falls():
    late = crossing(1, 1, target="PAR")
    entries, _ = rules.follow([late], {}, costs(), since=MONDAY.replace(hour=23))
    assert entries[0].at == MONDAY.replace(hour=23)


@pytest.mark.parametrize(
    ("because", "before", "units", "value", "booked"),
    [
        ("nothing is owed", Worth(units=2, value_cents=10), 3, 30, 30),
        ("all of it fills a hole", Worth(units=-5), 3, 30, 0),
        ("a part of it does", Worth(units=-1), 3, 30, 20),
    ],
)
def test_what_was_taken_before_it_came(because, before, units, value, booked):
    assert rules.accepted(before, units, value) == booked, because


@pytest.mark.parametrize(
    ("because", "numerator", "denominator", "whole"),
    [("below", 4, 3, 1), ("above", 5, 3, 2), ("a half goes down to even", 5, 2, 2), ("or up to it", 7, 2, 4), ("none", 0, 7, 0)],
)  # fmt: skip
def test_halves_go_to_the_even_cent(because, numerator, denominator, whole):
    assert rules.half_even(numerator, denominator) == whole, because


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_half_even_is_the_rounding_of_fractions(numerator, denominator):
    assert rules.half_even(numerator, denominator) == round(Fraction(numerator, denominator))


SHARES = [
    ("as the weights are", 100, [1, 3], [25, 75]),
    ("the largest remainder gets the cent", 100, [1, 1, 1], [34, 33, 33]),
    ("the largest, not the first", 10, [1, 6, 4], [1, 5, 4]),
    ("nothing weighs anything", 5, [0, 0], [3, 2]),
    ("what weighs nothing gets nothing", 5, [0, 2], [0, 5]),
    ("nothing to share", 0, [1, 2], [0, 0]),
]


@pytest.mark.parametrize(("because", "amount", "weights", "parts"), SHARES)
def test_an_amount_is_shared_to_the_cent(because, amount, weights, parts):
    assert rules.shared(amount, weights) == parts, because


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up_and_none_is_a_cent_off(amount, weights):
    parts = rules.shared(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    if total:
        assert all(abs(part - Fraction(amount * weight, total)) < 1 for part, weight in zip(parts, weights, strict=True))  # fmt: skip


LINES = [
    ReceivedUnits(sku="cup", quantity=10, cost_cents=100, weight_g=500),
    ReceivedUnits(sku="mug", quantity=30, cost_cents=300, weight_g=100),
]
LANDED = [
    ("by value", Spread.VALUE, {"cup": 10, "mug": 30}, [("cup", 100, 100), ("mug", 900, 900)]),
    ("by weight", Spread.WEIGHT, {"cup": 10, "mug": 30}, [("cup", 625, 625), ("mug", 375, 375)]),
    ("by units", Spread.UNITS, {"cup": 10, "mug": 30}, [("cup", 250, 250), ("mug", 750, 750)]),
    ("half of the mugs are gone: their part is an expense", Spread.UNITS, {"cup": 99, "mug": 15}, [("cup", 250, 250), ("mug", 750, 375)]),
    ("all are gone", Spread.UNITS, {}, [("cup", 250, 0), ("mug", 750, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("because", "spread_by", "there", "expected"), LANDED)
def test_a_landed_cost_is_spread(because, spread_by, there, expected):
    shares = rules.landed(1000, LINES, spread_by, there)
    assert [(one.sku, one.amount_cents, one.in_stock_cents) for one in shares] == expected, because


NODES = st.sampled_from(["LYS", "PAR"])
KINDS = st.sampled_from([K.RECEIVED, K.FOUND, K.RETURNED, K.CORRECTED])
CAUSES = st.sampled_from(["purchase:P1", "purchase:P2", "till:1", "movement:m1", "movement:m3"])
STEP = st.tuples(
    st.sampled_from(["in", "out", "over"]), st.integers(1, 20), NODES, NODES, KINDS, CAUSES
)


@given(st.lists(STEP, max_size=40))
def test_value_is_in_less_out_to_the_cent_and_never_below_nothing(steps):
    """Every cent that came in is still there or went out; no units, no value."""
    units, moves = {"LYS": 0, "PAR": 0}, []
    for seq, (way, quantity, node, other, kind, cause) in enumerate(steps, 1):
        if way == "in":
            units[node] += quantity
            moves.append(crossing(seq, quantity, target=node, kind=kind, cause=cause))
        elif units[node] >= quantity:
            to = other if way == "over" and other != node else None
            units[node] -= quantity
            units[other] += quantity if to else 0
            moves.append(crossing(seq, quantity, node, to, kind=kind, cause=cause))
    entries, worths = followed(*moves)
    for node, there in units.items():
        own = [one for one in entries if one.node == node]
        worth = worths.get(("mug", node), Worth())
        assert sum(one.value_cents for one in own) == worth.value_cents
        assert sum(one.units for one in own) == worth.units == there
        assert all(one.value_after_cents >= 0 for one in own)
        assert all(one.value_after_cents == 0 for one in own if one.units_after == 0)
    crossed = {one.seq for one in moves if one.source and one.target}
    assert sum(one.value_cents for one in entries if one.move_seq in crossed) == 0, "carried whole"


@given(st.lists(STEP, max_size=20), st.integers(0, 20))
def test_it_does_not_matter_where_a_stretch_ends(steps, split):
    """Followed in two goes or in one: the same entries, if the second knows what the first wrote."""
    moves = [
        crossing(seq, quantity, target=node, kind=K.FOUND) if way == "in"
        else crossing(seq, quantity, node, kind=K.SOLD)
        for seq, (way, quantity, node, *_) in enumerate(steps, 1)
    ]  # fmt: skip
    entries, worths = followed(*moves)
    first, half = followed(*moves[:split])
    second, rest = followed(*moves[split:], worths=half)
    assert first + second == entries
    assert half | rest == worths
