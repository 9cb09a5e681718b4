"""From stages to days: when an order may arrive, with what chance by each day.

Stages are taken as independent of each other once their groups are known. Their sum is drawn at
the same quasi-random points for everybody (Halton), so that equal inputs give equal answers.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from noria.promise.delivery.learn import centres, days
from noria.promise.delivery.model import Asked, Numbers, Stage

DRAWS = 256
FARTHEST_DAYS = 90
BLUR_POINTS = 0.12 * np.array([-1.6, -0.97, -0.59, -0.28, 0.0, 0.28, 0.59, 0.97, 1.6])
"""Of what is drawn, in logs: between two draws lie others. Nine points of a normal spread."""
BASES = (2, 3, 5, 7, 11, 13)
TOO_SMALL = 0.05


def drawn(stages: Sequence[Stage], asked: Asked) -> Numbers:
    """Days from purchase to arrival, so many equally likely ones a row, in order."""
    total = np.zeros((asked.rows, DRAWS))
    plans = asked.plans or (None,) * len(stages)
    for stage, base, plan in zip(stages, BASES, plans, strict=False):
        total += days(stage, centres(stage, asked, plan), _points(base))
    return np.sort(total, axis=1)


def by_day(draws: Numbers, phase: Numbers, weekday: Numbers, weekdays: Sequence[float]) -> Numbers:
    """The chance that each row has arrived by the end of day 0, 1, 2 … after its purchase.

    `phase` is how much of the day of purchase was over, `weekday` which one it was (Monday 0). Few
    parcels come on some weekdays: each day's share is weighed by what its weekday sees.
    """
    ends = np.arange(FARTHEST_DAYS + 1) + 1.0
    logs = np.log(np.maximum(draws, TOO_SMALL))
    shares = (np.arange(draws.shape[1]) + 0.5) / draws.shape[1]
    reached = np.empty((len(draws), len(ends)))
    for row in range(len(draws)):
        left = np.log(np.maximum(ends - phase[row], TOO_SMALL))
        blurred = left[:, None] + BLUR_POINTS[None, :]
        reached[row] = np.interp(blurred, logs[row], shares, left=0.0, right=1.0).mean(axis=1)
    return _weighed(reached, weekday, np.array(weekdays))


def at_share(draws: Numbers, share: float) -> Numbers:
    """The days below which this share of a row's draws lies; they are in order."""
    place = np.clip(share * draws.shape[1] - 0.5, 0.0, draws.shape[1] - 1.0)
    low = int(place)
    high = min(low + 1, draws.shape[1] - 1)
    days: Numbers = draws[:, low] + (place - low) * (draws[:, high] - draws[:, low])
    return days


def _weighed(reached: Numbers, weekday: Numbers, weekdays: Numbers) -> Numbers:
    shares = np.diff(reached, axis=1, prepend=0.0)
    which = (weekday[:, None].astype(np.int64) + np.arange(reached.shape[1])[None, :]) % 7
    weighed = shares * weekdays[which]
    together = weighed.sum(axis=1, keepdims=True)
    scale = reached[:, -1:] / np.where(together > 0, together, 1.0)
    summed: Numbers = np.cumsum(weighed * scale, axis=1)
    return np.clip(summed, 0.0, 1.0)


@lru_cache(len(BASES))
def _points(base: int) -> Numbers:
    """Halton's sequence: evenly spread, and in another order for each base."""
    points = np.zeros(DRAWS)
    for number in range(DRAWS):
        part, rest = 1.0, number + 1
        while rest:
            part /= base
            points[number] += part * (rest % base)
            rest //= base
    return points
