"""How much faster a SKU sells than it did: a belief from its own past, mended by what is seen.

The units of a period are Poisson about a rate, and the rate itself about the mean of past weeks,
as a gamma of mean 1 and some shape: a small shape for SKUs that leap (promotions), a large one for
steady ones. Which shape is whose is learned from the weeks: each is compared with the mean of the
others. What is seen later moves both the rate and the belief in its shape.
"""

from math import lgamma

import numpy as np

from noria.sourcing.baskets import Real

SHAPES = np.array([0.7, 1.5, 3.0, 6.0, 12.0, 30.0, 100.0])
LEAST_MEAN = 0.3
ROUNDS = 100


def learned(weeks: Real) -> Real:
    """How likely each shape is for each SKU, from its units by week, [week, SKU]."""
    count, skus = weeks.shape
    likely = np.zeros((skus, len(SHAPES)))
    if count > 1:
        for week in weeks:
            others = np.maximum((weeks.sum(axis=0) - week) / (count - 1), LEAST_MEAN)
            likely += _log_chance(week, others)
    share = np.full(len(SHAPES), 1 / len(SHAPES))
    for _ in range(ROUNDS):
        each = _normal(likely + np.log(share))
        share = (each.sum(axis=0) + 1) / (skus + len(SHAPES))
    return _normal(likely + np.log(share))


def believed(weights: Real, seen: Real, expected: Real) -> Real:
    """The rate of each SKU, as a multiple of its past, after units seen where some were due."""
    weights = _normal(np.log(weights + 1e-12) + _log_chance(seen, np.maximum(expected, 1e-6)))
    rates = (SHAPES + seen[:, None]) / (SHAPES + expected[:, None])
    return np.asarray((weights * rates).sum(axis=1))


def _log_chance(seen: Real, mean: Real) -> Real:
    """The chance of so many units under each shape, [SKU, shape]: negative binomial, as its log."""
    units, mean = seen[:, None], mean[:, None]
    return np.asarray(
        _log_gamma(units + SHAPES)
        - _log_gamma(SHAPES)
        - _log_gamma(units + 1)
        + SHAPES * np.log(SHAPES / (SHAPES + mean))
        + units * np.log(mean / (SHAPES + mean))
    )


_log_gamma = np.vectorize(lgamma, otypes=[np.float64])


def _normal(logs: Real) -> Real:
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True))
