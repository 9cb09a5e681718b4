"""The verb of a partner's feed: make many shelves say what somebody counted, as sets."""

from datetime import datetime

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.kit.ids import uuid7
from noria.stock import actions as stock
from noria.stock import mass_rules as rules
from noria.stock import mass_store as store
from noria.stock import views
from noria.stock.model import (
    Move,
    Movement,
    MovementKind,
    Place,
    Shelves,
    Shift,
    Shifted,
    State,
)

MOST_AT_ONCE = 30_000
"""A movement has at most so many moves: its lines are numbered in two bytes."""


def count(
    tx: Connection,
    lines: Shelves,
    *,
    cause: str,
    counted_at: datetime,
    includes_held: bool,
    actor: str,
    now: datetime,
) -> Shifted:
    """Make the book say what was counted, each shelf once; differences are found or lost.

    What we took after `counted_at` is taken off first: whoever counted did not know of it. SKUs
    and nodes are known.
    """
    assert len(lines.skus) <= MOST_AT_ONCE, "a movement has no room for more"
    stock.check_time(counted_at, now)
    movement = uuid7(int(now.timestamp() * 1000))
    found, rest = store.open_filled(
        tx, lines, movement, cause, happened_at=counted_at, actor=actor, now=now
    )
    opened = len(lines.skus) - len(rest.skus)
    changed = _put_right(
        tx, rest, cause=cause, counted_at=counted_at, includes_held=includes_held,
        actor=actor, now=now,
    )  # fmt: skip
    return Shifted(
        shelves=opened + len(changed),
        found=found + sum(one.change for one in changed if one.change > 0),
        lost=-sum(one.change for one in changed if one.change < 0),
    )


def _put_right(
    tx: Connection,
    lines: Shelves,
    *,
    cause: str,
    counted_at: datetime,
    includes_held: bool,
    actor: str,
    now: datetime,
) -> list[Shift]:
    """Decide under the locks of shelves that are there what has to change, and book it."""
    if not lines.skus:
        return []
    store.lock(tx, lines)
    nodes = sorted(set(lines.nodes))
    taken = views.taken_since(tx, nodes, counted_at, includes_held=includes_held)
    changed = rules.shifts(lines, store.known(tx, lines), taken)
    tracked = catalog.tracked(tx, [one.sku for one in changed])
    stock.put_right(
        tx,
        [_movement(one, cause, counted_at, now) for one in changed if one.sku in tracked],
        actor=actor,
        now=now,
    )
    plain = [one for one in changed if one.sku not in tracked]
    for kind, some in (
        (MovementKind.FOUND, [one for one in plain if one.change > 0]),
        (MovementKind.LOST, [one for one in plain if one.change < 0]),
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
            )
    return changed


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
