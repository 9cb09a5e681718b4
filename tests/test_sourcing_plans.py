"""Plans are the cheapest there are: compared with trying everything, on small random orders."""

from itertools import product
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.sourcing import plans, search
from noria.sourcing.lone import each_alone, settled_alone
from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Packs, Shipping, Ways
from noria.sourcing.parcels import cost_terms, horizons
from noria.sourcing.plans import enumerated
from noria.sourcing.priced import chosen, nothing, price, rank
from noria.sourcing.search import Limits, searched, solve


def ways(grams, days=None, **more):
    """Ways by the grams that they bear, whatever their volume."""
    grams = np.array(grams)
    return Ways(
        grams=grams, cm3=np.full(grams.shape, NEVER_CENTS), divisor=np.zeros_like(grams),
        days=np.zeros_like(grams) if days is None else np.array(days), **more,
    )  # fmt: skip


def offers(
    wanted,
    units,
    parcel,
    unit=None,
    *,
    short=900,
    split=0,
    line=0,
    grams=None,
    steps=None,
    most=None,
):
    shape = (len(wanted), len(parcel[0] if steps else parcel))
    return Offers(
        nodes=[f"N{node}" for node in range(shape[1])],
        wanted=np.array(wanted),
        units=np.array(units, dtype=int).reshape(shape),
        short_cents=np.full(len(wanted), short),
        leg_cents={
            "freight": np.array(parcel if steps else [parcel], dtype=int).reshape(
                2 if steps and len(steps) > 1 else 1, shape[1]
            )
        },
        line_cents={"handling": np.full(shape, line)},
        unit_cents={"opportunity": np.array(unit or np.zeros(shape, int)).reshape(shape)},
        split_cents=split,
        ways=None if steps is None else ways(steps),
        weight_g=None if grams is None else np.array(grams),
        most_units=None if most is None else np.array(most),
    )


TABLE = [
    # reason, offers, nodes, short
    ("one node has it all, and a second parcel costs more",
     offers([1, 1], [[1, 1], [1, 0]], [700, 500]), ("N0",), (0, 0)),
    ("a unit that is worth much where it lies stays there",
     offers([1], [[1, 1]], [500, 600], [[300, 0]]), ("N1",), (0,)),
    ("what costs less outside goes outside",
     offers([1], [[1, 1]], [950, 960]), (), (1,)),
    ("a line of three units is split where nobody has three",
     offers([3], [[2, 1]], [500, 500]), ("N0", "N1"), (0,)),
    ("two parcels cost less than one far parcel, until a split has a price",
     offers([1, 1], [[1, 0, 1], [0, 1, 1]], [450, 450, 990]), ("N0", "N1"), (0, 0)),
    ("with its price they do not",
     offers([1, 1], [[1, 0, 1], [0, 1, 1]], [450, 450, 990], split=250), ("N2",), (0, 0)),
    ("a parcel too heavy for its tariff is shared",
     offers([2], [[2, 2]], [[500, 500]], steps=[[1000, 1000]], grams=[800]), ("N0", "N1"), (0,)),
    ("a node sends no more than it can handle",
     offers([1, 1], [[1, 1], [1, 1]], [500, 600], most=[1, 5]), ("N1",), (0, 0)),
    ("nobody has anything", offers([2], [[0, 0]], [500, 600]), (), (2,)),
    ("there are no nodes", offers([2], [], []), (), (2,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "given_offers", "nodes", "short"), TABLE, ids=[row[0] for row in TABLE]
)
def test_table(reason, given_offers, nodes, short):
    solved = solve(given_offers)
    names = tuple(given_offers.nodes[node] for node in solved.best.nodes)
    assert (names, solved.best.short) == (nodes, short)
    assert solved.is_proven
    assert sum(cost_terms(given_offers, solved.best).values()) == solved.best.cents


@st.composite
def small(draw, most_lines=3, most_nodes=4):
    lines, nodes = draw(st.integers(1, most_lines)), draw(st.integers(1, most_nodes))

    def many(low, high, count):
        return draw(st.lists(st.integers(low, high), min_size=count, max_size=count))

    has_limits = draw(st.booleans())
    first = many(300, 1200, nodes)
    return offers(
        many(1, 3, lines), many(0, 3, lines * nodes),
        [first, [cents + 400 for cents in first]] if has_limits else first,
        many(0, 400, lines * nodes), short=draw(st.integers(500, 3000)),
        split=draw(st.sampled_from([0, 250])), line=draw(st.sampled_from([0, 90])),
        steps=[[1000] * nodes, [2500] * nodes] if has_limits else None,
        grams=many(100, 900, lines) if has_limits else None,
        most=many(1, 6, nodes) if has_limits else None,
    )  # fmt: skip


@st.composite
def rich(draw, most_lines=2, most_nodes=3):
    """Offers with all that may make a leg cost otherwise: days, volume, surcharges, people, terms."""
    case = draw(small(most_lines, most_nodes))
    lines, nodes = case.units.shape

    def table(low, high, *shape):
        count = int(np.prod(shape))
        cells = st.lists(st.integers(low, high), min_size=count, max_size=count)
        return np.array(draw(cells)).reshape(shape)

    return changed(
        case,
        leg_cents={"freight": table(200, 1500, 2, nodes), "lateness": table(0, 300, 2, nodes)},
        ways=Ways(
            grams=table(500, 3000, 2, nodes), cm3=table(1000, 9000, 2, nodes),
            divisor=table(0, 1, 2, nodes) * 5000, days=table(0, 3, 2, nodes),
            refuses=table(0, 3, 2, nodes, lines) == 0, extra_cents=table(0, 200, 1, 2, nodes),
            extra_lines=table(0, 1, 1, lines) == 1,
        ),
        weight_g=table(100, 900, lines), volume_cm3=table(100, 4000, lines),
        most_units=table(1, 6, nodes), usual_units=table(0, 3, nodes),
        overtime_cents=table(0, 90, nodes), day_cents=draw(st.sampled_from([0, 80])),
        most_legs=draw(st.sampled_from([None, None, 1, 2])),
        short_cents=np.full(lines, draw(st.sampled_from([900, 5000, 100_000]))),
        shipping=draw(st.none() | st.just(Shipping(
            cents=table(0, 400, nodes), free_from_cents=table(0, 2000, nodes),
            goods_cents=table(100, 900, lines, nodes),
        ))),
    )  # fmt: skip


@st.composite
def packed(draw, cases):
    """Offers of which some lines are sent in packs: other amounts are refused, or charged for."""
    case = draw(cases)
    lines, nodes = case.units.shape

    def table(low, high):
        cells = st.lists(st.integers(low, high), min_size=lines * nodes, max_size=lines * nodes)
        return np.array(draw(cells)).reshape(lines, nodes)

    packs = Packs(
        pack=table(1, 3), minimum=table(1, 3), is_refused=table(0, 1) == 1,
        unit_cents=table(0, 1) * 150,
    )  # fmt: skip
    packs.unit_cents[packs.is_refused] = 0
    units = packs.sent(np.minimum(case.units, case.wanted[:, None]))
    return changed(case, packs=packs, units=np.where(packs.is_refused, units, case.units))


def cheapest_of_all(case):
    """Every way to send every line, tried."""
    ends, lines = [price(case, until) for until in horizons(case)], len(case.wanted)
    ways = [
        [
            way
            for way in product(*(range(min(int(has), wanted) + 1) for has in case.units[line]))
            if sum(way) <= wanted
        ]
        for line, wanted in enumerate(case.wanted.tolist())
    ]
    costs = []
    for plan in product(*ways):
        units = [[plan[line][node] for line in range(lines)] for node in range(len(case.nodes))]
        legs = [(node, part) for node, part in enumerate(units) if any(part)]
        if case.most_legs is None or len(legs) <= case.most_legs:
            nodes, parts = [leg[0] for leg in legs], [leg[1] for leg in legs]
            costs += [chosen(priced, nodes, parts).cents for priced in ends]
    return min(costs)


@settings(max_examples=60, deadline=None)
@given(small(most_lines=2, most_nodes=3))
def test_no_plan_is_cheaper(case):
    solved = solve(case)
    assert solved.best.cents == cheapest_of_all(case)
    assert solved.least_cents <= solved.best.cents


@settings(max_examples=60, deadline=None)
@given(rich())
def test_no_plan_is_cheaper_whatever_legs_may_cost(case):
    solved = solve(case)
    assert solved.best.cents == cheapest_of_all(case)
    assert sum(cost_terms(case, solved.best).values()) == solved.best.cents
    assert all(one.cents >= solved.best.cents for one in solved.others)


@settings(max_examples=60, deadline=None)
@given(packed(small(most_lines=2, most_nodes=3) | rich()))
def test_no_plan_of_packs_is_cheaper_and_none_breaks_one(case):
    solved = solve(case)
    assert solved.best.cents == cheapest_of_all(case)
    assert sum(cost_terms(case, solved.best).values()) == solved.best.cents
    for one in (solved.best, *solved.others):
        for node, units in zip(one.nodes, one.units, strict=True):
            taken = case.packs.at(slice(None), node)
            assert (taken.cents(np.array(units)) < NEVER_CENTS).all(), "no odd amount is asked for"


@settings(max_examples=30, deadline=None)
@given(packed(small(most_lines=3, most_nodes=4)))
def test_a_search_finds_the_plan_of_packs_as_well(case):
    best = cheapest_of_all(case)
    found = searched(price(case), nothing(case), Limits(steps=100, branches=500))
    assert found.is_proven
    assert found.best.cents == best


def changed(case, **fields):
    return Offers(**{name: getattr(case, name) for name in Offers.__struct_fields__} | fields)


@settings(max_examples=60, deadline=None)
@given(small(), st.data())
def test_a_cheaper_offer_never_makes_the_plan_dearer(case, data):
    node = data.draw(st.integers(0, len(case.nodes) - 1))
    less = case.leg_cents["freight"].copy()
    less[:, node] -= data.draw(st.integers(1, 300))
    assert solve(changed(case, leg_cents={"freight": less})).best.cents <= solve(case).best.cents


@settings(max_examples=60, deadline=None)
@given(small(), st.data())
def test_more_stock_never_makes_the_plan_dearer(case, data):
    units = case.units.copy()
    units[
        data.draw(st.integers(0, len(units) - 1)), data.draw(st.integers(0, len(case.nodes) - 1))
    ] += 1
    assert solve(changed(case, units=units)).best.cents <= solve(case).best.cents


@settings(max_examples=40, deadline=None)
@given(rich())
def test_one_node_settles_only_what_a_look_at_all_of_them_agrees_with(case):
    """Whatever is settled by one node alone is the plan that enumerating all would have found."""
    priced = price(case)
    found = settled_alone(priced, each_alone(priced)) if case.nodes else None
    if found is not None:
        assert found.best.cents == cheapest_of_all(case)
        assert [one.cents for one in found.others] == sorted(one.cents for one in found.others)


@settings(max_examples=30, deadline=None)
@given(small())
def test_same_offers_same_plan(case):
    assert solve(case) == solve(changed(case))


def test_a_large_order_is_searched_and_never_worse_than_enumerated():
    rng = np.random.default_rng(3)
    case = offers(
        rng.integers(1, 3, 9), np.where(rng.random((9, 12)) < 0.3, 2, 0),
        rng.integers(450, 900, 12).tolist(), rng.integers(0, 300, (9, 12)).tolist(), short=2000,
    )  # fmt: skip
    quick, solved = enumerated(case), solve(case)
    assert solved.best.cents <= quick.best.cents < NEVER_CENTS
    assert (solved.way, solved.is_proven) == ("search", True)
    assert isinstance(solved.best, Choice)


def heavy(seed, lines=29, nodes=19):
    """An order of many lines, whose parcels are priced by their weight."""
    rng = np.random.default_rng(seed)
    base = 300 + rng.uniform(0, 450, nodes)
    case = offers(
        rng.integers(1, 13, lines),
        np.where(rng.random((lines, nodes)) < 0.35, rng.integers(1, 40, (lines, nodes)), 0),
        [0] * nodes, short=200_000, split=250, line=40,
        grams=rng.integers(30, 600, lines).tolist(),
    )  # fmt: skip
    grams = [500, 2_000, 5_000, 10_000, 20_000, 30_000]
    cents = np.array([base * (1 + 0.35 * step) for step in range(6)]).astype(int)
    return changed(
        case, leg_cents={"freight": cents}, ways=ways([[most] * nodes for most in grams])
    )


@pytest.mark.parametrize("seed", [1, 11, 17, 42])
def test_no_bound_lies_above_a_plan_that_was_found(seed):
    solved = enumerated(heavy(seed))
    assert solved.least_cents <= solved.best.cents


def test_lines_move_to_a_node_that_was_not_in_the_plan():
    wanted, grams = [1] * 20, [1000] * 20
    case = offers(
        wanted, [[1, 1]] * 20, [[500, 900], [9000, 9500]], short=50_000, split=250,
        steps=[[10_000, 10_000], [30_000, 30_000]], grams=grams,
    )  # fmt: skip
    solved = enumerated(case)
    assert (solved.best.nodes, solved.best.cents) == ((0, 1), 500 + 900 + 250)


def test_a_search_ends_after_so_many_steps_and_equal_offers_end_alike():
    case = heavy(1, lines=12, nodes=8)
    few, again = (solve(case, Limits(steps=2)) for _ in range(2))
    assert few == again
    assert few.is_cut
    assert few.best.cents <= enumerated(case).best.cents


def test_a_search_that_breaks_is_logged_once_for_each_kind_of_trouble(monkeypatch, caplog):
    monkeypatch.setattr(search, "_logged", set())
    for trouble in (MemoryError("at once"), MemoryError("again"), RuntimeError("it is away")):
        monkeypatch.setattr(search, "searched", Mock(side_effect=trouble))
        assert solve(heavy(1)).is_failed
    assert [one.exc_info[0] for one in caplog.records] == [MemoryError, RuntimeError]


def test_a_programme_that_is_too_large_is_not_begun_unless_more_than_three_nodes_are_needed():
    case = heavy(2)
    solved = solve(case, Limits(steps=1, columns=100))
    assert (solved.way, solved.is_cut) == ("sets", True)
    thin = np.where(np.arange(12) == np.arange(8)[:, None], 5, 0)
    needs_eight = offers([1] * 8, thin, [500] * 12, short=200_000, split=10)
    parts = changed(needs_eight, units=np.where(thin, 5, 0), day_cents=0)
    assert len(solve(parts, Limits(columns=20)).best.nodes) == 8


def test_a_unit_that_costs_nearly_as_much_as_it_saves_stays():
    case = offers(
        [1, 1], [[1], [1]], [[200], [300]], [[50], [950]], short=1000,
        steps=[[1000], [2000]], grams=[1000, 1000],
    )  # fmt: skip
    assert enumerated(case).best.cents == cheapest_of_all(case) == 50 + 1000 + 200


def tied(rng):
    """Offers whose few prices make many ties, with ways, people and partners."""
    lines, nodes = int(rng.integers(1, 4)), int(rng.integers(1, 6))

    def table(most, step, *shape):
        return rng.integers(0, most + 1, shape) * step

    return changed(
        offers([1] * lines, table(2, 1, lines, nodes), [0] * nodes),
        wanted=table(1, 1, lines) + 1, short_cents=np.full(lines, rng.choice([900, 3000, 10**5])),
        leg_cents={"freight": np.cumsum(table(6, 100, 2, nodes) + 300, axis=0)},
        line_cents={"handling": table(1, 50, lines, nodes)},
        unit_cents={"opportunity": table(3, 300, lines, nodes)},
        split_cents=int(rng.choice([0, 0, 200])), day_cents=int(rng.choice([0, 100])),
        ways=ways([[1000] * nodes, [3000] * nodes], table(2, 1, 2, nodes)),
        weight_g=table(7, 100, lines) + 200, most_units=table(5, 1, nodes) + 1,
        usual_units=table(3, 1, nodes), overtime_cents=table(1, 100, nodes),
        shipping=rng.choice([None, Shipping(
            cents=table(2, 100, nodes), free_from_cents=table(2, 1000, nodes),
            goods_cents=table(8, 100, lines, nodes) + 100,
        )]),
    )  # fmt: skip


def test_the_short_way_ends_where_the_long_one_does(monkeypatch):
    """Of equal plans too, it takes the one that comes first: fewest nodes, then names."""
    rng, settled = np.random.default_rng(5), 0
    for case in [tied(rng) for _ in range(400)]:
        priced = price(case)
        if (found := settled_alone(priced, each_alone(priced))) is None:
            continue
        settled += 1
        with monkeypatch.context() as patched:
            patched.setattr(plans, "settled_alone", lambda *_: None)
            long = enumerated(case)
        first = rank(found.best)[:-1]
        assert first == rank(long.best)[:-1] if long.is_proven else first <= rank(long.best)[:-1]
    assert settled >= 60, "the short way is taken often enough to be judged"
