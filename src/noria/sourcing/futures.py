"""What may be ordered until stock is filled up again: whole baskets of the past, drawn anew."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from noria.sourcing import rates
from noria.sourcing.baskets import Baskets, Real, gathered
from noria.sourcing.offers import Whole

RAKINGS = 6
MOST_TIMES = 12
MOST_RATIO = 20.0
SHORTEST_PAST, WHOLE_WEEKS_FROM = 1 / 7, 2
"""In weeks: what came within hours says nothing of a week."""


class Past(Struct, frozen=True, eq=False):
    """The orders of past weeks, and where their lines are.

    `weeks` are whole ones, but for a past of less than two: what came in three days is as much as
    three days are of a week.
    """

    weeks: float
    skus: int
    second: Real  # [order] of its week
    baskets: tuple[Baskets, ...]
    line_orders: Whole  # [line]
    line_skus: Whole  # [line]
    line_units: Whole  # [line]
    sizes: Whole  # [order] lines
    shapes: Real  # [SKU, shape] how likely each is
    line_size: Real  # [SKU] units of a usual line: what one order more or less takes


def past(
    orders: Sequence[tuple[Sequence[int], Sequence[int], Real]],
    ages_seconds: Sequence[float],
    *,
    skus: int,
    week_seconds: float,
) -> Past:
    """Past orders (SKUs, units, parcel by node) and how long before now each was placed."""
    ages = np.maximum(np.array(ages_seconds, dtype=np.float64), 1.0)
    span = max(float(ages.max(initial=0.0)) / week_seconds, SHORTEST_PAST)
    weeks = max(1, round(span))
    sizes = np.array([len(order[0]) for order in orders], dtype=np.int64)
    line_skus = np.array([sku for order in orders for sku in order[0]], dtype=np.int64)
    line_units = np.array([units for order in orders for units in order[1]], dtype=np.int64)
    line_orders = np.repeat(np.arange(len(sizes)), sizes)
    week = np.clip((ages - 1) // week_seconds, 0, weeks - 1).astype(np.int64)
    by_week = np.zeros((weeks, skus))
    np.add.at(by_week, (week[line_orders], line_skus), line_units)
    return Past(
        weeks=span if span < WHOLE_WEEKS_FROM else weeks,
        skus=skus,
        second=-ages % week_seconds,
        baskets=gathered(orders),
        line_orders=line_orders,
        line_skus=line_skus,
        line_units=line_units,
        sizes=sizes,
        shapes=rates.learned(by_week),
        line_size=_line_size(line_skus, line_units, skus),
    )


def _line_size(line_skus: Whole, line_units: Whole, skus: int) -> Real:
    lines = np.bincount(line_skus, minlength=skus)
    units = np.bincount(line_skus, line_units, skus)
    return np.asarray(np.maximum(units / np.maximum(lines, 1), 1.0))


def uniforms(past: Past, futures: int, seed: int) -> Real:
    """The chance of each future, [future, order]: the same all period, so that it moves little.

    One of each order's chances lies in each of as many equal parts (a Latin hypercube): an order
    that is expected every other time is in half of the futures, and not, by luck, in most.
    """
    random, shape = np.random.default_rng(seed), (futures, len(past.sizes))
    part = np.argsort(random.random(shape), axis=0)
    return (part + random.random(shape)) / futures


def expected(past: Past, elapsed_seconds: float, seen: Real) -> Real:
    """How often each past order is expected in the rest of the period, given the units seen in it.

    Half of what is expected goes by the same time of past weeks, half by the time of all orders
    together: a SKU's own orders in some days are few, and those of others know nothing of its
    weekdays. Orders are weighed whole, so that each SKU sells at the rate that is believed of it.
    """
    is_over = past.second <= elapsed_seconds
    over = float(is_over.mean()) if len(is_over) else 1.0
    half = np.float64(1 / (2 * past.weeks))
    known = _units(past, (is_over + over) * half)
    rate = rates.believed(past.shapes, seen, known)
    return _raked(past, (~is_over + 1 - over) * half, rate)


def drawn(past: Past, expected: Real, uniform: Real) -> list[Baskets]:
    """One way in which the rest of the period may go."""
    counts = _times(expected, uniform)
    return [some.repeated(counts) for some in past.baskets]


def _units(past: Past, weight: Real) -> Real:
    lines = weight[past.line_orders] * past.line_units
    return np.asarray(np.bincount(past.line_skus, lines, past.skus), dtype=np.float64)


def _raked(past: Past, weight: Real, rate: Real) -> Real:
    """Weights of whole orders under which each SKU sells at its rate, as nearly as they can."""
    wanted = _units(past, weight) * rate
    sizes = np.maximum(past.sizes, 1)
    for _ in range(RAKINGS):
        now = _units(past, weight)
        ratio = np.clip(wanted / np.maximum(now, 1e-9), 1 / MOST_RATIO, MOST_RATIO)
        ratio[now <= 0] = 1.0
        lines = np.log(ratio)[past.line_skus]
        weight = weight * np.exp(np.bincount(past.line_orders, lines, len(sizes)) / sizes)
    return weight


def _times(mean: Real, uniform: Real) -> Whole:
    """How often each order comes: Poisson, by its inverse, so that more is never fewer."""
    times = np.zeros(len(mean), dtype=np.int64)
    some = np.flatnonzero(uniform > np.exp(-mean))
    mean, uniform = mean[some], uniform[some]
    chance = np.exp(-mean)
    below = chance.copy()
    for count in range(1, MOST_TIMES + 1):
        more = uniform > below
        if not more.any():
            break
        times[some] += more
        chance = chance * mean / count
        below += chance
    return times
