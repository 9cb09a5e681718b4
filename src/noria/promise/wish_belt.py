"""Wishes of many callers: a batch is put together while the one before it is being written.

A batch that may go the short way is put on a belt, behind another, and follows that one: it is held
only if that one was. Otherwise it would be decided before it. What is not held so, is decided by
`wish_actions`, each batch in its turn, before another is put on the belt.
"""

import asyncio
import itertools
import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import psycopg

from noria.kit.batch import DEADLINE_S, GIVEN_UP_AT_ONCE
from noria.kit.belt import Belt
from noria.kit.db import Connection, Database
from noria.kit.errors import Unavailable
from noria.promise import wish_actions as actions
from noria.promise import wish_store as store
from noria.promise import wish_ways as ways
from noria.promise.wish_actions import Answer
from noria.promise.wish_model import Asked
from noria.promise.wish_store import Follows
from noria.promise.wish_taking import Taking
from noria.promise.wish_ways import ShortWay

log = logging.getLogger("noria.wishes")

ABREAST = 2
"""One batch is written while the next is put together, or the last is told to its callers."""

FEW = 32
"""Beside another, no batch is begun of fewer wishes: it costs more once than they would wait."""

LINES = 1024
"""A batch of more lines goes by itself, in a thread: on the loop everybody would wait for it."""

BELTS_ARE = (
    store.TELLS_ITSELF,
    f"set lock_timeout = {int(800 * DEADLINE_S)}",  # it gives up before its callers do
    "set client_connection_check_interval = '1s'",  # and waits for nothing once it was dropped
)
"""How a belt's connection is set up, beyond `kit.db.BURSTS_ARE`."""

SAYS_NOTHING = (store.NOT_NEXT, psycopg.errors.UniqueViolation.sqlstate)
"""What is no news of the shelves: a batch before it was not held, or an id is known."""


class WishBelt:
    """Batches in the order in which they come, for one event loop; `ABREAST` at a time.

    `_turn` is held while a batch is put on, or decided by itself; `_mending`, while one that was
    put on in vain is decided.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self.loop = asyncio.get_running_loop()
        self._belt: Belt | None = None
        self._dropped: list[Belt] = []
        self._way = ShortWay()
        self._turn, self._mending = asyncio.Lock(), asyncio.Lock()
        self._under_way = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._has_broken = self._is_sick = False
        prefix = secrets.token_hex(4)
        self._names = (f"{prefix}.{number}" for number in itertools.count(1))
        self._last = self._committed = ""
        self._threads = ThreadPoolExecutor(1 + GIVEN_UP_AT_ONCE, thread_name_prefix="wishes")

    async def answer(self, asked: Sequence[Asked]) -> list[Answer]:
        """As `wish_actions.answer`.

        Raises:
            Unavailable: the database is away, or was lost on the way; some may be held.
        """
        async with self._turn:
            if self._has_broken:
                await self._quiet()
            is_large = sum(len(one.body.lines) for one in asked) > LINES
            is_plain = not is_large and ways.detours(self.db).are_plain(asked)
            if not (is_plain and self._may_open() and self._way.is_tried()):
                await self._quiet()
                return await self._decided(asked, is_short_way_tried=not is_plain)
            batch = await self._put(asked)
            self._under_way += 1
            self._is_quiet.clear()
        try:
            return await self._held(asked, batch)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._is_quiet.set()

    def close(self) -> None:
        """Let go of the connections and of the threads."""
        self._drop(self._belt)
        for belt in self._dropped:
            belt.close()
        self._threads.shutdown(wait=False)

    async def _quiet(self) -> None:
        """Wait until all that was begun is told; what comes then follows what was held last."""
        await self._is_quiet.wait()
        if self._is_sick:
            self._drop(self._belt)
        self._has_broken = self._is_sick = False
        self._last = self._committed

    async def _put(self, asked: Sequence[Asked]) -> "_Batch":
        """Put a batch on the belt; of one that was not put on to its end, nothing is done."""
        try:
            if (belt := self._working) is not None:
                with suppress(psycopg.OperationalError):
                    return await self._put_on(belt, asked)
            return await self._put_on(await self._opened(), asked)
        except psycopg.OperationalError as problem:
            self._drop(self._belt)
            raise Unavailable(retry_after_s=2) from problem
        except BaseException:
            self._drop(self._belt)
            raise

    async def _put_on(self, belt: Belt, asked: Sequence[Asked]) -> "_Batch":
        """While a large batch is put together, the loop may do more."""
        name = next(self._names)
        taking = Taking(asked, follows=Follows(self._last, name))
        for number, ask in enumerate(taking.asks()):
            if number:
                await asyncio.sleep(0)
            belt.post(ask)
        written = belt.send()
        self._last = name
        return _Batch(taking, name, belt, written)

    def _may_open(self) -> bool:
        """Whether there is a belt, or few enough are dropped that the server still works on."""
        self._dropped = [belt for belt in self._dropped if not belt.is_gone]
        return self._working is not None or len(self._dropped) < GIVEN_UP_AT_ONCE

    @property
    def _working(self) -> Belt | None:
        """The belt, if it is not lost."""
        return None if self._belt is None or self._belt.is_lost else self._belt

    async def _opened(self) -> Belt:
        self._drop(self._belt)
        connection = await self.loop.run_in_executor(self._threads, self._connected)
        self._belt = Belt(connection)
        self._last = self._committed = ""
        return self._belt

    def _connected(self) -> Connection:
        connection = self.db.connected()
        for setting in BELTS_ARE:
            connection.execute(setting)
        return connection

    async def _held(self, asked: Sequence[Asked], batch: "_Batch") -> list[Answer]:
        """What each is told, once all are held; else the batch is decided, after those before."""
        try:
            await batch.written
        except asyncio.CancelledError:
            if batch.is_committed():
                self._was_committed(batch)
            else:
                self._drop(batch.belt)  # whoever comes behind it would wait as long
            raise
        except psycopg.Error as problem:
            self._has_broken = True
            if isinstance(problem, psycopg.OperationalError) and not actions.is_closed(problem):
                self._drop(batch.belt)
                raise Unavailable(retry_after_s=2) from problem
            if _is_sick(problem):
                log.warning("the belt is made anew: %s", problem)
                self._is_sick = True
            if problem.sqlstate not in SAYS_NOTHING:
                self._way.was_closed()
        else:
            self._was_committed(batch)
            self._way.was_open()
            found = batch.taking.told()
            ways.detours(self.db).were_answered(found)
            return [found[one.body.id] for one in asked]
        async with self._mending:
            return await self._decided(asked, is_short_way_tried=False)

    def _was_committed(self, batch: "_Batch") -> None:
        if batch.belt is self._belt:
            self._committed = batch.name

    async def _decided(self, asked: Sequence[Asked], *, is_short_way_tried: bool) -> list[Answer]:
        work = partial(actions.answer, self.db, asked, is_short_way_tried=is_short_way_tried)
        return await self.loop.run_in_executor(self._threads, work)

    def _drop(self, belt: Belt | None) -> None:
        """What comes next goes on another; until the server has let go of it, it counts."""
        if belt is not None and belt not in self._dropped:
            belt.hang_up()
            self._dropped.append(belt)
        if self._belt is belt:
            self._belt = None


class _Batch(NamedTuple):
    """One that is on the belt: done when it is committed."""

    taking: Taking
    name: str
    belt: Belt
    written: "asyncio.Future[None]"

    def is_committed(self) -> bool:
        written = self.written
        return written.done() and not written.cancelled() and written.exception() is None


def _is_sick(problem: psycopg.Error) -> bool:
    """Whether another connection may do better: no wish is refused so, and nobody was faster."""
    forgot = isinstance(problem, psycopg.errors.InvalidSqlStatementName)
    return forgot or not (actions.is_closed(problem) or problem.sqlstate == store.NOT_NEXT)
