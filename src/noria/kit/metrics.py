"""What Prometheus reads: requests at the door, the pool, the outbox, and gauges of rooms."""

import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version

import structlog
from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from noria.kit.db import Connection, Database
from noria.kit.errors import Unavailable

CONTENT_TYPE = "text/plain; version=0.0.4"
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

log = structlog.get_logger("noria.metrics")
registry = CollectorRegistry()

requests = Counter(
    "noria_http_requests_total", "Requests answered.", ["route", "method", "status"],
    registry=registry,
)  # fmt: skip
seconds = Histogram(
    "noria_http_request_seconds", "Time until a request was answered.", ["route", "method"],
    buckets=SECONDS, registry=registry,
)  # fmt: skip
in_flight = Gauge(
    "noria_http_requests_in_flight", "Requests being answered.",
    multiprocess_mode="livesum", registry=registry,
)  # fmt: skip
hung_up = Counter(
    "noria_http_hung_up_total", "Connections cut for what came, or did not come, on them.", ["why"],
    registry=registry,
)  # fmt: skip
Info("noria_build", "Which Noria this is.", registry=registry).info(
    {"version": version("noria"), "python": platform.python_version()}
)

Reading = Mapping[tuple[str, ...], float]
"""The values of a gauge by their labels; one without labels has the key ()."""


class RoomGauge(Struct, frozen=True):
    """A gauge that a room asks the database for, each time Prometheus comes by."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[Connection], Reading]


room_gauges: list[RoomGauge] = []


def gauge(
    name: str, help_text: str, read: Callable[[Connection], Reading], labels: tuple[str, ...] = ()
) -> RoomGauge:
    """Let a room show a number: `read` answers, in a read-only transaction, the values by label.

    Whoever can reach /metrics sees it, so it must be about the machine's work and not about money.
    """
    made = RoomGauge(name, help_text, labels, read)
    if all(known.name != name for known in room_gauges):
        room_gauges.append(made)
    return made


def _events(tx: Connection) -> Reading:
    row = tx.execute("select coalesce(max(seq), 0) from event").fetchone()
    assert row is not None
    return {(): row[0]}


def _undecided(tx: Connection) -> Reading:
    row = tx.execute(
        "select greatest(0, coalesce(max(seq), 0) - event_horizon()) from event"
    ).fetchone()
    assert row is not None
    return {(): row[0]}


def _jobs(tx: Connection) -> Reading:
    found = tx.execute("select state::text, count(*) from job group by state order by state")
    return {(state,): number for state, number in found}


gauge("noria_events_written", "Number of the last event in the outbox.", _events)
gauge("noria_events_undecided", "Events that wait for an older writer to end.", _undecided)
gauge("noria_jobs", "Jobs by state.", _jobs, labels=("state",))


def page(db: Database) -> bytes:
    """The whole page; with the database away it says so (`noria_up 0`) and shows the rest."""
    fresh = CollectorRegistry()
    for name, value in db.pool_numbers().items():
        Gauge(f"noria_{name}", "Of the connection pool.", registry=fresh).set(value)
    up = Gauge("noria_up", "Whether the database answers.", registry=fresh)
    try:
        with db.transaction() as tx:
            tx.execute("set transaction read only")
            for room_gauge in room_gauges:
                _show(room_gauge, tx, fresh)
        up.set(1)
    except Unavailable:
        up.set(0)
    return generate_latest(_counted()) + generate_latest(fresh)


def _show(room_gauge: RoomGauge, tx: Connection, fresh: CollectorRegistry) -> None:
    shown = Gauge(room_gauge.name, room_gauge.help, room_gauge.labels, registry=fresh)
    for labels, value in room_gauge.read(tx).items():
        (shown.labels(*labels) if labels else shown).set(value)


def _counted() -> CollectorRegistry:
    """This process's own counts; of all server processes where PROMETHEUS_MULTIPROC_DIR is set."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return registry
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
