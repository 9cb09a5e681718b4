"""One quick check, alone in its process, for code that may have a fault planted in it.

Exit code 0: nothing was found; 1: something was, or the code broke on the way; others: the check
itself could not be made.
"""

import asyncio
import logging
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import chain
from typing import Any

from noria.kit import idempotency
from noria.kit.db import Connection, Database
from noria.kit.errors import IdReused, Refusal, Unavailable
from noria.lab.torture import books, deadlocks, ground, kills, matrix, steps
from noria.lab.torture.kills import Request, hold_once
from noria.lab.torture.ledger import Told, missing, untold
from noria.promise import wish_actions as merging
from noria.promise.wish_belt import WishBelt
from noria.promise.wish_model import Asked, WishBody, WishLine

REPEATS, STEPS, AT_ONCE, REQUESTS = 10, 3_000, 3, 2_400
CALLERS = 6
LOST_TIES = 3
BATCHES, LOST = 40, 0.3
"""So many answers of all get lost."""
TURNS = 5
PATIENCE_S = 30.0


def check(name: str, url: str) -> list[str]:
    """What the check of this name finds wrong."""
    kind, _, of = name.partition(":")
    if kind == "races":
        return _races(url, *of.split("|"))
    return CHECKS[kind](url)


def _races(url: str, one: str, other: str) -> list[str]:
    """One pair of operations, at several statements."""
    names = [(pair[0].name, pair[1].name) for pair in matrix.PAIRS]
    pair = names.index((one, other)) if (one, other) in names else names.index((other, one))
    faults: list[str] = []
    for repeat in range(REPEATS):
        found = matrix.run(url, matrix.trial(pair, repeat), 1)
        faults += found.faults
        if faults:
            break
    return faults


def _steps(url: str) -> list[str]:
    return steps.run(url, 0, STEPS, AT_ONCE).faults


def _deadlocks(url: str) -> list[str]:
    """Those that were tried again inside count as well: somebody who waits in a circle is wrong."""
    ties = 0
    faults: list[str] = []
    for first in range(0, REQUESTS, deadlocks.FRESH_EVERY):
        found = deadlocks.run(url, first, deadlocks.FRESH_EVERY)
        ties += found.counts["deadlocks_retried"]
        faults += found.faults
        if ties > LOST_TIES:
            return [*faults, f"{ties} lost ties"]
    return faults


def _once(url: str) -> list[str]:
    """One request by several callers at once, again later, and with other content."""
    faults = []
    with closing(Database(url, pool_size=CALLERS)) as db:
        db.run(ground.build)
        db.run(lambda tx: ground.name(tx, ["once"]))
        db.run(lambda tx: ground.fill(tx, "once", {("once", "T1"): 50}))
        request, other = Request("one", "once", 2), Request("one", "once", 3)
        start = threading.Barrier(CALLERS)

        def ask(_: int) -> dict[str, int]:
            start.wait(PATIENCE_S)
            return db.run(lambda tx: hold_once(tx, [request]))

        with ThreadPoolExecutor(CALLERS) as pool:
            told = [*pool.map(ask, range(CALLERS)), db.run(lambda tx: hold_once(tx, [request]))]
        faults += [f"was told {one}" for one in told if one != {"one": 2}]
        held = db.run(lambda tx: tx.execute("select sum(held) from reservation").fetchone())
        faults += [] if held == (2,) else [f"{held} is held"]
        with suppress(IdReused):
            faults.append(f"other content: {db.run(lambda tx: hold_once(tx, [other]))}")
        return faults + books.checked(db)


class _Deaf:
    """A database whose answers get lost now and then, after what was asked has been done."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._chance = random.Random(7)

    def run(self, work: Callable[[Connection], Any]) -> Any:
        answer = self._db.run(work)
        if self._chance.random() < LOST:
            raise Unavailable(retry_after_s=1)
        return answer


def _replies(url: str) -> list[str]:
    """Requests that are sent until somebody answers take effect once."""
    told = Told()
    with closing(Database(url, pool_size=2)) as db:
        db.run(kills.prepare)
        deaf = _Deaf(db)
        for number in range(BATCHES):
            batch = [Request(f"re-{number}-{line}", f"k{line}", 1) for line in range(3)]
            kills.send(deaf, batch, told)
        answered = told.answered()
        return missing(db, answered) + untold(db, answered) + books.checked(db)


def _wishes(url: str) -> list[str]:
    """Wishes that are merged have what lies on a shelf, less what its node keeps back."""
    with closing(Database(url, pool_size=2)) as db:
        _shelve(db, ["wished"], 9)
        db.run(lambda tx: ground.keep_back(tx, "T1", 2))
        faults = []
        for number, (units, is_held) in enumerate([(1, True), (5, True), (2, False), (1, True)]):
            asked = _wish(f"wish-{number}", units)
            [told] = merging.answer(db, [asked])
            if isinstance(told, Refusal) is is_held:
                faults.append(f"{asked.body.id} was told {told!r}")
        return faults + books.checked(db)


def _belt(url: str) -> list[str]:
    """What a batch may not have whole is decided before the batch that came behind it.

    Both are on the belt before the first can be decided: it waits for a sale, and falls short by
    it. Then the two may still be decided in turn by luck, so it is tried more than once.
    """
    skus = [f"wished-{number}" for number in range(TURNS)]

    async def story(db: Database, sku: str) -> list[bool]:
        batches = [[_wish(f"{sku}.a", 3, sku), _wish(f"{sku}.b", 3, sku)], [_wish(sku, 3, sku)]]
        belt = WishBelt(db)
        await belt.answer([_wish(f"{sku}.first", 1, sku)])
        with db.transaction() as tx:
            ground.sell(tx, f"{sku}.sold", {(sku, "T1"): 2})
            told = [asyncio.create_task(belt.answer(batch)) for batch in batches]
            await asyncio.to_thread(_until_somebody_waits, db)
        answers = chain(*await asyncio.gather(*told))
        belt.close()
        return [not isinstance(one, Refusal) for one in answers]

    with closing(Database(url, pool_size=3)) as db:
        _shelve(db, skus, 9)
        merging.answer(db, [_wish(f"{sku}.opens", 1, sku) for sku in skus])
        held = [asyncio.run(story(db, sku)) for sku in skus]
        faults = [f"held out of turn: {one}" for one in held if one != [True, False, False]]
        return faults + books.checked(db)


def _shelve(db: Database, skus: Sequence[str], units: int) -> None:
    """So many units of each at the first warehouse."""
    db.run(ground.build)
    db.run(lambda tx: ground.name(tx, skus))
    db.run(lambda tx: ground.fill(tx, "wished", {(sku, "T1"): units for sku in skus}))


def _until_somebody_waits(db: Database) -> None:
    """Until a transaction waits for a lock that another holds."""
    waiting = (
        "select exists (select from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock')"
    )
    deadline = time.monotonic() + PATIENCE_S
    while db.run(lambda tx: tx.execute(waiting).fetchone()) == (False,):
        if time.monotonic() > deadline:
            raise TimeoutError("nobody waits")
        time.sleep(0.05)


def _wish(key: str, units: int, sku: str = "wished") -> Asked:
    line = WishLine(sku=sku, node="T1", quantity=units)
    body = WishBody(id=key, demand=f"cart:{key}", lines=(line,))
    return Asked(body=body, actor=ground.ACTOR, digest=idempotency.digest(body))


CHECKS: dict[str, Callable[[str], list[str]]] = {
    "steps": _steps,
    "deadlocks": _deadlocks,
    "once": _once,
    "replies": _replies,
    "wishes": _wishes,
    "belt": _belt,
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    try:
        faults = check(sys.argv[1], sys.argv[2])
    except Exception as problem:  # noqa: BLE001 - a fault that breaks the code has been found
        faults = [repr(problem)]
    for fault in faults[:3]:
        sys.stdout.write(f"{fault[:500]}\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
