"""Where a parcel is, from all that its carrier said: values in, values out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from noria.fulfilment.tracking_model import Heard, Outcome, Whereabouts
from noria.orders.carried_model import BEHIND, Carried, Progress

RANK: Mapping[Progress, int] = {
    progress: rank
    for rank, progress in enumerate(
        (
            Progress.OTHER,
            Progress.ANNOUNCED,
            Progress.HANDED_OVER,
            Progress.IN_TRANSIT,
            Progress.OUT_FOR_DELIVERY,
            Progress.FAILED,
            Progress.READY,
            Progress.RETURNING,
            Progress.LOST,
            Progress.RETURNED,
            Progress.DELIVERED,
        )
    )
}
"""Of two things said of one instant, the further one holds."""

ENDS = frozenset({Progress.DELIVERED, Progress.RETURNED})
"""Nothing moves a parcel on from here but another end: scans that come after it are late news."""

SILENCE, SILENCE_WEIGHT, SHORTEST_SILENCE = timedelta(days=3), 100, timedelta(hours=12)
"""Without measured pauses: a weekend with its Monday. Nights are never unusual."""

CLOCK_ERROR = timedelta(minutes=30)
"""Carriers' depots have clocks of their own; how far ahead of ours they may be."""


def over_with(outcome: Outcome) -> tuple[Outcome, ...]:
    """What a carrier did wrong until now, and does no more once this came of asking it."""
    if outcome is Outcome.READ:
        return (Outcome.REFUSED, Outcome.UNANSWERED)
    return () if outcome is Outcome.UNANSWERED else (Outcome.UNANSWERED,)


def whereabouts(heard: Iterable[Heard], *, now: datetime) -> Whereabouts | None:
    """Where a parcel is. The answer depends on what was said, not on when or how often we heard.

    The latest event decides, the further one at a tie; an end holds against everything but a later
    end. What a carrier dates in the future counts as said, and moves nothing until its time comes.
    """
    told = sorted({one for one in heard if one.happened_at <= now + CLOCK_ERROR}, key=_order)
    moving = [one for one in told if one.progress is not Progress.OTHER]
    if not moving:
        return None
    ends = [one for one in moving if one.progress in ENDS]
    last = (ends or moving)[-1]
    run = _run(ends or moving)
    delivered = run if last.progress is Progress.DELIVERED else None
    return Whereabouts(
        progress=last.progress,
        since=run.happened_at,
        heard_at=told[-1].happened_at,
        code=last.code,
        label=last.label,
        place=last.place,
        attempts=_attempts(moving),
        delivered_at=delivered.happened_at if delivered else None,
    )


def of_legs(parcels: Iterable[Carried]) -> list[Carried]:
    """What carriers say of legs, from what they say of each parcel: the worst, then the latest."""
    rank = {progress: place for place, progress in enumerate(BEHIND)}
    found: dict[str, Carried] = {}
    for one in sorted(
        parcels, key=lambda one: (rank[one.progress], -one.since.timestamp(), one.number)
    ):
        found.setdefault(one.leg, one)
    return [found[leg] for leg in sorted(found)]


def usual_silence(gaps: int, long_gap: timedelta | None) -> timedelta:
    """How long a carrier may say nothing of a parcel on a lane before that is unusual.

    `long_gap` is what all but one in a hundred of `gaps` measured pauses stayed under. A lane with
    few of them is drawn towards `SILENCE`, which weighs as much as `SILENCE_WEIGHT` pauses.
    """
    if long_gap is None:
        return SILENCE
    together = (long_gap * gaps + SILENCE * SILENCE_WEIGHT) / (gaps + SILENCE_WEIGHT)
    return max(together, SHORTEST_SILENCE)


def _order(one: Heard) -> tuple[datetime, int, str, str, str, str]:
    return one.happened_at, RANK[one.progress], one.code, one.label, one.place, one.number


def _run(told: list[Heard]) -> Heard:
    """The first of the events at the end that say the same: that is when it got there."""
    first = told[-1]
    for one in reversed(told):
        if one.progress is not first.progress:
            break
        first = one
    return first


def _attempts(told: list[Heard]) -> int:
    """Attempts in vain: several scans of one day are one attempt."""
    return len({one.happened_at.date() for one in told if one.progress is Progress.FAILED})
