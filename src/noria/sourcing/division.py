"""The lines of an order divided among legs, by dynamic programming over what is left to send."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Whole
from noria.sourcing.parcels import EVERY, Loads, sizes
from noria.sourcing.priced import Priced, chosen, nothing


def divided(priced: Priced, blocks: tuple[int, ...]) -> tuple[Choice, int, Whole]:
    """The cheapest division, a cost that none undercuts, the nodes that are best at something.

    Each line comes in so many blocks: one, and it stays whole; as many as its units, and it may be
    split. The best node of every possible leg is found first, then the best division of each rest.
    Both costs agree unless a node is best twice in one plan, which it may not bear.
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
        choice = nothing(offers)
        return choice, choice.cents, nodes
    numbers = _parts(taken, sent_taken, blocks)
    found = [(node_of[part], _counts(blocks)[part]) for part in numbers]
    least_cents = sent[-1] - offers.split_cents + priced.wait_cents
    return (
        _unfolded(priced, found, is_whole=is_whole),
        min(least_cents, nothing(offers).cents),
        nodes,
    )


def _legs(priced: Priced, blocks: tuple[int, ...]) -> Whole:
    """What each possible leg costs at each node: [leg, node]; row 0 takes nothing."""
    offers = priced.offers
    cents = np.zeros((1, len(offers.nodes)), dtype=np.int64)
    if not priced.has_limits:
        cents = priced.parcels.cents[:1]
    for line, most in enumerate(blocks):
        levels = [cents]
        if most == 1:
            levels.append(cents + priced.whole[line])
        else:
            has, unit = offers.units[line], priced.unit[line]
            for units in range(1, most + 1):
                there = np.where(has >= units, priced.line[line] + unit * units, NEVER_CENTS)
                if offers.packs is not None:
                    there = there + offers.packs.at(line, EVERY).cents(np.array(units))
                levels.append(cents + there)
        cents = np.concatenate(levels)
    if priced.has_limits:
        cents = cents + priced.parcels.of(_loads(offers, blocks))
    return cents


def _loads(offers: Offers, blocks: tuple[int, ...]) -> Loads:
    """Each possible leg at each node: a line that stays whole is as much of it as there is."""
    counts = _counts(blocks)
    shape = (len(counts), len(offers.nodes))
    grams, cm3 = sizes(offers)
    goods: Whole = np.zeros(shape, dtype=np.int64)
    if max(blocks, default=1) == 1:
        sent = np.minimum(offers.units, offers.wanted[:, None])
        if offers.shipping is not None:
            goods = np.asarray(counts @ (sent * offers.shipping.goods_cents), dtype=np.int64)
        heavy, large = counts @ (grams[:, None] * sent), counts @ (cm3[:, None] * sent)
        return Loads(counts @ sent, heavy, large, goods, counts > 0)
    if offers.shipping is not None:
        goods = counts @ offers.shipping.goods_cents
    units, heavy, large = (
        np.broadcast_to(each[:, None], shape)
        for each in (counts.sum(axis=1), counts @ grams, counts @ cm3)
    )
    return Loads(units, heavy, large, goods, counts > 0)


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


def _unfolded(priced: Priced, legs: Sequence[tuple[int, Whole]], *, is_whole: bool) -> Choice:
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
