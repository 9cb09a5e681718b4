"""Decisions of the ledger: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.stock.model import (
    Balances,
    Counted,
    Difference,
    Gap,
    Key,
    Mark,
    Move,
    Movement,
    MovementKind,
    NotEnoughStock,
    Place,
    State,
)

ON_SHELF = frozenset({State.AVAILABLE, State.RESERVED})
"""What somebody who counts a shelf finds on it: a unit that is held for an order lies there too."""


def changes(movements: Iterable[Movement]) -> dict[Key, int]:
    """What the movements add up to, place by place, in key order; places that end even are kept."""
    total: dict[Key, int] = defaultdict(int)
    for movement in movements:
        for move in movement.moves:
            total[move.sku, move.source.node, move.source.state] -= move.quantity
            total[move.sku, move.target.node, move.target.state] += move.quantity
    return {key: total[key] for key in sorted(total, key=_order)}


def touched(movements: Iterable[Movement]) -> set[Key]:
    """Every place that facts may change: their own, and outside, where what is found comes from."""
    return {
        (move.sku, place.node, state)
        for movement in movements
        for move in movement.moves
        for place in (move.source, move.target)
        for state in (place.state, State.OUTSIDE)
    }


def _order(key: Key) -> tuple[str, str, str]:
    sku, node, state = key
    return sku, node, state.value


def check_enough(balances: Balances, change: Mapping[Key, int]) -> None:
    """Refuse a wish that would leave a place inside our walls with less than nothing."""
    for (sku, node, state), units in change.items():
        have = balances.get((sku, node, state), 0)
        if state is not State.OUTSIDE and have + units < 0:
            raise NotEnoughStock(
                sku=sku, node=node, state=state.value, available=have, asked=-units
            )


def found(balances: Balances, movements: Sequence[Movement], prefix: str) -> list[Movement]:
    """What must be booked as found, so that facts which took more than the book knew fit in it.

    Facts are taken in order; what one brings, the next may take. One found movement for each fact
    that fell short; its cause is that fact.
    """
    left = dict(balances)
    missing: list[Movement] = []
    for movement in movements:
        moves = []
        for move in movement.moves:
            source = (move.sku, move.source.node, move.source.state)
            target = (move.sku, move.target.node, move.target.state)
            short = move.quantity - left.get(source, 0)
            if move.source.state is not State.OUTSIDE and short > 0:
                outside = Place(move.source.node, State.OUTSIDE)
                lots = move.lots if short == move.quantity else ()
                moves.append(
                    Move(
                        sku=move.sku, quantity=short, source=outside, target=move.source, lots=lots
                    )
                )
                left[source] = left.get(source, 0) + short
            left[source] = left.get(source, 0) - move.quantity
            left[target] = left.get(target, 0) + move.quantity
        if moves:
            missing.append(
                Movement(
                    id=f"{prefix}{len(missing):03}",
                    kind=MovementKind.FOUND,
                    cause=f"movement:{movement.id}",
                    happened_at=movement.happened_at,
                    moves=tuple(moves),
                    reason="not in the book",
                )
            )
    return missing


def gaps(missing: Iterable[Movement]) -> tuple[Gap, ...]:
    """What `found` had to add, in words that a person can be shown."""
    return tuple(
        Gap(
            sku=move.sku,
            node=move.target.node,
            state=move.target.state,
            quantity=move.quantity,
            movement=movement.cause.removeprefix("movement:"),
            serial=move.serials[0] if move.serials else None,
        )
        for movement in missing
        for move in movement.moves
    )


def shelves(movements: Iterable[Movement]) -> set[tuple[str, str]]:
    """The shelves, as (SKU, node), that movements put units on or take units from."""
    return {
        (move.sku, place.node)
        for movement in movements
        for move in movement.moves
        for place in (move.source, move.target)
        if place.state in ON_SHELF
    }


def with_late(
    movements: Sequence[Movement], marks: Mapping[tuple[str, str], Mark], prefix: str
) -> list[Movement]:
    """The movements, and what keeps a count true that was booked before they were told.

    Who counted at ten found the shelf as it was after the sale of five to ten, whenever that sale
    is told. So a fact that happened before the last count leaves the shelf as it was: a movement
    the other way, with the count as its cause, undoes its effect there, and no other. It brings
    units before the fact takes them, and takes them after the fact brought them.
    """
    told: list[Movement] = []
    for movement in movements:
        undone: dict[bool, list[Movement]] = {True: [], False: []}
        for (sku, node), units in sorted(_on_shelf(movement).items()):
            mark = marks.get((sku, node))
            if units == 0 or mark is None or movement.happened_at >= mark.counted_at:
                continue
            shelf, outside = Place(node, State.AVAILABLE), Place(node, State.OUTSIDE)
            source, target = (outside, shelf) if units < 0 else (shelf, outside)
            undone[units < 0].append(
                Movement(
                    id=f"{prefix}l{len(told) + sum(map(len, undone.values())):03}",
                    kind=MovementKind.COUNTED,
                    cause=mark.cause,
                    happened_at=mark.counted_at,
                    moves=(Move(sku=sku, quantity=abs(units), source=source, target=target),),
                    reason=f"told late: {movement.id}",
                )
            )
        told += [*undone[True], movement, *undone[False]]
    return told


def _on_shelf(movement: Movement) -> dict[tuple[str, str], int]:
    """By how many units a movement changes each shelf."""
    total: dict[tuple[str, str], int] = defaultdict(int)
    for (sku, node, state), units in changes([movement]).items():
        if state in ON_SHELF:
            total[sku, node] += units
    return total


def counted(
    count: str, node: str, lines: Sequence[Counted], balances: Balances, *, happened_at: datetime
) -> tuple[Movement | None, list[Difference]]:
    """The movement that makes the book say what was counted, and the differences behind it."""
    shelf, outside = Place(node, State.AVAILABLE), Place(node, State.OUTSIDE)
    moves, differences = [], []
    for line in sorted(lines, key=lambda line: line.sku):
        expected = balances.get((line.sku, node, State.AVAILABLE), 0)
        surplus = line.quantity - expected
        if surplus == 0:
            continue
        source, target = (outside, shelf) if surplus > 0 else (shelf, outside)
        moves.append(Move(sku=line.sku, quantity=abs(surplus), source=source, target=target))
        differences.append(Difference(sku=line.sku, expected=expected, counted=line.quantity))
    if not moves:
        return None, []
    movement = Movement(
        id=count,
        kind=MovementKind.COUNTED,
        cause=f"count:{count}",
        happened_at=happened_at,
        moves=tuple(moves),
    )
    return movement, differences


def marks(count: str, node: str, lines: Iterable[Counted], *, counted_at: datetime) -> list[Mark]:
    """What a count says of shelves, for facts that are told later of the time before it."""
    return [
        Mark(
            sku=line.sku,
            node=node,
            cause=f"count:{count}",
            counted_at=counted_at,
            quantity=line.quantity,
        )
        for line in lines
    ]
