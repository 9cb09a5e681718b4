"""Plans of two and of three nodes: every set of the likeliest, each line from its cheapest."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from msgspec import Struct

from noria.sourcing.offers import NEVER_CENTS, Choice, Whole
from noria.sourcing.parcels import loaded
from noria.sourcing.priced import Priced, chosen, least_parcels_cents, lines_cents

MOST_TRIED = 24
MOST_JOINING = 8
SIZES = (2, 3)


class Filled(Struct, frozen=True, eq=False):
    """Sets of nodes that may undercut what is known, with each line from their cheapest nodes.

    Nothing in it hangs on the day by which parcels may come: what was filled once serves all days.
    """

    nodes: Whole
    by_size: Sequence[tuple[Whole, Whole, Whole]]
    """[set, place]: a node; [set, place, line]: units; [set]: what lines cost, the short with it"""
    left_out_cents: int
    """No set that was left out costs less."""

    def holds(self, nodes: Whole) -> bool:
        """Whether all sets of these nodes were looked at."""
        return bool(np.isin(nodes, self.nodes).all())


def tried(priced: Priced, cents: int, known: Whole | None) -> tuple[Whole, bool]:
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


def likeliest(priced: Priced, nodes: Whole) -> list[int]:
    """The nodes that would send all they can at the least cost, of those tried."""
    offers = priced.offers
    covers = np.minimum(priced.whole[:, nodes], (offers.short_cents * offers.wanted)[:, None])
    by_cost = priced.least_leg[nodes] + covers.sum(axis=0)
    return [int(node) for node in nodes[np.argsort(by_cost, kind="stable")[:MOST_JOINING]]]


def filled(priced: Priced, nodes: Whole, best_cents: int) -> Filled:
    """Every two and every three of these nodes that may undercut the best plan known."""
    offers, by_size, left_out_cents = priced.offers, [], NEVER_CENTS
    for size in SIZES:
        if len(nodes) < size or (offers.most_legs is not None and size > offers.most_legs):
            continue
        sets = nodes[_combinations(len(nodes), size)]
        least = _least_cents(priced, sets)
        may = least < best_cents
        left_out_cents = min(left_out_cents, int(least[~may].min(initial=NEVER_CENTS)))
        if may.any():
            by_size.append((sets[may], *_lines(priced, sets[may])))
    return Filled(nodes, by_size, left_out_cents)


def best_sets(priced: Priced, some: Filled) -> tuple[list[Choice], int]:
    """The best plan of every two, and of every three, of these nodes; and what none undercuts.

    A set whose parcels are the cheapest of its nodes is settled by its cheapest lines.
    """
    offers = priced.offers
    found, least_cents = [], some.left_out_cents
    for sets, units, line_cents in some.by_size:
        size = sets.shape[1]
        parcels_cents = least_parcels_cents(priced, size, size)
        least = np.maximum(priced.least_leg[sets].sum(axis=1), parcels_cents) + line_cents
        least_cents = min(least_cents, int(least.min()) + offers.split_cents * (size - 1))
        cents = _set_cents(priced, sets, units)
        place = int(cents.argmin())
        if cents[place] < NEVER_CENTS:
            legs = [(int(n), u.tolist()) for n, u in zip(sets[place], units[place], strict=True)]
            legs = [(node, part) for node, part in legs if any(part)]
            found.append(chosen(priced, [leg[0] for leg in legs], [leg[1] for leg in legs]))
    return found, min(least_cents + priced.wait_cents, NEVER_CENTS)


@lru_cache(maxsize=256)
def _combinations(count: int, size: int) -> Whole:
    return np.array(list(combinations(range(count), size)), dtype=np.int64)


def _least_cents(priced: Priced, sets: Whole) -> Whole:
    """What no plan of a set costs less than: its parcels, and what it must leave short: [set]."""
    offers = priced.offers
    wanted, short = offers.wanted[:, None], offers.short_cents[:, None]
    has = np.where(priced.unit < short, np.minimum(offers.units, wanted), 0)
    covered = np.minimum(has[:, sets].sum(axis=2), wanted)
    left = ((wanted - covered) * short).sum(axis=0)
    parcels = priced.least_leg[sets].sum(axis=1) + offers.split_cents * (sets.shape[1] - 1)
    return np.asarray(parcels + np.maximum(left, priced.least_lines))


def _lines(priced: Priced, sets: Whole) -> tuple[Whole, Whole]:
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
    best = np.zeros((len(wanted), len(sets), size), dtype=np.int64)
    np.put_along_axis(best, place[:, :, None], units[:, :, None], 2)
    has_parts = ((sent > 0) & (sent < wanted[:, None])).any(axis=1)
    lines = np.flatnonzero((wanted > 1) & has_parts)
    if len(lines):
        _share(priced, sets, lines, best, cents)
    return best.transpose(1, 2, 0), cents.sum(axis=0)


def _share(priced: Priced, sets: Whole, lines: Whole, best: Whole, cents: Whole) -> None:
    """Let members of each set share lines where that is cheaper; changes `best` and `cents`."""
    offers = priced.offers
    wanted, short = offers.wanted[lines][:, None], offers.short_cents[lines][:, None]
    unit = priced.unit[lines][:, sets]
    order = np.argsort(unit, axis=2, kind="stable")
    unit = np.take_along_axis(unit, order, 2)
    fixed = np.take_along_axis(priced.line[lines][:, sets], order, 2)
    has = np.minimum(offers.units[lines], wanted)[:, sets]
    has = np.where(unit < short[:, :, None], np.take_along_axis(has, order, 2), 0)
    least, part = cents[lines], np.take_along_axis(best[lines], order, 2)
    for members in _member_lists(sets.shape[1]):
        rest = np.broadcast_to(wanted, least.shape)
        costs: Whole = np.zeros_like(least)
        takes = []
        for place in members:
            take = np.minimum(has[:, :, place], rest)
            rest = rest - take
            costs += take * unit[:, :, place] + (take > 0) * fixed[:, :, place]
            takes.append(take)
        costs += rest * short
        better = costs < least
        least = np.where(better, costs, least)
        part[better] = 0
        for place, take in zip(members, takes, strict=True):
            part[:, :, place] = np.where(better, take, part[:, :, place])
    shared = np.zeros_like(part)
    np.put_along_axis(shared, order, part, 2)
    best[lines], cents[lines] = shared, least


@lru_cache
def _member_lists(size: int) -> list[tuple[int, ...]]:
    """Which members of a set may share a line: any two of them, or more."""
    return [
        tuple(place for place in range(size) if members >> place & 1)
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
        cents += np.where(does, parcel + lines_cents(priced, nodes, part), 0)
        legs += does
    rest = offers.wanted - units.sum(axis=1)
    cents += rest @ offers.short_cents + offers.split_cents * np.maximum(0, legs - 1)
    return cents
