"""Decisions of absolute writes: values in, values out."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.errors import Fault, Invalid
from noria.stock.levels.model import BeliefMissing, Level, LevelWish, StaleLevel
from noria.stock.model import Move, Movement, MovementKind, Place, State


def check_shelves_once(wishes: Sequence[LevelWish]) -> None:
    """Refuse two wishes for one shelf: whichever came second cannot have seen the first.

    Raises:
        Invalid: with every item that repeats a shelf.
    """
    seen: set[tuple[str, str]] = set()
    faults = []
    for place, wish in enumerate(wishes):
        if (wish.sku, wish.node) in seen:
            faults.append(Fault(f"/items/{place}", f"{wish.sku} at {wish.node} is there twice"))
        seen.add((wish.sku, wish.node))
    if faults:
        raise Invalid(faults=faults)


def check_believed(level: Level, wish: LevelWish) -> None:
    """Let a write through only if the level is what its sender believed.

    Raises:
        BeliefMissing: neither a value nor a version was given.
        StaleLevel: it is another value, or another version; the faults hold the current ones.
    """
    if wish.believed is None and wish.version is None:
        raise BeliefMissing
    if wish.believed in {None, level.quantity} and wish.version in {None, level.version}:
        return
    raise StaleLevel(
        sku=level.sku,
        node=level.node,
        quantity=level.quantity,
        version=level.version,
        faults=[
            Fault("/believed", str(level.quantity), code="current"),
            Fault("/version", str(level.version), code="current"),
        ],
    )


def movement(level: Level, wish: LevelWish, *, now: datetime) -> Movement | None:
    """What makes the book say what the wish says: units found beyond our walls, or lost there."""
    change = wish.quantity - level.quantity
    if change == 0:
        return None
    shelf, outside = Place(wish.node, State.AVAILABLE), Place(wish.node, State.OUTSIDE)
    source, target = (outside, shelf) if change > 0 else (shelf, outside)
    return Movement(
        id=wish.id,
        kind=MovementKind(wish.kind.value),
        cause=f"level:{wish.id}",
        happened_at=now,
        moves=(Move(sku=wish.sku, quantity=abs(change), source=source, target=target),),
        reason=wish.reason,
    )
