"""Which of the two ways wishes go: what is remembered of those that went before.

Nothing here decides a wish. A way that was guessed wrong costs a round trip.
"""

from collections.abc import Collection, Iterable, Sequence
from weakref import WeakKeyDictionary

from noria.kit.burst import Burst
from noria.kit.db import Database
from noria.promise.wish_model import Asked, Pair

PASSED_BY = 64
"""So many batches go the long way, at the most, before the short one is tried again."""

IDS_KNOWN, SHELVES_KNOWN = 50_000, 10_000


class ShortWay:
    """Whether the short way is worth trying: how many batches still pass it by."""

    def __init__(self) -> None:
        self._passed_by = 0
        self._next = 1

    def is_tried(self) -> bool:
        self._passed_by = max(0, self._passed_by - 1)
        return not self._passed_by

    def was_open(self) -> None:
        self._next = 1

    def was_closed(self) -> None:
        self._passed_by = self._next + 1
        self._next = min(2 * self._next, PASSED_BY)


class Detours:
    """What is sent the long way at once, so that it closes the short one to nobody else.

    Shelves whose wishes were not held whole when they were looked at last, until they are; ids that
    were answered here lately; and who names units.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._older: set[str] = set()
        self._shelves: dict[Pair, None] = {}

    def parted(self, asked: Sequence[Asked]) -> tuple[Sequence[Asked], list[Asked]]:
        """Wishes that may go the short way, and the others, each in their order."""
        ways: tuple[list[Asked], list[Asked]] = ([], [])
        ids, older, shelves = self._ids, self._older, self._shelves
        for one in asked:
            key, is_apart = one.body.id, False
            for line in one.body.lines:
                if line.serials or line.lots or (shelves and (line.sku, line.node) in shelves):
                    is_apart = True
            ways[is_apart or key in ids or key in older].append(one)
        return ways

    def were_answered(self, ids: Iterable[str]) -> None:
        self._ids.update(ids)
        if len(self._ids) > IDS_KNOWN:
            self._ids, self._older = set(), self._ids

    def were_looked_at(self, shelves: Iterable[Pair], doubtful: Collection[Pair]) -> None:
        """Under locks; the doubtful ones did not have all that was asked of them."""
        for pair in shelves:
            if pair in doubtful:
                self._shelves[pair] = None
            else:
                self._shelves.pop(pair, None)
        while len(self._shelves) > SHELVES_KNOWN:
            self._shelves.pop(next(iter(self._shelves)), None)


_short_ways: WeakKeyDictionary[Burst, ShortWay] = WeakKeyDictionary()
_detours: WeakKeyDictionary[Database, Detours] = WeakKeyDictionary()


def short_way(burst: Burst) -> ShortWay:
    return _short_ways.setdefault(burst, ShortWay())


def detours(db: Database) -> Detours:
    return _detours.setdefault(db, Detours())
