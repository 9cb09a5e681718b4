"""The cheapest plan for one order, exactly: whole lines first, split ones where they may pay."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from noria.sourcing.division import divided
from noria.sourcing.lone import MOST_OTHERS, each_alone, settled_alone
from noria.sourcing.moves import improved
from noria.sourcing.offers import NEVER_CENTS, Alone, Choice, Offers, Solved, Whole
from noria.sourcing.parcels import horizons, sizes
from noria.sourcing.priced import (
    Priced,
    chosen,
    least_parcels_cents,
    nothing,
    price,
    rank,
    within,
)
from noria.sourcing.sets import Filled, best_sets, filled, likeliest, tried

MOST_LINES_AS_SETS = 6
MOST_TAKES = 256


class Found(Struct, frozen=True, eq=False):
    """What came of one enumeration: plans, a cost that none undercuts, how it was done."""

    plans: list[Choice]
    least_cents: int
    way: str
    sets: Filled | None = None


def enumerated(offers: Offers) -> Solved:
    """The cheapest plan, proven where the orders of most days end: few lines, of few units.

    Where a day of waiting costs something, plans are made for each day by which the last parcel
    may come. Ties go to fewer nodes, then to the first names, so that equal offers give equal
    plans.
    """
    priced, each = price(offers), None
    if offers.nodes:
        each = each_alone(priced)
        if (found_alone := settled_alone(priced, each)) is not None:
            return found_alone
    first, *sooner = horizons(offers)
    if first is not None:
        priced = within(priced, first)
    found = _enumerated(priced, None if offers.day_cents else each)
    plans, way, least_cents = found.plans, found.way, found.least_cents
    best, at = min(plans, key=rank), priced
    no_wait_cents = least_cents - priced.wait_cents
    for until in sooner:
        if no_wait_cents + offers.day_cents * (until or 0) >= best.cents:
            continue
        sooner_priced = within(priced, until)
        found = _enumerated(sooner_priced, None, best.cents, found.sets)
        plans = plans + found.plans
        least_cents = min(least_cents, found.least_cents)
        if rank(quickest := min(found.plans, key=rank)) < rank(best):
            best, way, at = quickest, found.way, sooner_priced
    if found.sets is not None and offers.ways is not None and best.cents > least_cents:
        joining = likeliest(at, found.sets.nodes)
        plans = [*plans, improved(at, best.nodes, best.units, joining)]
        best = min(plans, key=rank)
    return Solved(
        best=best, others=others(plans, best), least_cents=least_cents, way=way, alone=each
    )


def others(found: Sequence[Choice], best: Choice) -> tuple[Choice, ...]:
    """The next best plans, each of other nodes."""
    known = {best.nodes: best}
    for choice in sorted(found, key=rank):
        if choice.nodes and choice.cents < NEVER_CENTS:
            known.setdefault(choice.nodes, choice)
        if len(known) > MOST_OTHERS:
            break
    return tuple(known.values())[1:]


def _enumerated(
    priced: Priced,
    each: Alone | None,
    known_cents: int = NEVER_CENTS,
    sets: Filled | None = None,
) -> Found:
    """The cheapest plan whose last parcel comes on the last day that is priced.

    Nothing more is looked for once it is clear that none costs less than `known_cents`. `each` node
    alone is worked out here if it is not known; `sets` were looked at for a later day.
    """
    offers = priced.offers
    found = [nothing(offers)]
    if not offers.nodes:
        return Found(found, found[0].cents, "none", sets)
    singles, single_cents = _singles(priced, each or each_alone(priced, with_wait=False))
    found += singles
    way, least_cents, known = "whole", -1, None
    lines = tuple(offers.wanted.tolist())
    most_legs = len(offers.nodes) if offers.most_legs is None else offers.most_legs
    if len(lines) <= MOST_LINES_AS_SETS:
        choice, whole_cents, known = divided(priced, (1,) * len(lines))
        found += [choice] if len(choice.nodes) <= most_legs else []
        least_cents = whole_cents if not _may_split(priced, choice.cents) else -1
        if least_cents < 0 and math.prod(units + 1 for units in lines) <= MOST_TAKES:
            way = "units"
            choice, least_cents, known = divided(priced, lines)
            found += [choice] if len(choice.nodes) <= most_legs else []
    best = min(found, key=rank)
    least_cents = max(least_cents, min(single_cents, _least_cents(priced, 2)))
    if least_cents < min(best.cents, known_cents):
        way = "sets"
        if sum(best.short) > _unavoidable(offers):
            lured = _greedy(priced)
            found += [lured, improved(priced, lured.nodes, lured.units)]
            best = min(found, key=rank)
        nodes, are_all = tried(priced, best.cents, known)
        sets = filled(priced, nodes, best.cents) if sets is None else sets
        choices, set_cents = best_sets(priced, sets)
        found += choices
        are_all = are_all and sets.holds(nodes)
        more_cents = _least_cents(priced, 4 if are_all and priced.offers.packs is None else 2)
        is_settled = are_all and priced.offers.packs is None  # shares of packs were not all tried
        set_cents = min(set_cents, more_cents) if is_settled else more_cents
        least_cents = max(least_cents, min(single_cents, set_cents))
    return Found(found, least_cents, way, sets)


def _unavoidable(offers: Offers) -> int:
    """Units that nobody has."""
    return int(np.maximum(offers.wanted - offers.units.sum(axis=1), 0).sum())


# ------------------------------------------------------------------------------------ single nodes


def _singles(priced: Priced, each: Alone) -> tuple[list[Choice], int]:
    """The cheapest nodes that would send all they can of it, alone; and what no single undercuts.

    Where a unit that stays costs more than any parcel, sending all is the only plan of a node.
    """
    offers = priced.offers
    least = cents = each.cents
    if priced.has_limits:
        covers = np.minimum(priced.whole, (offers.short_cents * offers.wanted)[:, None])
        least = covers.sum(axis=0) + priced.least_leg
        dearest = np.where(priced.parcels.cents < NEVER_CENTS, priced.parcels.cents, 0).max()
        if offers.short_cents.min() > 2 * int(dearest):
            least = np.where(cents < NEVER_CENTS, cents, least)
    least_cents = min(int(least.min()) + priced.wait_cents, nothing(offers).cents)
    found = []
    cents = cents.copy()
    for _ in range(min(MOST_OTHERS, len(offers.nodes))):
        node = int(cents.argmin())
        if cents[node] >= NEVER_CENTS:
            break
        found.append(chosen(priced, [node], [each.units[:, node].tolist()]))
        cents[node] = NEVER_CENTS
    return found, least_cents


def _greedy(priced: Priced) -> Choice:
    """A plan where people, weights or legs are short: who can take most comes next, then by cost.

    It need not be the cheapest; it is what there is where no few nodes can send it all.
    """
    offers = priced.offers
    rest = offers.wanted.copy()
    legs: list[tuple[int, list[int]]] = []
    most = len(offers.nodes) if offers.most_legs is None else offers.most_legs
    left = priced.least_leg < NEVER_CENTS
    while len(legs) < most and rest.any() and left.any():
        takes = np.where(left, _fits(priced, rest), 0)
        if offers.packs is not None:
            takes = offers.packs.sent(takes)
        total = takes.sum(axis=0)
        cents = priced.least_leg + (takes * priced.unit + (takes > 0) * priced.line).sum(axis=0)
        node = int(np.lexsort((cents, -total))[0])
        if not total[node]:
            break
        left[node] = False
        part = takes[:, node]
        if priced.parcels.ways_of(np.array([node]), part[None])[0][0] < NEVER_CENTS:
            legs.append((node, part.tolist()))
            rest = rest - part
    legs.sort()
    return chosen(priced, [node for node, _ in legs], [part for _, part in legs])


def _fits(priced: Priced, rest: Whole) -> Whole:
    """How much of the rest each node could send at once, line by line: [line, node]."""
    offers, endless = priced.offers, np.full(len(priced.offers.nodes), NEVER_CENTS)
    units = endless if offers.most_units is None else np.maximum(offers.most_units, 0)
    limits = [(np.ones_like(rest), units)]
    if offers.ways is not None and priced.parcels.grams is not None:
        way = priced.parcels.grams.argmax(axis=0)
        every = np.arange(len(way))
        grams = np.maximum(priced.parcels.grams[way, every], 0)
        divisor = offers.ways.divisor[way, every]
        by_volume = np.where(divisor > 0, np.minimum(grams, 10**9) * divisor // 1000, NEVER_CENTS)
        weight_g, volume_cm3 = sizes(offers)
        limits.append((weight_g, grams))
        limits.append((volume_cm3, np.minimum(by_volume, offers.ways.cm3[way, every])))
    takes = np.maximum(np.minimum(offers.units, rest[:, None]), 0)
    over = np.flatnonzero(np.any([size @ takes > free for size, free in limits], axis=0))
    if not len(over):
        return takes
    left = [(size, free[over]) for size, free in limits]
    for line in range(len(rest)):
        take = takes[line, over]
        for size, free in left:
            if size[line]:
                take = np.minimum(take, free // size[line])
        takes[line, over] = take = np.maximum(take, 0)
        left = [(size, free - take * size[line]) for size, free in left]
    return takes


# ------------------------------------------------------------------------------------- split lines


def _least_cents(priced: Priced, legs: int) -> int:
    """No plan of so many legs, or more, costs less."""
    most = priced.offers.most_legs
    if legs > len(priced.least_leg) or (most is not None and legs > most):
        return NEVER_CENTS
    leg = int(np.partition(priced.least_leg, legs - 1)[:legs].sum())
    most = len(priced.least_leg) if most is None else most
    leg = max(leg, least_parcels_cents(priced, legs, most))
    more = priced.offers.split_cents * (legs - 1) + priced.least_lines + priced.wait_cents
    return min(leg + more, NEVER_CENTS)


def _may_split(priced: Priced, cents: int) -> bool:
    """Whether a line sent in parts could undercut: never where each line is one unit."""
    if not (priced.offers.wanted > 1).any():
        return False
    return priced.has_limits or cents > _least_cents(priced, 2)
