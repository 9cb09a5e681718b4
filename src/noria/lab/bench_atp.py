"""Figures of what can be promised: 50 SKUs at 200 nodes, of three million shelves.

Memory answers the question as a table, as it does for every page of the API; the baseline is the
least that SQL has to do for it: the rows of those SKUs, through a covering index that the product
does without, by a prepared statement on an open transaction, in binary.
"""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg.sql import SQL, Identifier

from noria.kit import clock, ports, server
from noria.kit.auth import SYSTEM, Permission
from noria.kit.db import Connection, Database, vacuum
from noria.lab.bench_scale import POURED, Size
from noria.lab.chance import SEED, pick
from noria.lab.client import Client
from noria.lab.figures import Bench, Figure
from noria.people import actions as people
from noria.people.model import KeyWish
from noria.promise import actions as promises
from noria.promise.matrix import Matrix
from noria.promise.model import Hold

SIZE = Size(skus=100_000, nodes=200, nodes_of_a_sku=30)
UNITS, ASKED_SKUS, ASKED = 1000, 50, 400
CHANGED_AT_ONCE, WATCHED = 100, 200
PATIENCE_S = 120.0
HOST, PORT = "127.0.0.1", 8430

ASK = "select sku, node, quantity from balance where sku = any(%s) and state = 'available'"
INDEX = "create index balance_to_read on balance (sku, state, node) include (quantity)"
NO_INDEX = "drop index balance_to_read"
OUTSIDE = ", ('outside', -1)"
"""The other side of each shelf, which is not asked about here."""


def _atp(db: Database, rounds: int) -> Iterator[Figure]:
    """Memory against indexed SQL, how late memory is, and how much of it a server takes."""
    _fill(db)
    db.run(lambda tx: tx.execute(INDEX))
    vacuum(db.url, ["balance"])
    began = time.monotonic()
    with _kept(db.url) as matrix:
        load_s = time.monotonic() - began
        server.settle()  # as the server that it lives in
        yield from _reads(db, matrix, rounds)
        db.run(lambda tx: tx.execute(NO_INDEX))
        yield _staleness(db, matrix)
    yield _beside("atp_load", load_s, _scan(db), "s")
    yield _memory(db)


BENCHES: Mapping[str, Bench] = {"atp": _atp}


def _fill(db: Database) -> None:
    """Nodes, SKUs, and a balance for each shelf; nothing else is asked here."""
    given = {
        "skus": SIZE.skus, "nodes": SIZE.nodes, "width": SIZE.nodes_of_a_sku, "units": UNITS,
    }  # fmt: skip

    def pour(tx: Connection) -> None:
        tx.execute("set local session_replication_role = replica")
        for table, statement in POURED:
            if table in {"node", "sku", "balance"}:
                rows = statement.replace(OUTSIDE, "")
                query = SQL("insert into {} " + rows)
                tx.execute(query.format(Identifier(table)), given)

    db.run(pour)
    with db.transaction() as tx:
        row = tx.execute("select count(*) from balance").fetchone()
    assert row is not None
    assert row[0] == SIZE.shelves, "every shelf is there"
    vacuum(db.url, ["node", "sku", "balance"])


@contextmanager
def _kept(url: str) -> Iterator[Matrix]:
    matrix = Matrix(url)
    matrix.feed.start()
    try:
        _until(lambda: matrix.is_in_sync)
        yield matrix
    finally:
        matrix.feed.close()


def _reads(db: Database, matrix: Matrix, rounds: int) -> Iterator[Figure]:
    """The same questions to both, in turn; first they are seen to say the same."""
    asked = [
        [_sku(pick(SEED, "ask", turn, number, below=SIZE.skus)) for number in range(ASKED_SKUS)]
        for turn in range(ASKED)
    ]
    with db.transaction() as tx:
        for skus in asked[:20]:
            table = matrix.table(skus)
            assert table is not None, "memory is exact"
            assert _sums(tx, skus) == dict(zip(skus, table.totals, strict=True))
        pairs = [
            (
                _times(matrix.table, asked),
                _times(lambda skus: _rows(tx, skus), asked),
            )
            for _ in range(rounds)
        ]
    ours, theirs = ([_p99(took) for took in every] for every in zip(*pairs, strict=True))
    ratios = [statistics.median(b) / statistics.median(a) for a, b in pairs]
    yield _beside("atp_p99", statistics.median(ours), statistics.median(theirs), "ms", rounds)
    yield _beside("atp_ratio", statistics.median(ratios), 1.0, "times faster", rounds)


def _rows(tx: Connection, skus: Sequence[str]) -> list[tuple[str, str, int]]:
    with tx.cursor(binary=True) as cursor:
        return cursor.execute(ASK, [skus], prepare=True).fetchall()


def _sums(tx: Connection, skus: Sequence[str]) -> dict[str, int]:
    sums = dict.fromkeys(skus, 0)
    for sku, _, units in _rows(tx, skus):
        sums[sku] += units
    return sums


def _staleness(db: Database, matrix: Matrix) -> Figure:
    """How long after a commit memory knows of it, while somebody else writes all the time.

    Beside it, how long the write itself took.
    """
    ended = threading.Event()

    def write() -> None:
        turn = 0
        while not ended.is_set():
            turn += 1
            numbers = range(turn * CHANGED_AT_ONCE, (turn + 1) * CHANGED_AT_ONCE)
            _reserve(db, [number % SIZE.skus for number in numbers], turn=turn)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [_watch(db, matrix, turn) for turn in range(WATCHED)]
    finally:
        ended.set()
        writer.join()
    late, wrote = zip(*seen, strict=True)
    assert matrix.feed.loads == 1, "it heard of all of them, and was not loaded anew"
    return _beside("atp_staleness_p99", _p99(late), _p99(wrote), "ms")


def _watch(db: Database, matrix: Matrix, turn: int) -> tuple[float, float]:
    """Milliseconds until memory has heard of a write, and those that the write took."""
    sku = SIZE.skus - 1 - turn
    code = _sku(sku)
    before = matrix.table([code])
    assert before is not None
    began = time.perf_counter()
    _reserve(db, [sku], turn=-1 - turn)
    committed = time.perf_counter()
    while True:
        table = matrix.table([code])
        assert table is not None
        if table.totals[0] == before.totals[0] - 1:
            return (time.perf_counter() - committed) * 1000, (committed - began) * 1000
        time.sleep(0.0002)


def _reserve(db: Database, skus: Sequence[int], *, turn: int) -> None:
    """Hold one unit of each SKU at the first of its nodes, in one transaction."""
    holds = [
        Hold(
            id=f"{turn}-{place}",
            demand=f"bench:{turn}",
            sku=_sku(sku),
            node=f"N{sku % SIZE.nodes:03}",
            quantity=1,
        )
        for place, sku in enumerate(skus)
    ]
    db.run(lambda tx: promises.reserve(tx, holds, actor=SYSTEM.id, now=clock.now(tx)))


def _sku(number: int) -> str:
    return f"S{number:07}"


def _scan(db: Database) -> float:
    """Seconds in which PostgreSQL reads the same rows and sends none of them."""
    began = time.monotonic()
    with db.transaction() as tx:
        tx.execute("select sum(quantity) from balance where state = 'available'").fetchone()
    return time.monotonic() - began


def _memory(db: Database) -> Figure:
    """Megabytes of a server process that has all of it in memory, and of one that has none."""
    wish = KeyWish(name="bench", permissions=(Permission.PROMISE_READ,), nodes=None)
    made = db.run(lambda tx: people.add_key(tx, wish, actor=SYSTEM, now=clock.wall()))
    assert made.token is not None
    with_it = _server_megabytes(db.url, made.token, "256")
    without = _server_megabytes(db.url, made.token, "0")
    return _beside("atp_memory", with_it, without, "MB")


def _server_megabytes(url: str, token: str, megabytes: str) -> float:
    """What the largest process of a server holds, after it has answered some questions."""
    port = ports.claim_first(HOST, PORT)
    environ = {
        "DATABASE_URL": url, "NORIA_MATRIX_MEGABYTES": megabytes, "NORIA_LOG_LEVEL": "error",
        "NORIA_RATE_PER_MINUTE": "0",
    }  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - our own
        server.command(HOST, port), env={**_environ(), **environ}
    )
    try:
        client = Client(f"http://{HOST}:{port}", token)
        client.wait()
        if megabytes != "0":
            _until(lambda: client.get("/readyz")["parts"]["matrix"]["state"] == "in sync")
        for turn in range(100):
            skus = [_sku((turn * 50 + one) % SIZE.skus) for one in range(50)]
            assert client.get("/v1/availability", sku=skus)["items"]
        return max(_resident(pid) for pid in [process.pid, *_children(process.pid)])
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NORIA_")}


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _times(ask: Callable[[Sequence[str]], object], asked: Sequence[Sequence[str]]) -> list[float]:
    took = []
    for skus in asked:
        began = time.perf_counter()
        ask(skus)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _p99(took: Sequence[float]) -> float:
    return sorted(took)[len(took) * 99 // 100]


def _until(comes_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not comes_true():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


def _beside(figure: str, value: float, baseline: float, unit: str, rounds: int = 1) -> Figure:
    return Figure(
        figure=figure,
        value=round(value, 3),
        unit=unit,
        baseline=round(baseline, 3),
        ratio=round(value / baseline, 3),
        rounds=rounds,
    )
