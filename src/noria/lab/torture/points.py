"""Named points at which a verb can be made to wait: before each of its statements.

What two transactions do to each other is decided by the order of their statements, so nothing has
to be planted in the verbs: a connection that is watched stops before any statement one likes, and
whatever is written later has its points without anybody's doing. A point is named by the number of
the statement; the last is the commit.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 60.0


class Gate:
    """Counts statements, and holds the one with the number `stop` until it is opened."""

    def __init__(self, stop: int | None = None) -> None:
        self.stop = stop
        self.passed = 0
        self.pid = 0
        self.is_over = False
        self.is_held = False
        self.held = threading.Event()
        self._open = threading.Event()

    def open(self) -> None:
        self.is_held = False
        self.stop = None
        self._open.set()

    def end(self) -> None:
        """Nothing more will pass: whoever waits for it to be held waits no longer."""
        self.is_over = True
        self.held.set()

    def reach(self) -> None:
        number, self.passed = self.passed, self.passed + 1
        if number == self.stop and not self._open.is_set():
            self.is_held = True
            self.held.set()
            assert self._open.wait(PATIENCE_S), "nobody opened the gate"


class Watched:
    """A connection that reaches a gate before each statement; all else is the connection's own."""

    def __init__(self, inside: Any, gate: Gate) -> None:
        self._inside = inside
        self._gate = gate

    def execute(self, *arguments: Any, **named: Any) -> Any:
        self._gate.reach()
        return self._inside.execute(*arguments, **named)

    @contextmanager
    def cursor(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        with self._inside.cursor(*arguments, **named) as cursor:
            yield Watched(cursor, self._gate)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inside, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inside)
