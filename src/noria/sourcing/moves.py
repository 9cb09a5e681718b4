"""A plan made cheaper by moving lines between its legs, where parcels are priced by weight."""

import numpy as np

from noria.sourcing.offers import NEVER_CENTS, Choice, Whole
from noria.sourcing.parcels import loaded
from noria.sourcing.priced import Priced, chosen

MOST_MOVES = 40


def improved(priced: Priced, choice: Choice) -> Choice:
    """The plan after the best move of a line, or of a whole leg, again and again while it pays."""
    nodes = np.array(choice.nodes, dtype=np.int64)
    units = np.array(choice.units, dtype=np.int64).reshape(len(nodes), len(choice.short))
    for _ in range(MOST_MOVES):
        if len(nodes) < 2:
            break
        best = _best_move(priced, nodes, units)
        if best is None:
            break
        giver, taker, part = best
        units[giver] -= part
        units[taker] += part
        has = units.any(axis=1)
        nodes, units = nodes[has], units[has]
    found = chosen(priced, nodes.tolist(), units.tolist())
    return found if found.cents < choice.cents else choice


def _best_move(priced: Priced, nodes: Whole, units: Whole) -> tuple[int, int, Whole] | None:
    """The move that saves most, if any saves something: from which leg, to which, what."""
    offers = priced.offers
    givers, takers, parts = [], [], []
    for giver in range(len(nodes)):
        for taker in range(len(nodes)):
            if giver == taker:
                continue
            fits = units[giver] + units[taker] <= offers.units[:, nodes[taker]]
            movable = np.flatnonzero(fits & (units[giver] > 0))
            for line in movable.tolist():
                part = np.zeros_like(units[giver])
                part[line] = units[giver][line]
                givers.append(giver)
                takers.append(taker)
                parts.append(part)
            if len(movable) > 1:
                givers.append(giver)
                takers.append(taker)
                parts.append(np.where(fits, units[giver], 0))
    if not parts:
        return None
    moved, giver_of, taker_of = np.array(parts), np.array(givers), np.array(takers)
    before = _leg_cents(priced, nodes, units)
    rest = units[giver_of] - moved
    saved = before[giver_of] + before[taker_of]
    saved = saved - _leg_cents(priced, nodes[giver_of], rest)
    saved = saved - _leg_cents(priced, nodes[taker_of], units[taker_of] + moved)
    saved = saved + offers.split_cents * ~rest.any(axis=1)
    place = int(saved.argmax())
    if saved[place] <= 0:
        return None
    return int(giver_of[place]), int(taker_of[place]), moved[place]


def _leg_cents(priced: Priced, nodes: Whole, units: Whole) -> Whole:
    """What legs cost, by row; one that is empty costs nothing."""
    parcel = np.minimum(priced.parcels.of(loaded(priced.offers, units, nodes)), NEVER_CENTS)
    lines = units * priced.unit[:, nodes].T + (units > 0) * priced.line[:, nodes].T
    return np.where(units.any(axis=1), parcel + lines.sum(axis=1), 0)
