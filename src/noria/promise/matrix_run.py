"""The matrix of a server process: begun and ended with it, watched, and compared with the database.

Each look compares some SKUs, one slice after the other. What differs is published, for `noria
audit` and whoever watches, and the matrix is loaded anew.
"""

import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from litestar import Litestar
from prometheus_client import Gauge

from noria.kit import clock, metrics
from noria.kit.config import Settings
from noria.kit.db import Database
from noria.kit.errors import Unavailable
from noria.promise import matrix_store as store
from noria.promise.matrix import Matrix
from noria.promise.matrix_check import Compared, compare

log = logging.getLogger("noria.matrix")

LOOK_S = 1.0
CHECK_EVERY = 10
CHECKED_SKUS = 50


def _gauge(name: str, words: str) -> Gauge:
    return Gauge(
        f"noria_matrix_{name}", words, registry=metrics.registry, multiprocess_mode="liveall"
    )


in_sync = _gauge("in_sync", "Whether questions are answered from memory.")
age = _gauge("age_seconds", "Since the database was last heard of.")
rows = _gauge("skus", "SKUs that are kept in memory.")
size = _gauge("bytes", "Memory that they take.")
loads = _gauge("loads", "How often all of it was loaded.")
misses = _gauge("misses", "How often it had to be, because news were missing or too many.")
staleness = _gauge("staleness_seconds", "How long after its commit the last mark was heard.")
differences = _gauge("differences", "Numbers that were not those of the database, so far.")


class Watch:
    """A thread that looks at a matrix, shows how it does, and compares it with the database."""

    def __init__(self, db: Database, matrix: Matrix, process: str) -> None:
        self._db = db
        self._matrix = matrix
        self._process = process
        self._closing = threading.Event()
        self._begin = 0
        self._thread = threading.Thread(target=self._run, name="noria-matrix", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def check(self) -> Compared | None:
        """Compare the next slice with the database, and publish what was found.

        What differs is looked at a second time before anybody is told: a matrix is loaded anew and
        a person is called for it.
        """
        skus = self._matrix.some_skus(self._begin, CHECKED_SKUS)
        self._begin = self._begin + len(skus) if len(skus) == CHECKED_SKUS else 0
        found = compare(self._db, self._matrix, skus)
        if found is not None and found.differences:
            found = compare(self._db, self._matrix, skus)
        if found is None:
            return None
        now = clock.wall()
        self._db.run(lambda tx: store.publish(tx, self._process, found, now=now))
        staleness.set(found.heard_s)
        if found.differences:
            differences.inc(len(found.differences))
            log.error("memory differs from the database: %s", found.differences[:10])
            self._matrix.feed.load_again("it is not what the database says")
        return found

    def _run(self) -> None:
        looks = 0
        while not self._closing.wait(LOOK_S):
            looks += 1
            try:
                self._show()
                if looks % CHECK_EVERY == 0 and self._matrix.is_in_sync:
                    self.check()
            except Unavailable:
                log.warning("the database does not answer; the matrix is compared later")
            except Exception:
                log.exception("the watch stumbled, and goes on")

    def _show(self) -> None:
        numbers = self._matrix.numbers()
        in_sync.set(self._matrix.is_in_sync)
        age.set(numbers.age_seconds)
        rows.set(numbers.skus)
        size.set(numbers.megabytes * 2**20)
        loads.set(numbers.loads)
        misses.set(numbers.misses)


@asynccontextmanager
async def keeping(app: Litestar) -> AsyncIterator[None]:
    """Keep what can be promised in memory while the server lives, if the settings say so."""
    settings: Settings = app.state.settings
    if not settings.matrix_megabytes:
        yield
        return
    matrix = Matrix(app.state.db.url, megabytes=settings.matrix_megabytes)
    watch = Watch(app.state.db, matrix, f"{socket.gethostname()}:{os.getpid()}")
    matrix.feed.start()
    watch.start()
    app.state.matrix = matrix
    app.state.parts["matrix"] = matrix.numbers
    try:
        yield
    finally:
        await anyio.to_thread.run_sync(watch.close)
        await anyio.to_thread.run_sync(matrix.feed.close)
