"""Each week's purchase orders and transfers, planned from the past alone, with planted mishaps."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct

from noria.lab.chance import chance, pick
from noria.lab.demand import Demand, demand, window_before
from noria.lab.model import Chain, History, PlannedLine, Replenishment
from noria.lab.stocking import assortment_by, suppliers_of, wanted_units
from noria.network.model import Node, NodeKind

WEEK = timedelta(weeks=1)
PACK_UNITS = 6
CENTRAL_LEVEL_DAYS = 42
"""Order-up-to level of the chain, in days of demand: lead time, a week's review, safety."""

SUPPLIER_LEAD_DAYS = 5, 9
"""Working days from order to arrival; the seed chooses for each supplier and week."""

SHARE_PERCENT = {
    NodeKind.WAREHOUSE: 100,
    NodeKind.STORE: 30,
    NodeKind.DARK_STORE: 30,
    NodeKind.THIRD_PARTY: 15,
    NodeKind.MARKETPLACE: 8,
}
"""Of the demand that a node plans for, its region's or else everybody's, what it should serve."""
LARGEST_TRANSFER_LINES = 80

MISHAP_CHANCE = 0.015
MISHAP_REASONS = ("damaged", "lost", "short_shipped")
LARGEST_MISHAP_UNITS = 5


class Knowledge(Struct, frozen=True, kw_only=True):
    """What a planner knows on a Monday: the trailing weeks, the last one alone, the assortment."""

    trailing: Demand
    last_week: Demand
    carried: Mapping[str, frozenset[str]]


def purchases(chain: Chain, history: History, week_start: date, seed: int) -> list[Replenishment]:
    """The purchase orders of the week that begins on that Monday, one a supplier.

    Up to a level: last week's demand is made good, and the level's change is added. That equals
    ordering up to the level every week, without asking what is on the shelf. Nothing in the first
    weeks of the history, when there is no past to plan from.
    """
    now = _known(chain, history, week_start)
    if now is None:
        return []
    before = _known(chain, history, week_start - WEEK)
    warehouse = _warehouse(chain)
    missing = {
        sku: -(-units // PACK_UNITS) * PACK_UNITS
        for sku in now.carried[warehouse.code]
        if (units := _missing(warehouse, sku, now, before)) > 0
    }
    ordered: list[Replenishment] = []
    for supplier in (node for node in chain.nodes if node.kind is NodeKind.SUPPLIER):
        name = f"PO-{_week(week_start)}-{supplier.code}"
        least, most = SUPPLIER_LEAD_DAYS
        lead_days = least + pick(seed, "lead", name, below=most - least + 1)
        days = (
            week_start,
            _working_day(week_start, lead_days - 2),
            _working_day(week_start, lead_days),
        )
        own = {sku: n for sku, n in missing.items() if suppliers_of(chain, sku)[0] == supplier.code}
        ordered += _planned(name, (supplier, warehouse), days, own, seed)
    return ordered


def transfers(chain: Chain, history: History, week_start: date, seed: int) -> list[Replenishment]:
    """What the warehouse sends that week to stores, dark store, 3PL and marketplace, one each.

    Only the lines with most units: a lorry is finite. Nothing where `purchases` has nothing.
    """
    now = _known(chain, history, week_start)
    if now is None:
        return []
    before = _known(chain, history, week_start - WEEK)
    warehouse = _warehouse(chain)
    nodes = {node.code: node for node in chain.nodes}
    sent: list[Replenishment] = []
    for lane in (lane for lane in chain.lanes if lane.source == warehouse.code):
        target = nodes[lane.target]
        both = now.carried[target.code] & now.carried[warehouse.code]
        missing = {sku: _missing(target, sku, now, before) for sku in both}
        most_first = sorted(
            (sku for sku in both if missing[sku] > 0), key=lambda s: (-missing[s], s)
        )
        name = f"TO-{_week(week_start)}-{target.code}"
        leaves = pick(seed, "leaves", name, below=3)
        days = (
            week_start,
            _working_day(week_start, leaves),
            _working_day(week_start, leaves + lane.transit_days),
        )
        loaded = {sku: missing[sku] for sku in most_first[:LARGEST_TRANSFER_LINES]}
        sent += _planned(name, (warehouse, target), days, loaded, seed)
    return sent


def _known(chain: Chain, history: History, monday: date) -> Knowledge | None:
    """What may be known at the start of that Monday; None when the past is too short."""
    assert monday.weekday() == 0, "a week begins on a Monday"
    trailing = window_before(history, monday)
    if not trailing.is_past:
        return None
    seen = demand(chain, history, trailing)
    return Knowledge(
        trailing=seen,
        last_week=demand(chain, history, window_before(history, monday, weeks=1)),
        carried={
            node: frozenset(skus)
            for node, skus in assortment_by(chain, history.skus, seen).carried.items()
        },
    )


def _missing(node: Node, sku: str, now: Knowledge, before: Knowledge | None) -> int:
    """What ordering up to the level asks for: what was sold, and the change of the level."""
    change = _level(node, sku, now) - _level(node, sku, before) if before else 0
    return _sold(node, sku, now.last_week) + change


def _level(node: Node, sku: str, known: Knowledge) -> int:
    """The warehouse orders for the whole chain; everybody else for its own days of cover."""
    if sku not in known.carried[node.code]:
        return 0
    if node.kind is NodeKind.WAREHOUSE:
        units = known.trailing.units.get(sku, 0)
        return -(-units * CENTRAL_LEVEL_DAYS // known.trailing.window.days)
    return wanted_units(node, sku, known.trailing)


def _sold(node: Node, sku: str, last_week: Demand) -> int:
    """Units that the node will have sent last week: its share, as nobody knows beforehand."""
    units = last_week.regional.get(node.code, last_week.units).get(sku, 0)
    return units * SHARE_PERCENT[node.kind] // 100


def _planned(
    name: str,
    ends: tuple[Node, Node],
    days: tuple[date, date, date],
    units: Mapping[str, int],
    seed: int,
) -> Iterator[Replenishment]:
    """One order with its lines in order of SKU, or none if nothing is missing."""
    source, target = ends
    ordered_on, dispatched_on, arrives_on = days
    if units:
        yield Replenishment(
            id=name,
            source=source.code,
            target=target.code,
            ordered_on=ordered_on,
            dispatched_on=dispatched_on,
            arrives_on=arrives_on,
            lines=tuple(_line(name, sku, units[sku], seed) for sku in sorted(units)),
        )


def _line(name: str, sku: str, quantity: int, seed: int) -> PlannedLine:
    """Now and then a few units do not arrive; the order and the SKU decide, not the day."""
    if chance(seed, "mishap", name, sku) >= MISHAP_CHANCE:
        return PlannedLine(sku=sku, quantity=quantity, received=quantity)
    gone = min(quantity, 1 + pick(seed, "gone", name, sku, below=LARGEST_MISHAP_UNITS))
    reason = MISHAP_REASONS[pick(seed, "reason", name, sku, below=len(MISHAP_REASONS))]
    return PlannedLine(sku=sku, quantity=quantity, received=quantity - gone, reason=reason)


def _week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}W{week:02}"


def _working_day(monday: date, days: int) -> date:
    """So many working days after that Monday."""
    weeks, weekday = divmod(days, 5)
    return monday + timedelta(weeks=weeks, days=weekday)


def _warehouse(chain: Chain) -> Node:
    return next(node for node in chain.nodes if node.kind is NodeKind.WAREHOUSE)
