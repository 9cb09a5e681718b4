"""Which of the two ways wishes go: what is remembered of those that went before.

Nothing here decides a wish. A way that was guessed wrong costs a round trip.
"""

from collections.abc import Iterable, Sequence
from threading import Lock
from weakref import WeakKeyDictionary

from noria.kit.burst import Burst
from noria.kit.db import Database
from noria.promise import wish_rules as rules
from noria.promise.wish_model import Asked, Pair

PASSED_BY = 64
"""So many batches go the long way, at the most, before the short one is tried again."""

IDS_KNOWN, DOUBTS_KNOWN = 50_000, 10_000


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

    Shelves that were why a wish was not held whole, or that were near what is kept back there, when
    they were looked at last; channels that nobody knew; ids that were answered here lately; and who
    names units. Several threads share it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids: set[str] = set()
        self._older: set[str] = set()
        self._doubtful: dict[Pair | str | None, None] = {}

    def parted(self, asked: Sequence[Asked]) -> tuple[Sequence[Asked], list[Asked]]:
        """Wishes that may go the short way, and the others, each in their order.

        What one that is doubtful asks for is not given to one that came later: whoever shares a
        shelf with it goes after it.
        """
        ways: tuple[list[Asked], list[Asked]] = ([], [])
        ids, older, doubtful = self._ids, self._older, self._doubtful
        behind: set[Pair] = set()
        for one in asked:
            body = one.body
            pairs = [(line.sku, line.node) for line in body.lines] if doubtful or behind else ()
            is_doubtful = bool(pairs) and (
                body.channel in doubtful
                or any(pair in doubtful or pair in behind for pair in pairs)
            )
            if is_doubtful:
                behind.update(pairs)
            is_known = body.id in ids or body.id in older
            ways[is_doubtful or is_known or rules.names_units(body)].append(one)
        return ways

    def are_plain(self, asked: Sequence[Asked]) -> bool:
        """Whether all of them may go the short way together: none has to come after another."""
        ids = {one.body.id for one in asked}
        return (
            len(ids) == len(asked)
            and ids.isdisjoint(self._ids)
            and ids.isdisjoint(self._older)
            and not rules.without_overlaps(asked)[1]
            and not self.parted(asked)[1]
        )

    def were_answered(self, ids: Iterable[str]) -> None:
        with self._lock:
            self._ids.update(ids)
            if len(self._ids) > IDS_KNOWN:
                self._ids, self._older = set(), self._ids

    def were_looked_at(
        self, fine: Iterable[Pair | str | None], doubtful: Iterable[Pair | str]
    ) -> None:
        """Under locks: shelves and channels where all was held, and those that were in the way."""
        with self._lock:
            for one in fine:
                self._doubtful.pop(one, None)
            self._doubtful.update(dict.fromkeys(doubtful))
            while len(self._doubtful) > DOUBTS_KNOWN:
                del self._doubtful[next(iter(self._doubtful))]


_short_ways: WeakKeyDictionary[Burst, ShortWay] = WeakKeyDictionary()
_detours: WeakKeyDictionary[Database, Detours] = WeakKeyDictionary()


def short_way(burst: Burst) -> ShortWay:
    return _short_ways.setdefault(burst, ShortWay())


def detours(db: Database) -> Detours:
    return _detours.setdefault(db, Detours())
