"""Verbs of absolute writes: the till says 7."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import views as network
from noria.stock import actions as stock
from noria.stock.levels import rules, views
from noria.stock.levels.model import LevelWish, LevelWritten
from noria.stock.model import Mark, State


def write(
    tx: Connection, wishes: Sequence[LevelWish], *, actor: str, now: datetime
) -> dict[str, LevelWritten]:
    """Make levels what the wishes say, all of them or none; a difference is found or lost.

    Raises:
        BeliefMissing: one does not say what it believed.
        StaleLevel: one believed what is no longer so.
        UnknownCodes, IdReused: nothing was booked.
    """
    assert len({(wish.sku, wish.node) for wish in wishes}) == len(wishes), "a shelf is there once"
    catalog.check_known(tx, [wish.sku for wish in wishes])
    network.check_known(tx, [wish.node for wish in wishes])
    shelves = [(wish.sku, wish.node) for wish in wishes]
    before = views.levels(tx, shelves)
    ends = (State.AVAILABLE, State.OUTSIDE)
    stock.lock(tx, [(*shelf, state) for shelf in shelves for state in ends])
    levels = views.levels(tx, shelves)
    movements = []
    for wish, shelf in zip(wishes, shelves, strict=True):
        level = levels[shelf]
        if before[shelf].version == 0 and level.quantity == 0:
            level = structs.replace(level, version=0)  # the lock opened the row, and nobody else
        rules.check_believed(level, wish)
        if (movement := rules.movement(level, wish, now=now)) is not None:
            movements.append(movement)
    stock.put_right(tx, movements, actor=actor, now=now)
    stock.mark(tx, [_mark(wish, now) for wish in wishes], now=now)
    after = views.levels(tx, shelves)
    return {
        wish.id: LevelWritten(
            id=wish.id,
            sku=wish.sku,
            node=wish.node,
            quantity=after[shelf].quantity,
            version=after[shelf].version,
            change=after[shelf].quantity - levels[shelf].quantity,
        )
        for wish, shelf in zip(wishes, shelves, strict=True)
    }


def _mark(wish: LevelWish, now: datetime) -> Mark:
    return Mark(
        sku=wish.sku,
        node=wish.node,
        cause=f"level:{wish.id}",
        counted_at=now,
        quantity=wish.quantity,
    )
