"""Wishes of many callers: a batch is put together while the one before it is being written.

A batch that may go the short way is put on a belt, behind another, and follows that one: it is held
only if that one was. Otherwise it would be decided before it. What is not held so, is decided by
`wish_actions`, each batch in its turn, before another is put on the belt.
"""

import asyncio
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import psycopg

from noria.kit.batch import GIVEN_UP_AT_ONCE
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

ABREAST = 2
"""One batch is written while the next is put together, or the last is told to its callers."""

FEW = 32
"""Beside another, no batch is begun of fewer wishes: it costs more once than they would wait."""

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
        self._way = ShortWay()
        self._turn, self._mending = asyncio.Lock(), asyncio.Lock()
        self._under_way = 0
        self._is_quiet = asyncio.Event()
        self._has_broken = False
        self._names = map(str, itertools.count(1))
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
            is_plain = ways.detours(self.db).are_plain(asked)
            if not (is_plain and self._way.is_tried()):
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
        """Let go of the connection and of the threads."""
        self._drop(self._belt)
        self._threads.shutdown(wait=False)

    async def _quiet(self) -> None:
        """Wait until all that was begun is told; what comes then follows what was held last."""
        if self._under_way:
            await self._is_quiet.wait()
        self._has_broken = False
        self._last = self._committed

    async def _put(self, asked: Sequence[Asked]) -> "_Batch":
        """Put a batch on the belt; while a large one is put together, the loop may do more."""
        try:
            belt = self._belt or await self._opened()
            name = next(self._names)
            taking = Taking(asked, follows=Follows(self._last, name))
            for number, ask in enumerate(taking.asks()):
                if number:
                    await asyncio.sleep(0)
                belt.post(ask)
            self._last = name
            return _Batch(taking, name, belt, belt.send())
        except psycopg.OperationalError as problem:
            self._drop(self._belt)
            raise Unavailable(retry_after_s=2) from problem
        except BaseException:
            self._drop(self._belt)
            raise

    async def _opened(self) -> Belt:
        connection = await self.loop.run_in_executor(self._threads, self._connected)
        self._belt = Belt(connection)
        self._last = self._committed = ""
        return self._belt

    def _connected(self) -> Connection:
        connection = self.db.connected()
        connection.execute(store.TELLS_ITSELF)
        return connection

    async def _held(self, asked: Sequence[Asked], batch: "_Batch") -> list[Answer]:
        """What each is told, once all are held; else the batch is decided, after those before."""
        try:
            await batch.written
        except asyncio.CancelledError:
            self._drop(batch.belt)  # whoever comes behind it would wait as long
            raise
        except psycopg.Error as problem:
            self._has_broken = True
            if isinstance(problem, psycopg.OperationalError) and not actions.is_closed(problem):
                self._drop(batch.belt)
                raise Unavailable(retry_after_s=2) from problem
            if problem.sqlstate not in SAYS_NOTHING:
                self._way.was_closed()
        else:
            self._committed = batch.name
            self._way.was_open()
            found = batch.taking.told()
            ways.detours(self.db).were_answered(found)
            return [found[one.body.id] for one in asked]
        async with self._mending:
            return await self._decided(asked, is_short_way_tried=False)

    async def _decided(self, asked: Sequence[Asked], *, is_short_way_tried: bool) -> list[Answer]:
        work = partial(actions.answer, self.db, asked, is_short_way_tried=is_short_way_tried)
        return await self.loop.run_in_executor(self._threads, work)

    def _drop(self, belt: Belt | None) -> None:
        if belt is not None:
            belt.close()
        if self._belt is belt:
            self._belt = None


class _Batch(NamedTuple):
    """One that is on the belt: done when it is committed."""

    taking: Taking
    name: str
    belt: Belt
    written: "asyncio.Future[None]"
