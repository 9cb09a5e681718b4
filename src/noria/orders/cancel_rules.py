"""What to take out of an order, and from where: values in, values out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from noria.orders.model import CancelLine, Leg, Line, NothingToCancel, NotInOrder, Short

Key = int | str
"""What units are asked for by: a line by its number, or a SKU on any line."""


def cancellation(
    order: str, lines: Sequence[Line], legs: Sequence[Leg], asked: Sequence[CancelLine] | None
) -> tuple[list[tuple[str, int, int]], list[Short]]:
    """What to take out of an order: (order, line, units) that wait, and units of legs.

    What waits goes first, then the youngest leg that has not left. `asked` None means all that can
    still be stopped. A line that is named is taken from by its number only.

    Raises:
        NotInOrder: a SKU or a line is not in the order.
        NothingToCancel: fewer units can still be stopped than were asked.
    """
    keys = _keys(lines, asked or ())
    possible = _stoppable(lines, legs, keys)
    left = dict(possible) if asked is None else _asked(order, lines, asked)
    skus: dict[Key, str] = {keys[line.line]: line.sku for line in lines}
    skus |= {line.sku: line.sku for line in lines}
    for key, units in left.items():
        if units > possible.get(key, 0):
            raise NothingToCancel(
                sku=skus[key], order=order, left=possible.get(key, 0), asked=units
            )
    if not any(left.values()):
        raise NothingToCancel(sku=lines[0].sku, order=order, left=0, asked="all")
    waiting = []
    for line in lines:
        key = keys[line.line]
        if units := min(line.waiting, left.get(key, 0)):
            left[key] -= units
            waiting.append((order, line.line, units))
    return waiting, _stopped(legs, left, keys)


def _keys(lines: Sequence[Line], asked: Sequence[CancelLine]) -> dict[int, Key]:
    named = {one.line for one in asked}
    return {line.line: line.line if line.line in named else line.sku for line in lines}


def _asked(order: str, lines: Sequence[Line], asked: Sequence[CancelLine]) -> dict[Key, int]:
    skus = {line.line: line.sku for line in lines}
    units: dict[Key, int] = defaultdict(int)
    for one in asked:
        if one.line is not None and skus.get(one.line) != one.sku:
            raise NotInOrder(what=f"{one.sku} ({one.line})", order=order)
        if one.sku not in skus.values():
            raise NotInOrder(what=one.sku, order=order)
        units[one.sku if one.line is None else one.line] += one.quantity
    return units


def _stopped(legs: Sequence[Leg], left: dict[Key, int], keys: Mapping[int, Key]) -> list[Short]:
    """Units of legs to stop, the youngest first; lowers `left`."""
    stopped = []
    for leg in reversed([leg for leg in legs if _can_stop(leg)]):
        for part in leg.lines:
            if units := min(part.due_units, left.get(keys[part.line], 0)):
                left[keys[part.line]] -= units
                stopped.append(Short(leg=leg.id, line=part.line, units=units))
    return stopped


def _can_stop(leg: Leg) -> bool:
    return leg.shipped_at is None and leg.withdrawn_at is None


def _stoppable(
    lines: Sequence[Line], legs: Sequence[Leg], keys: Mapping[int, Key]
) -> dict[Key, int]:
    units: dict[Key, int] = defaultdict(int)
    for line in lines:
        units[keys[line.line]] += line.waiting
    for leg in legs:
        if _can_stop(leg):
            for part in leg.lines:
                units[keys[part.line]] += part.due_units
    return units


def stoppable_units(lines: Sequence[Line], legs: Sequence[Leg]) -> int:
    """How many units of an order have not left, and can still be taken out of it."""
    return sum(_stoppable(lines, legs, _keys(lines, ())).values())
