"""Many orders at once: the cheapest plan of each at given prices, whatever the others take."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.sourcing.offers import Whole

Real = NDArray[np.float64]

MOST_LINES = 5
AT_ONCE = 2_000
"""Orders whose legs are in memory together."""
NEVER = 1e9
OUTSIDE = -1


class Baskets(Struct, frozen=True, eq=False):
    """Orders with as many lines as each other, a row each: SKUs, units, and parcels by node."""

    orders: Whole  # [order] their numbers
    skus: Whole  # [order, line]
    units: Whole  # [order, line]
    parcel_cents: Real  # [order, node]

    def __len__(self) -> int:
        return len(self.orders)

    def rows(self, first: int, end: int) -> "Baskets":
        """Some of the rows."""
        part = slice(first, end)
        return Baskets(
            self.orders[part], self.skus[part], self.units[part], self.parcel_cents[part]
        )

    def repeated(self, counts: Whole) -> "Baskets":
        """Each order so many times, by its number."""
        rows = np.repeat(np.arange(len(self.orders)), counts[self.orders])
        return Baskets(
            self.orders[rows], self.skus[rows], self.units[rows], self.parcel_cents[rows]
        )


def gathered(orders: Sequence[tuple[Sequence[int], Sequence[int], Real]]) -> tuple[Baskets, ...]:
    """Orders (SKUs, units, parcel by node) as baskets; a long one counts as several."""
    rows: dict[int, list[tuple[int, Sequence[int], Sequence[int], Real]]] = {}
    for number, (skus, units, parcel) in enumerate(orders):
        for first in range(0, len(skus), MOST_LINES):
            part = slice(first, first + MOST_LINES)
            rows.setdefault(len(skus[part]), []).append((number, skus[part], units[part], parcel))
    return tuple(
        Baskets(
            orders=np.array([row[0] for row in found]),
            skus=np.array([row[1] for row in found]),
            units=np.array([row[2] for row in found]),
            parcel_cents=np.array([row[3] for row in found], dtype=np.float64),
        )
        for _, found in sorted(rows.items())
    )


def beside(futures: Sequence[Sequence[Baskets]], skus: int) -> list[Baskets]:
    """The baskets of several futures at once, as if each had SKUs of its own, one after another."""
    by_lines: dict[int, list[tuple[int, Baskets]]] = {}
    for number, baskets in enumerate(futures):
        for some in baskets:
            by_lines.setdefault(some.skus.shape[1], []).append((number, some))
    return [
        Baskets(
            orders=np.concatenate([some.orders for _, some in found]),
            skus=np.concatenate([some.skus + number * skus for number, some in found]),
            units=np.concatenate([some.units for _, some in found]),
            parcel_cents=np.concatenate([some.parcel_cents for _, some in found]),
        )
        for _, found in sorted(by_lines.items())
    ]


def used(baskets: Sequence[Baskets], line_cents: Real, prices: Real, outside_cents: float) -> Real:
    """Units that the cheapest plans take, [node, SKU]; `line_cents` is never where none is left."""
    taken = np.zeros(prices.size)
    for whole in baskets:
        for first in range(0, len(whole), AT_ONCE):
            some = whole.rows(first, first + AT_ONCE)
            nodes = cheapest(some, line_cents, prices, outside_cents)
            inside = nodes != OUTSIDE
            shelves = nodes[inside] * prices.shape[1] + some.skus[inside]
            taken += np.bincount(shelves, some.units[inside], prices.size)
    return taken.reshape(prices.shape)


def cheapest(some: Baskets, line_cents: Real, prices: Real, outside_cents: float) -> Whole:
    """The node of each line in the cheapest plan of each order, [order, line].

    The best node of every set of lines is found first, then the best division into sets, for all
    orders together; `line_cents` once a line, `prices` for each unit, both [node, SKU].
    """
    orders, lines = some.skus.shape
    legs = np.empty((1 << lines, orders, len(prices)))
    legs[0] = some.parcel_cents
    once, each = np.ascontiguousarray(line_cents.T), np.ascontiguousarray(prices.T)
    for line in range(lines):
        skus, first = some.skus[:, line], 1 << line
        cents = once[skus] + each[skus] * some.units[:, line, None]
        np.add(legs[:first], cents, out=legs[first : 2 * first])
    node_of = legs.argmin(axis=2)
    leg_cents = np.take_along_axis(legs, node_of[:, :, None], 2)[:, :, 0]
    taken = _taken(leg_cents, outside_cents * some.units.T)
    return _unfolded(taken, node_of, lines)


def _taken(leg_cents: NDArray[np.floating], outside_cents: NDArray[np.floating]) -> Whole:
    """For each set of lines, the part that goes as one leg with its lowest line: [set, order]."""
    best = np.zeros_like(leg_cents)
    taken = np.zeros(leg_cents.shape, dtype=np.int64)
    for whole, parts in enumerate(_divisions(len(outside_cents)), start=1):
        low = whole & -whole
        cents = best[whole ^ low] + outside_cents[low.bit_length() - 1]
        part_taken = np.full(len(cents), -low)
        for part in parts:
            candidate = leg_cents[part] + best[whole ^ part]
            part_taken[candidate < cents] = part
            cents = np.minimum(cents, candidate)
        best[whole], taken[whole] = cents, part_taken
    return taken


def _unfolded(taken: Whole, node_of: Whole, lines: int) -> Whole:
    orders = taken.shape[1]
    every = np.arange(orders)
    nodes = np.full((orders, lines), OUTSIDE)
    rest = np.full(orders, len(taken) - 1)
    for _ in range(lines):
        part = taken[rest, every]
        sent = np.maximum(part, 0)
        node = node_of[sent, every]
        for line in range(lines):
            does = (sent >> line) & 1 == 1
            nodes[does, line] = node[does]
        rest = rest ^ np.abs(part)
    return nodes


@lru_cache
def _divisions(lines: int) -> list[list[int]]:
    """For each set of lines, a number read as bits, its parts that hold its lowest line."""
    return [
        [part for part in range(1, whole + 1) if part & ~whole == 0 and part & whole & -whole]
        for whole in range(1, 1 << lines)
    ]
