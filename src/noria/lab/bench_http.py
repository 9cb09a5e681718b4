"""Reservations a second over HTTP: one a request, and in batches, beside a plain endpoint.

Ours is the server as `noria up` starts it. The baseline is `bench/plain_fastapi.py`: FastAPI on
uvicorn, asyncpg, `select … for update`, `update`, `insert`. One process each, the same generator
on the same cores before both, over as many connections, in turn. What our server said it holds has
its rows afterwards: reservation, movement, move, event, balance. The baseline's are counted
as well.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx2
from msgspec import Struct, structs
from psycopg.conninfo import conninfo_to_dict

import noria
from noria.kit import clock, ports, server
from noria.kit.auth import SYSTEM, Permission
from noria.kit.db import Database
from noria.kit.errors import Kind, Refusal, Text
from noria.lab import bench_shelves as shelves
from noria.lab.bench_reservations import Round, figure
from noria.lab.figures import Bench, Figure
from noria.lab.load import Load, Shape, allow_files, applied
from noria.people import actions as people
from noria.people.model import KeyWish

HOST, PORT = "127.0.0.1", 8440
BATCH = 100
MANY, FEW, BATCH_CONNECTIONS, STRETCH_S = 1024, 256, 16, 2.5
START_S = 600.0
"""A server that ended is noticed at once; one that is starting may have next to no processor."""


class Asking(Struct, frozen=True):
    """Requests of a kind, for which goods, over how many connections the baseline is asked."""

    shape: Shape
    how: str
    connections: int


PLAIN = Path(noria.__file__).parents[2] / "bench" / "plain_fastapi.py"
NEEDED = ("asyncpg", "fastapi", "httptools", "uvicorn", "uvloop")
FIGURES = {
    "http_hot": Asking(Shape.WISH, "hot", MANY),
    "http_spread": Asking(Shape.WISH, "uniform", MANY),
    "http_hot_256": Asking(Shape.WISH, "hot", FEW),
    "http_spread_256": Asking(Shape.WISH, "uniform", FEW),
    "http_batch": Asking(Shape.BATCH, "hot", MANY),
    "http_batch_spread": Asking(Shape.BATCH, "uniform", MANY),
}
"""Batches go over fewer connections than their baseline: 16 of them are 1,600 wishes in flight."""


class BaselineMissing(Refusal):
    code = "baseline-missing"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "What Noria is measured against cannot run here; missing: {missing}.",
        "Ce à quoi Noria se mesure ne peut pas tourner ici\u202f; il manque {missing}.",
    )
    do = Text(
        "In a checkout of the source: `.venv/bin/pip install --require-hashes"
        " -r requirements/bench.txt`.",
        "Dans une copie des sources\u202f: `.venv/bin/pip install --require-hashes"
        " -r requirements/bench.txt`.",
    )


def _http(db: Database, rounds: int) -> Iterator[Figure]:
    """Every figure in every round, so that a slow minute of the machine meets all of them."""
    _check()
    shelves.build(db)
    allow_files()
    ours: dict[str, list[Round]] = {name: [] for name in FIGURES}
    plain: dict[tuple[str, int], list[Round]] = {
        (one.how, one.connections): [] for one in FIGURES.values()
    }
    with noria_served(db.url) as served, _plain_served(db.url) as other:
        load = loaded(db, served)
        for seed in range(rounds):
            for (how, connections), made in plain.items():
                one = turned(load, Asking(Shape.PLAIN, how, connections), seed=seed)
                made.append(counted(db, structs.replace(one, port=other), "plain"))
            for name, asking in FIGURES.items():
                one = turned(load, asking, seed=seed)
                ours[name].append(counted(db, one, *shelves.TABLES, "balance"))
    for name, asking in FIGURES.items():
        yield figure(name, ours[name], plain[asking.how, asking.connections])


BENCHES: Mapping[str, Bench] = {"http": _http}


@contextmanager
def noria_served(url: str, **environ: str) -> Iterator[int]:
    """A server as `noria up` starts it; its port. The limit of requests is out of reach."""
    port = ports.claim_first(HOST, PORT)
    settings = {"DATABASE_URL": url, "NORIA_RATE_PER_MINUTE": "1000000", **environ}
    with _running(server.command(HOST, port), {**environment(), **settings}, port):
        yield port


def loaded(db: Database, port: int) -> Load:
    """Wishes for one unit, with a key of their own."""
    wish = KeyWish(name="bench", permissions=(Permission.RESERVE,), nodes=None)
    made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
    assert made.token is not None
    return Load(
        host=HOST,
        port=port,
        shape=Shape.WISH,
        how="hot",
        node=shelves.node(),
        seed=0,
        skus=shelves.SKUS,
        token=made.token,
        stretch_s=STRETCH_S,
    )


def turned(load: Load, asking: Asking, *, seed: int, lines: int = BATCH) -> Load:
    """A load with requests of this kind instead."""
    is_batch = asking.shape is Shape.BATCH
    return structs.replace(
        load,
        shape=asking.shape,
        how=asking.how,
        seed=seed,
        connections=BATCH_CONNECTIONS if is_batch else asking.connections,
        lines=lines if is_batch else 1,
    )


def _check() -> None:
    """Refuse before anything is made.

    Raises:
        BaselineMissing: naming what is not there.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not PLAIN.is_file():
        missing.append("bench/plain_fastapi.py")
    if missing:
        raise BaselineMissing(missing=", ".join(missing))


@contextmanager
def _plain_served(url: str) -> Iterator[int]:
    port = ports.claim_first(HOST, PORT)
    known = conninfo_to_dict(url)
    words = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
             "dbname": "PGDATABASE"}  # fmt: skip
    where = {variable: str(known[word]) for word, variable in words.items() if known.get(word)}
    command = (
        *(sys.executable, "-m", "uvicorn", "--app-dir", str(PLAIN.parent), "plain_fastapi:app"),
        *("--host", HOST, "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "warning"),
    )
    with _running(command, {**environment(), **where}, port):
        yield port


@contextmanager
def _running(command: Sequence[str], environ: Mapping[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environ)  # noqa: S603 - the two that are measured
    try:
        until = time.monotonic() + START_S
        while not _answers(port):
            assert process.poll() is None, f"{command[2]} ended with {process.returncode}"
            assert time.monotonic() < until, f"{command[2]} does not answer"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(START_S)


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://{HOST}:{port}/healthz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def environment() -> dict[str, str]:
    """This process's own, without settings of another installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NORIA_")}


def counted(db: Database, load: Load, *tables: str) -> Round:
    """What was held a second; there is a row in each of `tables` for each that was held."""
    before = _counts(db)
    seen, whole = applied(load)
    after = _counts(db)
    assert not whole.others, f"all are granted, but {whole.others}"
    for table in tables:
        found = after[table] - before[table]
        assert found == whole.held, f"{found} rows of {table}, {whole.held} answered"
    return Round(rate=seen.held / seen.seconds, p50_ms=seen.p50_ms, p99_ms=seen.p99_ms)


def _counts(db: Database) -> dict[str, int]:
    with db.transaction() as tx:
        return shelves.counts(tx)
