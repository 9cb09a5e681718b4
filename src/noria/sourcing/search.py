"""Plans of any number of nodes, by a mixed-integer programme that HiGHS solves within limits."""

import logging
import math
from itertools import count
from typing import Any

import highspy
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Solved, Ways, Whole
from noria.sourcing.parcels import EVERY, horizons, sizes
from noria.sourcing.plans import enumerated, others
from noria.sourcing.priced import Priced, chosen, price, rank

log = logging.getLogger("noria.sourcing")

MOST_NODES = 40
MOST_COLUMNS = 300
"""A larger programme may take seconds for a single step."""
FEW = 3
"""Sets of so many nodes are enumerated."""
DEAREST_UNIT_CENTS = 10**6
"""A unit that stays counts as so much at most, so that cents are still told apart."""


class Limits(Struct, frozen=True, kw_only=True):
    """How far to search, by counts alone, so that equal offers end alike on any machine.

    The solver asks after each of its `steps` whether to go on; with `columns` at most in a
    programme a step takes a few milliseconds. No limit is a time.
    """

    steps: int = 100
    branches: int = 500
    columns: int = MOST_COLUMNS


DEFAULT = Limits()


class Searched(Struct, frozen=True, eq=False):
    """The cheapest plan found; whether none is cheaper, and whether a limit ended the search."""

    best: Choice
    is_proven: bool
    is_cut: bool = False


class Columns(Struct, frozen=True, eq=False):
    """Where each kind of variable stands in the programme; -1 where there is none."""

    leg: Whole  # [way, node] 1 where a node sends that way
    line: Whole  # [line, node] 1 where a node sends some of a line
    units: Whole  # [line, node]
    short: Whole  # [line]
    beyond: Whole  # [node] units of overtime
    free: Whole  # [node] 1 where a partner asks nothing for the parcel
    extra: Whole  # [kind, way, node] 1 where a surcharge is due
    packs: Whole  # [line, node] whole packs, where amounts are charged or refused
    splits: int
    days: int
    cents: list[int]
    most: list[int]


def solve(offers: Offers, limits: Limits = DEFAULT) -> Solved:
    """The cheapest plan: enumerated, and searched for where that leaves more than a little open.

    Without the search, whatever kept it, the best plan that was enumerated stands.
    """
    known = enumerated(offers)
    if known.is_proven:
        return known
    if limits.steps <= 0 or limits.branches <= 0:
        return structs.replace(known, is_cut=True)
    try:
        found = searched(price(offers), known.best, limits)
    except Exception as problem:  # noqa: BLE001 - an order is decided whatever becomes of the solver
        _log(problem)
        return structs.replace(known, is_failed=True)
    if found is None:
        return structs.replace(known, is_cut=True)
    return structs.replace(
        known,
        best=found.best,
        others=others([known.best, *known.others], found.best),
        least_cents=found.best.cents if found.is_proven else known.least_cents,
        way="search",
        is_cut=found.is_cut,
    )


_logged: set[str] = set()


def _log(problem: Exception) -> None:
    """Each kind of trouble once a process: what breaks on every order would fill the log."""
    kind = type(problem).__name__
    if kind not in _logged:
        _logged.add(kind)
        log.error(
            "the search for plans broke, orders are decided without it; %s is not logged again",
            kind,
            exc_info=problem,
        )


def searched(priced: Priced, known: Choice, limits: Limits) -> Searched | None:
    """The cheapest plan found, never dearer than the one known; and whether it is proven.

    None: the programme would be too large, and the plan known needs no more nodes than those of
    which all sets were tried.
    """
    nodes, is_complete = _nodes(priced, known, MOST_NODES)
    columns = _columns(priced, nodes)
    while len(columns.cents) > limits.columns:
        if len(known.nodes) <= FEW or len(nodes) <= len(known.nodes):
            return None
        nodes, is_complete = _nodes(priced, known, len(nodes) - 1)[0], False
        columns = _columns(priced, nodes)
    model = _model(columns, limits)
    _rows(model, priced, nodes, columns)
    has_ceiling = int(priced.offers.short_cents.max(initial=0)) <= DEAREST_UNIT_CENTS
    if has_ceiling:
        _ceiling(model, columns, known.cents - 1)
    _count(model, limits.steps)
    model.run()
    status = model.getModelStatus()
    ends = {highspy.HighsModelStatus.kOptimal}
    ends |= {highspy.HighsModelStatus.kInfeasible} if has_ceiling else set()
    is_cut = status not in ends
    is_proven = is_complete and not is_cut
    values = list(model.getSolution().col_value)
    if not values or not math.isfinite(model.getInfo().objective_function_value):
        return Searched(known, is_proven=is_proven and has_ceiling, is_cut=is_cut)
    found = _read(priced, nodes, columns, values)
    return Searched(min(known, found, key=rank), is_proven=is_proven, is_cut=is_cut)


def _nodes(priced: Priced, known: Choice, most: int) -> tuple[Whole, bool]:
    """The nodes worth asking: of each line its cheapest holders in turn, until there are enough."""
    useful = (priced.whole < NEVER_CENTS) & (priced.least_leg < NEVER_CENTS)
    nodes = np.flatnonzero(useful.any(axis=0))
    if len(nodes) <= most:
        return nodes, True
    cents = np.where(useful, priced.whole + priced.least_leg, NEVER_CENTS)
    ranks = np.argsort(np.argsort(cents, axis=1, kind="stable"), axis=1, kind="stable")
    first = ranks.min(axis=0)
    first[list(known.nodes)] = -1
    return np.sort(np.argsort(first, kind="stable")[:most]), False


def _ceiling(model: Any, columns: Columns, cents: int) -> None:
    """Ask only for plans that cost no more: that there is none proves the plan that is known."""
    costs = np.array(columns.cents, dtype=np.float64)
    places = np.flatnonzero(costs).astype(np.int32)
    model.addRow(-highspy.kHighsInf, float(cents), len(places), places, costs[places])


def _count(model: Any, most: int) -> None:
    """End the search when the solver has asked so often whether it should."""
    steps = count(1)

    def asked(_kind: Any, _message: str, _known: Any, answer: Any, _data: Any) -> None:
        if next(steps) >= most:
            answer.user_interrupt = True

    model.setCallback(asked, None)
    model.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)


def _columns(priced: Priced, nodes: Whole) -> Columns:
    offers = priced.offers
    cents: list[int] = []
    most: list[int] = []

    def block(costs: Whole, ends: Whole, where: NDArray[np.bool_]) -> Whole:
        places = np.full(costs.shape, -1, dtype=np.int64)
        places[where] = len(cents) + np.arange(int(where.sum()))
        cents.extend(costs[where].tolist())
        most.extend(ends[where].tolist())
        return places

    leg, line, unit = priced.parcels.cents[:, nodes], priced.line[:, nodes], priced.unit[:, nodes]
    has = np.minimum(offers.units[:, nodes], offers.wanted[:, None])
    every_leg = leg < NEVER_CENTS
    none = np.zeros(len(nodes), dtype=np.int64)
    over, free, extra = none, none, np.zeros((0, *leg.shape), dtype=np.int64)
    if offers.ways is not None:
        every_leg &= offers.ways.grams[:, nodes] >= 0
        if offers.ways.extra_cents is not None:
            extra = offers.ways.extra_cents[:, :, nodes]
    if offers.overtime_cents is not None:
        over = offers.overtime_cents[nodes]
    if offers.shipping is not None:
        charged = offers.shipping.cents[nodes]
        leg, free = leg + charged, np.where(charged > 0, -charged, 0)
    pack_cents, most_packs = none[None], none[None]
    is_odd = np.zeros((1, len(nodes)), dtype=bool)
    if offers.packs is not None:
        own = offers.packs.at(EVERY, nodes)
        is_odd = (has > 0) & (own.is_refused | (own.unit_cents > 0))
        unit, pack_cents = unit - own.unit_cents, own.unit_cents * own.pack
        most_packs = -(-np.maximum(has, own.minimum) // own.pack)
    split, day = np.array([offers.split_cents]), np.array([offers.day_cents])
    one = np.ones(1, dtype=bool)
    return Columns(
        leg=block(leg, np.ones_like(leg), every_leg),
        line=block(line, np.ones_like(line), has > 0),
        units=block(unit, has, has > 0),
        short=block(
            np.minimum(offers.short_cents, DEAREST_UNIT_CENTS), offers.wanted, offers.wanted > 0
        ),
        beyond=block(over, none + int(offers.wanted.sum()), over > 0),
        free=block(free, none + 1, free < 0),
        extra=block(extra, np.ones_like(extra), (extra > 0) & every_leg),
        packs=block(pack_cents, most_packs, is_odd),
        splits=int(block(split, np.full(1, len(nodes)), one)[0]),
        days=int(block(day, np.full(1, 1000), one)[0]),
        cents=cents,
        most=most,
    )


def _model(columns: Columns, limits: Limits) -> Any:
    model: Any = highspy._core._Highs()  # noqa: SLF001 - the public one writes on stdout
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 0)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.5)
    model.setOptionValue("mip_max_nodes", limits.branches)
    size = len(columns.cents)
    model.addVars(size, np.zeros(size), np.array(columns.most, dtype=np.float64))
    every = np.arange(size, dtype=np.int32)
    model.changeColsCost(size, every, np.array(columns.cents, dtype=np.float64))
    model.changeColsIntegrality(size, every, np.ones(size, dtype=np.uint8))
    return model


def _rows(model: Any, priced: Priced, nodes: Whole, columns: Columns) -> None:
    """Each line once; units need their line, a line its leg; weight, capacity, legs counted."""
    offers, endless = priced.offers, highspy.kHighsInf

    def row(low: float, high: float, terms: list[tuple[int, float]]) -> None:
        places = np.array([place for place, _ in terms], np.int32)
        model.addRow(low, high, len(terms), places, np.array([one for _, one in terms], float))

    for line, wanted in enumerate(offers.wanted.tolist()):
        terms = [(int(place), 1.0) for place in columns.units[line] if place >= 0]
        row(wanted, wanted, [*terms, (int(columns.short[line]), 1.0)])
    for at, node in enumerate(nodes.tolist()):
        legs = [(way, int(place)) for way, place in enumerate(columns.leg[:, at]) if place >= 0]
        lines = [line for line in range(len(offers.wanted)) if columns.units[line, at] >= 0]
        row(-endless, 1, [(leg, 1.0) for _, leg in legs])
        for line in lines:
            units, does = int(columns.units[line, at]), int(columns.line[line, at])
            row(-endless, 0, [(units, 1.0), (does, -float(columns.most[units]))])
            row(-endless, 0, [(does, 1.0), *((leg, -1.0) for _, leg in legs)])
        sent = [(line, int(columns.units[line, at])) for line in lines]
        _pack_rows(row, offers, columns, at, node, lines)
        if offers.most_units is not None:
            row(-endless, max(float(offers.most_units[node]), 0), [(one, 1.0) for _, one in sent])
        if columns.beyond[at] >= 0 and offers.usual_units is not None:
            over = [(one, 1.0) for _, one in sent] + [(int(columns.beyond[at]), -1.0)]
            row(-endless, max(float(offers.usual_units[node]), 0), over)
        if columns.free[at] >= 0 and offers.shipping is not None:
            goods = offers.shipping.goods_cents
            worth = [(one, -float(goods[line, node])) for line, one in sent]
            least = float(min(offers.shipping.free_from_cents[node], 10**9))
            row(-endless, 0, [(int(columns.free[at]), least), *worth])
            row(-endless, 0, [(int(columns.free[at]), 1.0), *((leg, -1.0) for _, leg in legs)])
        _way_rows(row, offers, columns, at, node, legs, sent)
    every = [(int(place), 1.0) for place in columns.leg.ravel() if place >= 0]
    row(-endless, 1, [*every, (columns.splits, -1.0)])
    if offers.most_legs is not None:
        row(-endless, offers.most_legs, every)


def _pack_rows(
    row: Any, offers: Offers, columns: Columns, at: int, node: int, lines: list[int]
) -> None:
    """Units are whole packs where others are refused; what is charged covers them, if any."""
    if offers.packs is None:
        return
    for line in lines:
        if (packs := int(columns.packs[line, at])) < 0:
            continue
        units, does = int(columns.units[line, at]), int(columns.line[line, at])
        own = offers.packs.at(line, slice(node, node + 1))
        pack, minimum = float(own.pack[0]), float(own.minimum[0])
        most = 0.0 if own.is_refused[0] else highspy.kHighsInf
        row(0, most, [(packs, pack), (units, -1.0)])
        row(0, highspy.kHighsInf, [(packs, pack), (does, -minimum)])


def _way_rows(
    row: Any,
    offers: Offers,
    columns: Columns,
    at: int,
    node: int,
    legs: list[tuple[int, int]],
    sent: list[tuple[int, int]],
) -> None:
    """What the way of a leg bears, what it does not take, its surcharges, and when it comes."""
    ways, endless = offers.ways, highspy.kHighsInf
    if ways is None:
        return
    weight_g, volume_cm3 = sizes(offers)
    total_cm3 = int(volume_cm3 @ offers.wanted) + 1
    row(
        -endless, 0,
        [(one, float(weight_g[line])) for line, one in sent]
        + [(leg, -float(min(ways.grams[way, node], 10**9))) for way, leg in legs],
    )  # fmt: skip
    bears = []
    for way, leg in legs:
        most = min(int(ways.cm3[way, node]), total_cm3)
        if ways.divisor[way, node]:
            by_weight = int(ways.grams[way, node]) * int(ways.divisor[way, node]) // 1000
            most = min(most, by_weight)
        bears.append((leg, -float(most)))
    row(-endless, 0, [(one, float(volume_cm3[line])) for line, one in sent] + bears)
    for line, _ in sent:
        _line_rows(row, ways, columns, at, node, line, legs)
    if offers.day_cents:
        for way, leg in legs:
            row(-endless, 0, [(leg, float(ways.days[way, node])), (columns.days, -1.0)])


def _line_rows(
    row: Any,
    ways: Ways,
    columns: Columns,
    at: int,
    node: int,
    line: int,
    legs: list[tuple[int, int]],
) -> None:
    """The ways that do not take a line, and those on which it costs a surcharge."""
    endless, does = highspy.kHighsInf, int(columns.line[line, at])
    if ways.refuses is not None and ways.refuses[:, node, line].any():
        takes = [(leg, -1.0) for way, leg in legs if not ways.refuses[way, node, line]]
        row(-endless, 0, [(does, 1.0), *takes])
    for kind in range(len(columns.extra)):
        if ways.extra_lines is None or not ways.extra_lines[kind, line]:
            continue
        for way, leg in legs:
            if (due := int(columns.extra[kind, way, at])) >= 0:
                row(-endless, 1, [(does, 1.0), (leg, 1.0), (due, -1.0)])


def _read(priced: Priced, nodes: Whole, columns: Columns, values: list[float]) -> Choice:
    """The plan of a solution, with the ways that make it cheapest."""
    units = [
        [round(values[place]) if place >= 0 else 0 for place in columns.units[:, at].tolist()]
        for at in range(len(nodes))
    ]
    legs = [(node, part) for node, part in zip(nodes.tolist(), units, strict=True) if any(part)]
    names, parts = [leg[0] for leg in legs], [leg[1] for leg in legs]
    return min(
        (chosen(price(priced.offers, until), names, parts) for until in horizons(priced.offers)),
        key=rank,
    )
