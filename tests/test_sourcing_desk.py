"""A desk against a stream of orders: what a unit is worth where it lies, and never a unit twice."""

import json
from gzip import open as gzip_open

import numpy as np
import pytest

from noria.lab.bench_sourcing import converse
from noria.sourcing import rates
from noria.sourcing.baskets import OUTSIDE, cheapest, gathered
from noria.sourcing.desk import Asked, Desk, Site
from noria.sourcing.futures import drawn, expected, past, uniforms
from noria.sourcing.prices import Effort, Prices

DAY, WEEK = 86_400, 7 * 86_400
QUICK = Effort(futures=3, first_rounds=25, rounds=1)


def world(seed, *, nodes=3, skus=12, orders=120, scarcity=0.9, peak=1):
    """Four weeks of orders and one to come, of one generator; stock is scarce and lies unevenly."""
    random = np.random.default_rng(seed)
    place, popular = random.uniform(0, 900, (6, nodes)), random.dirichlet(np.full(skus, 1.5))

    def week(start):
        times = np.sort(random.beta(2 * peak, 2 * peak, orders)) * WEEK + start
        return [
            Asked(
                order_id=f"O{start:.0f}-{number}", placed=float(moment),
                skus=[f"S{sku:02}" for sku in random.choice(skus, min(skus, 1 + random.poisson(1.2)), replace=False, p=popular)],
                parcel_cents=(450 + 0.6 * place[random.integers(0, len(place))]).astype(int).tolist(),
            )
            for number, moment in enumerate(times)
        ]  # fmt: skip

    history = [order for number in range(4) for order in week(number * WEEK)]
    weekly = (
        np.bincount([int(sku[1:]) for order in history for sku in order.skus], minlength=skus) / 4
    )
    units = random.poisson(scarcity * weekly * random.dirichlet(np.ones(nodes), skus).T)
    site = Site(
        nodes=[f"N{node}" for node in range(nodes)], skus=[f"S{sku:02}" for sku in range(skus)], units=units,
        line_cents=np.full(nodes, 50), outside_cents=900, history=history,
    )  # fmt: skip
    return site, week(4 * WEEK)


def played(site, orders, minutes=0, effort=QUICK, *, is_myopic=False):
    """The cost of a week, every unit accounted for."""
    desk, left, cents, given = (
        Desk(site, window_seconds=60 * minutes, effort=effort),
        site.units.copy(),
        0,
        [],
    )
    number = {node: place for place, node in enumerate(site.nodes)}
    by_id = {order.order_id: order for order in orders}
    clock = 4 * WEEK
    for order in [*orders, None]:
        while order is not None and clock <= order.placed:
            if not is_myopic:
                given += desk.tick(clock)
            clock += DAY / 8
        given += desk.ask(order) if order else desk.end()
    for sent in given:
        order = by_id.pop(sent.order_id)
        assert sorted(
            [*sent.outside, *(sku for skus in sent.legs.values() for sku in skus)]
        ) == sorted(order.skus)
        cents += site.outside_cents * len(sent.outside)
        for node, skus in sent.legs.items():
            cents += order.parcel_cents[number[node]] + 50 * len(skus)
            left[number[node], [site.skus.index(sku) for sku in skus]] -= 1
    assert not by_id
    assert left.min() >= 0
    return cents


@pytest.mark.parametrize(("seed", "shape"), [(1, {}), (2, {"nodes": 5, "scarcity": 0.6}), (3, {"peak": 4, "scarcity": 1.2})])  # fmt: skip
def test_prices_are_worth_their_work(seed, shape):
    site, orders = world(seed, **shape)
    assert played(site, orders) <= played(site, orders, is_myopic=True)


def test_the_same_stream_ends_in_the_same_cost_and_a_window_keeps_its_time():
    site, orders = world(4)
    assert played(site, orders, 240) == played(site, orders, 240)
    desk = Desk(site, window_seconds=3600, effort=QUICK)
    desk.tick(4 * WEEK)
    assert desk.ask(orders[0]) == []
    assert desk.due(orders[0].placed + 3600) == []
    assert [sent.order_id for sent in desk.due(orders[0].placed + 3601)] == [orders[0].order_id]


@pytest.mark.parametrize(
    ("reason", "history", "units"),
    [
        ("nothing was ever ordered", (), [[2, 1]]),
        ("there is no stock", None, [[0, 0]]),
    ],
)
def test_odd_sites(reason, history, units):
    order = Asked(order_id="A", placed=5.0, skus=["S0", "NEW"], parcel_cents=[500])
    site = Site(
        nodes=["N"], skus=["S0", "S1"], units=np.array(units), line_cents=np.array([50]),
        outside_cents=900, history=[order] if history is None else history,
    )  # fmt: skip
    desk = Desk(site, window_seconds=0, effort=QUICK)
    desk.tick(10.0)
    (sent,) = desk.ask(order)
    assert "NEW" in sent.outside


def test_all_baskets_at_once_agree_with_each_alone():
    random = np.random.default_rng(5)
    orders = [
        ([0, 1, 2][: 1 + place % 3], [1] * (1 + place % 3), random.integers(400, 900, 3))
        for place in range(9)
    ]
    lines, prices = np.full((3, 3), 50.0), random.integers(0, 400, (3, 3)).astype(float)
    for some in gathered(orders):
        nodes = cheapest(some, lines, prices, 700.0)
        for row in range(len(some)):
            cents = [
                _cost(some, row, choice, lines, prices)
                for choice in np.ndindex(*[4] * some.skus.shape[1])
            ]
            assert _cost(some, row, tuple(nodes[row] % 4), lines, prices) == min(cents)


def _cost(some, row, choice, lines, prices):
    nodes = [OUTSIDE if node == 3 else node for node in choice]
    cents = sum(some.parcel_cents[row, node] for node in set(nodes) - {OUTSIDE})
    for node, sku in zip(nodes, some.skus[row], strict=True):
        cents += 700 if node == OUTSIDE else lines[node, sku] + prices[node, sku]
    return cents


def four_weeks(orders=80):
    random = np.random.default_rng(6)
    ages = np.sort(random.uniform(1, 4 * WEEK, orders))[::-1]
    baskets = [
        (random.choice(6, 1 + number % 3, replace=False).tolist(), [1] * (1 + number % 3), random.integers(400, 900, 3))
        for number in range(orders)
    ]  # fmt: skip
    return past(baskets, ages, skus=6, week_seconds=WEEK)


def test_an_order_expected_every_other_time_is_in_half_of_the_futures():
    known = four_weeks()
    often = np.full(80, -np.log(0.5))
    orders = [
        {int(order) for some in drawn(known, often, chances) for order in some.orders}
        for chances in uniforms(known, 16, 1)
    ]
    assert {sum(number in future for future in orders) for number in range(80)} == {8}


def test_futures_side_by_side_are_priced_like_each_alone():
    known, left = four_weeks(), np.random.default_rng(7).integers(0, 5, (3, 6))
    both = [Prices(known, np.full(3, 50.0), 700, Effort(futures=3)) for _ in range(2)]
    seen = np.zeros(6)
    both[0].improve(DAY, left, seen)
    for number in range(3):
        both[1].improve_one(number, expected(known, DAY, seen), left)
    assert np.allclose(both[0].each, both[1].each)
    assert both[0].each.any()


def test_when_the_week_is_over_nothing_more_is_expected():
    assert not expected(four_weeks(), WEEK, np.ones(6)).any()


def test_a_steady_sku_is_believed_longer_than_one_that_leaps():
    weeks = np.array([[20.0, 2], [21, 40], [19, 1], [20, 37]])
    steady, leaping = rates.believed(rates.learned(weeks), np.array([12.0, 12]), np.array([4.0, 4]))
    assert 1 < steady < leaping


def test_a_conversation_ends_every_answer_with_ready(tmp_path):
    (tmp_path / "nodes.csv").write_text("node,kind,lat,lon,pick_cents\nDC,dc,48.85,2.35,50\n")
    (tmp_path / "stock.csv").write_text("node,sku,units\nDC,A,1\n")
    (tmp_path / "costs.json").write_text(
        '{"parcel_base_cents":450,"parcel_cents_per_km":0.6,"outside_line_cents":900}'
    )
    with gzip_open(tmp_path / "history.csv.gz", "wt") as file:
        file.write("order_id,placed_at,lat,lon,sku\n")
    order = {
        "type": "order",
        "order_id": "O",
        "placed_at": "2026-01-05T08:00:00Z",
        "lat": 48.8,
        "lon": 2.3,
        "skus": ["A", "B"],
    }
    heard = [{"type": "time", "now": "2026-01-05T08:00:00Z"}, order, {"type": "end"}]
    ticked, decided, ended = converse(tmp_path, 0, [json.dumps(event) for event in heard])
    assert ticked == ended == '{"type":"ready"}\n'
    assert json.loads(decided.splitlines()[0]) == {
        "type": "decision",
        "order_id": "O",
        "legs": {"DC": ["A"]},
        "outside": ["B"],
    }
