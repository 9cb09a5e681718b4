"""Decisions in the node: values in, values out."""

from collections.abc import Sequence

from noria.fulfilment.model import PackedOtherwise, PackedUnits, Pick, ShortReason, ShortTooMuch
from noria.orders.model import Leg, Short
from noria.stock.model import LotUnits
from noria.stock.tracked.model import NamedLot, split_lots


def shorts(leg: Leg, pick: Pick) -> list[tuple[Short, str, ShortReason]]:
    """What a pick lacks, laid on the leg's lines from the last: (short, SKU, reason).

    Raises:
        ShortTooMuch: more is missing than was to be picked.
    """
    left = {line.line: line.due_units for line in leg.lines}
    missing = []
    for short in pick.short:
        units = short.quantity
        for line in reversed(leg.lines):
            if line.sku != short.sku:
                continue
            taken = min(units, left[line.line])
            if taken:
                left[line.line] -= taken
                units -= taken
                missing.append(
                    (Short(leg=leg.id, line=line.line, units=taken), short.sku, short.reason)
                )
        if units:
            due = sum(line.due_units for line in leg.lines if line.sku == short.sku)
            raise ShortTooMuch(leg=leg.id, sku=short.sku, due=due, asked=short.quantity)
    return missing


def packed(leg: Leg, units: Sequence[PackedUnits]) -> dict[int, PackedUnits]:
    """The units that were scanned, laid on the leg's lines from the first.

    Raises:
        PackedOtherwise: more units of a SKU are named than leave, or a SKU is there twice.
    """
    left: dict[str, PackedUnits] = {}
    for each in units:
        due = sum(line.due_units for line in leg.lines if line.sku == each.sku)
        asked = max(len(each.serials), sum(lot.quantity for lot in each.lots))
        if asked > due or each.sku in left:
            raise PackedOtherwise(leg=leg.id, sku=each.sku, due=due, asked=asked)
        left[each.sku] = each
    laid: dict[int, PackedUnits] = {}
    for line in leg.lines:
        if (found := left.get(line.sku)) is not None and line.due_units:
            lots, others = split_lots(found.lots, line.due_units)
            here, there = found.serials[: line.due_units], found.serials[line.due_units :]
            laid[line.line] = PackedUnits(sku=line.sku, lots=_named(lots), serials=here)
            left[line.sku] = PackedUnits(sku=line.sku, lots=_named(others), serials=there)
    return laid


def _named(lots: Sequence[LotUnits]) -> tuple[NamedLot, ...]:
    return tuple(NamedLot(lot=lot.lot, quantity=lot.quantity) for lot in lots)


def sscc(prefix: str, serial: int) -> str:
    """An SSCC of 18 digits: extension digit 0, company prefix, serial, check digit (GS1).

    Serials start again once they fill their place; GS1 asks for a year between two uses.
    """
    places = 16 - len(prefix)
    body = f"0{prefix}{serial % 10**places:0{places}}"
    return body + check_digit(body)


def check_digit(digits: str) -> str:
    """GS1 modulo 10: weights 3 and 1 alternate, from the right, starting with 3."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def shared_weight(weight_g: int, parcels: int) -> list[int]:
    """A weight over parcels, in whole grams that add up to it."""
    part, rest = divmod(weight_g, parcels)
    return [part + (1 if number < rest else 0) for number in range(parcels)]


def weight(units: Sequence[tuple[int, int]]) -> int:
    """Grams of (units, grams a unit)."""
    return sum(count * grams for count, grams in units)
