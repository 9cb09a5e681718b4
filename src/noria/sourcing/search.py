"""Plans of any number of nodes, by a mixed-integer programme that HiGHS solves within limits."""

import math
from typing import Any

import highspy
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Solved, Whole
from noria.sourcing.plans import Priced, chosen, enumerated, others, price, rank

MOST_NODES = 40


class Limits(Struct, frozen=True, kw_only=True):
    """How far to search: branches, so that equal offers end alike; seconds as a last resort."""

    branches: int = 500
    seconds: float = 2.0
    least_gain_cents: int = 0


DEFAULT = Limits()


class Columns(Struct, frozen=True, eq=False):
    """Where each kind of variable stands in the programme; -1 where there is none."""

    leg: Whole  # [step, node] 1 where a node sends by this step
    line: Whole  # [line, node] 1 where a node sends some of a line
    units: Whole  # [line, node]
    short: Whole  # [line]
    splits: int
    cents: list[int]
    most: list[int]


def solve(offers: Offers, limits: Limits = DEFAULT) -> Solved:
    """The cheapest plan: enumerated, and searched for where that leaves more than a little open."""
    known = enumerated(offers)
    if known.best.cents <= known.least_cents + limits.least_gain_cents:
        return known
    priced = price(offers)
    best, is_proven = searched(priced, known.best, limits)
    return Solved(
        best=best,
        others=others([known.best, *known.others], best),
        least_cents=best.cents if is_proven else known.least_cents,
        way="search",
    )


def searched(priced: Priced, known: Choice, limits: Limits) -> tuple[Choice, bool]:
    """The cheapest plan found, never dearer than the one known; and whether it is proven."""
    nodes, is_complete = _nodes(priced)
    columns = _columns(priced, nodes)
    model = _model(columns, limits)
    _rows(model, priced, nodes, columns)
    model.run()
    is_proven = is_complete and model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    values = list(model.getSolution().col_value)
    if not values or not math.isfinite(model.getInfo().objective_function_value):
        return known, False
    found = _read(priced, nodes, columns, values)
    return min(known, found, key=rank), bool(is_proven)


def _nodes(priced: Priced) -> tuple[Whole, bool]:
    """The nodes worth asking: of each line its cheapest holders in turn, until there are enough."""
    useful = priced.whole < NEVER_CENTS
    nodes = np.flatnonzero(useful.any(axis=0))
    if len(nodes) <= MOST_NODES:
        return nodes, True
    cents = np.where(useful, priced.whole + priced.least_leg, NEVER_CENTS)
    ranks = np.argsort(np.argsort(cents, axis=1, kind="stable"), axis=1, kind="stable")
    return np.sort(np.argsort(ranks.min(axis=0), kind="stable")[:MOST_NODES]), False


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

    leg, line, unit = priced.leg[:, nodes], priced.line[:, nodes], priced.unit[:, nodes]
    has = np.minimum(offers.units[:, nodes], offers.wanted[:, None])
    every_leg, split = leg < NEVER_CENTS, np.array([offers.split_cents])
    return Columns(
        leg=block(leg, np.ones_like(leg), every_leg),
        line=block(line, np.ones_like(line), has > 0),
        units=block(unit, has, has > 0),
        short=block(offers.short_cents, offers.wanted, offers.wanted > 0),
        splits=int(block(split, np.full(1, len(nodes)), np.full(1, fill_value=True))[0]),
        cents=cents,
        most=most,
    )


def _model(columns: Columns, limits: Limits) -> Any:
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 0)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.5)
    model.setOptionValue("mip_max_nodes", limits.branches)
    model.setOptionValue("time_limit", limits.seconds)
    count = len(columns.cents)
    model.addVars(count, np.zeros(count), np.array(columns.most, dtype=np.float64))
    every = np.arange(count, dtype=np.int32)
    model.changeColsCost(count, every, np.array(columns.cents, dtype=np.float64))
    model.changeColsIntegrality(count, every, np.ones(count, dtype=np.uint8))
    return model


def _rows(model: Any, priced: Priced, nodes: Whole, columns: Columns) -> None:
    """Each line once; units need their line, a line its leg; weight, capacity, legs counted."""
    offers, endless = priced.offers, highspy.kHighsInf

    def row(low: float, high: float, places: list[int], values: list[float]) -> None:
        model.addRow(low, high, len(places), np.array(places, np.int32), np.array(values, float))

    for line, wanted in enumerate(offers.wanted.tolist()):
        places = [int(place) for place in columns.units[line] if place >= 0]
        places.append(int(columns.short[line]))
        row(wanted, wanted, places, [1.0] * len(places))
    for at, node in enumerate(nodes.tolist()):
        legs = [int(place) for place in columns.leg[:, at] if place >= 0]
        lines = [line for line in range(len(offers.wanted)) if columns.units[line, at] >= 0]
        row(-endless, 1, legs, [1.0] * len(legs))
        for line in lines:
            units, does = int(columns.units[line, at]), int(columns.line[line, at])
            row(-endless, 0, [units, does], [1.0, -float(columns.most[units])])
            row(-endless, 0, [does, *legs], [1.0] + [-1.0] * len(legs))
        sent = [int(columns.units[line, at]) for line in lines]
        if offers.step_g is not None and offers.weight_g is not None:
            steps = offers.step_g[columns.leg[:, at] >= 0, node].tolist()
            grams = [float(offers.weight_g[line]) for line in lines]
            row(-endless, 0, sent + legs, grams + [-one for one in steps])
        if offers.most_units is not None:
            row(-endless, float(offers.most_units[node]), sent, [1.0] * len(sent))
    every = [int(place) for place in columns.leg.ravel() if place >= 0]
    row(-endless, 1, [*every, columns.splits], [1.0] * len(every) + [-1.0])


def _read(priced: Priced, nodes: Whole, columns: Columns, values: list[float]) -> Choice:
    units = [
        [round(values[place]) if place >= 0 else 0 for place in columns.units[:, at].tolist()]
        for at in range(len(nodes))
    ]
    legs = [(node, part) for node, part in zip(nodes.tolist(), units, strict=True) if any(part)]
    return chosen(priced, [leg[0] for leg in legs], [leg[1] for leg in legs])
