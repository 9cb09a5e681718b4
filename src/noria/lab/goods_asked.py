"""Which goods are asked for under load; a module that costs a load generator nothing to read."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from random import Random

ZIPF = 1.1


def sku(number: int) -> str:
    return f"S{number:05}"


def chooser(how: str, seed: int, skus: int) -> Callable[[], int]:
    """Numbers of SKUs: always the first (hot), any alike (uniform), or few of them often (zipf)."""
    chance = Random(seed)
    if how == "hot":
        return lambda: 0
    if how == "uniform":
        return lambda: chance.randrange(skus)
    sums = _zipf(skus)
    return lambda: bisect_left(sums, chance.random() * sums[-1])


def _zipf(skus: int) -> Sequence[float]:
    return list(accumulate(math.pow(rank, -ZIPF) for rank in range(1, skus + 1)))
