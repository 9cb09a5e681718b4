import asyncio

import pytest

from noria.people import limits
from noria.people.model import TooManyRequests


@pytest.fixture
def asked(monkeypatch):
    """How often the database was asked for tokens: one entry each."""
    asked, take = [], limits.store.take
    monkeypatch.setattr(
        limits.store, "take", lambda *args, **named: asked.append(1) or take(*args, **named)
    )
    return asked


def test_a_thousand_requests_ask_the_database_a_few_times(db, hands, asked):
    limiter = limits.Limiter(db, 60_000)

    async def spend_many():
        await asyncio.gather(*(limiter.spend("key:k") for _ in range(1000)))

    asyncio.run(spend_many())
    assert len(asked) == 2, "a handful is 600"


def test_all_who_find_a_purse_empty_go_on_together(db, hands):
    """One a turn of the loop, the last of hundreds would wait for seconds on a busy server."""
    limiter = limits.Limiter(db, 60_000)

    async def turns_between_first_and_last():
        turn, told = 0, []

        async def spend():
            await limiter.spend("key:k")
            told.append(turn)

        waiting = asyncio.gather(*(spend() for _ in range(500)))
        while not waiting.done():
            turn += 1
            await asyncio.sleep(0)
        return told[-1] - told[0]

    assert asyncio.run(turns_between_first_and_last()) <= 3


def test_a_flood_beyond_the_limit_is_refused_without_asking_again(db, hands, asked):
    limiter = limits.Limiter(db, 5)

    async def flood():
        answers = await asyncio.gather(
            *(limiter.spend("key:k") for _ in range(200)), return_exceptions=True
        )
        return [answer for answer in answers if isinstance(answer, TooManyRequests)]

    assert len(asyncio.run(flood())) == 195
    assert len(asked) == 6


def test_tokens_taken_long_ago_are_let_go(db, hands):
    limiter = limits.Limiter(db, 1000)
    assert asyncio.run(limiter.spend("key:k")).remaining == 999
    hands.move(seconds=61)
    assert asyncio.run(limiter.spend("key:k")).remaining == 999
