"""Orders decided at once: who is decided before whom, where they want the same scarce units."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Found = TypeVar("Found")

MOST_CONTENDING = 8
MOST_RUNS = 16
"""How many sequences are tried, so that a window has an end."""


class Part(Struct, Generic[Found], frozen=True):
    """One order's plan, what it costs in all, and what it uses, by shelf or by node."""

    found: Found
    cents: int
    uses: Mapping[Hashable, int]


def together(
    count: int,
    run: Callable[[Sequence[int]], list[Part[Found]]],
    left: Callable[[Hashable], int],
    *,
    may_pass: Callable[[int, int], bool] = lambda _first, _second: True,
) -> list[Part[Found]]:
    """A plan for each order, which all hold together, never dearer than one after the other.

    `run` decides some orders one after the other, in the sequence that is given; `left` says how
    much of something there is. Where the plans that each would get alone fit together, no others
    are cheaper. Else of every two that want the same scarce units the second is tried before the
    first, if it `may_pass`, and stays there if all of it costs less so.
    """
    alone = [run([order])[0] for order in range(count)]
    wanted: dict[Hashable, int] = {}
    for part in alone:
        for key, units in part.uses.items():
            wanted[key] = wanted.get(key, 0) + units
    scarce = {key for key, units in wanted.items() if units > left(key)}
    if not scarce:
        return alone
    wants = [scarce.intersection(part.uses) for part in alone]
    contending = [order for order in range(count) if wants[order]][:MOST_CONTENDING]
    in_turn = run(range(count))
    best = _sequence(contending, wants, run, may_pass)
    if best == contending:
        return in_turn
    places = iter(best)
    sequence = [next(places) if order in contending else order for order in range(count)]
    by_order = dict(zip(sequence, run(sequence), strict=True))
    turned = [by_order[order] for order in range(count)]
    return min(in_turn, turned, key=lambda parts: sum(part.cents for part in parts))


def _sequence(
    contending: Sequence[int],
    wants: Sequence[set[Hashable]],
    run: Callable[[Sequence[int]], list[Part[Found]]],
    may_pass: Callable[[int, int], bool],
) -> list[int]:
    """The cheapest sequence that was tried, beginning with the one in which they came."""
    best = list(contending)
    best_cents, runs = sum(part.cents for part in run(best)), 1
    for place, first in enumerate(contending):
        for second in contending[place + 1 :]:
            passed = best[best.index(first) : best.index(second)]
            if runs >= MOST_RUNS or not wants[first] & wants[second] or not passed:
                continue
            if not all(may_pass(one, second) for one in passed):
                continue
            rest = [order for order in best if order != second]
            tried = [*rest[: rest.index(first)], second, *rest[rest.index(first) :]]
            cents, runs = sum(part.cents for part in run(tried)), runs + 1
            if cents < best_cents:
                best, best_cents = tried, cents
    return best
