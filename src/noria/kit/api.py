"""The machine's own addresses: is it alive, is it ready, what does it measure, what time is it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import litestar
from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

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


routes = [get_clock, put_clock]
outside_routes = [get_healthz, get_readyz, get_metrics]
