"""What does not come of a leg of several parcels: values in, values out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.fulfilment.model import PackedOtherwise
from noria.fulfilment.replace_model import Box, ContentsUnknown, Missed, ParcelNotUnderWay
from noria.fulfilment.tracking_model import NotOfShipment
from noria.kit.errors import Fault, Invalid
from noria.orders.model import Leg
from noria.orders.replace_model import NotUnderWay, ReplaceBody


def missed(leg: Leg, boxes: Sequence[Box], asked: ReplaceBody) -> Missed:
    """The parcels that do not come, and the units of lines that were in them.

    None named are all that is under way. Where they are all that is left of the leg, so is what is
    in them; else it is known from packing, or said.

    Raises:
        NotUnderWay: no parcel of it is under way.
        NotOfShipment, ParcelNotUnderWay: a parcel is no part of it, or needs no other any more.
        ContentsUnknown: nobody knows, or said, what was in one of several.
        Invalid: it is said, and known. PackedOtherwise: more is said than the leg sends.
    """
    chosen = _chosen(leg, boxes, asked.parcels)
    left = [box for box in boxes if not box.is_replaced and box not in chosen]
    is_known = all(box.units is not None for box in chosen)
    if asked.units and (is_known or not left):
        raise Invalid(faults=[Fault("/units", "what is in these parcels is known: leave it out")])
    if not left:
        due = {line.line: line.due_units for line in leg.lines if line.due_units}
        return Missed(parcels=tuple(box.sscc for box in chosen), units=due)
    inside = asked.units or _inside(leg, chosen)
    return Missed(parcels=tuple(box.sscc for box in chosen), units=_laid(leg, inside))


def _chosen(leg: Leg, boxes: Sequence[Box], named: Sequence[str]) -> list[Box]:
    by_sscc = {box.sscc: box for box in boxes}
    for sscc in named:
        if sscc not in by_sscc:
            raise NotOfShipment(sscc=sscc, shipment=leg.id)
        if not by_sscc[sscc].is_under_way:
            raise ParcelNotUnderWay(parcel=sscc, leg=leg.id)
    chosen = [box for box in boxes if box.is_under_way and (not named or box.sscc in named)]
    if boxes and not chosen:
        raise NotUnderWay(leg=leg.id)
    return chosen


def _inside(leg: Leg, boxes: Sequence[Box]) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for box in boxes:
        if box.units is None:
            raise ContentsUnknown(parcel=box.sscc, leg=leg.id)
        units.update(box.units)
    return units


def _laid(leg: Leg, inside: Mapping[str, int]) -> dict[int, int]:
    """Units by SKU on the lines of a leg that send them, in the order of lines."""
    left = dict(inside)
    laid = {}
    for line in leg.lines:
        taken = min(line.due_units, left.get(line.sku, 0))
        if taken:
            laid[line.line] = taken
            left[line.sku] -= taken
    for sku, count in sorted(left.items()):
        if count:
            due = sum(line.due_units for line in leg.lines if line.sku == sku)
            raise PackedOtherwise(leg=leg.id, sku=sku, due=due, asked=inside[sku])
    return laid


def came_at(boxes: Sequence[Box]) -> datetime | None:
    """When the last of a leg's parcels came, but for those replaced; None: not all have."""
    times = [box.delivered_at for box in boxes if not box.is_replaced]
    known = [at for at in times if at is not None]
    return max(known) if known and len(known) == len(times) else None
