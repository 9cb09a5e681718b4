"""Reservations a second: the product's own engine beside the row lock that anybody would write.

Ours: each caller asks for one unit and waits for its answer; what comes at the same time is merged,
and every answer has its rows: reservation, with the digest that makes it idempotent, movement,
move, events, balances. The baseline: `select … for update`, `update`, `insert`, commit, through a
pool of 32 connections. Its callers are 32 as well: more of them only make it slower. Both are on
the same server, in turn.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from psycopg_pool import AsyncConnectionPool

from noria.kit import clock, idempotency, server
from noria.kit.auth import SYSTEM
from noria.kit.batch import Batcher
from noria.kit.db import Database
from noria.kit.ids import uuid7
from noria.lab import bench_shelves as shelves
from noria.lab import goods_asked as goods
from noria.lab.figures import Bench, Figure
from noria.promise.wish_actions import Answer
from noria.promise.wish_belt import ABREAST, FEW, WishBelt
from noria.promise.wish_model import Asked, WishBody, WishLine

SECONDS, WARM_S = 2.0, 0.3
POOL = 32
CALLERS = {"hot": (1, 32, 1024), "uniform": (32, 1024), "zipf": (32, 1024)}


class Round(Struct, frozen=True):
    """What one stretch of time gave: answers a second, and how long they took."""

    rate: float
    p50_ms: float
    p99_ms: float


def _reservations(db: Database, rounds: int) -> Iterator[Figure]:
    """Every figure in every round, so that a slow minute of the machine meets all of them."""
    shelves.build(db)
    server.settle()  # as the server that it lives in
    made: dict[str, list[Round]] = {}
    for number in range(rounds):
        for how, callers in CALLERS.items():
            made.setdefault(how, []).append(asyncio.run(_plain(db, how, number)))
            for many in callers:
                made.setdefault(f"{how}_{many}", []).append(_ours(db, how, many, number))
    for how, callers in CALLERS.items():
        for many in callers:
            yield figure(f"{how}_{many}", made[f"{how}_{many}"], made[how])


BENCHES: Mapping[str, Bench] = {"reservations": _reservations}


def figure(name: str, ours: Sequence[Round], plain: Sequence[Round], *, lines: int = 1) -> Figure:
    """Medians of rounds; the ratio is that of each round with the baseline of the same round."""
    ratios = [one.rate * lines / other.rate for one, other in zip(ours, plain, strict=True)]
    return Figure(
        figure=name,
        value=round(statistics.median(one.rate for one in ours) * lines, 1),
        unit="reservations/s",
        baseline=round(statistics.median(one.rate for one in plain), 1),
        ratio=round(statistics.median(ratios), 2),
        rounds=len(ours),
        p50_ms=round(statistics.median(one.p50_ms for one in ours), 2),
        p99_ms=round(statistics.median(one.p99_ms for one in ours), 2),
        baseline_p99_ms=round(statistics.median(one.p99_ms for one in plain), 2),
    )


def _ours(db: Database, how: str, callers: int, seed: int) -> Round:
    with db.transaction() as tx:
        before = shelves.counts(tx)
    answered, result = asyncio.run(_merged(db, how, callers, seed))
    with db.transaction() as tx:
        after = shelves.counts(tx)
    for table in (*shelves.TABLES, "balance"):
        assert after[table] - before[table] == answered, f"{table}: {after} {before} {answered}"
    return result


async def _merged(db: Database, how: str, callers: int, seed: int) -> tuple[int, Round]:
    choose, place = goods.chooser(how, seed, shelves.SKUS), shelves.node()
    belt = WishBelt(db)
    batcher = Batcher[Asked, Answer](belt.answer, name="bench", abreast=ABREAST, few=FEW)

    async def ask() -> None:
        key = uuid7(int(clock.wall().timestamp() * 1000))
        line = WishLine(sku=goods.sku(choose()), node=place, quantity=1)
        body = WishBody(id=key, demand=f"cart:{key}", lines=(line,))
        asked = Asked(body=body, actor=SYSTEM.id, digest=idempotency.digest(body))
        assert isinstance(await batcher(asked), bytes)

    found = await measured(ask, callers)
    await batcher.close()
    belt.close()
    return found


async def _plain(db: Database, how: str, seed: int) -> Round:
    choose, address = goods.chooser(how, seed, shelves.SKUS), db.url
    async with AsyncConnectionPool(address, min_size=POOL, max_size=POOL, open=False) as pool:
        await pool.wait()

        async def ask() -> None:
            key = uuid7(int(clock.wall().timestamp() * 1000))
            sku = goods.sku(choose())
            async with pool.connection() as connection:
                found = await connection.execute(
                    "select on_hand - reserved from plain_stock where sku = %s for update", [sku]
                )
                left = await found.fetchone()
                assert left is not None
                assert left[0] >= 1
                await connection.execute(
                    "update plain_stock set reserved = reserved + 1 where sku = %s", [sku]
                )
                await connection.execute(
                    "insert into plain_reservation (id, sku, quantity) values (%s, %s, 1)",
                    [key, sku],
                )

        _, result = await measured(ask, POOL)
        return result


async def measured(ask: Callable[[], Awaitable[None]], callers: int) -> tuple[int, Round]:
    """So many callers, each asking again as soon as it is answered; all that was answered."""
    began = time.monotonic() + WARM_S
    until = began + SECONDS
    took: list[tuple[float, float]] = []
    answered = 0

    async def caller() -> None:
        nonlocal answered
        while (at := time.monotonic()) < until:
            await ask()
            now = time.monotonic()
            answered += 1
            if began <= now < until:
                took.append((now, now - at))

    await asyncio.gather(*(caller() for _ in range(callers)))
    return answered, summed([seconds for _, seconds in took], SECONDS)


def summed(took: Sequence[float], seconds: float) -> Round:
    """A round, of how long each answer took, in seconds."""
    sorted_ = sorted(took) or [seconds]
    return Round(
        rate=len(took) / seconds,
        p50_ms=sorted_[len(sorted_) // 2] * 1000,
        p99_ms=sorted_[len(sorted_) * 99 // 100] * 1000,
    )
