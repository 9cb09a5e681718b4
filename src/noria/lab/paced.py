"""A load of prepared requests from a process of its own: at a pace, or as fast as it is answered.

At a pace a request is due at its time whether or not the ones before were answered, and its time
counts from then: a server that stalls is not spared what would have come meanwhile. Without a pace
each connection asks again once it is answered. `python -m noria.lab.paced`
"""

import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

PATIENCE_S = 60.0
READ_AT_ONCE = 1 << 18
END = b"\r\n\r\n"
IDLE_S = 0.0002


class Asked(Struct, frozen=True):
    """One request: its method, its path, its body."""

    method: str
    path: str
    body: str


class Pace(Struct, frozen=True, kw_only=True):
    """Whom to ask, what, over how many connections, how many a second (0: as many as it takes).

    The first `warm` requests are not counted.
    """

    host: str
    port: int
    token: str
    requests: Sequence[Asked]
    connections: int = 16
    a_second: float = 0.0
    warm: int = 0


class Paced(Struct, frozen=True, kw_only=True):
    """What was answered, and how long it took from when it was due."""

    answered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    statuses: Mapping[int, int]
    bytes: int

    @property
    def a_second(self) -> float:
        return self.answered / self.seconds


def applied(pace: Pace) -> Paced:
    """Put it on from a process beside this one."""
    done = subprocess.run(
        [sys.executable, "-m", "noria.lab.paced"],
        input=msgspec.json.encode(pace),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Paced)


class _Line:
    """A connection, what it waits for, and what it has heard of it."""

    def __init__(self, pace: Pace) -> None:
        self.socket = socket.create_connection((pace.host, pace.port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due_at, self.number, self._heard = 0.0, 0, b""

    def ask(self, request: bytes, number: int, due_at: float) -> None:
        self._heard, self.number, self.due_at = b"", number, due_at
        self.socket.sendall(request)

    def hear(self) -> bytes | None:
        """The answer, once it is whole."""
        data = self.socket.recv(READ_AT_ONCE)
        assert data, f"the server hung up after {self._heard!r}"
        self._heard += data
        end = self._heard.find(END)
        if end < 0:
            return None
        head = self._heard[:end].lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[at:].split(b"\r", 1)[0])
        return self._heard if len(self._heard) == end + len(END) + length else None


def run(pace: Pace) -> Paced:
    """Send every request, hear every answer, and tell."""
    texts = [_text(pace, one) for one in pace.requests]
    selector = selectors.DefaultSelector()
    lines = [_Line(pace) for _ in range(pace.connections)]
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    idle, sent, heard = deque(lines), 0, 0
    took: list[float] = []
    statuses: dict[int, int] = {}
    size = 0
    began = counted = time.perf_counter()
    while heard < len(texts):
        now = time.perf_counter()
        while idle and sent < len(texts) and _is_due(pace, sent, began, now):
            due_at = began + sent / pace.a_second if pace.a_second else now
            idle.popleft().ask(texts[sent], sent, due_at)
            sent += 1
        for key, _ in selector.select(IDLE_S if sent < len(texts) and idle else PATIENCE_S):
            told: _Line = key.data
            answer = told.hear()
            if answer is None:
                continue
            heard += 1
            status = int(answer[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            if told.number >= pace.warm:
                took.append(time.perf_counter() - told.due_at)
                size += len(answer)
            elif heard == pace.warm:
                counted = time.perf_counter()
            idle.append(told)
    seconds = time.perf_counter() - counted
    times = sorted(took)
    return Paced(
        answered=len(times),
        seconds=seconds,
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        longest_ms=times[-1] * 1000,
        statuses=statuses,
        bytes=size,
    )


def _is_due(pace: Pace, number: int, began: float, now: float) -> bool:
    return not pace.a_second or began + number / pace.a_second <= now


def _text(pace: Pace, asked: Asked) -> bytes:
    body = asked.body.encode()
    return (
        f"{asked.method} {asked.path} HTTP/1.1\r\nHost: {pace.host}:{pace.port}\r\n"
        f"Authorization: Bearer {pace.token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


if __name__ == "__main__":
    told = run(msgspec.json.decode(sys.stdin.buffer.read(), type=Pace))
    sys.stdout.buffer.write(msgspec.json.encode(told))
