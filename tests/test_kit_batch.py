"""Batches: everybody gets an answer, the right one, in time, whatever happens to the others."""

import asyncio
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noria.kit.batch import Batcher, TooBusy
from noria.kit.errors import Invalid, NotFound, Unavailable


class Doubler:
    """Work that doubles numbers, notes its batches, and can be held up."""

    def __init__(self, wait_s=0.0):
        self.batches, self.wait_s = [], wait_s

    async def __call__(self, calls):
        self.batches.append(list(calls))
        await asyncio.sleep(self.wait_s)
        return [call * 2 for call in calls]

    def calls(self):
        return [call for batch in self.batches for call in batch]

    def in_thread(self, calls):
        self.batches.append(list(calls))
        time.sleep(self.wait_s)
        return [call * 2 for call in calls]


def batcher(doubler, **more):
    return Batcher(doubler.__call__, **more)


def test_a_lone_call_goes_at_once():
    async def story():
        double = batcher(doubler := Doubler())
        begun = time.monotonic()
        assert await double(21) == 42
        assert time.monotonic() - begun < 1
        assert doubler.batches == [[21]]

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["async", "thread"])
def test_hundreds_at_once_are_merged_and_each_gets_its_own(kind):
    async def story():
        doubler = Doubler(wait_s=0.005)
        double = Batcher(doubler.__call__ if kind == "async" else doubler.in_thread, cap=100)
        assert await asyncio.gather(*map(double, range(777))) == [n * 2 for n in range(777)]
        assert doubler.calls() == list(range(777)), "each once, in the order of arrival"
        assert max(map(len, doubler.batches)) == 100, "as many as allowed"
        assert len(doubler.batches) <= 10
        await double.close()

    asyncio.run(story())


def test_the_next_gather_while_a_batch_is_in_flight():
    async def story():
        double = batcher(doubler := Doubler(wait_s=0.05))
        first = asyncio.create_task(double(1))
        await asyncio.sleep(0.01)
        rest = [asyncio.create_task(double(number)) for number in (2, 3, 4)]
        await asyncio.gather(first, *rest)
        assert doubler.batches == [[1], [2, 3, 4]]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("because", "few", "calls", "sizes"),
    [
        ("who waits is shared out", 1, 8, [4, 4]),
        ("but not to be fewer than a few", 6, 8, [6, 2]),
        ("so few go together", 9, 8, [8]),
        ("as many as allowed", 1, 40, [10, 10, 10, 10]),
    ],
)
def test_batches_go_abreast(because, few, calls, sizes):
    async def story():
        double = batcher(doubler := Doubler(wait_s=0.02), abreast=2, few=few, cap=10)
        assert await asyncio.gather(*map(double, range(calls))) == [n * 2 for n in range(calls)]
        assert list(map(len, doubler.batches)) == sizes, because
        assert doubler.calls() == list(range(calls)), "begun in order"

    asyncio.run(story())


def test_a_few_wait_for_what_is_in_flight_and_half_as_many_do_not():
    async def story():
        double = batcher(doubler := Doubler(wait_s=0.1), abreast=2, few=2)
        first = [asyncio.create_task(double(number)) for number in range(8)]
        await asyncio.sleep(0.01)
        assert list(map(len, doubler.batches)) == [4, 4]
        third = [asyncio.create_task(double(number)) for number in range(8, 11)]
        await asyncio.gather(*first, *third)
        assert list(map(len, doubler.batches)) == [4, 4, 3]
        alone = asyncio.create_task(double(1))
        await asyncio.sleep(0.01)
        more = asyncio.create_task(double(2))
        await asyncio.sleep(0.01)
        assert len(doubler.batches) == 4, "one is too few to go beside another"
        assert await asyncio.gather(alone, more) == [2, 4]

    asyncio.run(story())


def test_a_refused_item_does_not_touch_its_mates():
    async def work(calls):
        return [NotFound(what="job", id=str(call)) if call % 3 == 0 else call for call in calls]

    async def story():
        ask = Batcher(work)
        answers = await asyncio.gather(*map(ask, range(9)), return_exceptions=True)
        assert [isinstance(answer, NotFound) for answer in answers] == [True, False, False] * 3
        assert answers[3].details["id"] == "3"

    asyncio.run(story())


def test_a_call_that_breaks_the_batch_is_found_and_stands_alone():
    tries = []

    async def work(calls):
        tries.append(len(calls))
        if 500 in calls:
            raise ZeroDivisionError
        if 700 in calls:
            raise Invalid
        return calls

    async def story():
        answers = await asyncio.gather(*map(Batcher(work), range(1000)), return_exceptions=True)
        assert isinstance(answers[500], ZeroDivisionError)
        assert isinstance(answers[700], Invalid)
        assert [n for n in range(1000) if answers[n] != n] == [500, 700]
        assert len(tries) < 50, "found by halves, not one by one"

    asyncio.run(story())


def test_a_database_that_is_away_is_told_to_all_at_once():
    tries = []

    async def work(calls):
        tries.append(len(calls))
        raise Unavailable(retry_after_s=7)

    async def story():
        answers = await asyncio.gather(*map(Batcher(work), range(100)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unavailable}
        assert {answer.retry_after_s for answer in answers} == {7}
        assert tries == [100]

    asyncio.run(story())


def test_work_that_answers_too_few_is_an_error_and_no_mix_up():
    async def work(calls):
        return calls[1:]

    async def story():
        answers = await asyncio.gather(*map(Batcher(work), range(3)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {AssertionError}

    asyncio.run(story())


def test_work_may_run_into_a_time_out_of_its_own():
    async def work(calls):
        if 1 in calls:
            raise TimeoutError("theirs")
        return calls

    async def story():
        answers = await asyncio.gather(*map(Batcher(work), range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [int, TimeoutError, int]

    asyncio.run(story())


def test_nobody_waits_longer_than_the_deadline():
    async def story():
        double = batcher(Doubler(wait_s=60), deadline_s=0.1)
        begun = time.monotonic()
        answers = await asyncio.gather(*map(double, range(5)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unavailable}
        assert answers[0].retry_after_s
        assert time.monotonic() - begun < 10

    asyncio.run(story())


def test_work_that_hangs_in_its_thread_is_left_behind():
    release = threading.Event()

    def work(calls):
        if "hang" in calls:
            release.wait(20)
        return calls

    async def story():
        ask = Batcher(work, deadline_s=0.2)
        with pytest.raises(Unavailable):
            await ask("hang")
        assert await ask("next") == "next"
        release.set()
        await ask.close()

    asyncio.run(story())


def test_too_many_are_refused_and_nothing_was_done_for_them():
    async def story():
        double = batcher(doubler := Doubler(wait_s=0.05), cap=2, room=4)
        answers = await asyncio.gather(*map(double, range(10)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [int] * 4 + [TooBusy] * 6
        assert doubler.calls() == [0, 1, 2, 3]
        assert answers[-1].retry_after_s == 1

    asyncio.run(story())


def test_a_killed_flusher_fails_those_in_flight_at_once_and_comes_back_for_the_rest():
    async def story():
        double = batcher(doubler := Doubler(wait_s=30), cap=3)
        callers = [asyncio.create_task(double(number)) for number in range(5)]
        await asyncio.sleep(0.02)
        doubler.wait_s = 0.0
        begun = time.monotonic()
        [flusher] = double._flushers
        flusher.cancel()
        answers = await asyncio.gather(*callers, return_exceptions=True)
        assert [type(answer) for answer in answers[:3]] == [Unavailable] * 3
        assert answers[3:] == [6, 8]
        assert await double(10) == 20
        assert time.monotonic() - begun < 10

    asyncio.run(story())


def test_a_flusher_that_breaks_fails_those_in_flight_at_once_and_comes_back():
    async def story():
        double = batcher(Doubler())
        broken = double._answer

        async def answer(batch):
            double._answer = broken
            raise RuntimeError("a bug of ours")

        double._answer = answer
        with pytest.raises(Unavailable):
            await double(1)
        assert await double(2) == 4

    asyncio.run(story())


def test_a_caller_that_goes_away_is_passed_over():
    async def story():
        double = batcher(doubler := Doubler(wait_s=0.05))
        first = asyncio.create_task(double(1))
        await asyncio.sleep(0.01)
        gone, stays = asyncio.create_task(double(2)), asyncio.create_task(double(3))
        await asyncio.sleep(0.01)
        gone.cancel()
        assert await stays == 6
        assert await first == 2
        assert doubler.batches == [[1], [3]], "nothing was done for who had left"
        assert gone.cancelled()

    asyncio.run(story())


def test_closing_answers_those_who_wait_and_takes_no_more():
    async def story():
        double = batcher(Doubler(wait_s=0.02), cap=1)
        callers = [asyncio.create_task(double(number)) for number in range(3)]
        await asyncio.sleep(0)
        await double.close()
        assert await asyncio.gather(*callers) == [0, 2, 4]
        with pytest.raises(Unavailable):
            await double(1)

    asyncio.run(story())


ALONE = {
    "value": int,
    "refuse": NotFound,
    "raise": ZeroDivisionError,
    "leave": asyncio.CancelledError,
}


@settings(max_examples=150, deadline=None)
@given(
    calls=st.lists(st.sampled_from(["value", "refuse", "raise", "leave"]), max_size=40),
    cap=st.integers(1, 12),
    pauses=st.lists(st.booleans(), max_size=40),
)
def test_whatever_comes_each_gets_what_it_would_get_alone(calls, cap, pauses):
    batches = []

    async def work(batch):
        batches.append(batch)
        await asyncio.sleep(0)
        if any(kind == "raise" for kind, _ in batch):
            raise ZeroDivisionError
        return [
            NotFound(what="job", id=str(number)) if kind == "refuse" else number
            for kind, number in batch
        ]

    async def story():
        ask, tasks = Batcher(work, cap=cap), []
        for number, kind in enumerate(calls):
            tasks.append(asyncio.create_task(ask((kind, number))))
            if number < len(pauses) and pauses[number]:
                await asyncio.sleep(0)
            if kind == "leave":
                tasks[-1].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        for number, (kind, answer) in enumerate(zip(calls, answers, strict=True)):
            assert isinstance(answer, ALONE[kind]), kind
            assert kind != "value" or answer == number
            assert kind != "refuse" or answer.details["id"] == str(number)
        assert all(len(batch) <= cap for batch in batches)

    asyncio.run(story())
