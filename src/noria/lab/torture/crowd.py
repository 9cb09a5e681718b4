"""Many callers at once: works that begin at the same moment, each in a transaction of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from msgspec import Struct

from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal, Unavailable

Result = TypeVar("Result")
PATIENCE_S = 120.0


class Answer(Struct, Generic[Result]):
    """What a caller got: a value or a refusal. `tries` counts broken ties that were tried again."""

    value: Result | None = None
    refusal: Refusal | None = None
    tries: int = 1

    @property
    def is_given(self) -> bool:
        return self.refusal is None

    @property
    def is_lost_tie(self) -> bool:
        """A deadlock that the caller was told of."""
        return isinstance(self.refusal, Unavailable)


def asked(db: Database, work: Callable[[Connection], Result]) -> Answer[Result]:
    """Ask as the door does; a refusal is an answer."""
    tries = 0

    def counted(tx: Connection) -> Result:
        nonlocal tries
        tries += 1
        return work(tx)

    try:
        return Answer(value=db.run(counted), tries=max(tries, 1))
    except Refusal as refusal:
        return Answer(refusal=refusal, tries=max(tries, 1))


class Crowd:
    """Threads that stay, so that a round costs no more than its questions."""

    def __init__(self, db: Database, pool: ThreadPoolExecutor) -> None:
        self.db = db
        self._pool = pool

    def race(self, works: Sequence[Callable[[Connection], Any]]) -> list[Answer[Any]]:
        """Every work begins at the same moment; what each was answered."""
        start = threading.Barrier(len(works))

        def one(work: Callable[[Connection], Any]) -> Answer[Any]:
            start.wait(PATIENCE_S)
            return asked(self.db, work)

        return list(self._pool.map(one, works))

    def race_on(self, works: Sequence[Callable[[Database], Answer[Any]]]) -> list[Answer[Any]]:
        """As many at once as there are callers, each taking up the next when it has ended one."""
        return list(self._pool.map(lambda work: work(self.db), works))


@contextmanager
def crowd(url: str, callers: int) -> Iterator[Crowd]:
    """So many callers, with a connection each."""
    db = Database(url, pool_size=callers + 2, wait_s=PATIENCE_S, application="noria-torture")
    with ThreadPoolExecutor(callers) as pool:
        try:
            yield Crowd(db, pool)
        finally:
            db.close()
