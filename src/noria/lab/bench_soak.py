"""Sustained load: an installation under as many reservations as it takes, for an hour or longer.

Server and worker run as `noria up` starts them, but for the hourly audit, which is a figure of its
own; PostgreSQL and its autovacuum run as they come; old rows go when the product says so. The
database is kept until the run is over: interrupted, the same command goes on with the next minute.
"""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from noria.kit.db import Connection, Database, beside, drop
from noria.kit.errors import Kind, Refusal, Text
from noria.lab import bench_shelves as shelves
from noria.lab.bench_http import environment, loaded, noria_served
from noria.lab.figures import Figure
from noria.lab.load import Load, Seen, applied

NAME = "noria_soak"
CONNECTIONS, HOW = 64, "zipf"
HOLD_MINUTES = 43_200
"""As long as a hold may last: what is swept is what the product sweeps, not the load itself."""
MINUTE_S, WARM_S = 60.0, 5.0
TENTHS = 10
FREE_GB = 5
MEGABYTE = 2**20
TABLES = (*shelves.TABLES, "balance")


class DiskNearlyFull(Refusal):
    code = "disk-nearly-full"
    kind = Kind.UNAVAILABLE
    says = Text(
        "Less than {gigabytes} GB are free where PostgreSQL writes; the load was ended.",
        "Moins de {gigabytes}\u202fGo restent où PostgreSQL écrit\u202f; la charge s'est arrêtée.",
    )
    do = Text(
        "Make room, then run the same command again: it goes on from here.",
        "Faites de la place, puis relancez la même commande\u202f: elle reprend ici.",
    )


class Minute(Struct, frozen=True, kw_only=True):
    """One minute of the load; sizes, dead rows and vacuums are those at its end."""

    minute: int
    rate: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    wal_mb: float
    database_mb: float
    dead_rows: int
    vacuums: int


class TableSize(Struct, frozen=True, kw_only=True):
    """A table when the load was over."""

    table: str
    rows: int
    dead_rows: int
    table_mb: float
    index_mb: float
    vacuums: int


Told = Minute | TableSize | Figure


def soak(url: str, home: Path, minutes: int, *, is_fresh: bool = False) -> Iterator[Told]:
    """Each minute as it passes, also those of an interrupted run; then tables, and the figures.

    Raises:
        DiskNearlyFull: it may be gone on with when there is room.
    """
    log = home / "soak.jsonl"
    if is_fresh or not log.exists():
        drop(url, NAME)
    address, is_new = beside(url, NAME)
    if is_new:
        home.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
    done = [msgspec.json.decode(line, type=Minute) for line in log.read_bytes().splitlines()]
    yield from done
    db = Database(address, application="noria-bench")
    try:
        if is_new:
            shelves.build(db)
        for minute in _minutes(db, home, len(done), minutes):
            with log.open("ab") as file:
                file.write(msgspec.json.encode(minute) + b"\n")
            done.append(minute)
            yield minute
        with db.transaction() as tx:
            sizes = _sizes(tx)
        yield from sizes
    finally:
        db.close()
    yield from _figures(done[:minutes], sizes)
    drop(url, NAME)
    log.unlink()


def _minutes(db: Database, home: Path, done: int, minutes: int) -> Iterator[Minute]:
    """The minutes that are still to come; what was answered in them has its rows afterwards."""
    if done >= minutes:
        return
    with noria_served(db.url, NORIA_LOG_LEVEL="warning") as port, _working(db.url):
        load = structs.replace(
            loaded(db, port), how=HOW, seed=done, connections=CONNECTIONS, minutes=HOLD_MINUTES,
            warm_s=WARM_S, stretch_s=MINUTE_S, stretches=minutes - done,
        )  # fmt: skip
        yield from _measured(db, home, load, done)


def _measured(db: Database, home: Path, load: Load, done: int) -> Iterator[Minute]:
    with db.transaction() as tx:
        before = shelves.counts(tx)
    whole = None
    for number, seen in enumerate(applied(load), start=done + 1):
        if seen.is_all:
            whole = seen
            break
        with db.transaction() as tx:
            minute = _minute(tx, number, seen)
        yield minute
        if shutil.disk_usage(home).free < FREE_GB * 2**30:
            raise DiskNearlyFull(gigabytes=FREE_GB)
    assert whole is not None
    assert not whole.others, f"all are granted, but {whole.others}"
    with db.transaction() as tx:
        after = shelves.counts(tx)
    for table in TABLES:
        found = after[table] - before[table]
        assert found == whole.held, f"{found} rows of {table}, {whole.held} answered"


@contextmanager
def _working(url: str) -> Iterator[None]:
    """The worker, beside the server."""
    environ = {**environment(), "DATABASE_URL": url, "NORIA_LOG_LEVEL": "warning",
               "NORIA_AUDIT_MINUTES": "0"}  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "noria.worker"], env=environ)
    try:
        yield
        assert process.poll() is None, "the worker ended"
    finally:
        process.terminate()
        process.wait()


def _minute(tx: Connection, number: int, seen: Seen) -> Minute:
    found = tx.execute(
        """
        select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
            pg_database_size(current_database()),
            coalesce(sum(n_dead_tup), 0)::bigint, coalesce(sum(autovacuum_count), 0)::bigint
        from pg_stat_user_tables
        """
    ).fetchone()
    assert found is not None
    wal, size, dead, vacuums = found
    return Minute(
        minute=number,
        rate=round(seen.held / seen.seconds, 1),
        p50_ms=round(seen.p50_ms, 1),
        p99_ms=round(seen.p99_ms, 1),
        longest_ms=round(seen.longest_ms, 1),
        wal_mb=round(wal / MEGABYTE, 1),
        database_mb=round(size / MEGABYTE, 1),
        dead_rows=dead,
        vacuums=vacuums,
    )


def _sizes(tx: Connection) -> list[TableSize]:
    found = tx.execute(
        """
        select relname, n_live_tup, n_dead_tup, pg_table_size(relid), pg_indexes_size(relid),
            autovacuum_count
        from pg_stat_user_tables
        where relname = any(%s)
        order by pg_total_relation_size(relid) desc, relname
        """,
        [list(TABLES)],
    )
    return [
        TableSize(
            table=name,
            rows=rows,
            dead_rows=dead,
            table_mb=round(table / MEGABYTE, 1),
            index_mb=round(indexes / MEGABYTE, 1),
            vacuums=vacuums,
        )
        for name, rows, dead, table, indexes, vacuums in found
    ]


def _figures(minutes: Sequence[Minute], sizes: Sequence[TableSize]) -> Iterator[Figure]:
    """Loss between the first tenth and the last, and the whole."""
    tenth = max(1, len(minutes) // TENTHS)
    first, last = (
        statistics.mean(one.rate for one in some) for some in (minutes[:tenth], minutes[-tenth:])
    )
    p50_ms = statistics.median(one.p50_ms for one in minutes)
    yield Figure(
        figure="soak_loss", unit="%", value=round(100 * (1 - last / first), 1),
        baseline=round(first, 1), ratio=round(last / first, 3), rounds=len(minutes),
        p50_ms=p50_ms, p99_ms=statistics.median(one.p99_ms for one in minutes),
    )  # fmt: skip
    wal = minutes[-1].wal_mb - minutes[0].wal_mb
    held = sum(one.rate for one in minutes[1:]) * MINUTE_S
    disk = sum(one.table_mb + one.index_mb for one in sizes)
    yield Figure(
        figure="soak_wal", unit="bytes a reservation",
        value=round(wal * MEGABYTE / held) if held else 0.0,
        baseline=round(disk * MEGABYTE / sum(o.rows for o in sizes if o.table == "reservation")),
        ratio=round(wal / disk, 2), rounds=len(minutes),
    )  # fmt: skip
