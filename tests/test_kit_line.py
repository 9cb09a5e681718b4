"""Waiting for a thread has an end, and what was not begun is never done."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest

from noria.kit.errors import Unavailable
from noria.kit.line import Line

WAIT_S = 0.05


@pytest.fixture
def line() -> Iterator[Line]:
    with Line(1, wait_s=WAIT_S) as one:
        yield one


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the one thread waits for; opened at the end, or the line would never be empty."""
    event = threading.Event()
    yield event
    event.set()


def in_loop(story: Callable[[asyncio.AbstractEventLoop], Awaitable[None]]) -> None:
    async def run() -> None:
        await story(asyncio.get_running_loop())

    asyncio.run(run())


def test_who_waits_too_long_is_asked_to_come_back_and_nothing_was_done(
    line: Line, gate: threading.Event
) -> None:
    done: list[int] = []

    async def story(loop: asyncio.AbstractEventLoop) -> None:
        slow = loop.run_in_executor(line, gate.wait)
        late = [loop.run_in_executor(line, done.append, number) for number in range(3)]
        for one in late:
            with pytest.raises(Unavailable) as refused:
                await one
            assert refused.value.retry_after_s
        gate.set()
        assert await slow, "what has begun is not given up, however long it takes"
        assert await loop.run_in_executor(line, lambda: "after") == "after"

    in_loop(story)
    assert done == []


def test_answers_and_problems_pass_through_once_it_is_their_turn(line: Line) -> None:
    async def story(loop: asyncio.AbstractEventLoop) -> None:
        assert await loop.run_in_executor(line, lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(line, lambda: 1 // 0)

    in_loop(story)


def test_what_its_caller_no_longer_waits_for_is_not_begun(
    line: Line, gate: threading.Event
) -> None:
    done: list[int] = []

    async def story(loop: asyncio.AbstractEventLoop) -> None:
        slow = loop.run_in_executor(line, gate.wait)
        gone = loop.run_in_executor(line, done.append, 1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await asyncio.sleep(0)  # the line hears of it in the loop's next turn
        gate.set()
        await slow
        await loop.run_in_executor(line, lambda: None)

    in_loop(story)
    assert done == []


def test_those_who_come_later_wait_as_long_as_the_first(line: Line, gate: threading.Event) -> None:
    async def story(loop: asyncio.AbstractEventLoop) -> None:
        slow = loop.run_in_executor(line, gate.wait)
        first = loop.run_in_executor(line, lambda: None)
        await asyncio.sleep(WAIT_S / 2)
        began = loop.time()
        second = loop.run_in_executor(line, lambda: None)
        for one in (first, second):
            with pytest.raises(Unavailable):
                await one
        assert loop.time() - began >= WAIT_S * 0.9
        gate.set()
        await slow

    in_loop(story)
