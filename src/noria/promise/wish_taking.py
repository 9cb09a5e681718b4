"""The short way of a batch: all rows as if there were enough, then whether that was right."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from noria.kit import clock
from noria.kit.burst import Ask
from noria.kit.ids import uuid7
from noria.promise import wish_rules as rules
from noria.promise import wish_store as store
from noria.promise.wish_model import Asked, Pair, Settled
from noria.promise.wish_store import ANY, Follows
from noria.stock.model import Key, State

SCOPE = "POST /v1/reservations"
"""Under which ids of wishes are known, whether they come alone or in a batch."""

AT_ONCE = 256
"""How many wishes, or lines of a batch on the short way, are written by one statement."""


class Taking:
    """A batch that is being written: what is to be asked, in order, in a transaction of its own.

    It breaks unless the batch that it `follows` was the last of its connection to be committed.
    """

    def __init__(self, asked: Sequence[Asked], *, follows: Follows = ANY) -> None:
        self._asked = asked
        self._follows = follows
        self._settled: list[Settled] = []
        self._first: Ask[datetime] | None = None

    def asks(self) -> Iterator[Ask[Any]]:
        """Each is put together when it is asked for, while the one before is on its way."""
        taken: dict[Pair, int] = defaultdict(int)
        for one in self._asked:
            for line in one.body.lines:
                taken[line.sku, line.node] += line.quantity
        change, prefix = change_of(taken), uuid7(int(clock.wall().timestamp() * 1000))
        for number, part in enumerate(_parts(self._asked)):
            settled = [rules.settled(one) for one in part]
            self._settled += settled
            ask = store.ask_take(
                settled, {} if self._first else change, prefix=f"{prefix}-{number}"
            )
            self._first = self._first or ask
            yield ask
        yield store.ask_plain(
            list(taken),
            channels={one.body.channel for one in self._asked},
            scope=SCOPE,
            ids=[one.body.id for one in self._asked],
            follows=self._follows,
        )

    def told(self) -> dict[str, bytes]:
        """What each is told, once all was answered and committed."""
        assert self._first is not None
        return told_since(self._settled, self._first.told())


def _parts(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Wishes in their order, as many together as have `AT_ONCE` lines."""
    first = lines = 0
    for place, one in enumerate(asked):
        if lines + len(one.body.lines) > AT_ONCE:
            yield asked[first:place]
            first, lines = place, 0
        lines += len(one.body.lines)
    if lines:
        yield asked[first:]


def change_of(taken: Mapping[Pair, int]) -> dict[Key, int]:
    """What these units off their shelves are to balances."""
    return {
        (*pair, state): -units if state is State.AVAILABLE else units
        for pair, units in taken.items()
        for state in (State.AVAILABLE, State.RESERVED)
    }


def told_since(settled: Sequence[Settled], now: datetime) -> dict[str, bytes]:
    """What each is told whose wish is held since `now`."""
    made_at = rules.instant(now)
    ends = {
        minutes: rules.instant(now + timedelta(minutes=minutes))
        for minutes in {one.asked.body.minutes for one in settled}
    }
    return {one.asked.body.id: one.told(made_at, ends[one.asked.body.minutes]) for one in settled}
