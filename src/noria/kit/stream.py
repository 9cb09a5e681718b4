"""The live stream: one listening connection a process, fanned out to whoever is connected."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

import msgspec
import psycopg
from litestar import Litestar

from noria.kit import events
from noria.kit.db import Database
from noria.kit.errors import Refusal, Unavailable
from noria.kit.events import CHANNEL, EventsForgotten, Happened, Slice, Wanted

log = logging.getLogger("noria.stream")

RING_EVERY_S = 1.0
HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
LONGEST_PAUSE_S = 5.0
READ_AT_ONCE = 500
QUEUED_AT_MOST = 2000
STAY_S = 900


async def rings(url: str, every_s: float = RING_EVERY_S) -> AsyncGenerator[None, None]:
    """Yield at once, whenever events were published, and at least every `every_s`.

    It lives on when PostgreSQL goes away, and yields when it is back: what was published in
    between is read then. Close it (`aclosing`) to give the connection back.
    """
    pause_s = 0.1
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=5, application_name="noria-listen"
            ) as connection:
                await connection.execute(f"listen {CHANNEL}".encode())
                while True:
                    yield
                    pause_s = 0.1
                    async for _ in connection.notifies(timeout=every_s, stop_after=1):
                        pass
        except psycopg.OperationalError as problem:
            log.warning("the listening connection is gone: %s", str(problem).strip())
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


class Listener:
    """One who is connected: what waits for it, up to a bound. Too slow, and it is let go."""

    def __init__(self, wanted: Wanted, since: int) -> None:
        self.wanted = wanted
        self.since = since
        self.is_lagging = False
        self._queue: deque[Happened] = deque()
        self._rang = asyncio.Event()

    def offer(self, event: Happened) -> None:
        if self.is_lagging or not self.wanted.has(event):
            return
        self.is_lagging = len(self._queue) >= QUEUED_AT_MOST
        if not self.is_lagging:
            self._queue.append(event)
        self._rang.set()

    def let_go(self) -> None:
        self.is_lagging = True
        self._rang.set()

    async def taken(self, patience_s: float) -> list[Happened]:
        """All that waits; nothing, if nothing comes within `patience_s`."""
        if not self._queue and not self.is_lagging:
            try:
                async with asyncio.timeout(patience_s):  # wait_for may swallow a cancellation
                    await self._rang.wait()
            except TimeoutError:
                return []
        self._rang.clear()
        found = list(self._queue)
        self._queue.clear()
        return found


class Hub:
    """Reads each event once for all listeners of this process, and none while there is nobody.

    Run it as a task.
    """

    def __init__(self, db: Database, *, ring_every_s: float = RING_EVERY_S) -> None:
        self._db = db
        self._ring_every_s = ring_every_s
        self._listeners: set[Listener] = set()
        self._cursor: int | None = None
        self._ready = asyncio.Event()
        self.is_closing = False

    async def run(self) -> None:
        async with aclosing(rings(self._db.url, self._ring_every_s)) as bell:
            async for _ in bell:
                try:
                    await self._read_on()
                except Unavailable:
                    log.warning("PostgreSQL does not answer; the stream goes on when it does")
                except EventsForgotten:
                    self._let_go()
                    self._cursor = await asyncio.to_thread(self._horizon)

    async def _read_on(self) -> None:
        if self._cursor is None:
            self._cursor = await asyncio.to_thread(self._horizon)
            self._ready.set()
        if not self._listeners:
            now = await asyncio.to_thread(self._horizon)
            if not self._listeners:  # nobody came in the meantime, to begin where we were
                self._cursor = now
                return
        while True:
            read = await asyncio.to_thread(self._after, self._cursor, Wanted(), None)
            for event in read.events:
                for listener in self._listeners:
                    listener.offer(event)
            self._cursor = read.cursor  # no await since the first offer: see `_joined`
            if len(read.events) < READ_AT_ONCE:
                return

    def _horizon(self) -> int:
        with self._db.transaction() as tx:
            return events.horizon(tx)

    def _after(self, cursor: int, wanted: Wanted, up_to: int | None) -> Slice:
        with self._db.transaction() as tx:
            return events.after(tx, cursor, wanted=wanted, limit=READ_AT_ONCE, up_to=up_to)

    def close(self) -> None:
        """Let every listener go, with the hint to come back."""
        self.is_closing = True
        self._let_go()

    def _let_go(self) -> None:
        for listener in self._listeners:
            listener.let_go()

    async def check(self, cursor: int) -> None:
        """Refuse a listener that would miss something, before its answer has begun.

        Raises:
            EventsForgotten: what follows `cursor` was deleted.
        """
        await asyncio.to_thread(self._after, cursor, Wanted(), 0)

    async def frames(
        self, wanted: Wanted, cursor: int | None, *, stay_s: float = STAY_S
    ) -> AsyncGenerator[bytes, None]:
        """Server-sent events after `cursor` (None: from now on), for `stay_s` at most.

        The last frame is a hint to come back: whoever sends the last id it saw misses nothing.
        """
        leaves_at = time.monotonic() + stay_s
        yield f"retry: {RECONNECT_MS}\n\n".encode()
        while not self._ready.is_set():
            if self.is_closing or time.monotonic() > leaves_at:
                return
            yield b": waiting for the database\n\n"
            with suppress(TimeoutError):
                async with asyncio.timeout(min(HEARTBEAT_S, 1.0)):
                    await self._ready.wait()
        with self._joined(wanted) as listener, suppress(Unavailable, EventsForgotten):
            if cursor is not None:
                async for event in self._missed(wanted, cursor, listener.since):
                    yield frame(event)
            async for chunk in self._live(listener, leaves_at):
                yield chunk
        yield b'event: resume\ndata: "come back with the last id"\n\n'

    async def _missed(self, wanted: Wanted, cursor: int, up_to: int) -> AsyncIterator[Happened]:
        while cursor < up_to:
            read = await asyncio.to_thread(self._after, cursor, wanted, up_to)
            for event in read.events:
                yield event
            cursor = read.cursor

    async def _live(self, listener: Listener, leaves_at: float) -> AsyncIterator[bytes]:
        while (rest_s := leaves_at - time.monotonic()) > 0:
            found = await listener.taken(min(HEARTBEAT_S, rest_s))
            is_last = listener.is_lagging  # asked now: while we send, more may wait and be given up
            if found:
                yield b"".join(frame(event) for event in found)
            elif not is_last:
                yield b": still here\n\n"
            if is_last:
                return

    @contextmanager
    def _joined(self, wanted: Wanted) -> Iterator[Listener]:
        """From here on each event after `since` is offered; those before are read from the book."""
        assert self._cursor is not None
        listener = Listener(wanted, self._cursor)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)


def frame(event: Happened) -> bytes:
    """One event as server-sent events write it; JSON holds no line break."""
    head = f"id: {event.seq}\nevent: {event.type}\ndata: ".encode()
    return head + msgspec.json.encode(event) + b"\n\n"


@asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[None]:
    """The life of this process's hub: a lifespan to put after the one that opens the database."""
    hub = Hub(app.state.db)
    app.state.hub = hub
    task = asyncio.create_task(_kept(hub))
    try:
        yield
    finally:
        hub.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _kept(hub: Hub) -> None:
    """Run the hub again, whatever it died of: its cursor says where to go on."""
    while True:
        try:
            await hub.run()
        except (Refusal, psycopg.Error, OSError):
            log.exception("the live stream stumbled and goes on")
            await asyncio.sleep(1)
