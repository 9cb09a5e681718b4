"""From what stages took to how long they will take: shrunken effects, and a spread around them.

log(plus + days) is a sum: a centre, the effect of each group the row belongs to, the slope of each
number, and a residual. Effects and slopes are least squares with a penalty (a normal prior), found
by going round group by group. An open row is at least as long as it has lasted: it stands with the
mean of the residuals beyond that (Buckley and James, Biometrika 1979), and residuals have the
spread of Kaplan and Meier. Everything is weighted by age. No row is left out for being open:
that would make every estimate too fast.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.promise.delivery.model import Asked, Grouping, Number, Numbers, Past, Shape, Slope, Stage

ROUNDS = 90
GUESS_EVERY = 5
CLOSE_ENOUGH = 1e-4
SPREAD_POINTS = 200
FARTHEST_DEVIATIONS = 4.0
NORMAL_POINTS = 41


class _Group(Struct, frozen=True, kw_only=True):
    """A grouping of these rows: the number of each row's level, and how much it feels of it."""

    key: str
    shrink: float
    levels: tuple[str, ...]
    codes: NDArray[np.int64]
    feels: Numbers


def learn(shape: Shape, past: Past) -> Stage:
    """A stage from its past; from what is believed beforehand where there is none."""
    logs = _logs(shape, past.days, past.expected_days)
    weights = 0.5 ** (past.age_days / shape.half_life_days)
    groups = [_group(grouping, past) for grouping in shape.groups]
    scales = {one.name: _scale(one, past.numbers[one.name]) for one in shape.numbers}
    columns = _columns(past.numbers, scales, len(logs))
    believed = 0.0 if past.expected_days is not None else _log(shape, shape.centre_days)
    centre, effects, slopes, residuals = _fit(
        logs, past.is_over, weights, groups, columns, believed, shape
    )
    spread_weights = 0.5 ** (past.age_days / shape.spread_half_life_days)
    return Stage(
        name=shape.name,
        plus_days=shape.plus_days,
        centre=centre,
        effects={
            group.key: {
                level: round(float(effect), 5)
                for level, effect in zip(group.levels, effects[index], strict=True)
            }
            for index, group in enumerate(groups)
        },
        fades_days={
            grouping.key: grouping.fades_days for grouping in shape.groups if grouping.fades_days
        },
        slopes={
            name: Slope(mean=mean, deviation=deviation, slope=round(float(slope), 5))
            for (name, (mean, deviation)), slope in zip(scales.items(), slopes, strict=True)
        },
        spread=_spread(residuals, past.is_over, spread_weights, shape),
        rows=round(float(weights.sum()), 1),
        is_measured_against_plan=past.expected_days is not None,
    )


def centres(stage: Stage, asked: Asked, plan: Numbers | None = None) -> Numbers:
    """The middle of the stage's logs for each row: a level nobody has seen has no effect."""
    middle = np.full(asked.rows, stage.centre)
    if stage.is_measured_against_plan:
        assert plan is not None
        middle += np.log(stage.plus_days + plan)
    for key, effects in stage.effects.items():
        levels = asked.keys.get(key.removesuffix(" lately"))
        if levels is not None:
            own = np.array([effects.get(level, 0.0) if level else 0.0 for level in levels])
            if asked.ahead_days is not None and key in stage.fades_days:
                own *= 0.5 ** (np.abs(asked.ahead_days) / stage.fades_days[key])
            middle += own
    for name, slope in stage.slopes.items():
        if name in asked.numbers:
            middle += slope.slope * _deviations(asked.numbers[name], slope.mean, slope.deviation)
    return middle


def days(stage: Stage, middle: Numbers, chances: Numbers) -> Numbers:
    """Days of the stage at each of these chances, one row a row: never less than none."""
    spread = np.array(stage.spread)
    points = np.interp(chances, (np.arange(len(spread)) + 0.5) / len(spread), spread)
    lasting: Numbers = np.exp(middle[:, None] + points[None, :]) - stage.plus_days
    return np.maximum(lasting, 0.0)


def _logs(shape: Shape, lasted: Numbers, expected: Numbers | None) -> Numbers:
    logs = np.log(shape.plus_days + np.maximum(lasted, 0.0))
    return logs if expected is None else logs - np.log(shape.plus_days + expected)


def _log(shape: Shape, lasted: float) -> float:
    return float(np.log(shape.plus_days + lasted))


def _group(grouping: Grouping, past: Past) -> _Group:
    given = past.keys[grouping.name]
    levels = tuple(sorted({level for level in given if level}))
    number = {level: index for index, level in enumerate(levels)}
    codes = np.array([number.get(level, -1) if level else -1 for level in given], dtype=np.int64)
    feels = np.where(codes >= 0, 1.0, 0.0)
    if grouping.fades_days is not None:
        feels = feels * 0.5 ** (past.age_days / grouping.fades_days)
    return _Group(
        key=grouping.key,
        shrink=grouping.shrink,
        levels=levels,
        codes=np.maximum(codes, 0),
        feels=feels,
    )


def _scale(number: Number, values: Numbers) -> tuple[float, float]:
    if number.is_plain:
        return 0.0, 1.0
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return round(float(known.mean()), 5), round(float(known.std()), 5) or 1.0


def _deviations(values: Numbers, mean: float, deviation: float) -> Numbers:
    """How far from the mean, in deviations; what is not known is average, what is wild is cut."""
    away = np.nan_to_num((values - mean) / deviation, nan=0.0)
    return np.clip(away, -FARTHEST_DEVIATIONS, FARTHEST_DEVIATIONS)


def _columns(
    numbers: Mapping[str, Numbers], scales: Mapping[str, tuple[float, float]], rows: int
) -> Numbers:
    columns = [_deviations(numbers[name], *scale) for name, scale in scales.items()]
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


def _fit(
    logs: Numbers,
    is_over: NDArray[np.bool_],
    weights: Numbers,
    groups: Sequence[_Group],
    columns: Numbers,
    believed: float,
    shape: Shape,
) -> tuple[float, list[Numbers], Numbers, Numbers]:
    """Centre, effects, slopes and the residuals that they leave."""
    effects = [np.zeros(len(group.levels)) for group in groups]
    told = [_counted(group, weights * group.feels**2) + group.shrink for group in groups]
    slopes = leaning = np.array([one.believed for one in shape.numbers])
    stiff = np.array([one.shrink for one in shape.numbers])
    squares = columns.T @ (columns * weights[:, None]) + np.diag(stiff)
    total = weights.sum() + shape.prior_rows
    centre, values, fitted = believed, logs, believed + columns @ slopes
    for turn in range(ROUNDS):
        before = fitted
        if turn % GUESS_EVERY == 0:
            values = _guessed(logs, fitted, is_over, weights, shape)
        rest = values - fitted
        step = float((weights @ rest + shape.prior_rows * (believed - centre)) / total)
        centre, rest = centre + step, rest - step
        if len(slopes):
            more = np.linalg.solve(
                squares, columns.T @ (weights * rest) - stiff * (slopes - leaning)
            )
            slopes, rest = slopes + more, rest - columns @ more
        for index, group in enumerate(groups):
            if group.levels:
                pull = _counted(group, weights * group.feels * rest)
                more = (pull - group.shrink * effects[index]) / told[index]
                effects[index] = effects[index] + more
                rest = rest - more[group.codes] * group.feels
        fitted = values - rest
        if turn % GUESS_EVERY and len(logs) and np.abs(fitted - before).max() < CLOSE_ENOUGH:
            break
    return centre, effects, slopes, logs - fitted


def _counted(group: _Group, values: Numbers) -> Numbers:
    counted = np.bincount(group.codes, weights=values, minlength=len(group.levels))
    return counted.astype(np.float64)


def _guessed(
    logs: Numbers, fitted: Numbers, is_over: NDArray[np.bool_], weights: Numbers, shape: Shape
) -> Numbers:
    """The logs, with what open rows will come to: the mean beyond what they have lasted."""
    if is_over.all():
        return logs
    points, masses = _survival(logs - fitted, is_over, weights, shape)
    beyond_mass = np.cumsum(masses[::-1])[::-1]
    beyond_sum = np.cumsum((points * masses)[::-1])[::-1]
    lasted = logs - fitted
    first = np.minimum(np.searchsorted(points, lasted, side="right"), len(points) - 1)
    beyond = np.maximum(beyond_sum[first] / np.maximum(beyond_mass[first], 1e-12), lasted)
    return np.where(is_over, logs, fitted + beyond)


def _survival(
    residuals: Numbers, is_over: NDArray[np.bool_], weights: Numbers, shape: Shape
) -> tuple[Numbers, Numbers]:
    """Residuals in order with the mass of each (Kaplan and Meier), the believed ones among them.

    What is left beyond the last residual that was seen lies with the last.
    """
    believed = shape.spread * _normal_points()
    residuals = np.concatenate([residuals, believed])
    is_over = np.concatenate([is_over, np.ones(len(believed), dtype=np.bool_)])
    each = shape.prior_rows / len(believed)
    weights = np.concatenate([weights, np.full(len(believed), each)])
    order = np.lexsort((~is_over, residuals))
    residuals, is_over, weights = residuals[order], is_over[order], weights[order]
    at_risk = np.cumsum(weights[::-1])[::-1]
    leaves = np.where(is_over, weights / at_risk, 0.0)
    stays = np.cumprod(1.0 - np.minimum(leaves, 1.0))
    mass = np.concatenate([[1.0], stays[:-1]]) - stays
    points, mass = residuals[is_over], mass[is_over]
    mass[-1] += max(0.0, 1.0 - float(mass.sum()))
    return points, mass


def _spread(
    residuals: Numbers, is_over: NDArray[np.bool_], weights: Numbers, shape: Shape
) -> tuple[float, ...]:
    points, masses = _survival(residuals, is_over, weights, shape)
    reached = np.cumsum(masses) - masses / 2
    wanted = (np.arange(SPREAD_POINTS) + 0.5) / SPREAD_POINTS
    return tuple(round(float(one), 4) for one in np.interp(wanted, reached, points))


def _normal_points() -> Numbers:
    """Equally likely points of a normal distribution (Tukey's lambda, within 0.01 of it)."""
    chance = (np.arange(NORMAL_POINTS) + 0.5) / NORMAL_POINTS
    return (chance**0.135 - (1 - chance) ** 0.135) / 0.1975
