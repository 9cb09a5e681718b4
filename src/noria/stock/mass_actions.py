"""The verb of a partner's feed: make many shelves say what somebody counted, as sets."""

from collections.abc import Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection
from noria.kit.event import Event
from noria.kit.ids import uuid7
from noria.stock import actions as stock
from noria.stock import mass_rules as rules
from noria.stock import mass_store as store
from noria.stock import views
from noria.stock.model import Move, Movement, MovementKind, Place, Shelved, Shift, State

MOST_AT_ONCE = 30_000
"""A movement has at most so many moves: its lines are numbered in two bytes."""


def count(
    tx: Connection,
    lines: Sequence[Shelved],
    *,
    cause: str,
    counted_at: datetime,
    includes_held: bool,
    actor: str,
    now: datetime,
) -> list[Shift]:
    """Make the book say what was counted, each shelf once; differences are found or lost.

    What we took after `counted_at` is taken off first: whoever counted did not know of it. SKUs
    and nodes are known. Returns what changed.
    """
    assert len(lines) <= MOST_AT_ONCE, "a movement has no room for more"
    if not lines:
        return []
    stock.check_time(counted_at, now)
    opened = _opened(tx, lines)
    others = [line for line in lines if (line.sku, line.node) not in opened]
    skus, nodes = [line.sku for line in others], [line.node for line in others]
    store.lock(tx, skus, nodes)
    taken = views.taken_since(tx, sorted(set(nodes)), counted_at, includes_held=includes_held)
    changed = rules.shifts(others, store.known(tx, skus, nodes), taken)
    tracked = catalog.tracked(tx, [one.sku for one in changed])
    stock.put_right(
        tx,
        [_movement(one, cause, counted_at, now) for one in changed if one.sku in tracked],
        actor=actor,
        now=now,
    )
    plain = [one for one in changed if one.sku not in tracked]
    new = [
        Shift(sku=line.sku, node=line.node, before=0, change=line.quantity)
        for line in lines
        if (line.sku, line.node) in opened
    ]
    for kind, some, is_new in (
        (MovementKind.FOUND, new, True),
        (MovementKind.FOUND, [one for one in plain if one.change > 0], False),
        (MovementKind.LOST, [one for one in plain if one.change < 0], False),
    ):
        if some:
            store.write(
                tx,
                uuid7(int(now.timestamp() * 1000)),
                kind.value,
                cause,
                some,
                happened_at=counted_at,
                actor=actor,
                now=now,
                is_shifted=is_new,
            )
    _tell(tx, [*new, *plain])
    return [*new, *changed]


def _opened(tx: Connection, lines: Sequence[Shelved]) -> set[tuple[str, str]]:
    """Shelves of this count that there were not, and now are; none of a SKU that is told apart."""
    tracked = catalog.tracked(tx, [line.sku for line in lines])
    some = [line for line in lines if line.sku not in tracked]
    return store.open_filled(
        tx,
        [line.sku for line in some],
        [line.node for line in some],
        [line.quantity for line in some],
    )


def _movement(one: Shift, cause: str, counted_at: datetime, now: datetime) -> Movement:
    """Units that are told apart go by the verb that names them, one shelf a movement."""
    shelf, outside = Place(one.node, State.AVAILABLE), Place(one.node, State.OUTSIDE)
    is_found = one.change > 0
    source, target = (outside, shelf) if is_found else (shelf, outside)
    return Movement(
        id=uuid7(int(now.timestamp() * 1000)),
        kind=MovementKind.FOUND if is_found else MovementKind.LOST,
        cause=cause,
        happened_at=counted_at,
        moves=(Move(sku=one.sku, quantity=abs(one.change), source=source, target=target),),
    )


def _tell(tx: Connection, changed: Sequence[Shift]) -> None:
    """One event a shelf: its level as it is now."""
    events.publish(
        tx,
        [
            Event(
                type="stock.level.changed",
                subject=one.sku,
                data={
                    "levels": [
                        {
                            "node": one.node,
                            "state": State.AVAILABLE.value,
                            "quantity": one.before + one.change,
                        }
                    ]
                },
            )
            for one in changed
        ],
    )
