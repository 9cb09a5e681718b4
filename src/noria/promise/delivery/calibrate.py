"""Promises that are as honest as they say, judged by those made before.

The past is lived through again: at several moments before now, stages are learned from what was
known then, and the orders bought after it are foreseen. Where an outcome lay in what was foreseen
for it is its rank. Honest foresight has even ranks; where it had not, the ranks say which chance
has to be foreseen to keep so many promises (conformal prediction, Vovk and others). Orders that are
still open are censored, not left out; and even ranks are believed beforehand. The post gets faster
and slower: what is promised is judged by ranks of late, what a day of waiting is worth by those of
a year.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from noria.promise.delivery.choose import worth
from noria.promise.delivery.foresee import at_share, by_day, drawn
from noria.promise.delivery.learn import learn
from noria.promise.delivery.model import (
    Asked,
    Journeys,
    Keys,
    Learned,
    Numbers,
    Past,
    Shape,
    Stage,
    Wanted,
)

YEAR_DAYS = 365.0
LOOKS_BACK_DAYS = (10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 200.0, YEAR_DAYS)
"""Most often in the weeks just gone, where it matters how fast the post is now."""
HALF_LIFE_DAYS = 20.0
BELIEVED_ROWS = 60.0
RANKS = 100
PLACES = 8
"""In how many places of its day an outcome is laid that is known by its day alone."""
HALF_A_DAY = 0.5
ENOUGH_ROWS = 20
SETTLES_DAYS = 30.0
"""What was foreseen in the first month of an installation was far off, and judges nothing."""
WEEKDAY_PRIOR_ROWS = 3.0
WORTH_ROWS = 1000
LATE_DAYS = 100.0
WANTED = Wanted()
MONDAY_OFFSET = 3
"""1970 began on a Thursday."""


class _Placed(Struct, frozen=True, kw_only=True):
    """Where outcomes of the past lay in what had been foreseen for them, and how old they are."""

    ranks: Numbers
    is_over: NDArray[np.bool_]
    ages_days: Numbers


def learned(
    shapes: Sequence[Shape], journeys: Journeys, now: float, wanted: Wanted = WANTED
) -> Learned:
    """Everything a promise is made of, from what is known of these orders by now."""
    placed = _placed(shapes, journeys, now)
    found = Learned(
        stages=_stages(shapes, journeys, now),
        weekdays=_weekdays(journeys.moments[-1], now),
        ranks=_even(placed, 0.5 ** (placed.ages_days / HALF_LIFE_DAYS)),
        late_days=LATE_DAYS,
        learned_at_days=now,
        rows=int((journeys.moments[0] < now).sum()),
    )
    rows = _of_a_year(journeys.moments[0], now)
    if not len(rows):
        return found
    bought = journeys.moments[0][rows]
    asked = structs.replace(asked_again(journeys, rows, now), ahead_days=bought - now)
    usual = structs.replace(found, ranks=_even(placed, np.ones(len(placed.ranks))))
    told, of_a_year = foreseen(found, asked, bought), foreseen(usual, asked, bought)
    return structs.replace(found, late_days=worth(told, of_a_year, wanted))


def _of_a_year(bought: Numbers, now: float) -> NDArray[np.int64]:
    """Orders of the year before, youngest first; of many as many as are needed, evenly."""
    known = np.argsort(-bought, kind="stable")
    rows = known[(bought[known] < now) & (bought[known] >= now - YEAR_DAYS)]
    return rows[:: max(1, -(-len(rows) // WORTH_ROWS))]


def foreseen(learned: Learned, asked: Asked, bought: Numbers) -> Numbers:
    """The chance that each row, bought then, comes by the end of day 0, 1, 2 … after; honest."""
    days = np.floor(bought)
    reached = by_day(
        drawn(learned.stages, asked),
        bought - days,
        (days + MONDAY_OFFSET) % 7,
        learned.weekdays,
    )
    return honest(learned, reached)


def honest(learned: Learned, foreseen: Numbers) -> Numbers:
    """The share of promises that is kept where so much was foreseen.

    What came later than all that was foreseen for it, or never, is kept by no day.
    """
    ranks = np.array(learned.ranks)
    shares = (np.arange(len(ranks)) + 0.5) / len(ranks)
    known, kept = np.concatenate([[0.0], ranks, [1.0]]), np.concatenate([[0.0], shares, [1.0]])
    most = kept[np.searchsorted(known, 1.0)]
    corrected: Numbers = np.minimum(np.interp(foreseen, known, kept), most)
    return corrected


def honest_middle(learned: Learned, draws: Numbers) -> Numbers:
    """The days by which half have come, of draws in order."""
    half = np.interp(0.5, (np.arange(len(learned.ranks)) + 0.5) / len(learned.ranks), learned.ranks)
    return at_share(draws, float(half))


def pasts(shapes: Sequence[Shape], journeys: Journeys, now: float) -> list[Past]:
    """What each stage's past looks like at a moment: what came later is open."""
    found = []
    moments = [np.where(moment < now, moment, np.nan) for moment in journeys.moments]
    for index in range(len(shapes)):
        began, ended = moments[index], moments[index + 1]
        rows = np.flatnonzero(np.isfinite(began))
        is_over = np.isfinite(ended[rows])
        plan = journeys.plans[index] if journeys.plans else None
        found.append(
            Past(
                days=np.where(is_over, ended[rows], now) - began[rows],
                is_over=is_over,
                age_days=now - began[rows],
                keys=_keys(journeys, rows),
                numbers={name: values[rows] for name, values in journeys.numbers.items()},
                expected_days=None if plan is None else plan[rows],
            )
        )
    return found


def _keys(journeys: Journeys, rows: NDArray[np.int64]) -> Keys:
    chosen = rows.tolist()
    return {name: [levels[row] for row in chosen] for name, levels in journeys.keys.items()}


def _stages(shapes: Sequence[Shape], journeys: Journeys, now: float) -> tuple[Stage, ...]:
    return tuple(
        learn(shape, past) for shape, past in zip(shapes, pasts(shapes, journeys, now), strict=True)
    )


def _weekdays(came: Numbers, now: float) -> tuple[float, ...]:
    seen = came[came < now]
    on = (np.floor(seen).astype(np.int64) + MONDAY_OFFSET) % 7
    counted = np.bincount(on, minlength=7) + WEEKDAY_PRIOR_ROWS
    return tuple(round(float(one), 4) for one in counted / counted.mean())


def _placed(shapes: Sequence[Shape], journeys: Journeys, now: float) -> _Placed:
    """The past lived through again: outcomes of a year, each in what was foreseen before it."""
    ranks, is_over, ages = [np.zeros(0)], [np.zeros(0, dtype=np.bool_)], [np.zeros(0)]
    until, settled = now, float(np.min(journeys.moments[0], initial=now)) + SETTLES_DAYS
    for back in LOOKS_BACK_DAYS:
        then = now - back
        bought = journeys.moments[0]
        rows = np.flatnonzero((bought >= then) & (bought < until))
        until = then
        if len(rows) < ENOUGH_ROWS or then < settled:
            continue
        draws = drawn(_stages(shapes, journeys, then), asked_again(journeys, rows, then))
        came = journeys.moments[-1][rows]
        over = came < now
        lasted = np.where(over, came, now) - bought[rows]
        ranks.append(_within(draws, lasted, over if journeys.whole_days else None))
        is_over.append(over.repeat(PLACES))
        ages.append((now - bought[rows]).repeat(PLACES))
    return _Placed(
        ranks=np.concatenate(ranks),
        is_over=np.concatenate(is_over),
        ages_days=np.concatenate(ages),
    )


def _within(draws: Numbers, lasted: Numbers, by_the_day: NDArray[np.bool_] | None) -> Numbers:
    """Where these outcomes lay among what was foreseen for each: `PLACES` values a row.

    Of an outcome that is known by its day alone, any moment of that day is as likely: taken all at
    once, the many that come on the planned day would make a single rank of nearly all.
    """
    since = until = lasted
    if by_the_day is not None:
        since = np.where(by_the_day, lasted - HALF_A_DAY, lasted)
        until = np.where(by_the_day, lasted + HALF_A_DAY, lasted)
    low = (draws < since[:, None]).mean(axis=1)
    high = (draws < until[:, None]).mean(axis=1)
    shares = (np.arange(PLACES) + 0.5) / PLACES
    placed: Numbers = (low[:, None] + (high - low)[:, None] * shares).ravel()
    return placed


def asked_again(journeys: Journeys, rows: NDArray[np.int64], then: float) -> Asked:
    """These orders as they looked when they were bought, to somebody who learned all `then`."""
    return Asked(
        rows=len(rows),
        keys=_keys(journeys, rows),
        numbers={name: values[rows] for name, values in journeys.numbers.items()},
        plans=tuple(None if one is None else one[rows] for one in journeys.plans),
        ahead_days=np.maximum(journeys.moments[0][rows] - then, 0.0),
    )


def _even(placed: _Placed, counts: Numbers) -> tuple[float, ...]:
    """Equally likely ranks: Kaplan and Meier with weights, and even ranks believed beforehand."""
    believed = (np.arange(RANKS) + 0.5) / RANKS
    weights = np.concatenate([counts / PLACES, np.full(RANKS, BELIEVED_ROWS / RANKS)])
    at = np.concatenate([placed.ranks, believed])
    over = np.concatenate([placed.is_over, np.ones(RANKS, dtype=np.bool_)])
    order = np.lexsort((~over, at))
    at, over, weights = at[order], over[order], weights[order]
    at_risk = np.cumsum(weights[::-1])[::-1]
    stays = np.cumprod(1.0 - np.where(over, weights / at_risk, 0.0))
    reached = 1.0 - stays[over]
    return tuple(
        round(float(one), 4) for one in np.interp(believed, reached, at[over], left=0.0, right=1.0)
    )
