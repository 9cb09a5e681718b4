"""Decisions of counting: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.kit.errors import Stale
from noria.stock.counts.model import (
    ApproverCounted,
    Expected,
    Found,
    Line,
    LineOver,
    NotToApprove,
    Policy,
    Reading,
    Stage,
)
from noria.stock.model import Move, Movement, MovementKind, Place, State

LAST_ROUND = 3
"""A third round that agrees with neither before it goes to a person."""

OVER = {
    Stage.BOOKED: ("booked", "enregistré"),
    Stage.SUPERSEDED: ("overtaken by a newer count", "dépassé par un comptage plus récent"),
    Stage.DROPPED: ("left out", "écarté"),
}


def check_open(line: Line) -> None:
    """Refuse to go on with a line that is over.

    Raises:
        LineOver: it was booked, overtaken or left out.
    """
    if line.stage in OVER:
        en, fr = OVER[line.stage]
        raise LineOver(sku=line.sku, task=line.task, stage_en=en, stage_fr=fr)


def instants(readings: Iterable[Reading]) -> set[tuple[str, datetime]]:
    """The SKUs and instants for which `found` asks what was expected."""
    return {(one.sku, one.counted_at) for one in readings}


def found(
    readings: Sequence[Reading], expected: Mapping[tuple[str, datetime], Expected]
) -> list[Found]:
    """What each finished round of a line found, in order.

    The locations of a SKU add up; the last reading of a location counts. What was expected is what
    the book says for the instant of the reading, so a sale before or after it spoils nothing. Where
    a SKU lies in several locations and units moved between their readings, nobody can say in which
    one: then the line gets the benefit of the doubt, the smallest difference that could be meant.
    """
    rounds: dict[int, dict[str, Reading]] = defaultdict(dict)
    finished = set()
    for one in sorted(readings, key=lambda one: (one.counted_at, one.id)):
        rounds[one.round or 1][one.location] = one
        if one.is_last:
            finished.add(one.round or 1)
    results = []
    for number in sorted(finished):
        read = sorted(rounds[number].values(), key=lambda one: (one.counted_at, one.id))
        counted = sum(one.quantity for one in read)
        asked = [expected[one.sku, one.counted_at] for one in read]
        apart = sorted(counted - one.units for one in asked)
        least = min(max(apart[0], 0), apart[-1])
        results.append(
            Found(
                counted=counted,
                expected=counted - least,
                difference=least,
                counted_at=read[-1].counted_at,
                counted_by=read[-1].actor,
                was_recounted=asked[-1].was_recounted,
            )
        )
    return results


def judge(rounds: Sequence[Found], policy: Policy, unit_cents: int) -> Stage:
    """How far a line is after these rounds.

    Within tolerance it is settled. Above, it is counted again; two rounds after each other that
    find the same difference confirm it, and after the third a person decides. What is confirmed and
    above the limit waits for an approval.
    """
    if not rounds:
        return Stage.OPEN
    last = rounds[-1]
    if is_tolerable(last, policy, unit_cents):
        return Stage.SETTLED
    is_confirmed = len(rounds) > 1 and rounds[-2].difference == last.difference
    if is_confirmed:
        needs = needs_approval(last.difference, policy, unit_cents)
        return Stage.APPROVAL if needs else Stage.SETTLED
    return Stage.RECOUNT if len(rounds) < LAST_ROUND else Stage.APPROVAL


def is_tolerable(one: Found, policy: Policy, unit_cents: int) -> bool:
    units = abs(one.difference)
    if units * unit_cents > policy.tolerance_cents:
        return False
    is_small_share = 100 * units <= policy.tolerance_percent * max(one.expected, 0)
    return units <= policy.tolerance_units or is_small_share


def needs_approval(difference: int, policy: Policy, unit_cents: int) -> bool:
    units = abs(difference)
    return units > policy.approval_units or units * unit_cents > policy.approval_cents


def is_large(difference: int, policy: Policy, unit_cents: int) -> bool:
    """Whether only operations may approve it."""
    return abs(difference) * unit_cents > policy.large_cents


def check_approval(
    line: Line, difference: int, policy: Policy, counters: Iterable[str], approver: str
) -> None:
    """Let somebody approve what waits for it, if it is still what they saw.

    Raises:
        NotToApprove: the line does not wait for an approval.
        Stale: what was told since made it another difference.
        ApproverCounted: the approver counted it.
    """
    if line.stage is not Stage.APPROVAL:
        raise NotToApprove(sku=line.sku, task=line.task)
    if line.difference != difference:
        raise Stale(believed=difference, current=line.difference)
    if policy.needs_other_approver and approver in set(counters):
        raise ApproverCounted(sku=line.sku)


def booking(
    line: Line, node: str, one: Found, available: int, *, movement: str
) -> tuple[Movement | None, int]:
    """The movement that makes the book say what was found, and units short that are held.

    What is missing leaves the available units. Units that are held for somebody stay in the book:
    which order goes without is not for a count to decide; a pick that finds none will say it.
    """
    if one.difference == 0:
        return None, 0
    shelf, outside = Place(node, State.AVAILABLE), Place(node, State.OUTSIDE)
    if one.difference > 0:
        units, held, source, target = one.difference, 0, outside, shelf
    else:
        units = min(-one.difference, available)
        held, source, target = -one.difference - units, shelf, outside
    if units == 0:
        return None, held
    booked = Movement(
        id=movement,
        kind=MovementKind.COUNTED,
        cause=f"count:{line.task}",
        happened_at=one.counted_at,
        moves=(Move(sku=line.sku, quantity=units, source=source, target=target),),
        reason=line.root_cause or "",
    )
    return booked, held


def is_unusual(difference: int, chance: float, policy: Policy) -> bool:
    """Whether a difference is rarer than alerts are asked for; one unit alone never is."""
    return abs(difference) > 1 and chance * policy.alert_one_in < 1
