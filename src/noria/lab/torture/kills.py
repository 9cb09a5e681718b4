"""PostgreSQL is killed under load: what was answered is there once, and what was not gets settled.

Eight writers send requests, a few at a time, each with an id of its own, as the door takes them:
the id is claimed, the units are held, and the answer is stored, in one transaction. Every process
of the server is killed with signal 9 at a random moment and started again. Who got no answer sends
the same requests again, with the same ids, until there is one.
"""

import contextlib
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from noria.kit import idempotency, postgres_files
from noria.kit.db import Connection, Database, migrate
from noria.kit.errors import IdReused, Refusal, Unavailable
from noria.kit.postgres import Embedded
from noria.lab.torture import books, ground
from noria.lab.torture.ledger import Told, missing, untold
from noria.lab.torture.model import Place, Tally, tally
from noria.promise import actions as promises
from noria.promise.model import Hold

WRITERS = 8
SKUS = 8
UNITS = 500_000_000
AT_ONCE, LONG_AT_ONCE = 12, 120
"""How many requests a writer sends together: more in a long run, for a million of answers."""
SCOPE = "torture"
PATIENCE_S = 120.0
LIFE_S, LONG_LIFE_S = 0.4, 2.0
"""How long a server lives, on average, before it is killed: longer in a long run, for more load."""


class Runs(Protocol):
    """What runs a work in one transaction."""

    def run(self, work: Callable[[Connection], Any]) -> Any: ...


class Request(Struct, frozen=True):
    key: str
    sku: str
    units: int


def run(place: Place, first: int, trials: int) -> Tally:
    """So many kills of a server of their own, which keeps its durable settings."""
    home = place.home / f"kills-{first}"
    with _durable(home) as server:
        load = (LONG_LIFE_S, LONG_AT_ONCE) if place.is_long else (LIFE_S, AT_ONCE)
        return _kills(server, postgres_files.layout(home).data, first, trials, load)


@contextmanager
def _durable(home: Path) -> Iterator[Embedded]:
    shutil.rmtree(home, ignore_errors=True)
    server = Embedded(home)
    server.start()
    try:
        migrate(server.url)
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _kills(server: Embedded, data: Path, first: int, trials: int, load: tuple[float, int]) -> Tally:
    life_s, at_once = load
    told, over = Told(), threading.Event()
    found = tally(kills=trials)
    with closing(Database(server.url, pool_size=WRITERS + 2)) as db:
        db.run(prepare)
        writers = [
            threading.Thread(
                target=_write, name=name, args=(db, name, at_once, told, over), daemon=True
            )
            for name in (f"k{first}w{who}" for who in range(WRITERS))
        ]
        for writer in writers:
            writer.start()
        try:
            seen: set[str] = set()
            for number in range(first, first + trials):
                _live(told, life_s * 2 * random.Random(number).random())
                found.counts["ms_down"] += _kill(db, server, data)
                found.faults += _check(db, told, seen)
        finally:
            over.set()
            for writer in writers:
                writer.join(PATIENCE_S)
        found.faults += [f"{one.name} still waits" for one in writers if one.is_alive()]
        found.faults += _check(db, told, set()) + untold(db, told.answered()) + books.checked(db)
    found.counts.update(answered=len(told), not_answered=told.unknown, refused=told.refused)
    return found


def prepare(tx: Connection) -> None:
    ground.build(tx)
    ground.name(tx, [f"k{number}" for number in range(SKUS)])
    ground.fill(tx, "k", {(f"k{number}", "T1"): UNITS for number in range(SKUS)})


def _live(told: Told, life_s: float) -> None:
    """Let the server live, at least until it has answered something."""
    before, until = len(told), time.monotonic() + PATIENCE_S
    time.sleep(life_s)
    while len(told) == before:
        assert time.monotonic() < until, "nothing is answered any more"
        time.sleep(0.01)


def _kill(db: Database, server: Embedded, data: Path) -> int:
    """End every process of the server at once; how long it took to come back, in milliseconds."""
    pids = db.run(lambda tx: [pid for (pid,) in tx.execute("select pid from pg_stat_activity")])
    running = postgres_files.postmaster(data)
    assert running is not None
    for pid in (running.pid, *pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    server.ensure()
    return round(1000 * (time.monotonic() - began))


def _check(db: Database, told: Told, seen: set[str]) -> list[str]:
    """What was answered since the last look; noted before the database is read."""
    answered = {key: units for key, units in told.answered().items() if key not in seen}
    seen.update(answered)
    return patiently(lambda: missing(db, answered))


def _write(db: Database, name: str, at_once: int, told: Told, over: threading.Event) -> None:
    """Send batches until it is over; none is left without an answer."""
    chance, number = random.Random(name), 0
    while not over.is_set():
        batch = []
        for _ in range(chance.randint(1, at_once)):
            sku = f"k{chance.randrange(SKUS)}"
            batch.append(Request(f"{name}-{number}", sku, chance.randint(1, 3)))
            number += 1
        send(db, batch, told)


def send(db: Runs, batch: list[Request], told: Told) -> None:
    """Until there is an answer, with the same ids, however often the server is killed meanwhile."""
    while True:
        try:
            told.answer(db.run(lambda tx: hold_once(tx, batch)))
        except Unavailable:
            told.lose(len(batch))
            time.sleep(0.02)
        except Refusal:
            told.refuse()
            return
        else:
            return


def hold_once(tx: Connection, batch: list[Request]) -> dict[str, int]:
    """Hold each of the requests, or learn what it was answered before: units by id."""
    claim = idempotency.claim(tx, SCOPE, {one.key: idempotency.digest(one) for one in batch})
    for key in sorted(claim.reused):
        raise IdReused(id=key)
    known = {key: int(msgspec.json.decode(old.body)) for key, old in claim.known.items()}
    fresh = [one for one in batch if one.key not in known]
    holds = [
        Hold(id=one.key, demand=f"cart:{one.key}", sku=one.sku, node="T1", quantity=one.units)
        for one in fresh
    ]
    promises.reserve(tx, holds, actor=ground.ACTOR, now=ground.NOW)
    answers = {one.key: (200, msgspec.json.encode(one.units)) for one in fresh}
    idempotency.settle(tx, SCOPE, answers)
    return {**known, **{one.key: one.units for one in fresh}}


def patiently(question: Callable[[], list[str]]) -> list[str]:
    """Ask again while the pool still finds out that its connections are gone."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return question()
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
