"""The cheapest plan for one order, exactly: whole lines first, split ones where they may pay."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from msgspec import Struct

from noria.sourcing.division import divided
from noria.sourcing.moves import improved
from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Solved, Whole
from noria.sourcing.parcels import horizons, loaded, sizes
from noria.sourcing.priced import (
    Priced,
    alone,
    chosen,
    least_parcels_cents,
    nothing,
    price,
    rank,
)

MOST_LINES_AS_SETS = 6
MOST_TAKES = 256
MOST_TRIED = 24
MOST_OTHERS = 3
MOST_IMPROVED = 2
"""How many of the likeliest sets are looked at line by line, where parcels are priced by weight."""


class Found(Struct, frozen=True, eq=False):
    """What came of one enumeration: plans, a cost that none undercuts, how it was done."""

    plans: list[Choice]
    least_cents: int
    way: str


def enumerated(offers: Offers) -> Solved:
    """The cheapest plan, proven where the orders of most days end: few lines, of few units.

    Where a day of waiting costs something, plans are made for each day by which the last parcel
    may come. Ties go to fewer nodes, then to the first names, so that equal offers give equal
    plans.
    """
    first, *sooner = horizons(offers)
    priced = price(offers, first)
    found = _enumerated(priced)
    plans, way, least_cents = found.plans, found.way, found.least_cents
    best = min(plans, key=rank)
    no_wait_cents = least_cents - priced.wait_cents
    for until in sooner:
        if no_wait_cents + offers.day_cents * (until or 0) >= best.cents:
            continue
        found = _enumerated(price(offers, until), best.cents)
        plans = plans + found.plans
        least_cents = min(least_cents, found.least_cents)
        if rank(quickest := min(found.plans, key=rank)) < rank(best):
            best, way = quickest, found.way
    return Solved(best=best, others=others(plans, best), least_cents=least_cents, way=way)


def others(found: Sequence[Choice], best: Choice) -> tuple[Choice, ...]:
    """The next best plans, each of other nodes."""
    known = {best.nodes: best}
    for choice in sorted(found, key=rank):
        if choice.nodes and choice.cents < NEVER_CENTS:
            known.setdefault(choice.nodes, choice)
        if len(known) > MOST_OTHERS:
            break
    return tuple(known.values())[1:]


def _enumerated(priced: Priced, known_cents: int = NEVER_CENTS) -> Found:
    """The cheapest plan whose last parcel comes on the last day that is priced.

    Nothing more is looked for once it is clear that none costs less than `known_cents`.
    """
    offers = priced.offers
    found = [nothing(offers)]
    if not offers.nodes:
        return Found(found, found[0].cents, "none")
    singles, single_cents = _singles(priced)
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
        nodes, are_all = _tried(priced, best.cents, known)
        choices, set_cents = _sets(priced, nodes, best.cents)
        found += choices
        if sum(min(found, key=rank).short) > _unavoidable(offers):
            lured = _greedy(priced)
            found += [lured, improved(priced, lured.nodes, lured.units)]
        more_cents = _least_cents(priced, 4 if are_all else 2)
        set_cents = min(set_cents, more_cents) if are_all else more_cents
        least_cents = max(least_cents, min(single_cents, set_cents))
    return Found(found, least_cents, way)


def _unavoidable(offers: Offers) -> int:
    """Units that nobody has."""
    return int(np.maximum(offers.wanted - offers.units.sum(axis=1), 0).sum())


# ------------------------------------------------------------------------------------ single nodes


def _singles(priced: Priced) -> tuple[list[Choice], int]:
    """The cheapest nodes that would send all they can of it, alone; and what no single undercuts.

    Where a unit that stays costs more than any parcel, sending all is the only plan of a node.
    """
    offers = priced.offers
    sent, cents = alone(priced)
    least = cents
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
        found.append(chosen(priced, [node], [sent[:, node].tolist()]))
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
        total = takes.sum(axis=0)
        cents = priced.least_leg + (takes * priced.unit + (takes > 0) * priced.line).sum(axis=0)
        node = int(np.lexsort((cents, -total))[0])
        if not total[node]:
            break
        left[node] = False
        part = takes[:, node].tolist()
        if priced.parcels.way_of(node, part)[0] < NEVER_CENTS:
            legs.append((node, part))
            rest = rest - takes[:, node]
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
    takes = np.zeros_like(offers.units)
    for line, most in enumerate(rest.tolist()):
        take = np.minimum(offers.units[line], most)
        for size, free in limits:
            if size[line]:
                take = np.minimum(take, free // size[line])
        takes[line] = take = np.maximum(take, 0)
        limits = [(size, free - take * size[line]) for size, free in limits]
    return takes


# ------------------------------------------------------------------------------------- split lines


def _least_cents(priced: Priced, legs: int) -> int:
    """No plan of so many legs, or more, costs less."""
    most = priced.offers.most_legs
    if legs > len(priced.least_leg) or (most is not None and legs > most):
        return NEVER_CENTS
    leg = int(np.partition(priced.least_leg, legs - 1)[:legs].sum())
    leg = max(leg, least_parcels_cents(priced, legs))
    more = priced.offers.split_cents * (legs - 1) + priced.least_lines + priced.wait_cents
    return min(leg + more, NEVER_CENTS)


def _may_split(priced: Priced, cents: int) -> bool:
    """Whether a line sent in parts could undercut: never where each line is one unit."""
    if not (priced.offers.wanted > 1).any():
        return False
    return priced.has_limits or cents > _least_cents(priced, 2)


def _tried(priced: Priced, cents: int, known: Whole | None) -> tuple[Whole, bool]:
    """The nodes that a better plan of several legs could hold, the likeliest of many; if all."""
    offers = priced.offers
    short = offers.short_cents[:, None]
    useful = ((priced.whole < NEVER_CENTS) & (priced.unit < short)).any(axis=0)
    least = priced.least_leg + int(priced.least_leg.min()) + offers.split_cents
    least = least + priced.least_lines + priced.wait_cents
    nodes = np.flatnonzero(useful & (least < cents) & (priced.least_leg < NEVER_CENTS))
    if len(nodes) <= MOST_TRIED:
        return nodes, True
    covers = np.minimum(priced.whole, short * offers.wanted[:, None])
    by_cost = priced.least_leg + covers.sum(axis=0)
    if known is not None:
        by_cost[known] -= NEVER_CENTS
    return np.sort(nodes[np.argsort(by_cost[nodes], kind="stable")[:MOST_TRIED]]), False


def _sets(priced: Priced, tried: Whole, best_cents: int) -> tuple[list[Choice], int]:
    """The best plan of every two, and of every three, of these nodes; and what none undercuts.

    A set whose parcels are the cheapest of its nodes is settled by its cheapest lines.
    """
    offers = priced.offers
    found, least_cents = [], NEVER_CENTS
    for size in (2, 3):
        if len(tried) < size or (offers.most_legs is not None and size > offers.most_legs):
            continue
        sets = tried[_combinations(len(tried), size)]
        units, line_cents = _filled(priced, sets)
        parcels_cents = least_parcels_cents(priced, size)
        least = np.maximum(priced.least_leg[sets].sum(axis=1), parcels_cents) + line_cents
        least_cents = min(least_cents, int(least.min()) + offers.split_cents * (size - 1))
        cents = _set_cents(priced, sets, units)
        place = int(cents.argmin())
        if cents[place] < NEVER_CENTS:
            legs = [(int(n), u.tolist()) for n, u in zip(sets[place], units[place], strict=True)]
            legs = [(node, part) for node, part in legs if any(part)]
            found.append(chosen(priced, [leg[0] for leg in legs], [leg[1] for leg in legs]))
        if offers.ways is not None:
            better = int(np.partition(least, 0)[0]) + offers.split_cents * (size - 1)
            likely = {place, *np.argsort(least, kind="stable")[:MOST_IMPROVED].tolist()}
            found += [
                improved(priced, sets[one].tolist(), units[one].tolist())
                for one in sorted(likely)
                if better + priced.wait_cents < best_cents
            ]
    return found, min(least_cents + priced.wait_cents, NEVER_CENTS)


@lru_cache(maxsize=256)
def _combinations(count: int, size: int) -> Whole:
    return np.array(list(combinations(range(count), size)), dtype=np.int64)


def _filled(priced: Priced, sets: Whole) -> tuple[Whole, Whole]:
    """Units [set, place in it, line]: each line from the cheapest nodes of the set that have it.

    With what the lines of each set cost so, units that are short included: [set].
    """
    offers, size = priced.offers, sets.shape[1]
    wanted = offers.wanted
    nothing_cents = (offers.short_cents * wanted)[:, None]
    sent = np.minimum(offers.units, wanted[:, None])
    whole = priced.whole[:, sets]
    place = whole.argmin(axis=2)
    cents = np.take_along_axis(whole, place[:, :, None], 2)[:, :, 0]
    node = np.take_along_axis(np.broadcast_to(sets, whole.shape), place[:, :, None], 2)[:, :, 0]
    units = np.where(cents < nothing_cents, np.take_along_axis(sent, node, 1), 0)
    cents = np.minimum(cents, nothing_cents)
    best = np.zeros((len(sets), size, len(wanted)), dtype=np.int64)
    np.put_along_axis(best, place.T[:, None, :], units.T[:, None, :], 1)
    has_parts = ((sent > 0) & (sent < wanted[:, None])).any(axis=1)
    for line in np.flatnonzero((wanted > 1) & has_parts).tolist():
        _share(priced, sets, line, best, cents)
    return best, cents.sum(axis=0)


def _share(priced: Priced, sets: Whole, line: int, best: Whole, cents: Whole) -> None:
    """Let members of each set share a line where that is cheaper; changes `best` and `cents`."""
    offers, wanted = priced.offers, int(priced.offers.wanted[line])
    short, fixed = int(offers.short_cents[line]), priced.line[line][sets]
    unit = priced.unit[line][sets]
    has = np.where(unit < short, np.minimum(offers.units[line], wanted)[sets], 0)
    order = np.argsort(unit, axis=1, kind="stable")
    for members in _member_lists(sets.shape[1]):
        part = np.zeros_like(has)
        rest = np.full(len(sets), wanted)
        for place in range(sets.shape[1]):
            at = order[:, place, None]
            take = np.minimum(np.take_along_axis(has, at, 1)[:, 0], rest) * members[at[:, 0]]
            np.put_along_axis(part, at, take[:, None], 1)
            rest = rest - take
        costs = (part * unit + (part > 0) * fixed).sum(axis=1) + rest * short
        better = costs < cents[line]
        cents[line] = np.where(better, costs, cents[line])
        best[:, :, line] = np.where(better[:, None], part, best[:, :, line])


@lru_cache
def _member_lists(size: int) -> list[Whole]:
    """Which members of a set may share a line: any two of them, or more."""
    return [
        (members >> np.arange(size)) & 1
        for members in range(1, 1 << size)
        if members & (members - 1)
    ]


def _set_cents(priced: Priced, sets: Whole, units: Whole) -> Whole:
    """What the plans of these sets cost, without the wait."""
    offers = priced.offers
    cents = np.zeros(len(sets), dtype=np.int64)
    legs = np.zeros(len(sets), dtype=np.int64)
    for place in range(sets.shape[1]):
        nodes, part = sets[:, place], units[:, place, :]
        does = part.any(axis=1)
        if priced.has_limits:
            parcel = priced.parcels.of(loaded(offers, part, nodes))
        else:
            parcel = priced.parcels.cents[0][nodes]
        lines = part * priced.unit[:, nodes].T + (part > 0) * priced.line[:, nodes].T
        cents += np.where(does, parcel + lines.sum(axis=1), 0)
        legs += does
    rest = offers.wanted - units.sum(axis=1)
    cents += rest @ offers.short_cents + offers.split_cents * np.maximum(0, legs - 1)
    return cents
