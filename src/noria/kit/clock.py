"""The one clock. It lives in the database: every process agrees, and a replay can drive it."""

from datetime import UTC, datetime
from typing import LiteralString

from noria.kit.db import Connection
from noria.kit.errors import Kind, Refusal, Text


class ClockNotDriven(Refusal):
    code = "clock-not-driven"
    kind = Kind.CONFLICT
    says = Text("This installation lives in real time.", "Cette installation vit en temps réel.")
    do = Text(
        "Only an installation made for a replay or a demo has a clock that can be set.",
        "Seule une installation de démonstration a une horloge que l'on peut régler.",
    )


class ClockBackwards(Refusal):
    code = "clock-backwards"
    kind = Kind.CONFLICT
    says = Text(
        "The clock stands at {at} and never goes back.", "L'horloge est à {at} et ne recule jamais."
    )
    do = Text("Send a later time.", "Envoyez une heure plus tardive.")


def now(tx: Connection) -> datetime:
    """Business time, UTC: the driven instant if this installation has one, else the wall clock."""
    row = tx.execute("select noria_now()").fetchone()
    assert row is not None
    instant: datetime = row[0]
    return instant.astimezone(UTC)


NOW: LiteralString = "coalesce((select at from driven_clock), now())"
"""As `noria_now()` says it, for statements in which the call of a function is dear."""


def wall() -> datetime:
    """Real time, UTC, for what belongs to machines: log lines, sessions, rate limits, retries."""
    return datetime.now(UTC)


def is_driven(tx: Connection) -> bool:
    return tx.execute("select 1 from driven_clock").fetchone() is not None


def start_driving(tx: Connection, at: datetime) -> None:
    """Hand the clock over to a replay; meant for an empty installation, and never undone."""
    tx.execute("insert into driven_clock (at) values (%s) on conflict do nothing", [at])


def drive(tx: Connection, at: datetime) -> None:
    """Move a driven clock forward to `at`."""
    row = tx.execute("select at from driven_clock for update").fetchone()
    if row is None:
        raise ClockNotDriven
    if at < row[0]:
        raise ClockBackwards(at=row[0].astimezone(UTC).isoformat())
    tx.execute("update driven_clock set at = %s", [at])
