"""What goes from one order to another: values in, values out."""

from collections.abc import Mapping, Sequence

from msgspec import structs

from noria.kit.errors import Fault, Invalid
from noria.orders import cancel_rules
from noria.orders.divide_model import (
    Alike,
    CannotSplit,
    MergeBody,
    NotAlike,
    NothingWouldStay,
    PaidInPart,
    SplitBody,
    TooLateToMerge,
)
from noria.orders.edit_model import LineUnknown
from noria.orders.model import CancelLine, Leg, Line, NewLine, Short

Taken = tuple[list[tuple[str, int, int]], list[Short]]
"""Units that wait, as (order, line, units), and units of legs."""


def split_off(split: SplitBody, lines: Sequence[Line], legs: Sequence[Leg]) -> Taken:
    """What leaves an order: what waits first, then of the youngest leg that nobody has picked.

    Raises:
        Invalid: a line is there twice, or the new order is the old one.
        LineUnknown, CannotSplit, NothingWouldStay: it cannot be so.
    """
    if split.new_order == split.order:
        raise Invalid(faults=[Fault("/new_order", "this is the order itself")])
    known = {line.line: line for line in lines}
    unpicked = _unpicked(legs)
    seen: set[int] = set()
    for position, one in enumerate(split.lines):
        if one.line in seen:
            raise Invalid(faults=[Fault(f"/lines/{position}/line", "this line is there twice")])
        seen.add(one.line)
        if one.line not in known:
            raise LineUnknown(order=split.order, line=one.line)
        left = known[one.line].waiting + sum(
            part.due_units for leg in unpicked for part in leg.lines if part.line == one.line
        )
        if one.quantity > left:
            raise CannotSplit(order=split.order, line=one.line, left=left, asked=one.quantity)
    if sum(one.quantity for one in split.lines) == _wanted(lines):
        raise NothingWouldStay(order=split.order)
    asked = [
        CancelLine(sku=known[one.line].sku, line=one.line, quantity=one.quantity)
        for one in split.lines
    ]
    return cancel_rules.cancellation(split.order, lines, unpicked, asked)


def all_of(order: str, stage: str, lines: Sequence[Line], legs: Sequence[Leg]) -> Taken:
    """All of an order that goes into another.

    Raises:
        TooLateToMerge: a node has picked part of it, or nothing of it is wanted.
    """
    is_begun = any(leg.picked_at for leg in legs if leg.withdrawn_at is None)
    if is_begun or not _wanted(lines):
        raise TooLateToMerge(order=order, stage=stage)
    return cancel_rules.cancellation(order, lines, legs, None)


def check_merge(merge: MergeBody, heads: Mapping[str, Alike]) -> None:
    """Refuse to put together what is not alike, or an order with itself."""
    for position, order in enumerate(merge.orders):
        if order == merge.into or order in merge.orders[:position]:
            raise Invalid(faults=[Fault(f"/orders/{position}", "this order is there twice")])
    first = structs.asdict(heads[merge.into])
    for order in merge.orders:
        other = structs.asdict(heads[order])
        differing = [name for name, value in first.items() if other[name] != value]
        if differing:
            raise NotAlike(one=merge.into, other=order, what=", ".join(differing))


def check_owed(owed: Mapping[str, int]) -> None:
    """Refuse to divide what is paid in part: nobody could say which part."""
    for order in sorted(owed):
        raise PaidInPart(order=order, cents=owed[order])


def units_of(taken: Taken) -> dict[int, int]:
    """Units by line of what leaves an order."""
    units: dict[int, int] = {}
    waiting, stopped = taken
    for _, line, count in waiting:
        units[line] = units.get(line, 0) + count
    for short in stopped:
        units[short.line] = units.get(short.line, 0) + short.units
    return dict(sorted(units.items()))


def as_lines(units: Mapping[int, int], lines: Sequence[Line]) -> list[NewLine]:
    """What leaves an order as lines of another: at their prices, with their part of the tax."""
    known = {line.line: line for line in lines}
    return [
        NewLine(
            sku=known[line].sku,
            quantity=count,
            price_cents=known[line].price_cents,
            gift_wrap=known[line].gift_wrap,
            tax_cents=tax_of(known[line], count),
            tax_code=known[line].tax_code,
        )
        for line, count in units.items()
    ]


def tax_of(line: Line, count: int) -> int:
    """The tax that so many units of a line take with them, in whole cents: the rest stays.

    Of what is left of its tax, by the units that are left: whoever takes the last takes the rest.
    """
    return line.tax_cents * count // (line.quantity - line.moved)


def _unpicked(legs: Sequence[Leg]) -> list[Leg]:
    return [leg for leg in legs if leg.picked_at is None]


def _wanted(lines: Sequence[Line]) -> int:
    return sum(line.quantity - line.cancelled for line in lines)
