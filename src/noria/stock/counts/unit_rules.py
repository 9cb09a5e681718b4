"""Decisions of counts by unit: values in, values out."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from noria.stock.counts.unit_model import Differs, UnitDifference, UnitsSeen
from noria.stock.model import LotUnits, Move, Place, State
from noria.stock.tracked.model import UNTOLD, Unit, lot_units


class Shelf(Struct, frozen=True, kw_only=True):
    """What the book says of a SKU's shelf: `available` and `held` units, by name as far as told."""

    available: int
    held: int
    is_serial: bool
    names: Mapping[str, int]
    places: Mapping[Unit, Place]


def compared(node: str, seen: UnitsSeen, shelf: Shelf) -> tuple[list[Move], list[UnitDifference]]:
    """The moves that make the book say what was seen, and what differs, unit by unit.

    What came in is booked first. What is missing leaves the available units; of what is missing
    beyond them, and so is held for somebody, the book keeps the last in key order.
    """
    looked = _named(seen, is_serial=shelf.is_serial)
    there = {code: units for code, units in shelf.names.items() if code != UNTOLD and units > 0}
    came, gone = _beyond(looked, there), _beyond(there, looked)
    rest = seen.quantity - shelf.available - shelf.held - sum(came.values()) + sum(gone.values())
    free = shelf.available + sum(came.values()) + max(rest, 0)
    moves: list[Move] = []
    differences: list[UnitDifference] = []
    inside, outside = Place(node, State.AVAILABLE), Place(node, State.OUTSIDE)
    expiry = {lot.lot: lot for lot in lot_units(seen.lots)}
    for code, units in sorted(came.items()):
        names = _names(code, units, expiry, is_serial=shelf.is_serial)
        moves.append(Move(sku=seen.sku, quantity=units, source=outside, target=inside, **names))
        differences.append(_came(seen.sku, code, units, shelf.places.get((seen.sku, code))))
    if rest > 0:
        moves.append(Move(sku=seen.sku, quantity=rest, source=outside, target=inside))
        differences.append(_came(seen.sku, None, rest, None))
    lacking: list[tuple[str | None, int]] = [*sorted(gone.items())]
    if rest < 0:
        lacking.append((None, -rest))
    for name, units in lacking:
        booked = min(units, free)
        free -= booked
        if booked:
            names = _names(name, booked, expiry, is_serial=shelf.is_serial)
            moves.append(
                Move(sku=seen.sku, quantity=booked, source=inside, target=outside, **names)
            )
            differences.append(_missing(seen.sku, name, booked, inside, is_booked=True))
        if units > booked:
            held = units - booked
            differences.append(_missing(seen.sku, name, held, inside, is_booked=False))
    return moves, differences


def _beyond(some: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    """Units of which `some` has more than `others`."""
    return {code: more for code, units in some.items() if (more := units - others.get(code, 0)) > 0}


def _missing(
    sku: str, name: str | None, units: int, at: Place, *, is_booked: bool
) -> UnitDifference:
    return UnitDifference(
        sku=sku,
        code=name,
        differs=Differs.MISSING,
        quantity=units,
        node=at.node,
        state=at.state,
        is_booked=is_booked,
    )


def _named(seen: UnitsSeen, *, is_serial: bool) -> dict[str, int]:
    """Units that were seen, by what tells them apart."""
    if is_serial:
        return dict.fromkeys(seen.serials, 1)
    total: dict[str, int] = {}
    for lot in seen.lots:
        if lot.lot != UNTOLD:
            total[lot.lot] = total.get(lot.lot, 0) + lot.quantity
    return total


def _names(
    code: str | None, units: int, expiry: Mapping[str, LotUnits], *, is_serial: bool
) -> dict[str, Any]:
    if code is None:
        return {"lots": (LotUnits(lot=UNTOLD, quantity=units),)}
    if is_serial:
        return {"serials": (code,)}
    expires_on = expiry[code].expires_on if code in expiry else None
    return {"lots": (LotUnits(lot=code, quantity=units, expires_on=expires_on),)}


def _came(sku: str, code: str | None, units: int, at: Place | None) -> UnitDifference:
    is_inside = at is not None and at.state is not State.OUTSIDE
    return UnitDifference(
        sku=sku,
        code=code,
        differs=Differs.ELSEWHERE if is_inside else Differs.UNEXPECTED,
        quantity=units,
        node=at.node if at is not None and is_inside else None,
        state=at.state if at is not None and is_inside else None,
    )
