"""Which box: values in, values out.

What is proposed does fit: each unit has a place of its own, inside the box, upright where it has to
be, and the box is not too heavy. It is the smallest box in which this way of placing finds room,
which need not be the smallest there is: packing best is a hard problem, and this is not solved
exactly. Beyond `MOST_PLACED` units, and for SKUs of which only a volume is known, a box counts as
full at `FILLED` of its volume, and nothing is placed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from noria.fulfilment.pack_model import Box, BoxesOtherwise, Good, Placed, Proposed, Sides

MOST_PLACED = 40
"""So many units are placed one by one: more would take longer than a person waits."""

FILLED = 0.6


class _Unit(NamedTuple):
    volume: int
    sides: Sides
    sku: str
    weight_g: int
    keeps_upright: bool


class _Load(NamedTuple):
    """Units that go in a box together, where each lies, and those that found no room."""

    inside: tuple[_Unit, ...]
    placed: tuple[Placed, ...]
    left: tuple[_Unit, ...]


def sides_of(length_mm: int, width_mm: int, height_mm: int, volume_cm3: int) -> Sides:
    """The sides of a unit; where they are not known, those of a cube of its volume."""
    if length_mm and width_mm and height_mm:
        return length_mm, width_mm, height_mm
    side = round((volume_cm3 * 1000) ** (1 / 3))
    return side, side, side


def propose(goods: Sequence[Good], boxes: Sequence[Box]) -> list[Proposed]:
    """Parcels for goods: one box where all of them fit in it, the smallest; else few.

    What is sent in its own packaging, or fits in no box, is a parcel by itself.
    """
    parcels = [
        _alone(good)
        for good in sorted(goods, key=lambda one: one.sku)
        if good.ships_as_is
        for _ in range(good.units)
    ]
    by_size = sorted(boxes, key=lambda one: (one.volume, one.code))
    left = _largest_first(good for good in goods if not good.ships_as_is)
    while left:
        chosen = _smallest_for_all(left, by_size) or _fullest(left, by_size)
        if chosen is None:
            first, *others = left
            parcels.append(_bare(first))
            left = tuple(others)
            continue
        box, load = chosen
        parcels.append(_proposed(box, load))
        left = load.left
    return parcels


def _largest_first(goods: Iterator[Good]) -> tuple[_Unit, ...]:
    units = [
        _Unit(
            good.sides[0] * good.sides[1] * good.sides[2],
            good.sides,
            good.sku,
            good.weight_g,
            good.keeps_upright,
        )
        for good in goods
        for _ in range(good.units)
    ]
    return tuple(sorted(units, key=lambda one: (-one.volume, one.sides, one.sku)))


def _smallest_for_all(units: tuple[_Unit, ...], boxes: Sequence[Box]) -> tuple[Box, _Load] | None:
    """The first box, by size, that holds all of the units."""
    weight, volume = sum(one.weight_g for one in units), sum(one.volume for one in units)
    for box in boxes:
        if box.volume < volume or box.tare_g + weight > box.max_weight_g:
            continue
        load = _filled(units, box)
        if not load.left:
            return box, load
    return None


def _fullest(units: tuple[_Unit, ...], boxes: Sequence[Box]) -> tuple[Box, _Load] | None:
    """The largest box, as full as it gets, and of those that hold as much the smallest."""
    loads = [(box, _filled(units, box)) for box in reversed(boxes)]
    if not loads:
        return None
    most, load = max(
        loads, key=lambda one: (sum(unit.volume for unit in one[1].inside), len(one[1].inside))
    )
    if not load.inside:
        return None
    smaller = _smallest_for_all(load.inside, boxes)
    if smaller is None:
        return most, load
    box, within = smaller
    return box, _Load(within.inside, within.placed, load.left)


def _filled(units: tuple[_Unit, ...], box: Box) -> _Load:
    """A box with as many units as find room, the largest first."""
    if len(units) > MOST_PLACED:
        return _by_volume(units, box)
    inside: list[_Unit] = []
    placed: list[Placed] = []
    left: list[_Unit] = []
    corners: list[tuple[int, int, int]] = [(0, 0, 0)]
    weight = box.tare_g
    for unit in units:
        spot = None
        if weight + unit.weight_g <= box.max_weight_g:
            spot = _spot(unit, box, corners, placed)
        if spot is None:
            left.append(unit)
            continue
        inside.append(unit)
        placed.append(spot)
        weight += unit.weight_g
        corners.remove((spot.z_mm, spot.y_mm, spot.x_mm))
        corners += [
            (spot.z_mm, spot.y_mm, spot.x_mm + spot.length_mm),
            (spot.z_mm, spot.y_mm + spot.width_mm, spot.x_mm),
            (spot.z_mm + spot.height_mm, spot.y_mm, spot.x_mm),
        ]
        corners = sorted(set(corners))
    return _Load(tuple(inside), tuple(placed), tuple(left))


def _by_volume(units: tuple[_Unit, ...], box: Box) -> _Load:
    """A box filled to a share of its volume, with units that fit in it by their sides."""
    inside: list[_Unit] = []
    left: list[_Unit] = []
    volume, weight = 0, box.tare_g
    for unit in units:
        fits = any(_is_inside(turned, box) for turned in turns(unit.sides, unit.keeps_upright))
        is_room = volume + unit.volume <= FILLED * box.volume
        if fits and is_room and weight + unit.weight_g <= box.max_weight_g:
            inside.append(unit)
            volume += unit.volume
            weight += unit.weight_g
        else:
            left.append(unit)
    return _Load(tuple(inside), (), tuple(left))


def turns(sides: Sides, keeps_upright: bool) -> list[Sides]:  # noqa: FBT001 - a fact of the unit
    """The ways in which a unit can be turned; upright, its height stays its height."""
    ways = {(one[0], one[1], one[2]) for one in permutations(sides)}
    if keeps_upright:
        ways = {(sides[0], sides[1], sides[2]), (sides[1], sides[0], sides[2])}
    return sorted(ways, key=lambda way: (way[2], way[1], way[0]))


def _is_inside(sides: Sides, box: Box) -> bool:
    return all(side <= room for side, room in zip(sides, box.sides, strict=True))


def _spot(
    unit: _Unit, box: Box, corners: Sequence[tuple[int, int, int]], placed: Sequence[Placed]
) -> Placed | None:
    """The lowest, then rearmost, then leftmost corner where a unit has room, lying flat first."""
    for z, y, x in corners:
        for length, width, height in turns(unit.sides, unit.keeps_upright):
            if x + length > box.length_mm or y + width > box.width_mm or z + height > box.height_mm:
                continue
            spot = Placed(
                sku=unit.sku,
                x_mm=x,
                y_mm=y,
                z_mm=z,
                length_mm=length,
                width_mm=width,
                height_mm=height,
            )
            if not any(overlap(spot, other) for other in placed):
                return spot
    return None


def overlap(one: Placed, other: Placed) -> bool:
    """Whether two units would be in the same place."""
    return (
        one.x_mm < other.x_mm + other.length_mm
        and other.x_mm < one.x_mm + one.length_mm
        and one.y_mm < other.y_mm + other.width_mm
        and other.y_mm < one.y_mm + one.width_mm
        and one.z_mm < other.z_mm + other.height_mm
        and other.z_mm < one.z_mm + one.height_mm
    )


def _proposed(box: Box, load: _Load) -> Proposed:
    return Proposed(
        box=box.code,
        length_mm=box.length_mm,
        width_mm=box.width_mm,
        height_mm=box.height_mm,
        weight_g=box.tare_g + sum(one.weight_g for one in load.inside),
        units=dict(sorted(Counter(one.sku for one in load.inside).items())),
        placed=load.placed,
    )


def _alone(good: Good) -> Proposed:
    return Proposed(
        box=None,
        length_mm=good.sides[0],
        width_mm=good.sides[1],
        height_mm=good.sides[2],
        weight_g=good.weight_g,
        units={good.sku: 1},
    )


def _bare(unit: _Unit) -> Proposed:
    length, width, height = unit.sides
    return Proposed(
        box=None,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        weight_g=unit.weight_g,
        units={unit.sku: 1},
    )


def check_contents(leg: str, due: Mapping[str, int], boxes: Sequence[Mapping[str, int]]) -> None:
    """Refuse boxes that do not hold what was picked, all of it and nothing else.

    Raises:
        BoxesOtherwise: a SKU differs.
    """
    inside: Counter[str] = Counter()
    for box in boxes:
        inside.update(box)
    for sku in sorted({*due, *inside}):
        if due.get(sku, 0) != inside[sku]:
            raise BoxesOtherwise(leg=leg, sku=sku, due=due.get(sku, 0), asked=inside[sku])
