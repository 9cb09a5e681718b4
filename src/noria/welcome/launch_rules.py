"""Whether stores do well enough for the next ones to follow. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from noria.welcome.launch_model import Criterion, Judged, Measures


class Counts(Struct, frozen=True, kw_only=True):
    """What was counted at stores."""

    legs: int = 0
    refused: int = 0
    units: int = 0
    not_found: int = 0
    due: int = 0
    on_time: int = 0
    sampled: int = 0
    accurate: int = 0


LIMITS = (
    (Criterion.LEGS, 30.0, True),
    (Criterion.REFUSED, 0.05, False),
    (Criterion.NOT_FOUND, 0.03, False),
    (Criterion.ON_TIME, 0.95, True),
    (Criterion.ACCURACY, 0.95, True),
)
"""Thirty legs are the least that tell a bad store from bad luck: one in twenty is one or two."""


def measures(counts: Counts) -> Measures:
    """Counts as shares; of nothing there is no share."""
    return Measures(
        legs=counts.legs,
        refused=_share(counts.refused, counts.legs),
        not_found=_share(counts.not_found, counts.units),
        on_time=_share(counts.on_time, counts.due),
        accuracy=_share(counts.accurate, counts.sampled),
    )


def together(counted: Sequence[Counts]) -> Counts:
    """Counts of several stores, added up."""
    return Counts(
        **{field: sum(getattr(one, field) for one in counted) for field in Counts.__struct_fields__}
    )


def judged(measured: Measures) -> list[Judged]:
    """Each criterion beside what was measured."""
    values: dict[Criterion, float | None] = {
        Criterion.LEGS: float(measured.legs),
        Criterion.REFUSED: measured.refused,
        Criterion.NOT_FOUND: measured.not_found,
        Criterion.ON_TIME: measured.on_time,
        Criterion.ACCURACY: measured.accuracy,
    }
    return [
        Judged(
            criterion=criterion,
            limit=limit,
            is_least=is_least,
            value=values[criterion],
            is_met=_is_met(values[criterion], limit, is_least=is_least),
        )
        for criterion, limit, is_least in LIMITS
    ]


def missed(measured: Measures) -> list[Criterion]:
    """What a store misses by itself: for legs, those of all stores of a launch are added up."""
    return [
        one.criterion
        for one in judged(measured)
        if one.is_met is False and one.criterion is not Criterion.LEGS
    ]


def may_go_on(known: Sequence[Judged]) -> bool:
    return all(one.is_met is True for one in known)


def _is_met(value: float | None, limit: float, *, is_least: bool) -> bool | None:
    if value is None:
        return None
    return value >= limit if is_least else value <= limit


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
