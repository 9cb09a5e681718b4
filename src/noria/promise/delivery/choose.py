"""Which day to promise: the fewest days that keep so many promises, over all of them together.

A day more is worth the same wherever it is added, so it is added where it keeps most: each row's
last day keeps as much as the others' (equal slopes). Rows with a long tail get a lower chance than
rows that are always in time; each is told its own. Nobody is told a day before which it will more
likely not have come, however long its tail.
"""

import numpy as np
from numpy.typing import NDArray

from noria.promise.delivery.model import Numbers, Wanted

LEAST_WORTH, MOST_WORTH = 2.0, 20_000.0
HALVINGS = 30
AS_LIKELY_AS_NOT = 0.5


def promised_days(by_day: Numbers, wanted: Wanted) -> NDArray[np.int64]:
    """Days after the day of purchase for each row; `by_day` are its chances by the end of each."""
    return days_worth(by_day, worth(by_day, by_day, wanted))


def worth(by_day: Numbers, usual: Numbers, wanted: Wanted) -> float:
    """How many days a broken promise is worth, so that what is wanted comes out.

    The chance is what rows are told; patience is spent on what is `usual` for them, so that weeks
    that are sharper than usual are promised fewer days, and weeks that stray are promised more.
    """
    low, high = LEAST_WORTH, MOST_WORTH
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        days = days_worth(by_day, middle)
        kept = np.take_along_axis(by_day, days[:, None], axis=1).mean()
        if kept >= wanted.chance or not _is_within(usual, middle, wanted):
            high = middle
        else:
            low = middle
    return high if _is_within(usual, high, wanted) else low


def days_worth(by_day: Numbers, late_days: float) -> NDArray[np.int64]:
    """For each row the day with the least (days + `late_days` x chance of coming later)."""
    each_day = np.arange(by_day.shape[1])
    days = np.argmin(each_day[None, :] + late_days * (1.0 - by_day), axis=1)
    later: NDArray[np.int64] = np.maximum(days, np.argmax(by_day >= AS_LIKELY_AS_NOT, axis=1))
    return later


def _is_within(usual: Numbers, late_days: float, wanted: Wanted) -> bool:
    return bool(days_worth(usual, late_days).mean() <= wanted.patience_days)
