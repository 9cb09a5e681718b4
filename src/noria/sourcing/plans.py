"""The cheapest plan for one order, exactly: whole lines first, split ones where they may pay."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from msgspec import Struct

from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Solved, Whole, step_of, summed

MOST_LINES_AS_SETS = 6
MOST_TAKES = 256
MOST_TRIED = 24
MOST_OTHERS = 3


class Priced(Struct, frozen=True, eq=False):
    """Offers with their terms added up, and bounds that no plan undercuts."""

    offers: Offers
    leg: Whole  # [step, node]
    line: Whole  # [line, node]
    unit: Whole  # [line, node]
    whole: Whole  # [line, node]: as much of the line as the node has, the rest short
    least_leg: Whole  # [node]
    least_lines: int  # all lines, each at its cheapest, stock aside


def enumerated(offers: Offers) -> Solved:
    """The cheapest plan, proven where the orders of most days end: few lines, of few units.

    Ties go to fewer nodes, then to the first names, so that equal offers give equal plans.
    """
    priced = price(offers)
    found = [_nothing(offers)]
    if not offers.nodes:
        return Solved(best=found[0], others=(), least_cents=found[0].cents, way="none")
    found += _singles(priced)
    way, least_cents, tried = "whole", -1, None
    lines = tuple(offers.wanted.tolist())
    if len(lines) <= MOST_LINES_AS_SETS:
        choice, whole_cents, tried = _divided(priced, (1,) * len(lines))
        found.append(choice)
        least_cents = whole_cents if not _may_split(priced, choice.cents) else -1
        if least_cents < 0 and math.prod(units + 1 for units in lines) <= MOST_TAKES:
            way = "units"
            choice, least_cents, tried = _divided(priced, lines)
            found.append(choice)
    best = min(found, key=rank)
    if best.cents > least_cents:
        way = "sets"
        found += _sets(priced, _tried(priced, best.cents, tried))
        best = min(found, key=rank)
        least_cents = max(least_cents, _least_cents(priced, 1))
    return Solved(best=best, others=others(found, best), least_cents=least_cents, way=way)


def rank(choice: Choice) -> tuple[int, int, tuple[int, ...], tuple[tuple[int, ...], ...]]:
    return choice.cents, len(choice.nodes), choice.nodes, choice.units


def others(found: Sequence[Choice], best: Choice) -> tuple[Choice, ...]:
    known = {best.nodes: best}
    for choice in sorted(found, key=rank):
        known.setdefault(choice.nodes, choice)
        if len(known) > MOST_OTHERS:
            break
    return tuple(known.values())[1:]


def price(offers: Offers) -> Priced:
    """Offers with their terms added up."""
    shape = (len(offers.wanted), len(offers.nodes))
    line, unit = summed(offers.line_cents, shape), summed(offers.unit_cents, shape)
    steps = next(iter(offers.leg_cents.values())).shape[0] if offers.leg_cents else 1
    leg = summed(offers.leg_cents, (steps, shape[1]))
    wanted, short = offers.wanted[:, None], offers.short_cents[:, None]
    sent = np.minimum(offers.units, wanted)
    whole = line + unit * sent + short * (wanted - sent)
    whole[sent <= 0] = NEVER_CENTS
    least = np.minimum(whole.min(axis=1, initial=NEVER_CENTS), (short * wanted)[:, 0])
    many = offers.wanted > 1
    if many.any() and shape[1]:
        has = sent[many] > 0
        cheapest = np.where(has, line[many], NEVER_CENTS).min(axis=1)
        cheapest = cheapest + offers.wanted[many] * np.where(has, unit[many], NEVER_CENTS).min(
            axis=1
        )
        least[many] = np.minimum(least[many], cheapest)
    return Priced(offers, leg, line, unit, whole, leg.min(axis=0), int(least.sum()))


def _nothing(offers: Offers) -> Choice:
    short = tuple(offers.wanted.tolist())
    return Choice(nodes=(), units=(), short=short, cents=int(offers.wanted @ offers.short_cents))


# ------------------------------------------------------------------------------------ divided


def _divided(priced: Priced, blocks: tuple[int, ...]) -> tuple[Choice, int, Whole]:
    """The lines divided among legs, by dynamic programming over what is left to send.

    Each line comes in so many blocks: one, and it stays whole; as many as its units, and it may be
    split. The best node of every possible leg is found first, then the best division of each rest.
    Returns the plan, a cost that no division undercuts, and the nodes that are best at something.
    Both costs agree unless a node is best twice in one plan, which its stock may not bear.
    """
    offers = priced.offers
    legs = _legs(priced, blocks)
    node_of, cents_of = legs.argmin(axis=1).tolist(), legs.min(axis=1).tolist()
    is_whole = max(blocks, default=1) == 1
    short = (offers.short_cents * offers.wanted if is_whole else offers.short_cents).tolist()
    best, taken, sent, sent_taken = [0], [0], [NEVER_CENTS], [0]
    for line, stride, parts in _divisions(blocks):
        rest = len(best)
        cents, part_taken = NEVER_CENTS, 0
        for part in parts:
            candidate = cents_of[part] + best[rest - part]
            if candidate < cents:
                cents, part_taken = candidate, part
        cents += offers.split_cents
        for costs, takes in ((sent, sent_taken), (best, taken)):
            waits = costs[rest - stride] + short[line]
            costs.append(min(cents, waits))
            takes.append(part_taken if cents <= waits else 0)
    nodes = np.unique(np.array(node_of))
    if sent[-1] >= NEVER_CENTS:
        choice = _nothing(offers)
        return choice, choice.cents, nodes
    parts = _parts(taken, sent_taken, blocks)
    choice = _unfolded(priced, [(node_of[part], _counts(blocks)[part]) for part in parts], is_whole)
    return choice, min(sent[-1] - offers.split_cents, _nothing(offers).cents), nodes


def _legs(priced: Priced, blocks: tuple[int, ...]) -> Whole:
    """What each possible leg costs at each node: [leg, node]; row 0 takes nothing."""
    offers = priced.offers
    cents = np.zeros((1, len(offers.nodes)), dtype=np.int64)
    if not _has_limits(offers):
        cents = priced.leg[:1]
    for line, most in enumerate(blocks):
        levels = [cents]
        if most == 1:
            levels.append(cents + priced.whole[line])
        else:
            has, unit = offers.units[line], priced.unit[line]
            for units in range(1, most + 1):
                there = np.where(has >= units, priced.line[line] + unit * units, NEVER_CENTS)
                levels.append(cents + there)
        cents = np.concatenate(levels)
    if _has_limits(offers):
        sent = np.minimum(offers.units, offers.wanted[:, None])
        counts = _counts(blocks)
        weights = _weights(offers)
        if max(blocks, default=1) == 1:
            cents += _leg_cents(priced, counts @ sent, counts @ (weights[:, None] * sent))
        else:
            shape = cents.shape
            units, grams = counts.sum(axis=1)[:, None], (counts @ weights)[:, None]
            cents += _leg_cents(
                priced, np.broadcast_to(units, shape), np.broadcast_to(grams, shape)
            )
    return cents


@lru_cache(maxsize=1024)
def _counts(blocks: tuple[int, ...]) -> Whole:
    """The blocks of each line in each leg: legs are numbered in mixed radix, first line fastest."""
    counts = np.zeros((1, 0), dtype=np.int64)
    for most in blocks:
        levels = [
            np.hstack([counts, np.full((len(counts), 1), level)]) for level in range(most + 1)
        ]
        counts = np.vstack(levels)
    return counts


@lru_cache(maxsize=1024)
def _divisions(blocks: tuple[int, ...]) -> list[tuple[int, int, list[int]]]:
    """For each rest: its first line, that line's stride, and the legs that take of that line."""
    counts = _counts(blocks)
    strides = np.cumprod([1, *(most + 1 for most in blocks)])
    divisions = []
    for rest in range(1, len(counts)):
        line = int(np.flatnonzero(counts[rest])[0])
        fits = (counts[: rest + 1] <= counts[rest]).all(axis=1) & (counts[: rest + 1, line] > 0)
        divisions.append((line, int(strides[line]), np.flatnonzero(fits).tolist()))
    return divisions


def _parts(taken: Sequence[int], sent_taken: Sequence[int], blocks: tuple[int, ...]) -> list[int]:
    """The legs of the best division that sends something."""
    parts: list[int] = []
    rest = len(taken) - 1
    while rest:
        part = taken[rest] if parts else sent_taken[rest]
        if part:
            parts.append(part)
        rest -= part or _divisions(blocks)[rest - 1][1]
    return parts


def _unfolded(priced: Priced, legs: Sequence[tuple[int, Whole]], is_whole: bool) -> Choice:  # noqa: FBT001
    """Legs as a choice; those of one node are one."""
    offers = priced.offers
    units: dict[int, Whole] = {}
    for node, counts in legs:
        units[node] = units.get(node, 0) + counts
    if is_whole:
        units = {
            node: counts * np.minimum(offers.units[:, node], offers.wanted)
            for node, counts in units.items()
        }
    nodes = sorted(units)
    return chosen(priced, nodes, [units[node].tolist() for node in nodes])


def chosen(priced: Priced, nodes: Sequence[int], units: Sequence[Sequence[int]]) -> Choice:
    """A choice and its cost, from the units of each line that each node sends."""
    offers = priced.offers
    rest = offers.wanted.tolist()
    cents = offers.split_cents * max(0, len(nodes) - 1)
    for node, parts in zip(nodes, units, strict=True):
        cents += _leg_total(priced, node, parts)
        rest = [left - part for left, part in zip(rest, parts, strict=True)]
    cents += sum(
        left * short for left, short in zip(rest, offers.short_cents.tolist(), strict=True)
    )
    return Choice(
        nodes=tuple(nodes),
        units=tuple(tuple(part) for part in units),
        short=tuple(rest),
        cents=cents,
    )


def _leg_total(priced: Priced, node: int, units: Sequence[int]) -> int:
    """What a leg costs; never, where the node has too little or cannot bear it."""
    offers, step = priced.offers, 0
    if offers.most_units is not None and sum(units) > offers.most_units[node]:
        return NEVER_CENTS
    if offers.step_g is not None:
        step = step_of(offers, node, np.array(units))
        if step == len(offers.step_g):
            return NEVER_CENTS
    cents = int(priced.leg[step, node])
    for line, part in enumerate(units):
        if part > offers.units[line, node]:
            return NEVER_CENTS
        if part:
            cents += int(priced.line[line, node]) + part * int(priced.unit[line, node])
    return cents


def _has_limits(offers: Offers) -> bool:
    return offers.most_units is not None or offers.step_g is not None


def _weights(offers: Offers) -> Whole:
    return np.zeros_like(offers.wanted) if offers.weight_g is None else offers.weight_g


def _leg_cents(priced: Priced, units: Whole, weight_g: Whole, nodes: Whole | None = None) -> Whole:
    """The tariff of legs [any, node] with these units and grams."""
    offers = priced.offers
    columns = slice(None) if nodes is None else nodes
    leg = priced.leg[:, columns]
    if offers.step_g is None:
        cents = np.broadcast_to(leg[0], units.shape).copy()
    else:
        step_g = offers.step_g[:, columns]
        cents = np.full(units.shape, NEVER_CENTS)
        for step in range(len(step_g) - 1, -1, -1):
            cents = np.where(weight_g <= step_g[step], leg[step], cents)
    if offers.most_units is not None:
        cents[units > offers.most_units[columns]] = NEVER_CENTS
    return cents


# ------------------------------------------------------------------------------------ single nodes


def _singles(priced: Priced) -> list[Choice]:
    """The cheapest nodes that would send all they can of it, alone."""
    offers = priced.offers
    short = (offers.wanted * offers.short_cents)[:, None]
    does = priced.whole < short
    sent = np.where(does, np.minimum(offers.units, offers.wanted[:, None]), 0)
    cents = np.where(does, priced.whole, short).sum(axis=0)
    if _has_limits(offers):
        cents += _leg_cents(priced, sent.sum(axis=0), _weights(offers) @ sent)
    else:
        cents += priced.leg[0]
    cents[~does.any(axis=0)] = NEVER_CENTS
    found = []
    for _ in range(min(MOST_OTHERS, len(offers.nodes))):
        node = int(cents.argmin())
        if cents[node] >= NEVER_CENTS:
            break
        found.append(chosen(priced, [node], [sent[:, node].tolist()]))
        cents[node] = NEVER_CENTS
    return found


# ------------------------------------------------------------------------------------- split lines


def _least_cents(priced: Priced, legs: int) -> int:
    """No plan of so many legs, or more, costs less."""
    if legs > len(priced.least_leg):
        return NEVER_CENTS
    leg = np.partition(priced.least_leg, legs - 1)[:legs]
    return int(leg.sum()) + priced.offers.split_cents * (legs - 1) + priced.least_lines


def _may_split(priced: Priced, cents: int) -> bool:
    """Whether a line sent in parts could undercut: never where each line is one unit."""
    if not (priced.offers.wanted > 1).any():
        return False
    return _has_limits(priced.offers) or cents > _least_cents(priced, 2)


def _tried(priced: Priced, cents: int, known: Whole | None) -> Whole:
    """The nodes that a better plan of several legs could hold, the likeliest of many."""
    offers = priced.offers
    short = offers.short_cents[:, None]
    useful = ((priced.whole < NEVER_CENTS) & (priced.unit < short)).any(axis=0)
    least = priced.least_leg + int(priced.least_leg.min()) + offers.split_cents + priced.least_lines
    nodes = np.flatnonzero(useful & (least < cents))
    if len(nodes) <= MOST_TRIED:
        return nodes
    covers = np.minimum(priced.whole, short * offers.wanted[:, None])
    alone = priced.least_leg + covers.sum(axis=0)
    if known is not None:
        alone[known] -= NEVER_CENTS
    return np.sort(nodes[np.argsort(alone[nodes], kind="stable")[:MOST_TRIED]])


def _sets(priced: Priced, tried: Whole) -> list[Choice]:
    """The best plan of every two, and of every three, of these nodes."""
    found = []
    for size in (2, 3):
        if len(tried) >= size:
            sets = tried[_combinations(len(tried), size)]
            units = _filled(priced, sets)
            cents = _set_cents(priced, sets, units)
            place = int(cents.argmin())
            if cents[place] < NEVER_CENTS:
                legs = [
                    (int(n), u.tolist()) for n, u in zip(sets[place], units[place], strict=True)
                ]
                legs = [(node, part) for node, part in legs if any(part)]
                found.append(chosen(priced, [leg[0] for leg in legs], [leg[1] for leg in legs]))
    return found


@lru_cache(maxsize=256)
def _combinations(count: int, size: int) -> Whole:
    return np.array(list(combinations(range(count), size)), dtype=np.int64)


def _filled(priced: Priced, sets: Whole) -> Whole:
    """Units [set, place in it, line]: each line from the cheapest nodes of the set that have it."""
    offers, size = priced.offers, sets.shape[1]
    best = np.zeros((len(sets), size, len(offers.wanted)), dtype=np.int64)
    many = bool((offers.wanted > 1).any())
    for line, wanted in enumerate(offers.wanted.tolist()):
        unit, has = priced.unit[line][sets], np.minimum(offers.units[line], wanted)[sets]
        fixed, short = priced.line[line][sets], int(offers.short_cents[line])
        has = np.where(unit < short, has, 0)
        order = np.argsort(unit, axis=1, kind="stable")
        least = np.full(len(sets), short * wanted)
        for members in _member_lists(size, are_several=many and wanted > 1):
            part = np.zeros_like(has)
            rest = np.full(len(sets), wanted)
            for place in range(size):
                at = order[:, place, None]
                take = np.minimum(np.take_along_axis(has, at, 1)[:, 0], rest)
                take *= members[order[:, place]]
                np.put_along_axis(part, at, take[:, None], 1)
                rest = rest - take
            cents = (part * unit + (part > 0) * fixed).sum(axis=1) + rest * short
            better = cents < least
            least = np.where(better, cents, least)
            best[:, :, line] = np.where(better[:, None], part, best[:, :, line])
    return best


@lru_cache
def _member_lists(size: int, *, are_several: bool) -> list[Whole]:
    """Which members of a set may share a line: each alone, and where it has several units, more."""
    whole = range(1, 1 << size)
    return [
        (members >> np.arange(size)) & 1
        for members in whole
        if are_several or members & (members - 1) == 0
    ]


def _set_cents(priced: Priced, sets: Whole, units: Whole) -> Whole:
    offers = priced.offers
    cents = np.zeros(len(sets), dtype=np.int64)
    legs = np.zeros(len(sets), dtype=np.int64)
    weights = _weights(offers)
    for place in range(sets.shape[1]):
        nodes, part = sets[:, place], units[:, place, :]
        does = part.any(axis=1)
        tariff = _leg_cents(priced, part.sum(axis=1), part @ weights, nodes)
        lines = part * priced.unit[:, nodes].T + (part > 0) * priced.line[:, nodes].T
        cents += np.where(does, tariff + lines.sum(axis=1), 0)
        legs += does
    rest = offers.wanted - units.sum(axis=1)
    cents += rest @ offers.short_cents + offers.split_cents * np.maximum(0, legs - 1)
    return cents
