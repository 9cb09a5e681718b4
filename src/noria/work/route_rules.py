"""Walking through locations: values in, values out.

Aisles stand side by side, between a front cross-aisle (bay 0, where people come in at aisle 0) and
a back one (behind the last bay). Along an aisle one walks, across it one only reaches.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

Bays = tuple[int, ...]
Spot = tuple[int, int]
"""Aisle and bay."""


class Floor(Struct, frozen=True, kw_only=True):
    """How far it is from aisle to aisle and from bay to bay, and behind which bay one can cross."""

    aisle_mm: int
    bay_mm: int
    last_bay: int

    @property
    def back(self) -> int:
        return self.last_bay + 1


class _Way(NamedTuple):
    """So far, in millimetres, and the spots in the order in which they are passed."""

    mm: int
    spots: tuple[Spot, ...]


def between(one: Spot, other: Spot, floor: Floor) -> int:
    """Millimetres from a spot to another: along the aisle, else round by the nearer cross-aisle."""
    if one[0] == other[0]:
        return abs(one[1] - other[1]) * floor.bay_mm
    bays = min(one[1] + other[1], 2 * floor.back - one[1] - other[1])
    return abs(one[0] - other[0]) * floor.aisle_mm + bays * floor.bay_mm


def length(spots: Sequence[Spot], floor: Floor) -> int:
    """Millimetres of a walk from the entrance through spots, in this order, and back."""
    walk = [(0, 0), *spots, (0, 0)]
    return sum(between(one, other, floor) for one, other in pairwise(walk))


def route(spots: Sequence[Spot], floor: Floor) -> list[Spot]:
    """The spots in the order in which they are walked; equal spots come once.

    Each aisle is either passed through or entered and left at the same end, whichever is shorter
    for the walk as a whole (the combined rule of Roodbergen and de Koster, 2001, from the
    nearest aisle to the farthest and back along the front). At worst it is as long as passing
    through every aisle, or as entering each from the front.
    """
    aisles: dict[int, set[int]] = {}
    for aisle, bay in spots:
        aisles.setdefault(aisle, set()).add(bay)
    here = 0
    front, rear = _Way(0, ()), None
    for aisle in sorted(aisles):
        across = (aisle - here) * floor.aisle_mm
        front, rear = _through(aisle, tuple(sorted(aisles[aisle])), across, floor, front, rear)
        here = aisle
    return list(front.spots)  # who is at the back would have to come out as well


def _through(
    aisle: int, bays: Bays, across: int, floor: Floor, front: _Way, rear: _Way | None
) -> tuple[_Way, _Way]:
    """The shortest ways to have done with an aisle: ending at its front, or at its back."""
    up = tuple((aisle, bay) for bay in bays)
    down = tuple(reversed(up))
    whole = floor.back * floor.bay_mm
    at_front = [_Way(front.mm + across + 2 * bays[-1] * floor.bay_mm, front.spots + up)]
    at_back = [_Way(front.mm + across + whole, front.spots + up)]
    if rear is not None:
        at_front.append(_Way(rear.mm + across + whole, rear.spots + down))
        deep = 2 * (floor.back - bays[0]) * floor.bay_mm
        at_back.append(_Way(rear.mm + across + deep, rear.spots + down))
    return min(at_front), min(at_back)


def chosen(
    skus: Sequence[str], lies: Mapping[str, Sequence[tuple[str, int, int, int]]]
) -> dict[str, tuple[str, int, int, int]]:
    """Where to take each SKU, as (location, aisle, bay, level); of unknown places nothing.

    A SKU that lies in several is taken where the walk goes anyhow, else nearest to the entrance.
    """
    alone = {lies[sku][0][1] for sku in skus if len(lies.get(sku, ())) == 1}
    found: dict[str, tuple[str, int, int, int]] = {}
    for sku in sorted(set(skus)):
        if places := lies.get(sku):
            found[sku] = min(places, key=lambda place: (place[1] not in alone, place[1:], place[0]))
    return found
