"""Verbs wait in line for a thread, but not without end: then their caller is asked to come back.

A verb runs in a thread and needs a connection of the pool, so there are as many threads as
connections. When statements hang, for a lock or a slow disk, all are taken and the line grows.
What has waited too long in it is never begun, and is answered `Unavailable`.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, ParamSpec, TypeVar

from noria.kit.errors import Unavailable

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")

WAIT_S = 5.0
"""As long as the pool lets somebody wait for a connection."""


class Line(ThreadPoolExecutor):
    """Threads that a server gives its verbs; it is asked from the server's loop only."""

    def __init__(self, threads: int, *, wait_s: float = WAIT_S) -> None:
        super().__init__(threads, thread_name_prefix="verb")
        self._wait_s = wait_s
        self._waiting: deque[_Waiting] = deque()
        self._is_watched = False

    def submit(
        self, fn: Callable[Asked, Answer], /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Future[Answer]:
        """As every executor does; the future fails if no thread was free for `wait_s`."""
        while self._waiting and self._waiting[0].work.done():
            self._waiting.popleft()
        work = super().submit(fn, *args, **kwargs)
        told: Future[Answer] = Future()
        work.add_done_callback(partial(_tell, told))
        told.add_done_callback(lambda _: work.cancel())
        loop = asyncio.get_running_loop()
        self._waiting.append(_Waiting(loop.time() + self._wait_s, work, told))
        if not self._is_watched:
            self._watch(loop)
        return told

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send those away whose time is over; those that came later are looked at later."""
        while self._waiting and self._waiting[0].until <= loop.time():
            self._waiting.popleft().give_up()
        self._watch(loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_watched = bool(self._waiting)
        if self._waiting:
            loop.call_at(self._waiting[0].until, self._look, loop)


class _Waiting(NamedTuple):
    """Work that may not have begun yet, and the future of who asked for it."""

    until: float
    work: Future[Any]
    told: Future[Any]

    def give_up(self) -> None:
        """Fail what has not begun: work that runs or is done cannot be cancelled."""
        if self.work.cancel():
            with suppress(InvalidStateError):
                self.told.set_exception(Unavailable(retry_after_s=2))


def _tell(told: Future[Answer], work: Future[Answer]) -> None:
    """Pass on what came of it; who was told already, or has gone away, is passed over."""
    with suppress(InvalidStateError, CancelledError):
        problem = work.exception()
        if problem is None:
            told.set_result(work.result())
        else:
            told.set_exception(problem)
