"""What a benchmark says: a figure beside its baseline, both measured in the same run."""

import statistics
from collections.abc import Callable, Iterator

from msgspec import Struct

from noria.kit.db import Database

Bench = Callable[[Database, int], Iterator["Figure"]]
"""What measures: it is given an empty database of its own, and how many rounds to make."""


class Figure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure, its unit, and how it compares with a baseline of the same run.

    `rounds` were made, ours and the baseline in turn; what is shown is the median of them.
    Times are those that a caller waited.
    """

    figure: str
    value: float
    unit: str
    baseline: float
    ratio: float
    rounds: int
    p50_ms: float | None = None
    p99_ms: float | None = None
    baseline_p99_ms: float | None = None


def compared(
    figure: str,
    rounds: int,
    ours: Callable[[], float],
    baseline: Callable[[], float],
    unit: str,
) -> Figure:
    """Both alternate, so that a slow minute of the machine meets both."""
    pairs = [(ours(), baseline()) for _ in range(rounds)]
    value = statistics.median(one for one, _ in pairs)
    base = statistics.median(other for _, other in pairs)
    ratio = statistics.median(one / other for one, other in pairs)
    return Figure(
        figure=figure,
        value=round(value, 1),
        unit=unit,
        baseline=round(base, 1),
        ratio=round(ratio, 2),
        rounds=rounds,
    )
