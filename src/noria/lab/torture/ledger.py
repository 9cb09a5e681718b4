"""What callers were told, kept outside of the system: each answered request is there once."""

import threading
from collections.abc import Mapping, Sequence

from noria.kit.db import Connection, Database


class Told:
    """Requests by id: those that were answered, and those whose answer never came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered: dict[str, int] = {}
        self.unknown = 0
        self.refused = 0

    def answer(self, units: Mapping[str, int]) -> None:
        """These requests were said to be done: units by id."""
        with self._lock:
            self._answered.update(units)

    def lose(self, requests: int = 1) -> None:
        with self._lock:
            self.unknown += requests

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def answered(self) -> dict[str, int]:
        """A copy, to be taken before the database is read."""
        with self._lock:
            return dict(self._answered)

    def __len__(self) -> int:
        with self._lock:
            return len(self._answered)


def missing(db: Database, told: Mapping[str, int]) -> list[str]:
    """Answered requests that are not in the book exactly once, with the units that were said."""
    ids = sorted(told)
    found = db.run(lambda tx: _found(tx, ids))
    return [
        f"{key} was answered with {told[key]} units, and is in the book as {found.get(key)}"
        for key in ids
        if found.get(key) != (1, told[key])
    ]


def untold(db: Database, told: Mapping[str, int]) -> list[str]:
    """What the book has and nobody was told of, once every request has had its answer."""
    query = """
        select distinct coalesce(move.own_cause, movement.cause)
        from move_part as move
        join movement on movement.id = movement_id
        where coalesce(move.own_cause, movement.cause) like 'cart:%%'
    """
    causes = db.run(lambda tx: [cause for (cause,) in tx.execute(query, [])])
    keys = {cause.removeprefix("cart:") for cause in causes}
    return [f"{key} is in the book, and nobody was told" for key in sorted(keys - told.keys())]


def _found(tx: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many movements have each request as their cause, and how many units they moved."""
    rows = tx.execute(
        """
        select coalesce(move.own_cause, movement.cause), count(distinct movement_id),
            sum(quantity)::bigint
        from move_part as move
        join movement on movement.id = movement_id
        where coalesce(move.own_cause, movement.cause) = any(%s)
        group by 1
        """,
        [[f"cart:{key}" for key in ids]],
    )
    return {cause.removeprefix("cart:"): (count, units) for cause, count, units in rows}
