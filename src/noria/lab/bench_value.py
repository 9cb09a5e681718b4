"""How many moves a second have their value booked, by the follower of the ledger of units."""

import time
from collections.abc import Iterator, Mapping

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.ids import uuid7
from noria.lab import bench_shelves as shelves
from noria.lab.chance import SEED, pick
from noria.lab.figures import Bench, Figure, compared
from noria.lab.goods_asked import sku
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State
from noria.value import actions as value

MOVES, ALONE, AT_ONCE = 20_000, 200, 1_000


def _value(db: Database, rounds: int) -> Iterator[Figure]:
    """Sales and receipts followed in stretches, against one move a transaction."""
    shelves.build(db)
    _follow(db, value.STRETCH)
    yield compared(
        "value_moves",
        rounds,
        lambda: _speed(db, MOVES, value.STRETCH),
        lambda: _speed(db, ALONE, 1),
        "moves/s",
    )


BENCHES: Mapping[str, Bench] = {"value": _value}


def _speed(db: Database, moves: int, stretch: int) -> float:
    """Moves followed a second; counted in the ledger of value afterwards."""
    before = _entries(db)
    for start in range(0, moves, AT_ONCE):
        _move(db, start, min(AT_ONCE, moves - start))
    began = time.monotonic()
    _follow(db, stretch)
    seconds = time.monotonic() - began
    assert _entries(db) - before == moves, "every move has its value"
    return moves / seconds


def _move(db: Database, first: int, count: int) -> None:
    """Three sales for each receipt, of SKUs drawn anew."""
    with db.transaction() as tx:
        now = clock.now(tx)
        prefix = uuid7(int(now.timestamp() * 1000))
        inside, outside = (Place(shelves.node(), state)
                           for state in (State.AVAILABLE, State.OUTSIDE))  # fmt: skip
        facts = []
        for number in range(first, first + count):
            is_sale = number % 4 > 0
            source, target = (inside, outside) if is_sale else (outside, inside)
            goods = sku(pick(SEED, "value", prefix, number, below=shelves.SKUS))
            facts.append(
                Movement(
                    id=f"{prefix}-{number:06}",
                    kind=MovementKind.SOLD if is_sale else MovementKind.RECEIVED,
                    cause=f"till:{prefix}-{number}",
                    happened_at=now,
                    moves=(Move(sku=goods, quantity=1, source=source, target=target),),
                )
            )
        stock.book(tx, facts, actor=SYSTEM.id, now=now)


def _follow(db: Database, stretch: int) -> None:
    while not db.run(lambda tx: value.follow(tx, limit=stretch)).is_current:
        pass


def _entries(db: Database) -> int:
    with db.transaction() as tx:
        [(entries,)] = tx.execute("select count(*) from value_entry").fetchall()
    return int(entries)
