"""Whether what callers saw can have happened one after the other: a checker after Wing and Gong.

A history is what each caller sent, when, and what came back. It is linearizable if every call can
be given one instant between its sending and its answer such that a plain counter, asked at those
instants, answers the same. A call whose answer never came may have happened at any instant after
it was sent, or not at all. The search goes as Lowe improved it: a set of calls done, with the
state that they led to, is looked at once. Calls are tried in the order in which they were answered,
those that nobody heard of last: a history that is right is then found with hardly a step back.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from msgspec import Struct

FOREVER = float("inf")
UNKNOWN = "unknown"
"""The answer of a call that nobody heard the end of."""

MOST_STEPS = 2_000_000


class Call(Struct, frozen=True, kw_only=True):
    """One request as its caller saw it: what was asked, what came back, and between which times."""

    caller: int
    asked: Any
    answer: Any
    sent: float
    back: float = FOREVER

    @property
    def is_unknown(self) -> bool:
        return bool(self.answer == UNKNOWN)


Model = Callable[[Hashable, Any], tuple[Hashable, Any]]
"""State and question in, state and answer out."""


class TooHard(Exception):  # noqa: N818 - neither right nor wrong: nobody knows
    """The search was given up: the history has too many calls at once."""


def is_linearizable(history: Sequence[Call], model: Model, start: Hashable) -> bool:
    """Whether some order of the calls, each within its times, explains every answer.

    Raises:
        TooHard: after `MOST_STEPS` steps.
    """
    calls = sorted((_forgotten(call) for call in history), key=lambda call: (call.sent, call.back))
    known = sum(1 << place for place, call in enumerate(calls) if not call.is_unknown)
    seen: set[tuple[int, Hashable]] = set()
    waiting: list[tuple[int, Hashable]] = [(0, start)]
    while waiting:
        done, state = waiting.pop()
        if done & known == known:
            return True
        for place in sorted(_next(calls, done), key=lambda place: _likely(calls[place])):
            after, answer = model(state, calls[place].asked)
            if calls[place].is_unknown:
                if after == state:
                    continue  # it might as well never have happened
            elif answer != calls[place].answer:
                continue
            step = (done | 1 << place, after)
            if step not in seen:
                seen.add(step)
                waiting.append(step)
        if len(seen) > MOST_STEPS:
            raise TooHard
    return False


def _likely(call: Call) -> float:
    """The last is tried first: who was answered soonest. Who never was comes after all others."""
    return -call.back


def _forgotten(call: Call) -> Call:
    """What was never answered has no end, whenever its caller stopped waiting."""
    if not call.is_unknown:
        return call
    return Call(caller=call.caller, asked=call.asked, answer=UNKNOWN, sent=call.sent)


def _next(calls: Sequence[Call], done: int) -> list[int]:
    """Calls that may come next: those sent before the first of the others had its answer."""
    first_back = FOREVER
    candidates = []
    for place, call in enumerate(calls):
        if call.sent > first_back:
            break
        if not done >> place & 1:
            candidates.append(place)
            first_back = min(first_back, call.back)
    return [place for place in candidates if calls[place].sent <= first_back]


def shelf(state: Hashable, asked: Any) -> tuple[Hashable, Any]:
    """A shelf of one SKU as callers know it: (left, what each id holds), asked by verb.

    `take` (id, units) holds or refuses, once for each id; `give` (id) releases what that holds;
    `put` (units) receives; `read` () tells what is left; `count` (units) says what is there.
    """
    assert isinstance(state, tuple)
    left, holds = state
    verb, *arguments = asked
    if verb == "read":
        return state, left
    if verb == "put":
        return (left + arguments[0], holds), "done"
    if verb == "count":
        return (arguments[0], holds), arguments[0] - left
    held = dict(holds)
    if verb == "take":
        return _take(state, held, *arguments)
    assert verb == "give", verb
    units = held.get(arguments[0], 0)
    if not units:
        return state, "done"
    return (left + units, frozenset({**held, arguments[0]: 0}.items())), "done"


def _take(state: Any, held: dict[str, int], key: str, units: int) -> tuple[Hashable, str]:
    left, holds = state
    if key in held:
        return state, "held"  # sent again with its id: nothing more happens
    if units > left:
        return state, "refused"
    return (left - units, holds | {(key, units)}), "held"
