"""A belt: bursts that follow each other on one connection, the next put on while one is worked on.

Each is a transaction of its own, which ends at its sync point: one that breaks is undone there, and
the next begins as if nothing had been. So PostgreSQL goes from one to the next without waiting for
whoever sends them, and these put together the next, or read the last, while it works. An event loop
watches the connection, and everything here is called from that loop.
"""

import asyncio
import os
import socket
from collections import deque
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult

from noria.kit.burst import LOST, SYNC, Ask, Prepared

PIECE = 65_536
"""How much is read at once of what nobody needs any more."""


class Belt:
    """One connection, which is used for nothing else. Once it is lost, it stays so.

    The server may still work on what it was sent, and hold locks: it `is_gone` once that has ended.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._raw = connection.pgconn
        self._raw.nonblocking = 1
        self._raw.enter_pipeline_mode()
        self._prepared = Prepared(self._raw)
        self._loads: deque[_Load] = deque()
        self._open: _Load | None = None
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(fileno=os.dup(self._raw.socket))  # libpq may close its own
        self._loop.add_reader(self._socket.fileno(), self._look)
        self._is_full = False
        self.is_lost = self.is_gone = False

    def post(self, ask: Ask[Any]) -> None:
        """Put on a statement of the burst that `send` will close; it goes out at once.

        Raises:
            psycopg.OperationalError: the connection is lost.
        """
        if self._open is None:
            self._look()  # nothing is lost yet with a connection that is
        self._check()
        if self._open is None:
            self._open = _Load(self._loop.create_future())
            self._loads.append(self._open)
        self._open.put(ask, self._prepared.queue(ask))
        self._push()

    def send(self) -> "asyncio.Future[None]":
        """Close a burst: it is done when all that was asked is answered and committed.

        It raises what the first statement broke on, and then nothing of it was done; or that the
        connection was lost, and then nobody knows.
        """
        self._check()
        assert self._open is not None, "nothing was posted"
        self._prepared.end()
        load, self._open = self._open, None
        load.is_closed = True
        self._push()
        self._look()  # while it wrote, libpq may have read what the socket then tells nobody of
        return load.done

    def hang_up(self) -> None:
        """Let go of the connection; whoever waits hears that it is lost."""
        self._lose(psycopg.OperationalError(LOST))

    def close(self) -> None:
        """Hang up, and wait no more for the server to let go."""
        self.hang_up()
        if not self.is_gone:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self.is_gone = True

    def _check(self) -> None:
        if self.is_lost:
            raise psycopg.OperationalError(LOST)

    def _push(self) -> None:
        """Write what the other side takes, and the rest as soon as it takes it.

        Whoever writes to somebody who writes has to read: the socket no longer tells of that.
        """
        try:
            is_full = bool(self._raw.flush())
        except psycopg.Error as problem:
            self._lose(problem)
            return
        if is_full:
            self._loop.call_soon(self._look)
        if is_full is not self._is_full:
            self._is_full = is_full
            if is_full:
                self._loop.add_writer(self._socket.fileno(), self._push)
            else:
                self._loop.remove_writer(self._socket.fileno())

    def _look(self) -> None:
        """Take whatever answers have come."""
        if self.is_lost:
            return
        try:
            self._raw.consume_input()
            while self._loads and self._loads[0].is_awaited and not self._raw.is_busy():
                self._take(self._loads[0], self._raw.get_result())
        except psycopg.Error as problem:
            self._lose(problem)

    def _take(self, load: "_Load", result: PGresult | None) -> None:
        if result is None:
            if self._raw.status != psycopg.pq.ConnStatus.OK:
                raise psycopg.OperationalError(LOST)
        elif result.status != SYNC:
            load.results.append(result)
        else:
            self._loads.popleft()
            load.settle(self._prepared)

    def _lose(self, problem: psycopg.Error) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        self._loop.remove_writer(self._socket.fileno())
        self._connection.close()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._loop.add_reader(self._socket.fileno(), self._hear)
        while self._loads:
            load = self._loads.popleft()
            if load is not self._open:  # for which nobody waits yet
                load.fail(problem)

    def _hear(self) -> None:
        """Listen until the server has hung up, too."""
        try:
            if self._socket.recv(PIECE, socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()


class _Load:
    """A burst on a belt: what was asked, what came back so far, and where it is waited for."""

    __slots__ = ("_sent", "_wanted", "done", "is_closed", "results")

    def __init__(self, done: "asyncio.Future[None]") -> None:
        self.done = done
        self.is_closed = False
        self.results: list[PGresult] = []
        self._sent: list[tuple[Ask[Any], bytes]] = []
        self._wanted = 0

    def put(self, ask: Ask[Any], made: bytes) -> None:
        """`made` is under which name it is prepared first, if it is."""
        self._sent.append((ask, made))
        self._wanted += 2 if made else 1

    @property
    def is_awaited(self) -> bool:
        """Whether anything of it is still to come, of what was put on so far."""
        return self.is_closed or len(self.results) < self._wanted

    def settle(self, prepared: Prepared) -> None:
        try:
            prepared.answer(self._sent, self.results)
        except psycopg.Error as problem:
            self.fail(problem)
        else:
            if not self.done.done():
                self.done.set_result(None)

    def fail(self, problem: psycopg.Error) -> None:
        if not self.done.done():
            self.done.set_exception(problem)
