"""A plan made cheaper by moving lines between its legs, where parcels are priced by weight."""

from collections.abc import Sequence

import numpy as np

from noria.sourcing.offers import NEVER_CENTS, Choice, Whole
from noria.sourcing.parcels import loaded, sizes
from noria.sourcing.priced import Priced, chosen, lines_cents

MOST_MOVES = 40
TOO_MUCH_CENTS = 10**9
"""What a leg counts that nothing bears: more the more is in it, so that moves lead out of it."""


def improved(
    priced: Priced,
    nodes: Sequence[int],
    units: Sequence[Sequence[int]],
    joining: Sequence[int] = (),
) -> Choice:
    """The plan after the best move, again while it pays; nodes that are `joining` may take, too.

    A move takes a line, a part of it, or many lines at once: a parcel may only cost less once
    enough has left it.
    """
    at = np.array(nodes, dtype=np.int64)
    parts = np.array(units, dtype=np.int64).reshape(len(at), len(priced.offers.wanted))
    has = parts.any(axis=1)
    at, parts = at[has], parts[has]
    for _ in range(MOST_MOVES):
        new = np.array([node for node in joining if node not in at], dtype=np.int64)
        most = priced.offers.most_legs
        if most is not None and len(at) >= most:
            new = new[:0]
        at = np.append(at, new)
        parts = np.concatenate([parts, np.zeros((len(new), parts.shape[1]), dtype=np.int64)])
        best = _best_move(priced, at, parts) if len(at) > 1 else None
        if best is not None:
            giver, taker, part = best
            parts[giver] -= part
            parts[taker] += part
        has = parts.any(axis=1)
        at, parts = at[has], parts[has]
        if best is None:
            break
    order = np.argsort(at, kind="stable")
    return chosen(priced, at[order].tolist(), parts[order].tolist())


def _best_move(priced: Priced, nodes: Whole, units: Whole) -> tuple[int, int, Whole] | None:
    """The move that saves most, if any saves something: from which leg, to which, what."""
    offers = priced.offers
    givers, takers, parts = [], [], []
    heavy = np.argsort(-sizes(offers)[0] * offers.wanted, kind="stable")
    for giver in np.flatnonzero(units.any(axis=1)).tolist():
        for taker in range(len(nodes)):
            if giver == taker:
                continue
            room = np.minimum(offers.units[:, nodes[taker]] - units[taker], units[giver])
            if (room > 0).any():
                moves = _moves(room, heavy)
                parts.append(moves)
                givers += [giver] * len(moves)
                takers += [taker] * len(moves)
    if not parts:
        return None
    moved, giver_of, taker_of = np.concatenate(parts), np.array(givers), np.array(takers)
    before = _leg_cents(priced, nodes, units)
    rest = units[giver_of] - moved
    saved = before[giver_of] + before[taker_of]
    saved = saved - _leg_cents(priced, nodes[giver_of], rest)
    saved = saved - _leg_cents(priced, nodes[taker_of], units[taker_of] + moved)
    opens = np.asarray(~units.any(axis=1))
    closes = ~rest.any(axis=1)
    saved = saved + offers.split_cents * (closes.astype(np.int64) - opens[taker_of])
    place = int(saved.argmax())
    if saved[place] <= 0:
        return None
    return int(giver_of[place]), int(taker_of[place]), moved[place]


def _moves(room: Whole, heavy: Whole) -> Whole:
    """What may be moved of this much room: each line, half of it, all, the heaviest or lightest."""
    movable = np.flatnonzero(room > 0)
    single = np.zeros((len(movable), len(room)), dtype=np.int64)
    single[np.arange(len(movable)), movable] = room[movable]
    falling = heavy[room[heavy] > 0]
    several = []
    for order in (falling, falling[::-1]):
        first = np.zeros((max(len(order) - 1, 0), len(room)), dtype=np.int64)
        for count in range(2, len(order) + 1):
            first[count - 2, order[:count]] = room[order[:count]]
        several.append(first)
    halves = single[(single > 1).any(axis=1)] // 2
    return np.concatenate([single, halves, *several])


def _leg_cents(priced: Priced, nodes: Whole, units: Whole) -> Whole:
    """What legs cost, by row; one that is empty costs nothing."""
    loads = loaded(priced.offers, units, nodes)
    parcel = priced.parcels.of(loads)
    much = TOO_MUCH_CENTS + 1000 * (loads.grams + loads.units)
    parcel = np.where(parcel >= NEVER_CENTS, much, parcel)
    return np.where(units.any(axis=1), parcel + lines_cents(priced, nodes, units), 0)
