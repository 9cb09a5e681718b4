"""Batches: calls that come at the same time are answered by one piece of work."""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar, cast

from noria.kit.errors import Kind, Refusal, Text, Unavailable

log = logging.getLogger("noria.batch")

Call = TypeVar("Call")
Answer = TypeVar("Answer")
Work = Callable[[list[Call]], Sequence[Answer | Refusal]]
AsyncWork = Callable[[list[Call]], Awaitable[Sequence[Answer | Refusal]]]

DEADLINE_S = 10.0
"""How long a caller waits, unless its batcher says otherwise."""

GIVEN_UP_AT_ONCE = 3
"""How many batches that nobody waits for any more may still hold a thread."""


class TooBusy(Refusal):
    code = "too-busy"
    kind = Kind.UNAVAILABLE
    says = Text(
        "More requests wait than can be answered in time.",
        "Plus de demandes attendent qu'on ne peut en traiter à temps.",
    )
    do = Text(
        "Nothing was done. Send the same request, with the same id, in a few seconds.",
        "Rien n'a été fait. Renvoyez la même demande, même identifiant, dans quelques secondes.",
    )


class Batcher(Generic[Call, Answer]):
    """One door for many callers: `await batcher(call)`.

    A lone call is worked on at once. While a batch is in flight the next calls gather, at most
    `cap` a batch, in the order in which they came; one that is larger goes alone. `work` answers
    each call at its own place, with a value or a refusal; a plain function runs in a thread. If it
    raises, the batch is halved until the call that it fails on stands alone, so `work` does all of
    a batch or nothing, or knows again by their ids those that it did.

    Up to `abreast` batches may be in flight. They are begun in order, and `work` sees to what that
    means. Those who wait are shared out; beside another, a batch is begun once it is half as large
    as what is in flight, and no smaller than `few`, for what a batch costs once.

    A caller waits `deadline_s` at most. What it asked for may still be done then: it asks again
    with the same id. If more than `room` would wait, a call is refused.
    """

    def __init__(
        self,
        work: Work[Call, Answer] | AsyncWork[Call, Answer],
        *,
        cap: int = 1024,
        room: int = 8192,
        size: Callable[[Call], int] = lambda _: 1,
        deadline_s: float = DEADLINE_S,
        name: str = "batch",
        abreast: int = 1,
        few: int = 1,
    ) -> None:
        """`size` is how much of `cap`, `room` and `few` a call takes."""
        assert cap > 0
        assert room > 0
        self._work = work
        self._is_async = inspect.iscoroutinefunction(work)
        self._cap = cap
        self._room = room
        self._size = size
        self._load = 0
        self._deadline_s = deadline_s
        self._name = name
        self._waiting: deque[_Caller[Call, Answer]] = deque()
        self._abreast = abreast
        self._few = few
        self._flying = 0
        self._flushers: dict[asyncio.Task[None], list[_Caller[Call, Answer]]] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._threads = ThreadPoolExecutor(1 + GIVEN_UP_AT_ONCE, thread_name_prefix=name)

    async def __call__(self, call: Call) -> Answer:
        """The answer to `call`.

        Raises:
            TooBusy: too many wait; nothing was done.
            Unavailable: no answer in time, or the work was killed; it may have been done.
            Refusal: the answer that `work` gave.
        """
        return await self.put(call)

    def put(self, call: Call) -> "asyncio.Future[Answer]":
        """As a call, for who does not await: where its answer will be, or what it was refused.

        Raises:
            TooBusy: too many wait; nothing was done.
        """
        if self._is_closed:
            raise Unavailable(retry_after_s=2)
        size = self._size(call)
        if self._waiting and self._load + size > self._room:
            raise TooBusy(retry_after_s=1)
        loop = asyncio.get_running_loop()
        caller: _Caller[Call, Answer] = _Caller(
            call, size, loop.time() + self._deadline_s, loop.create_future()
        )
        self._waiting.append(caller)
        self._load += size
        if len(self._flushers) < self._abreast and self._may_begin():
            self._start()
        if self._watch is None:
            self._watch = loop.call_at(caller.until, self._give_up)
        return caller.answer

    async def close(self) -> None:
        """Take no more calls, answer those that wait, and let the threads go."""
        self._is_closed = True
        while self._flushers:
            await asyncio.wait(self._flushers)
            await asyncio.sleep(0)  # its successor, if it died, is made by a callback
        self._threads.shutdown(wait=False)
        if self._watch is not None:
            self._watch.cancel()

    def _give_up(self) -> None:
        """Answer those who have waited too long; one timer watches over all, for one each is dear.

        Who came first waits longest: in a batch in flight, and in the queue.
        """
        loop = asyncio.get_running_loop()
        now, self._watch = loop.time(), None
        for callers in (*self._flushers.values(), self._waiting):
            for caller in callers:
                if caller.answer.done():
                    continue
                if caller.until > now:
                    self._look_again(caller.until)
                    break
                caller.fail(Unavailable(retry_after_s=2))

    def _look_again(self, at: float) -> None:
        if self._watch is not None:
            if self._watch.when() <= at:
                return
            self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_at(at, self._give_up)

    def _start(self) -> None:
        flusher = asyncio.create_task(self._flush(), name=f"{self._name} flusher")
        self._flushers[flusher] = []
        flusher.add_done_callback(self._ended)

    def _ended(self, flusher: asyncio.Task[None]) -> None:
        """A flusher leaves when nobody waits. If it died instead, those it held hear at once."""
        held = self._flushers.pop(flusher)
        problem = None if flusher.cancelled() else flusher.exception()
        if flusher.cancelled() or problem is not None:
            log.error("the %s flusher died and is replaced", self._name, exc_info=problem)
            for caller in held:
                caller.fail(Unavailable(retry_after_s=1))
        if self._waiting and self._may_begin():
            self._start()

    async def _flush(self) -> None:
        flusher = asyncio.current_task()
        assert flusher is not None
        while self._waiting and self._may_begin():
            self._flushers[flusher] = batch = self._gathered()
            size = sum([caller.size for caller in batch])
            self._flying += size
            try:
                if batch:
                    await self._answer(batch)
            finally:
                self._flying -= size
            self._flushers[flusher] = []

    def _may_begin(self) -> bool:
        return not self._flying or self._load >= max(self._few, self._flying // 2)

    def _share(self) -> int:
        """How much the next batch takes: all, or its part where another one is about to gather."""
        idle = sum(not batch for batch in self._flushers.values())
        return min(self._cap, max(self._few, -(-self._load // idle)))

    def _gathered(self) -> "list[_Caller[Call, Answer]]":
        """The next batch, without those who have gone away."""
        batch: list[_Caller[Call, Answer]] = []
        size, share = 0, self._share()
        while self._waiting and (not batch or size + self._waiting[0].size <= share):
            caller = self._waiting.popleft()
            self._load -= caller.size
            if not caller.answer.done():
                batch.append(caller)
                size += caller.size
        return batch

    async def _answer(self, batch: "list[_Caller[Call, Answer]]") -> None:
        try:
            answers = await self._worked([caller.call for caller in batch])
        except Unavailable as refusal:
            for caller in batch:  # the database is away: each alone would only wait longer
                caller.fail(Unavailable(retry_after_s=refusal.retry_after_s))
        except Exception as problem:  # noqa: BLE001 - it goes to the caller it belongs to
            if len(batch) == 1:
                batch[0].fail(problem)
                return
            half = len(batch) // 2
            await self._answer(batch[:half])
            await self._answer(batch[half:])
        else:
            for caller, answer in zip(batch, answers, strict=True):
                caller.settle(answer)

    async def _worked(self, calls: list[Call]) -> Sequence[Answer | Refusal]:
        """`work`, while anybody can still be waiting for it; its thread is then left to itself."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline_s) as limit:
                if self._is_async:
                    answers = await cast("AsyncWork[Call, Answer]", self._work)(calls)
                else:
                    work = cast("Work[Call, Answer]", self._work)
                    answers = await loop.run_in_executor(self._threads, work, calls)
        except TimeoutError:
            if not limit.expired():
                raise
            log.error("the %s work on %d calls was given up", self._name, len(calls))  # noqa: TRY400
            raise Unavailable(retry_after_s=2) from None
        if len(answers) != len(calls):
            raise AssertionError(f"{len(calls)} calls got {len(answers)} answers")
        return answers


class _Caller(Generic[Call, Answer]):
    """One who waits: what it asked, and where its answer goes. Who has gone away is passed over."""

    __slots__ = ("answer", "call", "size", "until")

    def __init__(
        self, call: Call, size: int, until: float, answer: "asyncio.Future[Answer]"
    ) -> None:
        self.call = call
        self.size = size
        self.until = until
        self.answer = answer

    def settle(self, answer: Answer | Refusal) -> None:
        if isinstance(answer, Refusal):
            self.fail(answer)
        elif not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, problem: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(problem)
