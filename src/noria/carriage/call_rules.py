"""Decisions about calls to carriers: what to do next, what an outcome means, who is left alone."""

import hashlib
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from noria.carriage.model import Call, CallKind, CallState, Health
from noria.carriage.port import Ability

WAITS_S = (5, 15, 60, 120, 300, 600)
"""Between tries; the last again and again."""

MOST_ATTEMPTS, MOST_LOOKS = 12, 8
JITTER = 0.1
TOLERATED = 5
"""Troubles in a row, after which an account is left alone for a while."""

SHORTEST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=10)
HARMLESS = frozenset({CallKind.CHOOSE, CallKind.CANCEL, CallKind.MANIFEST, CallKind.DAY})
"""Made twice, these are as if made once."""


class Step(Enum):
    """What to do with a call that is due."""

    SEND = "send"
    LOOK = "look"
    ASK_PERSON = "ask_person"


class Outcome(Enum):
    """What became of a step. Absent: certainly not made. Unsure: not seen, and that says little."""

    DONE = "done"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ABSENT = "absent"
    UNSURE = "unsure"


TROUBLES = frozenset({Outcome.NOT_SENT, Outcome.BUSY, Outcome.NO_ANSWER})


class After(Struct, frozen=True, kw_only=True):
    """What a call is after a step, and when it is due again."""

    state: CallState
    maybe_sent: bool
    next_at: datetime


def step(call: Call, abilities: AbstractSet[Ability]) -> Step:
    """What comes next: a call that may have been sent is looked for, never sent blindly."""
    is_repeatable = call.kind in HARMLESS or Ability.REPEATS in abilities
    if not call.maybe_sent or is_repeatable:
        return Step.SEND
    can_look = abilities & {Ability.FINDS, Ability.SEARCHES}
    return Step.LOOK if call.kind is CallKind.BUY and can_look else Step.ASK_PERSON


def after(call: Call, taken: Step, outcome: Outcome, *, settle_s: int, now: datetime) -> After:
    """What follows from a step's outcome; `call` is as it was before the step."""
    if outcome is Outcome.DONE:
        return After(state=CallState.DONE, maybe_sent=False, next_at=now)
    if taken is Step.ASK_PERSON:
        return After(state=CallState.STUCK, maybe_sent=True, next_at=now)
    if taken is Step.LOOK:
        return _after_look(call, outcome, now)
    if outcome is Outcome.DECLINED:
        state = CallState.STUCK if call.maybe_sent else CallState.DECLINED
        return After(state=state, maybe_sent=call.maybe_sent, next_at=now)
    wait = pause(call.attempts + 1, call.id)
    is_open = call.maybe_sent or outcome is Outcome.NO_ANSWER
    if outcome is Outcome.NO_ANSWER:
        wait = max(wait, timedelta(seconds=settle_s))
    has_more = call.attempts + 1 < MOST_ATTEMPTS
    state = CallState.WAITING if has_more or outcome is Outcome.NO_ANSWER else CallState.STUCK
    return After(state=state, maybe_sent=is_open, next_at=now + wait)


def _after_look(call: Call, outcome: Outcome, now: datetime) -> After:
    """Only who is certain that nothing was made lets it be made again."""
    if outcome is Outcome.ABSENT:
        has_more = call.attempts < MOST_ATTEMPTS
        state = CallState.WAITING if has_more else CallState.STUCK
        return After(state=state, maybe_sent=False, next_at=now)
    has_more = call.looks + 1 < MOST_LOOKS or outcome in TROUBLES
    return After(
        state=CallState.WAITING if has_more else CallState.STUCK,
        maybe_sent=True,
        next_at=now + pause(call.looks + 2, call.id),
    )


def pause(attempts: int, seed: str) -> timedelta:
    """How long to wait after so many tries: give or take a tenth, so that not all come at once."""
    assert attempts > 0
    seconds = WAITS_S[min(attempts, len(WAITS_S)) - 1]
    digest = hashlib.blake2b(f"{seed} {attempts}".encode(), digest_size=8).digest()
    chance = int.from_bytes(digest) / 2**64
    return timedelta(seconds=seconds * (1 + JITTER * (2 * chance - 1)))


def health_after(health: Health, outcome: Outcome, now: datetime) -> Health:
    """An account that answers, whatever it says, is well; one in trouble rests ever longer."""
    if outcome not in TROUBLES:
        return Health()
    failures = health.failures + 1
    if failures < TOLERATED:
        return Health(failures=failures)
    rest = min(SHORTEST_REST * 2 ** min(failures - TOLERATED, 10), LONGEST_REST)
    return Health(failures=failures, closed_until=now + rest)


def room(health: Health, at_once: int, now: datetime) -> int:
    """How many calls may go out at once: none while it rests, then one to see how it is."""
    if health.closed_until is not None and now < health.closed_until:
        return 0
    return 1 if health.failures >= TOLERATED else at_once
