"""A copy in memory of what others commit: loaded in one snapshot, then kept by notifications.

Whoever writes sends, with its commit, the number of its notification (it counts them, so that a
missing one shows), its transaction, and what it changed. Here one connection listens first, loads
next, and leaves out what the snapshot had seen already: there is no gap, and nothing counts twice.
"""

import logging
import os
import secrets
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import psycopg
from msgspec import Struct

from noria.kit import clock
from noria.kit.db import Connection, freeze

log = logging.getLogger("noria.feed")

PING_S = 1.0
STALE_S = 5.0
LONGEST_PAUSE_S = 5.0
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


class LoadAgain(Exception):  # noqa: N818 - it is said, not made
    """What is in memory cannot be kept by what was heard."""


class Follower(Protocol):
    """What keeps the copy. It is called by the feed's thread only."""

    def load(self, tx: Connection) -> None:
        """Read all of it, in the snapshot of this transaction."""

    def hear(self, told: "Heard") -> bool:
        """Apply what was committed; True asks for `look`."""

    def look(self, tx: Connection) -> None:
        """Read the small part again that changes seldom."""

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to `look`, though nobody said so."""


class Snapshot(Struct, frozen=True):
    """Which transactions a snapshot saw: those below `xmax` that were not running."""

    xmax: int
    running: frozenset[int]

    def saw(self, transaction: int) -> bool:
        return transaction < self.xmax and transaction not in self.running


def snapshot(written: str) -> Snapshot:
    """What PostgreSQL writes as xmin:xmax:running,running; those below xmin have all ended."""
    _, xmax, running = written.split(":")
    return Snapshot(int(xmax), frozenset(int(one) for one in running.split(",") if one))


class Heard(Struct, frozen=True):
    """One notification, of a session that counts them."""

    sender: int
    number: int
    transaction: int
    body: str


def heard(sender: int, payload: str) -> Heard:
    head, _, body = payload.partition("\n")
    number, transaction = head.split(" ")
    return Heard(sender, int(number), int(transaction), body)


class Mark:
    """Something that is sent to be heard: what was committed before it has been applied by then."""

    def __init__(self) -> None:
        self.word = secrets.token_hex(8)
        self._heard_at = 0.0
        self._has_come = threading.Event()

    def come(self) -> None:
        self._heard_at = time.monotonic()
        self._has_come.set()

    def wait(self, patience_s: float) -> float | None:
        """How many seconds from now it takes until it comes; None if that is too long."""
        began = time.monotonic()
        has_come = self._has_come.wait(patience_s)
        return max(0.0, self._heard_at - began) if has_come else None


class Feed:
    """A thread with a connection of its own. Nobody believes the copy unless `is_in_sync`.

    `sequence` is the highest number of a transaction that is in the copy. Who is cut off without
    being told so believes the copy for `STALE_S` at most after anything that it did not hear.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        follower: Follower,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.loads = 0
        self.misses = 0
        self.sequence = 0
        self._url = url
        self._channel = channel
        self._follower = follower
        self._timer = timer
        self._waiting: deque[Heard | str] = deque()
        self._mark_channel = f"{channel}_{secrets.token_hex(8)}"
        self._marks: dict[str, Mark] = {}
        self._numbers: dict[int, int] = {}
        self._closing = threading.Event()
        self._bell, self._rope = os.pipe()
        self._ahead = timedelta(0)
        self._is_loaded = False
        self._again = ""
        self._heard_at = 0.0
        self._thread = threading.Thread(target=self._run, name="noria-feed", daemon=True)

    @property
    def is_in_sync(self) -> bool:
        return self._is_loaded and self.age_s < STALE_S

    @property
    def age_s(self) -> float:
        """How long ago it was asked whether there is more; all that was told before is here."""
        return self._timer() - self._heard_at

    def time_there(self) -> datetime:
        """The database's wall clock, as far as it can be told from here."""
        return clock.wall() + self._ahead

    def start(self) -> None:
        self._thread.start()

    def send_mark(self, tx: Connection) -> Mark:
        """With this transaction's commit, send something that only this feed hears.

        PostgreSQL lets one transaction at a time commit notifications, and hands them out in that
        order: when it is heard, all that committed before it is in the copy.
        """
        mark = Mark()
        self._marks[mark.word] = mark
        tx.execute("select pg_notify(%s, %s)", [self._mark_channel, mark.word])
        return mark

    def forget(self, mark: Mark) -> None:
        """Nobody waits for it any more."""
        self._marks.pop(mark.word, None)

    def load_again(self, why: str) -> None:
        """The copy is not to be believed any more."""
        self._again = why
        os.write(self._rope, b"!")

    def close(self) -> None:
        """End it, at once; asked twice, it has ended."""
        if not self._closing.is_set():
            self._closing.set()
            os.write(self._rope, b".")
            self._thread.join()
            os.close(self._bell)
            os.close(self._rope)

    def _run(self) -> None:
        pause_s = 0.1
        while not self._closing.is_set():
            loads = self.loads
            try:
                self._follow_once()
            except (psycopg.OperationalError, OSError) as problem:
                log.warning("the feed is cut off: %s", str(problem).strip())
            except Exception:
                log.exception("the feed stumbled, and is begun anew")
            finally:
                self._is_loaded = False
            pause_s = 0.1 if self.loads > loads else min(pause_s * 2, LONGEST_PAUSE_S)
            self._closing.wait(pause_s)

    def _follow_once(self) -> None:
        with (
            psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=5,
                application_name="noria-feed",
                **ALIVE,  # type: ignore[arg-type] # libpq's own words
            ) as connection,
            selectors.DefaultSelector() as selector,
        ):
            self._waiting.clear()
            self._numbers.clear()
            connection.add_notify_handler(
                lambda told: self._take(told.channel, told.pid, told.payload)
            )
            for channel in (self._channel, self._mark_channel):
                connection.execute(f"listen {channel}".encode())
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while not self._closing.is_set():
                try:
                    self._keep(connection, selector)
                except LoadAgain as why:
                    self._is_loaded = False
                    self.misses += 1
                    log.info("loading anew: %s", why)

    def _keep(self, connection: Connection, selector: selectors.BaseSelector) -> None:
        """Load, then apply what comes, until that cannot be done any more."""
        with connection.transaction():
            freeze(connection)
            row = connection.execute("select pg_current_snapshot()::text").fetchone()
            assert row is not None
            seen = snapshot(row[0])
            self._follower.load(connection)
        self.sequence = seen.xmax - 1
        self._ping(connection)  # what was sent in the meantime is here before its answer
        self._apply(connection, seen)
        self.loads += 1
        self._is_loaded = True
        while not self._closing.is_set():
            selector.select(PING_S)
            if self._again:
                os.read(self._bell, 64)
                why, self._again = self._again, ""
                raise LoadAgain(why)
            self._receive(connection)
            self._apply(connection, seen)
            if self._timer() - self._heard_at > PING_S:
                self._ping(connection)

    def _receive(self, connection: Connection) -> None:
        connection.pgconn.consume_input()
        while told := connection.pgconn.notifies():
            self._take(told.relname.decode(), told.be_pid, told.extra.decode())

    def _take(self, channel: str, sender: int, payload: str) -> None:
        self._waiting.append(heard(sender, payload) if channel == self._channel else payload)

    def _apply(self, connection: Connection, seen: Snapshot) -> None:
        should_look = self._follower.is_due(self.time_there())
        marks = []
        while self._waiting:
            told = self._waiting.popleft()
            if isinstance(told, str):
                marks.append(self._marks.pop(told, None))
                continue
            expected = self._numbers.get(told.sender, told.number - 1) + 1
            self._numbers[told.sender] = told.number
            if told.number not in (expected, 1):  # a session that is new, or was reset, begins at 1
                raise LoadAgain(f"{told.sender} told {told.number} after {expected - 1}")
            if not seen.saw(told.transaction):
                should_look |= self._follower.hear(told)
                self.sequence = max(self.sequence, told.transaction)
        if should_look:
            with connection.transaction():
                freeze(connection)
                self._follower.look(connection)
        for mark in marks:
            if mark is not None:
                mark.come()

    def _ping(self, connection: Connection) -> None:
        """Hear that it is alive, and what time it is there; nothing is corrected within doubt."""
        asked_at, before = self._timer(), clock.wall()
        row = connection.execute("select clock_timestamp()").fetchone()
        after = clock.wall()
        assert row is not None
        there: datetime = row[0]
        agrees = before <= there <= after
        self._ahead = timedelta(0) if agrees else there - before - (after - before) / 2
        self._heard_at = asked_at
