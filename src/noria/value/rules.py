"""Decisions about value: values in, values out. Whole cents, and none is ever lost.

What leaves takes its part of the value, value x quantity / units, rounded half to even; the last
unit takes all that is left. So value is never negative, and where there are no units there is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.stock.model import MovementKind
from noria.value.model import (
    CostFrom,
    Costs,
    Crossing,
    Key,
    NewEntry,
    ReceivedUnits,
    Share,
    Spread,
    Worth,
)

NOTHING = Worth()


def follow(
    crossings: Iterable[Crossing], worths: Mapping[Key, Worth], costs: Costs, *, since: datetime
) -> tuple[list[NewEntry], dict[Key, Worth]]:
    """What moves are worth, in the order of the book, and what their places are worth then.

    `since` is when the last entry before was booked: the time of entries never falls.
    """
    now = dict(worths)
    left, booked = dict(costs.left), dict(costs.booked)
    entries: list[NewEntry] = []
    at = since
    for crossing in crossings:
        at = max(at, crossing.recorded_at)
        carried: int | None = None
        if crossing.source is not None:
            key = crossing.sku, crossing.source
            before = now.get(key, NOTHING)
            value, cost_from = _value_taken(crossing, before, booked)
            now[key] = without(before, crossing.quantity, value)
            carried = value
            entries.append(_entry(crossing, key, -crossing.quantity, -value, cost_from, now, at))
            _add(left, (crossing.cause, crossing.sku), crossing.quantity, value)
        if crossing.target is not None:
            key = crossing.sku, crossing.target
            before = now.get(key, NOTHING)
            brought, cost_from = _value_brought(crossing, before, carried, costs, left, booked)
            value = accepted(before, crossing.quantity, brought)
            now[key] = plus(before, crossing.quantity, value)
            entries.append(_entry(crossing, key, crossing.quantity, value, cost_from, now, at))
        last = entries[-1]
        booked[crossing.movement, crossing.line] = abs(last.units), abs(last.value_cents)
    return entries, {key: worth for key, worth in now.items() if worths.get(key) != worth}


def taken(worth: Worth, units: int) -> int:
    """The value that so many units take with them."""
    if units >= worth.units:
        return worth.value_cents
    return half_even(worth.value_cents * units, worth.units)


def accepted(worth: Worth, units: int, value_cents: int) -> int:
    """How much of what units bring is booked: all of it, unless the book owes units.

    The book can owe units only where moves were written behind its back. What fills such a hole
    has no value left to give.
    """
    after = worth.units + units
    if after <= 0:
        return 0
    return value_cents if worth.units >= 0 else half_even(value_cents * after, units)


def plus(worth: Worth, units: int, value_cents: int) -> Worth:
    """A place with more units, or more value."""
    return _remembered(worth, worth.units + units, worth.value_cents + value_cents)


def without(worth: Worth, units: int, value_cents: int) -> Worth:
    """A place with fewer units, and the value that they took."""
    return _remembered(worth, worth.units - units, worth.value_cents - value_cents)


def at_cost(worth: Worth, units: int, catalog_cents: int) -> tuple[int, CostFrom]:
    """What units are worth of which nobody knows what they cost: as those there, or there last."""
    if worth.units > 0:
        return half_even(worth.value_cents * units, worth.units), CostFrom.AVERAGE
    if worth.last_units > 0:
        value = half_even(worth.last_value_cents * units, worth.last_units)
        return value, CostFrom.LAST_AVERAGE
    return catalog_cents * units, CostFrom.CATALOG


def half_even(numerator: int, denominator: int) -> int:
    """The quotient as a whole number; a half goes to the even one, so that errors do not add up."""
    assert denominator > 0
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def shared(amount_cents: int, weights: Sequence[int]) -> list[int]:
    """An amount divided by weights into whole cents that add up to it: largest remainders first.

    Where nothing weighs anything, everything weighs the same. Ties go to who comes first.
    """
    assert weights
    assert amount_cents >= 0
    weights = weights if sum(weights) > 0 else [1] * len(weights)
    total = sum(weights)
    parts = [amount_cents * weight // total for weight in weights]
    by_rest = sorted(
        range(len(weights)), key=lambda place: -(amount_cents * weights[place] % total)
    )
    for place in by_rest[: amount_cents - sum(parts)]:
        parts[place] += 1
    return parts


def landed(
    amount_cents: int, lines: Sequence[ReceivedUnits], spread_by: Spread, there: Mapping[str, int]
) -> list[Share]:
    """A landed cost spread over what was received; what is `there` still, by SKU, takes its part.

    For units that are gone it is an expense: they left at what was known of their cost then.
    """
    amounts = shared(amount_cents, [_weight(line, spread_by) for line in lines])
    return [
        Share(
            sku=line.sku,
            amount_cents=amount,
            in_stock_cents=half_even(
                amount * min(max(there.get(line.sku, 0), 0), line.quantity), line.quantity
            ),
        )
        for line, amount in zip(lines, amounts, strict=True)
    ]


def _weight(line: ReceivedUnits, spread_by: Spread) -> int:
    each = {Spread.VALUE: line.cost_cents, Spread.WEIGHT: line.weight_g, Spread.UNITS: 1}
    return line.quantity * each[spread_by]


def _value_taken(
    crossing: Crossing, worth: Worth, booked: Mapping[tuple[str, int], tuple[int, int]]
) -> tuple[int, CostFrom]:
    """At average; what undoes a movement takes what that one brought, as far as it is there."""
    original = _mirrored(crossing, booked)
    if original is not None and crossing.quantity < worth.units:
        return min(original, worth.value_cents), CostFrom.MIRRORED
    return taken(worth, crossing.quantity), CostFrom.AVERAGE


def _value_brought(
    crossing: Crossing,
    worth: Worth,
    carried: int | None,
    costs: Costs,
    left: Mapping[tuple[str, str], tuple[int, int]],
    booked: Mapping[tuple[str, int], tuple[int, int]],
) -> tuple[int, CostFrom]:
    """What units bring: what they left with, if they come from us; what they cost, if bought."""
    if carried is not None:
        return carried, CostFrom.CARRIED
    original = _mirrored(crossing, booked)
    if original is not None:
        return original, CostFrom.MIRRORED
    bought = costs.purchases.get((crossing.cause, crossing.sku), 0)
    if bought and crossing.kind is MovementKind.RECEIVED:
        return bought * crossing.quantity, CostFrom.PURCHASE
    if crossing.kind is MovementKind.RETURNED:
        cause = costs.orders.get(crossing.cause, crossing.cause)
        units, cents = left.get((cause, crossing.sku), (0, 0))
        if units:
            return half_even(cents * crossing.quantity, units), CostFrom.LEFT_AT
    return at_cost(worth, crossing.quantity, costs.catalog.get(crossing.sku, 0))


def _mirrored(crossing: Crossing, booked: Mapping[tuple[str, int], tuple[int, int]]) -> int | None:
    """The value of the move that this one undoes, if it undoes one."""
    if crossing.kind is not MovementKind.CORRECTED:
        return None
    units, cents = booked.get((crossing.cause.removeprefix("movement:"), crossing.line), (0, 0))
    return cents if units == crossing.quantity else None


def _remembered(worth: Worth, units: int, value_cents: int) -> Worth:
    """With its last average: today's where there are units, else the one before they were gone."""
    has_units = units > 0
    return Worth(
        units=units,
        value_cents=value_cents,
        last_units=units if has_units else worth.last_units,
        last_value_cents=value_cents if has_units else worth.last_value_cents,
    )


def _add(
    left: dict[tuple[str, str], tuple[int, int]], key: tuple[str, str], units: int, cents: int
) -> None:
    before_units, before_cents = left.get(key, (0, 0))
    left[key] = before_units + units, before_cents + cents


def _entry(
    crossing: Crossing,
    key: Key,
    units: int,
    value_cents: int,
    cost_from: CostFrom,
    now: Mapping[Key, Worth],
    at: datetime,
) -> NewEntry:
    return NewEntry(
        move_seq=crossing.seq,
        movement_id=crossing.movement,
        line=crossing.line,
        cause=crossing.cause,
        sku=key[0],
        node=key[1],
        units=units,
        value_cents=value_cents,
        cost_from=cost_from,
        units_after=now[key].units,
        value_after_cents=now[key].value_cents,
        at=at,
    )
