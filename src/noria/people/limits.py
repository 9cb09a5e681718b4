"""The rate limit of keys: token buckets in PostgreSQL, from which each process takes a handful."""

import asyncio
from datetime import datetime, timedelta

from litestar.concurrency import sync_to_thread
from msgspec import Struct

from noria.kit import clock
from noria.kit.db import Database
from noria.people import rules, store
from noria.people.model import Level, Policy, TooManyRequests

HANDFULS = 100
"""A handful is a hundredth of a minute's tokens: at the limit, one statement each 0.6 s a process.

So a key may exceed its limit by a handful for each process, and no more.
"""
HELD = timedelta(minutes=1)
MOST_PURSES = 10_000


class Allowance(Struct, frozen=True, kw_only=True):
    """What a key may still do, as headers say it (draft-ietf-httpapi-ratelimit-headers)."""

    policy: Policy
    remaining: int
    full_in_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        quota = f'"{self.policy.name}";q={self.policy.capacity};w={self.policy.window_s}'
        left = f'"{self.policy.name}";r={self.remaining};t={self.full_in_s}'
        return [(b"ratelimit-policy", quota.encode()), (b"ratelimit", left.encode())]


class Purse:
    """The tokens of one key that this process has taken and not yet spent."""

    def __init__(self) -> None:
        self.tokens = 0
        self.left_in_bucket = 0.0
        self.filled_at = datetime.min.replace(tzinfo=clock.wall().tzinfo)
        self.empty_until = self.filled_at
        self.filling: asyncio.Future[None] | None = None


class Limiter:
    """Counts the requests of keys. Used on the event loop alone; it leaves it only to refill."""

    def __init__(self, db: Database, per_minute: int) -> None:
        self._db = db
        self._policy = Policy(name="key", capacity=per_minute, window_s=60)
        self._handful = max(1, per_minute // HANDFULS)
        self._purses: dict[str, Purse] = {}

    @property
    def is_unlimited(self) -> bool:
        return self._policy.capacity == 0

    def spend_at_once(self, subject: str, now: datetime) -> Allowance | None:
        """Take one token of those at hand; None where there is none: `spend`."""
        purse = self._purses.get(subject)
        if purse is None or not _has_tokens(purse, now):
            return None
        purse.tokens -= 1
        return self._allowance(purse)

    async def spend(self, subject: str) -> Allowance | None:
        """Take one token; None where there is no limit.

        Raises:
            TooManyRequests: there is none left; with the seconds until there is.
        """
        if self.is_unlimited:
            return None
        purse = self._purse(subject)
        while not _has_tokens(purse, clock.wall()):
            await self._filled(purse, subject)
        purse.tokens -= 1
        return self._allowance(purse)

    def emptied(self) -> Allowance:
        """What a key is told that has nothing left."""
        return Allowance(policy=self._policy, remaining=0, full_in_s=self._policy.window_s)

    async def _filled(self, purse: Purse, subject: str) -> None:
        """Fill a purse once for all who find it empty: they go on together.

        One behind another, each would wait for a turn of a busy loop: the last of a hundred for
        seconds.
        """
        if purse.filling is None or purse.filling.done():
            purse.filling = asyncio.ensure_future(self._fill(purse, subject, clock.wall()))
        await asyncio.shield(purse.filling)

    async def _fill(self, purse: Purse, subject: str, now: datetime) -> None:
        """Refill; while the bucket is known to be empty, refuse without asking it again."""
        if not purse.filled_at <= now < purse.empty_until:
            level = await sync_to_thread(self._take, subject, now)
            purse.tokens, purse.left_in_bucket, purse.filled_at = level.taken, level.tokens, now
            wait_s = rules.wait_s(self._policy, level.tokens)
            purse.empty_until = now if level.taken else now + timedelta(seconds=wait_s)
        if purse.tokens == 0:
            seconds = max(1, round((purse.empty_until - now).total_seconds()))
            raise TooManyRequests(limit=self._policy.capacity, retry_after_s=seconds)

    def _take(self, subject: str, now: datetime) -> Level:
        return self._db.run(
            lambda tx: store.take(tx, subject, self._policy, wanted=self._handful, now=now)
        )

    def _purse(self, subject: str) -> Purse:
        purse = self._purses.get(subject)
        if purse is None:
            if len(self._purses) >= MOST_PURSES:
                self._purses.clear()
            purse = self._purses[subject] = Purse()
        return purse

    def _allowance(self, purse: Purse) -> Allowance:
        tokens = purse.tokens + purse.left_in_bucket
        return Allowance(
            policy=self._policy,
            remaining=int(tokens),
            full_in_s=rules.full_in_s(self._policy, tokens),
        )


def _has_tokens(purse: Purse, now: datetime) -> bool:
    """Whether it may be spent from. What was taken long ago is let go: the bucket is full again."""
    return purse.tokens > 0 and abs(now - purse.filled_at) < HELD
