"""One quick check, alone in its process, for code that may have a fault planted in it.

Exit code 0: nothing was found; 1: something was, or the code broke on the way; others: the check
itself could not be made.
"""

import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from psycopg.conninfo import make_conninfo

from noria.kit.db import Database
from noria.kit.errors import IdReused
from noria.lab.torture import books, deadlocks, ground, kills, matrix, steps
from noria.lab.torture.kills import Request, hold_once
from noria.lab.torture.model import Place

REPEATS, STEPS, AT_ONCE, REQUESTS = 10, 1_200, 3, 480
CALLERS = 6
LOST_TIES = 3
PATIENCE_S = 30.0


def check(name: str, url: str, home: Path) -> list[str]:
    """What the check of this name finds wrong."""
    kind, _, of = name.partition(":")
    if kind == "races":
        return _races(url, *of.split("|"))
    if kind == "kills":
        return kills.run(Place(database=None, home=home), 0, 2).faults  # type: ignore[arg-type]
    return CHECKS[kind](url)


def _races(url: str, one: str, other: str) -> list[str]:
    """One pair of operations, at several statements."""
    names = [(pair[0].name, pair[1].name) for pair in matrix.PAIRS]
    pair = names.index((one, other)) if (one, other) in names else names.index((other, one))
    faults: list[str] = []
    for repeat in range(REPEATS):
        found = matrix.run(url, pair + repeat * len(matrix.PAIRS), 1)
        faults += found.faults
        if faults:
            break
    return faults


def _steps(url: str) -> list[str]:
    return steps.run(url, 0, STEPS, AT_ONCE).faults


def _deadlocks(url: str) -> list[str]:
    """Those that were tried again inside count as well: somebody who waits in a circle is wrong."""
    quick = make_conninfo(url, options="-c deadlock_timeout=20ms")
    ties = 0
    faults: list[str] = []
    for first in range(0, REQUESTS, deadlocks.FRESH_EVERY):
        found = deadlocks.run(quick, first, deadlocks.FRESH_EVERY)
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


CHECKS: dict[str, Callable[[str], list[str]]] = {
    "steps": _steps,
    "deadlocks": _deadlocks,
    "once": _once,
}


def main() -> None:
    logging.disable(logging.CRITICAL)
    try:
        faults = check(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    except Exception as problem:  # noqa: BLE001 - a fault that breaks the code has been found
        faults = [repr(problem)]
    for fault in faults[:3]:
        sys.stdout.write(f"{fault[:500]}\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
