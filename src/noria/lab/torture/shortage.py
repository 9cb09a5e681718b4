"""Too many callers, a statement that hangs, a disk that is full: a clear answer, and no loss.

What cannot be done now is answered 503 or 429 with Retry-After, never 500. What was answered with
success is in the book once. When the trouble is over, the system is back within 30 seconds by
itself. A full disk is a small file system in memory, which only root can mount; for others that
trial is counted as `not_tried`, and the finding says so.
"""

import os
import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx2

from noria.kit.auth import Permission
from noria.kit.db import Connection, Database, migrate
from noria.kit.postgres import Embedded
from noria.lab import setup
from noria.lab.torture import books, ground
from noria.lab.torture.kills import patiently
from noria.lab.torture.ledger import Told, missing, untold
from noria.lab.torture.model import Place, Tally, tally
from noria.lab.torture.servers import Door, Server, serving

CALLERS, POOL = 500, 20
SKU = "sh"
HANGS_S = 8.0
BACK_S = 30.0
PATIENCE_S = 120.0
DISK_MIB = 320
FULL_S = 4.0
WRITERS = 6
DONE, NOT_NOW = 200, {429, 503}
Send = Callable[[str, str, str, int], httpx2.Response | None]
"""How a request goes out: address, id, SKU, units."""


class _Seen:
    """What callers were answered, by status; 0 is no answer at all."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self.last_done = 0.0


def run(place: Place, first: int, trials: int) -> Tally:
    """Trials in turn: callers without connections, and a full disk."""
    found = tally()
    for number in range(first, first + trials):
        if number % 2 == 0:
            with place.database() as url:
                found.add(crowded(url, number))
        elif os.geteuid() == 0:
            found.add(full(place.home, number))
        else:
            found.counts["not_tried"] += 1
    return found


def crowded(url: str, number: int) -> Tally:
    """500 callers of one SKU, whose shelf somebody else keeps locked: they wait, or come back.

    Half of them wish, and are merged; the others tell a fact, each on a connection of its own.
    """
    told, seen = Told(), _Seen()
    with (
        closing(Database(url, pool_size=3)) as db,
        serving(url, 1, {"NORIA_POOL_SIZE": str(POOL)}) as [server],
        closing(Door(_prepare(db), timeout_s=PATIENCE_S)) as door,
    ):
        hanging = threading.Thread(target=_hang, args=(db,))
        hanging.start()
        time.sleep(0.2)
        began = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as pool:
            for who in range(CALLERS):
                send = (door.hold, door.receive)[who % 2]
                pool.submit(_insist, send, server, f"sh{number}-{who}", told, seen)
        hanging.join()
        back_s = time.monotonic() - began - HANGS_S
        return _judged(db, told, seen, "crowded", back_s)


def _prepare(db: Database) -> str:
    db.run(ground.build)
    db.run(lambda tx: ground.name(tx, [SKU]))
    db.run(lambda tx: ground.fill(tx, SKU, {(SKU, "T1"): 10**6}))
    return setup.make_key(db, "torture", (Permission.RESERVE, Permission.STOCK_WRITE))


def _hang(db: Database) -> None:
    def hang(tx: Connection) -> None:
        tx.execute("select from balance where sku = %s for update", [SKU])
        tx.execute("select pg_sleep(%s)", [HANGS_S])

    db.run(hang)


def _insist(send: Send, server: Server, key: str, told: Told, seen: _Seen) -> None:
    """One request, again after each answer that asks for it, until it is done."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if _ask(send, server, key, told, seen):
            return
        time.sleep(0.5 + random.random())
    seen.faults.append(f"{key} was never done")


def _ask(send: Send, server: Server, key: str, told: Told, seen: _Seen) -> bool:
    answer = send(server.address, key, SKU, 1)
    status = answer.status_code if answer is not None else 0
    seen.statuses[status] += 1
    if status == DONE:
        told.answer({key: 1})
        seen.last_done = time.monotonic()
        return True
    if answer is not None and status not in NOT_NOW:
        seen.faults.append(f"{key} was answered {status}: {answer.text[:200]}")
    elif answer is not None and "retry-after" not in answer.headers:
        seen.faults.append(f"{key}: {status} without Retry-After")
    return False


def _judged(db: Database, told: Told, seen: _Seen, what: str, back_s: float) -> Tally:
    """Whatever is wrong; what was answered is noted before the database is read."""
    answered = told.answered()
    found = tally(trials=1, answered=len(answered))
    for status, count in seen.statuses.items():
        found.counts[f"{what}: {status or 'no answer'}"] = count
    found.counts[f"{what}: ms until all was well"] = max(0, round(1000 * back_s))
    found.faults += seen.faults
    if back_s > BACK_S:
        found.faults.append(f"{what}: it took {back_s:.0f} s to be back")
    if not seen.statuses.keys() & NOT_NOW:
        found.faults.append(f"{what}: nobody was asked to come back: this trial tried nothing")
    found.faults += patiently(lambda: missing(db, answered))
    found.faults += patiently(lambda: untold(db, answered)) + patiently(lambda: books.checked(db))
    return found


def full(home: Path, number: int) -> Tally:
    """Writers go on while the disk of the database has not a byte left, and after it has again."""
    told, seen, over = Told(), _Seen(), threading.Event()
    with _small_disk(home) as disk:
        server = Embedded(disk / "noria", {"max_wal_size": "64MB", "min_wal_size": "32MB"})
        server.start()
        watching = threading.Thread(target=server.watch, args=(over,))
        watching.start()
        try:
            migrate(server.url)
            with (
                closing(Database(server.url, pool_size=3)) as db,
                serving(server.url, 1) as [listening],
                closing(Door(_prepare(db), timeout_s=PATIENCE_S)) as door,
            ):
                ballast = disk / "ballast"
                back_s = _fill_and_free(ballast, door, listening, f"fu{number}", told, seen)
                return _judged(db, told, seen, "full", back_s)
        finally:
            over.set()
            watching.join()
            server.stop()


def _fill_and_free(
    ballast: Path, door: Door, server: Server, name: str, told: Told, seen: _Seen
) -> float:
    """How long after the disk had room again everybody was answered, in seconds."""
    ended = threading.Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        for who in range(WRITERS):
            pool.submit(_write, door, server, f"{name}-{who}", told, seen, ended)
        time.sleep(1)
        _fill(ballast)
        time.sleep(FULL_S)
        until = time.monotonic() + PATIENCE_S
        while not seen.statuses.keys() & NOT_NOW and time.monotonic() < until:
            time.sleep(0.1)
        ballast.unlink()
        freed = time.monotonic()
        while seen.last_done < freed and time.monotonic() < freed + PATIENCE_S:
            time.sleep(0.05)
        ended.set()
    return max(seen.last_done, freed) - freed if seen.last_done > freed else PATIENCE_S


def _write(
    door: Door, server: Server, name: str, told: Told, seen: _Seen, ended: threading.Event
) -> None:
    number = 0
    while not ended.is_set():
        _insist(door.hold, server, f"{name}-{number}", told, seen)
        number += 1


def _fill(ballast: Path) -> None:
    """Not a byte is left."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        block = b"\0" * (1 << 20)
        while len(block):
            try:
                file.write(block)
            except OSError:
                block = block[: len(block) // 2]


@contextmanager
def _small_disk(home: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="disk-", dir=home))
    folder.chmod(0o711)
    options = f"size={DISK_MIB}m,mode=0711"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "torture", folder], check=True)  # noqa: S603, S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)  # noqa: S603, S607
        folder.rmdir()
