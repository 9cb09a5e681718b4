"""What nodes could do for one order, as arrays: a row a line, a column a node, whole cents."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Whole = NDArray[np.int64]

NEVER_CENTS = 10**12
"""What cannot be had; no true sum comes near it."""


class Offers(Struct, frozen=True, kw_only=True, eq=False):
    """The nodes that may send an order, in key order, with each term of what it would cost.

    `wanted` and `short_cents` are by line: its units, and what one of them costs that no node here
    sends (an outside option, or the wait). `units` [line, node] can be sent. Terms are kept apart:
    `leg_cents` [step, node] once a leg, `line_cents` [line, node] once for each line of a leg,
    `unit_cents` [line, node] for each unit. A leg takes the first step whose `step_g` [step, node]
    bears its weight (`weight_g`, by line, grams a unit); `most_units` [node] is what a node can
    still handle. `split_cents` is the price of each leg beyond the first.
    """

    nodes: Sequence[str]
    wanted: Whole
    units: Whole
    short_cents: Whole
    leg_cents: Mapping[str, Whole]
    line_cents: Mapping[str, Whole] = {}
    unit_cents: Mapping[str, Whole] = {}
    split_cents: int = 0
    step_g: Whole | None = None
    weight_g: Whole | None = None
    most_units: Whole | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """A plan by index: its nodes in order, the units of each line from each of them, its cost."""

    nodes: tuple[int, ...]
    units: tuple[tuple[int, ...], ...]
    short: tuple[int, ...]
    cents: int


class Solved(Struct, frozen=True, kw_only=True):
    """The plan chosen, the next best that were compared, and a cost that no plan undercuts.

    `way` is how it was found: `whole` lines, split into `units`, `sets` of nodes, or a `search`.
    """

    best: Choice
    others: tuple[Choice, ...]
    least_cents: int
    way: str

    @property
    def is_proven(self) -> bool:
        return self.best.cents <= self.least_cents


def summed(terms: Mapping[str, Whole], shape: tuple[int, ...]) -> Whole:
    """All terms of one kind together."""
    total = np.zeros(shape, dtype=np.int64)
    for cents in terms.values():
        total += cents
    return total


def cost_terms(offers: Offers, choice: Choice) -> dict[str, int]:
    """What a plan costs, term by term; the sum is its cost."""
    terms = dict.fromkeys([*offers.leg_cents, *offers.line_cents, *offers.unit_cents], 0)
    for leg in range(len(choice.nodes)):
        for name, cents in leg_terms(offers, choice, leg).items():
            terms[name] += cents
    terms["split"] = offers.split_cents * max(0, len(choice.nodes) - 1)
    terms["short"] = int(np.dot(choice.short, offers.short_cents))
    return terms


def leg_terms(offers: Offers, choice: Choice, leg: int) -> dict[str, int]:
    """What one leg of a plan costs, term by term, without what splitting costs."""
    node, units = choice.nodes[leg], np.array(choice.units[leg], dtype=np.int64)
    step = step_of(offers, node, units)
    terms = {name: int(cents[step, node]) for name, cents in offers.leg_cents.items()}
    for name, cents in offers.line_cents.items():
        terms[name] = terms.get(name, 0) + int(cents[units > 0, node].sum())
    for name, cents in offers.unit_cents.items():
        terms[name] = terms.get(name, 0) + int(cents[:, node] @ units)
    return terms


def step_of(offers: Offers, node: int, units: Whole) -> int:
    """The step of a node's tariff that bears these units."""
    if offers.step_g is None or offers.weight_g is None:
        return 0
    weight_g = int(offers.weight_g @ units)
    return int(np.searchsorted(offers.step_g[:, node], weight_g))
