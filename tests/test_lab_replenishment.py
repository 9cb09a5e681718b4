"""Stock, purchases and transfers of the demonstration: from the past alone, and enough of it."""

from collections import Counter
from datetime import date, datetime, timedelta

import msgspec
import pytest

from noria.lab.chain import chain
from noria.lab.demand import LARGEST_LINE, demand, window_before
from noria.lab.history import load
from noria.lab.model import History, TakeBackKind, Window, midnight
from noria.lab.replenishment import purchases, transfers
from noria.lab.stocking import assortment, opening_stock
from noria.network.model import NodeKind

SEED = 2011
NOVEMBER = date(2011, 11, 1)
MONDAY = date(2011, 11, 7)


@pytest.fixture(scope="module")
def history():
    return load(SEED)


@pytest.fixture(scope="module")
def retailer():
    return chain(SEED)


@pytest.fixture(scope="module")
def opening(retailer, history):
    return opening_stock(retailer, history, NOVEMBER, SEED)


def _until(history: History, end: datetime) -> History:
    """The history as it stood then."""
    return msgspec.structs.replace(
        history,
        invoices=tuple(i for i in history.invoices if i.placed_at < end),
        take_backs=tuple(t for t in history.take_backs if t.at < end),
    )


def test_the_future_changes_nothing(retailer, history, opening):
    assert opening_stock(retailer, _until(history, midnight(NOVEMBER)), NOVEMBER, SEED) == opening
    past = _until(history, midnight(MONDAY))
    assert purchases(retailer, past, MONDAY, SEED) == purchases(retailer, history, MONDAY, SEED)
    assert transfers(retailer, past, MONDAY, SEED) == transfers(retailer, history, MONDAY, SEED)


def test_the_past_does(retailer, history, opening):
    shorter = _until(history, midnight(NOVEMBER) - timedelta(days=7))
    assert opening_stock(retailer, shorter, NOVEMBER, SEED) != opening


def test_the_seed_decides(retailer, history, opening):
    assert opening_stock(retailer, history, NOVEMBER, SEED + 1) != opening


@pytest.mark.parametrize(
    ("because", "at", "expected"),
    [
        ("eight weeks", NOVEMBER, (date(2011, 9, 6), NOVEMBER, True)),
        ("what there is", date(2011, 1, 1), (date(2010, 12, 1), date(2011, 1, 1), True)),
        ("two weeks will do", date(2010, 12, 15), (date(2010, 12, 1), date(2010, 12, 15), True)),
        ("else a look ahead", date(2010, 12, 1), (date(2010, 12, 1), date(2010, 12, 29), False)),
    ],
)
def test_window_before(history, because, at, expected):
    window = window_before(history, at)
    assert (window.start.date(), window.end.date(), window.is_past) == expected, because


def test_demand_leaves_out_what_was_cancelled_and_caps_what_is_huge(retailer, history):
    day = Window(start=midnight(date(2011, 1, 18)), end=midnight(date(2011, 1, 19)), is_past=True)
    cancelled = next(t for t in history.take_backs if t.id == "C541433")
    assert cancelled.kind is TakeBackKind.CANCELLATION
    seen = demand(retailer, history, day)
    assert seen.units["23166"] < 74_215, "74,215 jars were bought, and cancelled, that day"
    huge = Window(start=midnight(date(2011, 8, 4)), end=midnight(date(2011, 8, 5)), is_past=True)
    units = [
        line.quantity
        for invoice in history.invoices
        if huge.start <= invoice.placed_at < huge.end
        for line in invoice.lines
        if line.sku == "84879"
    ]
    assert max(units) == 2_880
    assert demand(retailer, history, huge).units["84879"] == sum(
        min(u, LARGEST_LINE) for u in units
    )
    assert sum(seen.units.values()) == sum(sum(c.values()) for c in seen.regional.values())


def test_who_carries_what(retailer, history):
    ranges = assortment(retailer, history, NOVEMBER)
    kinds = {node.code: node.kind for node in retailer.nodes}
    virtual = set(ranges.virtual)
    all_skus = {sku.code for sku in history.skus}
    assert set().union(*ranges.carried.values()) == all_skus, "everything can be had somewhere"
    stocked = all_skus - virtual
    central = set(ranges.carried["ORLEANS"])
    assert central <= stocked
    assert len(central) > 0.95 * len(stocked)
    for code, skus in ranges.carried.items():
        assert list(skus) == sorted(set(skus))
        match kinds[code]:
            case NodeKind.SUPPLIER | NodeKind.MAKER:
                assert set(skus) <= virtual
            case NodeKind.RELAY | NodeKind.DIGITAL:
                assert not skus
            case NodeKind.PRINTER:
                pass
            case _:
                assert not set(skus) & virtual
    assert ranges.carried["LILLE"] != ranges.carried["NICE"], "the best sellers of each region"


def test_opening_stock_is_sensible(retailer, history, opening):
    carried = assortment(retailer, history, NOVEMBER).carried
    keys = [(o.node, o.sku) for o in opening]
    assert keys == sorted(set(keys))
    assert all(0 < o.quantity <= 32_000 and o.sku in carried[o.node] for o in opening)
    units = Counter[str]()
    for o in opening:
        units[o.node] += o.quantity
    assert units.keys() == {code for code, skus in carried.items() if skus}
    assert units["ORLEANS"] > 400_000
    assert 5_000 < units["GRENOBLE"] < units["PARIS"] < 60_000


def test_most_of_a_month_can_be_served_and_a_few_lines_run_short(retailer, history, opening):
    """All nodes as one shelf, and purchases as they arrive: between 1 and 8 percent run short."""
    shelf = Counter[str]()
    for o in opening:
        shelf[o.sku] += o.quantity
    weeks = [date(2011, 10, 31) + timedelta(weeks=week) for week in range(5)]
    due = [order for week in weeks for order in purchases(retailer, history, week, SEED)]
    due.sort(key=lambda order: order.arrives_on, reverse=True)
    served = short = 0
    for invoice in history.month("2011-11").invoices:
        while due and due[-1].arrives_on <= invoice.placed_at.date():
            shelf.update({line.sku: line.received for line in due.pop().lines})
        for line in invoice.lines:
            if shelf[line.sku] >= line.quantity:
                shelf[line.sku] -= line.quantity
                served += 1
            else:
                short += 1
    assert 0.01 < short / (served + short) < 0.08


def test_purchases(retailer, history):
    orders = purchases(retailer, history, MONDAY, SEED)
    assert [order.id for order in orders] == ["PO-2011W45-CHOLET", "PO-2011W45-EPINAL"]
    for order in orders:
        assert order.target == "ORLEANS"
        assert MONDAY == order.ordered_on < order.dispatched_on < order.arrives_on
        assert order.arrives_on <= MONDAY + timedelta(days=13)
        assert order.arrives_on.weekday() < 5
        assert all(line.quantity % 6 == 0 and line.quantity > 0 for line in order.lines)
    both = [line.sku for order in orders for line in order.lines]
    assert len(set(both)) == len(both), "a SKU is bought once"


def test_transfers(retailer, history):
    sent = transfers(retailer, history, MONDAY, SEED)
    carried = assortment(retailer, history, MONDAY).carried
    lanes = {(lane.source, lane.target) for lane in retailer.lanes}
    assert len(sent) == 15, "12 stores, dark store, 3PL, marketplace"
    for order in sent:
        assert (order.source, order.target) in lanes
        assert MONDAY <= order.dispatched_on < order.arrives_on
        assert 0 < len(order.lines) <= 80
        assert {line.sku for line in order.lines} <= set(carried[order.target])


def test_a_few_receipts_fall_short_for_a_reason(retailer, history):
    lines = [
        line
        for week in range(3)
        for order in purchases(retailer, history, MONDAY + timedelta(weeks=week), SEED)
        for line in order.lines
    ]
    fallen = [line for line in lines if line.received < line.quantity]
    assert 0.01 < len(fallen) / len(lines) < 0.02
    assert {line.reason for line in fallen} == {"damaged", "lost", "short_shipped"}
    assert all(1 <= line.quantity - line.received <= 5 for line in fallen)


def test_nothing_is_planned_while_there_is_no_past(retailer, history):
    assert purchases(retailer, history, date(2010, 12, 6), SEED) == []
    assert transfers(retailer, history, date(2010, 12, 6), SEED) == []
    assert purchases(retailer, history, date(2010, 12, 20), SEED)


def test_the_first_month_has_stock_too(retailer, history):
    first = opening_stock(retailer, history, date(2010, 12, 1), SEED)
    assert sum(o.quantity for o in first if o.node == "ORLEANS") > 100_000
