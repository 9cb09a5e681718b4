"""The machine's own addresses: is it alive, is it ready, what does it measure, what time is it."""

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import litestar
from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from noria import __version__
from noria.kit import clock, metrics
from noria.kit.auth import Permission
from noria.kit.db import Connection, Database, migrations
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.http import Door, Instant, puts, reads


class NotReady(Refusal):
    code = "not-ready"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The database lacks migrations that this version needs.",
        "Il manque à la base des migrations dont cette version a besoin.",
    )
    do = Text("Run `noria migrate`.", "Lancez `noria migrate`.")


class Health(Struct, frozen=True):
    """`status` is ok; anything else would not be answered. `product` tells who answers."""

    status: str = "ok"
    product: str = "noria"


class Readiness(Struct, frozen=True):
    """Health, and how the parts do that this process could also do without."""

    status: str = "ok"
    product: str = "noria"
    parts: Mapping[str, Any] = {}


class ClockReading(Struct, frozen=True, kw_only=True):
    """Business time, and whether a replay drives it (else it is the time of day)."""

    at: datetime
    is_driven: bool


class About(Struct, frozen=True, kw_only=True):
    """What runs here: versions, the database and its migrations, and how the parts do.

    `missing` are migrations that this version needs and the database lacks.
    """

    version: str
    python: str
    database: str
    database_bytes: int
    migrations: int
    last_migration: str
    migrated_at: datetime | None
    missing: Sequence[str]
    is_clock_driven: bool
    parts: Mapping[str, Any]


class ClockBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a driven clock shall go: forward."""

    at: Instant


@litestar.get("/healthz", sync_to_thread=False, opt={"public": True}, tags=["machine"])
def get_healthz() -> Health:
    """Whether this process lives."""
    return Health()


@litestar.get("/readyz", sync_to_thread=True, opt={"public": True}, tags=["machine"])
def get_readyz(state: State) -> Readiness:
    """Whether the database answers and is migrated to this version, and how the parts do."""
    db: Database = state.db
    with db.transaction() as tx:
        row = tx.execute("select to_regclass('migration') is not null").fetchone()
        applied = (
            {number for (number,) in tx.execute("select number from migration")}
            if row and row[0]
            else set()
        )
    if not _needed() <= applied:
        raise NotReady(retry_after_s=5)
    return Readiness(parts={name: look() for name, look in state.parts.items()})


@cache
def _needed() -> frozenset[int]:
    return frozenset(step.number for step in migrations())


@reads("/about", Permission.JOBS_READ)
def get_about(door: NamedDependency[Door], state: State) -> About:
    """What runs here: the version, the database, its migrations, and how the parts do."""
    parts = {name: look() for name, look in state.parts.items()}
    return door.read(lambda tx: _about(tx, parts))


def _about(tx: Connection, parts: Mapping[str, Any]) -> About:
    applied = tx.execute(
        "select number, name, applied_at from migration order by number"
    ).fetchall()
    numbers = {number for number, _, _ in applied}
    last, name, at = applied[-1] if applied else (0, "", None)
    (database, size) = tx.execute(
        "select current_setting('server_version'), pg_database_size(current_database())"
    ).fetchone() or ("", 0)
    return About(
        version=__version__,
        python=platform.python_version(),
        database=database,
        database_bytes=size,
        migrations=len(applied),
        last_migration=f"{last:04}_{name}",
        migrated_at=at,
        missing=[f"{one:04}" for one in sorted(_needed() - numbers)],
        is_clock_driven=clock.is_driven(tx),
        parts=parts,
    )


@litestar.get("/metrics", sync_to_thread=True, opt={"public": True}, include_in_schema=False)
def get_metrics(state: State) -> Response[bytes]:
    """What Prometheus reads; keep it inside your network."""
    return Response(metrics.page(state.db), media_type=metrics.CONTENT_TYPE)


@reads("/clock", None)
def get_clock(door: NamedDependency[Door]) -> ClockReading:
    """What time it is for the business."""
    return door.read(_reading)


@puts("/clock", Permission.CLOCK_DRIVE)
def put_clock(data: JSONBody[ClockBody], door: NamedDependency[Door]) -> Response[ClockReading]:
    """Move the clock of a replay or demonstration forward."""
    door.actor.must_everywhere(Permission.CLOCK_DRIVE)

    def drive(tx: Connection, _: datetime) -> ClockReading:
        clock.drive(tx, data.at)
        return _reading(tx)

    return door.act(data, drive)


def _reading(tx: Connection) -> ClockReading:
    return ClockReading(at=clock.now(tx), is_driven=clock.is_driven(tx))


routes = [get_about, get_clock, put_clock]
outside_routes = [get_healthz, get_readyz, get_metrics]
