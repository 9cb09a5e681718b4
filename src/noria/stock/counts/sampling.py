"""What a random sample says of all: pure, and tested against published values."""

import hashlib
import math
from collections.abc import Iterable

from noria.stock.counts.model import Accuracy, Trend

Z_95 = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""

MARGIN = 0.05


def sample_size(population: int, margin: float = MARGIN) -> int:
    """How many of `population` to draw so that a share is known to ± `margin`, at 95 %.

    Cochran (1977), 4.2: n0 = z²/4 / margin², the worst share being one half; then for a finite
    population n = n0 / (1 + (n0 - 1) / N).
    """
    first = Z_95**2 / 4 / margin**2
    return min(population, math.ceil(first / (1 + (first - 1) / max(population, 1))))


def draw(skus: Iterable[str], size: int, seed: int) -> list[str]:
    """`size` of the SKUs, without replacement, the same for the same seed everywhere.

    Each SKU's rank is a hash of the seed and its code, which is as good as a throw of dice.
    """

    def rank(sku: str) -> bytes:
        return hashlib.blake2b(f"{seed}:{sku}".encode(), digest_size=16).digest()

    return sorted(sorted(set(skus), key=rank)[:size])


def interval(accurate: int, sampled: int, population: int | None = None) -> tuple[float, float]:
    """The 95 % interval of a share: Wilson's score interval, for a finite population.

    centre = (p + z²/2n) / (1 + z²/n), half = z / (1 + z²/n) · √(p(1-p)/n + z²/4n²)
    (Wilson 1927; Newcombe 1998, method 3). Drawing `n` of `N` without replacement leaves the
    variance (N-n)/(N-1) of it, so n counts as n·(N-1)/(N-n); all of them leave no doubt.
    """
    assert 0 <= accurate <= sampled
    assert sampled > 0
    share = accurate / sampled
    weight = float(sampled)
    if population is not None:
        assert sampled <= population
        if sampled == population:
            return share, share
        weight = sampled * (population - 1) / (population - sampled)
    shrunk = 1 + Z_95**2 / weight
    centre = (share + Z_95**2 / (2 * weight)) / shrunk
    half = Z_95 / shrunk * math.sqrt(share * (1 - share) / weight + Z_95**2 / (4 * weight**2))
    lower = 0.0 if accurate == 0 else max(0.0, centre - half)
    upper = 1.0 if accurate == sampled else min(1.0, centre + half)
    return lower, upper


def trend(last: Accuracy, before: Accuracy) -> Trend:
    """How accuracy changed, and whether chance is no good explanation.

    Two-proportion z test with the pooled share, at 95 %; each variance with its finite correction.
    """
    pooled = (last.accurate + before.accurate) / (last.sampled + before.sampled)
    variance = sum(pooled * (1 - pooled) / one.sampled * _left(one) for one in (last, before))
    change = last.estimate - before.estimate
    is_evident = abs(change) > Z_95 * math.sqrt(variance) if variance > 0 else change != 0
    return Trend(change=change, is_evident=is_evident)


def _left(one: Accuracy) -> float:
    return (one.population - one.sampled) / max(one.population - 1, 1)
