"""Decisions about the ledger's history: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import structs

from noria.stock.history_model import (
    INSIDE,
    End,
    Flow,
    History,
    Mark,
    NotCorrectable,
    PeriodOfState,
    Wanted,
)
from noria.stock.model import Entry, Movement, MovementKind, State

CUT_EVERY = timedelta(days=1)
LONGEST_TAIL = 200_000

ORDER = {state: rank for rank, state in enumerate(State)}

FREE = frozenset({State.AVAILABLE, State.HOLD, State.DAMAGED, State.OUTSIDE})
"""States that no reservation, transfer or return keeps an account of."""

OF_OTHERS = frozenset(
    {
        MovementKind.RESERVED,
        MovementKind.RELEASED,
        MovementKind.SHIPPED,
        MovementKind.TRANSFERRED,
    }
)
"""Kinds that are one half of something that another room keeps the other half of."""


def retrace(
    ends: Iterable[End], mark: Mark, *, wanted: Wanted, limit: int, is_all: bool
) -> History:
    """Tell ends, newest first, with the level before and after each, back from those of `mark`.

    `ends` are in order of falling seq and line, then of state; `is_all` says that no older ones
    exist. What is beyond our walls is passed over.
    """
    told: list[Entry] = []
    for end in ends:
        if _was_told(end, mark):
            continue
        if end.state is State.OUTSIDE:
            mark = Mark(seq=end.seq, line=end.line, state=end.state, levels=mark.levels)
            continue
        if len(told) == limit:
            return History(entries=told, mark=mark)
        after = mark.levels[end.state]
        levels = {**mark.levels, end.state: after - end.change}
        mark = Mark(seq=end.seq, line=end.line, state=end.state, levels=levels)
        if _is_wanted(end, wanted):
            told.append(_entry(end, after))
    return History(entries=told, mark=None if is_all else mark)


def period(opening: Mapping[State, int], flows: Iterable[Flow]) -> list[PeriodOfState]:
    """Places over a period, from what they held and what came and left, kind by kind."""
    by_state: dict[State, list[Flow]] = defaultdict(list)
    for flow in flows:
        by_state[flow.state].append(flow)
    found = []
    for state in INSIDE:
        kinds, held = by_state[state], opening.get(state, 0)
        came, left = sum(flow.came for flow in kinds), sum(flow.left for flow in kinds)
        if held or kinds:
            found.append(
                PeriodOfState(
                    state=state,
                    opening=held,
                    came=came,
                    left=left,
                    closing=held + came - left,
                    kinds=kinds,
                )
            )
    return found


def is_cut_due(last_made_at: datetime | None, tail: int, now: datetime) -> bool:
    """Whether to keep balances again: each day, and when many moves have come since."""
    if tail == 0:
        return False
    return tail >= LONGEST_TAIL or last_made_at is None or now - last_made_at >= CUT_EVERY


def check_correctable(movement: Movement) -> None:
    """Refuse to undo one half of something whose other half stands elsewhere.

    Raises:
        NotCorrectable: a reservation, a transfer, a shipment or a return keeps account of it.
    """
    states = {place.state for move in movement.moves for place in (move.source, move.target)}
    if movement.kind in OF_OTHERS or not states <= FREE:
        raise NotCorrectable(movement=movement.id, cause=movement.cause)


def mirrored(movement: Movement, correction_id: str, reason: str) -> Movement:
    """What undoes a movement: every move backwards, at the time when it is said to have happened.

    So the world as it was never saw it, and the book as we knew it did, until the correction.
    """
    return Movement(
        id=correction_id,
        kind=MovementKind.CORRECTED,
        cause=f"movement:{movement.id}",
        happened_at=movement.happened_at,
        moves=tuple(
            structs.replace(move, source=move.target, target=move.source) for move in movement.moves
        ),
        reason=reason,
    )


def _was_told(end: End, mark: Mark) -> bool:
    if (end.seq, end.line) != (mark.seq, mark.line):
        return (end.seq, end.line) > (mark.seq, mark.line)
    return mark.state is not None and ORDER[end.state] <= ORDER[mark.state]


def _is_wanted(end: End, wanted: Wanted) -> bool:
    return (
        (wanted.states is None or end.state in wanted.states)
        and (wanted.kinds is None or end.kind in wanted.kinds)
        and (wanted.causes is None or end.cause in wanted.causes)
        and (wanted.actors is None or end.actor in wanted.actors)
        and (wanted.since is None or end.recorded_at > wanted.since)
        and (wanted.until is None or end.recorded_at <= wanted.until)
    )


def _entry(end: End, after: int) -> Entry:
    return Entry(
        seq=end.seq,
        movement=end.movement,
        line=end.line,
        kind=end.kind,
        cause=end.cause,
        reason=end.reason,
        actor=end.actor,
        happened_at=end.happened_at,
        recorded_at=end.recorded_at,
        state=end.state,
        change=end.change,
        before=after - end.change,
        after=after,
    )
