"""A light load, in a process of its own: many connections, each asking again once it is answered.

It reads what to do from standard input and writes what it saw, a line of JSON for each stretch of
time. What it does for a request is little, and the same before any server: it fills in ids, sends
one buffer, and reads a status, a length and a body. `python -m noria.lab.load`
"""

import resource
import selectors
import socket
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from enum import Enum

import msgspec
from msgspec import Struct, field

from noria.kit import clock
from noria.kit.ids import uuid7
from noria.lab import goods_asked as goods

PATIENCE_S = 60.0
ACCEPTED_S = 0.0005
"""Between one connection and the next, so that none waits for the kernel to try again."""
MOST_FILES = 8192
READ_AT_ONCE = 1 << 18
END = b"\r\n\r\n"
SAID_YES = b'"status":200'
"""How the answer to a batch says of one wish that it is held."""


class Shape(Enum):
    """What a request holds: a wish, a batch of wishes, or what the plain endpoint takes."""

    WISH = "wish"
    BATCH = "batch"
    PLAIN = "plain"


PATHS = {
    Shape.WISH: "/v1/reservations",
    Shape.BATCH: "/v1/reservations/batch",
    Shape.PLAIN: "/reservations",
}


class Load(Struct, frozen=True, kw_only=True):
    """Whom to ask for what, over how many connections, for how many stretches of how long."""

    host: str
    port: int
    shape: Shape
    how: str
    node: str
    seed: int
    skus: int
    token: str = ""
    connections: int = 256
    lines: int = 1
    minutes: int = 15
    warm_s: float = 0.5
    stretches: int = 1
    stretch_s: float = 2.5


class Seen(Struct, frozen=True, kw_only=True):
    """What was answered in a stretch of time, and how long answers took.

    `held` counts wishes that were granted, `requests` those that were answered with 200; `others`
    are the other statuses. In the line with `is_all` they are those of the whole run, with what
    came before and after its stretches.
    """

    held: int
    requests: int
    seconds: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    longest_ms: float = 0.0
    others: Mapping[int, int] = field(default_factory=dict)
    is_all: bool = False


def allow_files() -> None:
    """Let this process, and those that it starts, have a file for each of many connections."""
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if least != resource.RLIM_INFINITY and least < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def applied(load: Load) -> Iterator[Seen]:
    """Put a load on from a process beside this one, and tell what it saw as it sees it."""
    with subprocess.Popen(
        [sys.executable, "-m", "noria.lab.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(load))
            process.stdin.close()
            for line in process.stdout:
                yield msgspec.json.decode(line, type=Seen)
        finally:
            if process.poll() is None:
                process.terminate()
    assert process.returncode == 0, "the load broke off"


def requests(load: Load) -> Callable[[], bytes]:
    """What makes one request after the other, each with ids of its own."""
    choose = goods.chooser(load.how, load.seed, load.skus)
    head = (
        f"POST {PATHS[load.shape]} HTTP/1.1\r\nHost: {load.host}:{load.port}\r\n"
        f"Authorization: Bearer {load.token}\r\nContent-Type: application/json\r\n"
    )
    line = (
        '{"id":"%s","sku":"%s","quantity":1}'
        if load.shape is Shape.PLAIN
        else '{"id":"%s","demand":"cart:load","minutes":' + str(load.minutes)
        + ',"lines":[{"sku":"%s","node":"' + load.node + '","quantity":1}]}'
    )  # fmt: skip

    def one() -> str:
        return line % (uuid7(int(clock.wall().timestamp() * 1000)), goods.sku(choose()))

    def made() -> bytes:
        body = one()
        if load.shape is Shape.BATCH:
            more = (one() for _ in range(load.lines - 1))
            body = '{"items":[' + ",".join((body, *more)) + "]}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return made


class _Caller:
    """A connection, and what it has heard of the answer that it waits for."""

    def __init__(self, load: Load, make: Callable[[], bytes]) -> None:
        self.socket = socket.create_connection((load.host, load.port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(None)  # else each call would ask first whether it may
        time.sleep(ACCEPTED_S)
        self._make = make
        self._heard = b""
        self.asked_at = 0.0

    def ask(self) -> None:
        self._heard = b""
        request = self._make()
        self.asked_at = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> bytes | None:
        """The answer, once it is whole."""
        data = self.socket.recv(READ_AT_ONCE)
        assert data, f"the server hung up after {self._heard!r}"
        self._heard = heard = self._heard + data if self._heard else data
        end = heard.find(END)
        if end < 0:
            return None
        head = heard[:end].lower()
        at = head.index(b"content-length:") + 15
        stop = head.find(b"\r", at)
        length = int(head[at : stop if stop > 0 else end])
        return heard if len(heard) == end + 4 + length else None


class _Tally:
    """What was seen in the stretch that is on."""

    def __init__(self) -> None:
        self.held = self.requests = 0
        self.took = array("d")
        self.others: dict[int, int] = {}

    def note(self, answer: bytes, took_s: float, shape: Shape) -> None:
        self.took.append(took_s)
        status = int(answer[9:12])
        if status != 200:
            self.others[status] = self.others.get(status, 0) + 1
            return
        self.requests += 1
        self.held += answer.count(SAID_YES) if shape is Shape.BATCH else 1

    def seen(self, seconds: float, *, is_all: bool = False) -> Seen:
        times = [] if is_all else sorted(self.took)
        return Seen(
            held=self.held,
            requests=self.requests,
            seconds=round(seconds, 3),
            p50_ms=times[len(times) // 2] * 1000 if times else 0.0,
            p99_ms=times[len(times) * 99 // 100] * 1000 if times else 0.0,
            longest_ms=times[-1] * 1000 if times else 0.0,
            others=self.others,
            is_all=is_all,
        )

    def add(self, other: "_Tally") -> None:
        self.held += other.held
        self.requests += other.requests
        for status, count in other.others.items():
            self.others[status] = self.others.get(status, 0) + count


def run(load: Load, tell: Callable[[Seen], None]) -> None:
    """Ask until the stretches are over, wait for the answers that are under way, and tell."""
    make, selector = requests(load), selectors.DefaultSelector()
    callers = [_Caller(load, make) for _ in range(load.connections)]
    began = since = time.perf_counter()
    for caller in callers:
        selector.register(caller.socket, selectors.EVENT_READ, caller)
        caller.ask()
    whole, tally = _Tally(), _Tally()
    edges = [began + load.warm_s + load.stretch_s * turn for turn in range(load.stretches + 1)]
    passed, waiting = 0, load.connections
    while waiting:
        found = selector.select(PATIENCE_S)
        assert found, "the server answers nobody any more"
        now = time.perf_counter()
        while passed < len(edges) and now >= edges[passed]:
            if passed:
                tell(tally.seen(now - since))
            whole.add(tally)
            tally, since = _Tally(), now
            passed += 1
        for key, _ in found:
            caller = key.data
            answer = caller.hear()
            if answer is None:
                continue
            tally.note(answer, time.perf_counter() - caller.asked_at, load.shape)
            if passed < len(edges):
                caller.ask()
            else:
                selector.unregister(caller.socket)
                caller.socket.close()
                waiting -= 1
    whole.add(tally)
    tell(whole.seen(time.perf_counter() - began, is_all=True))


def _say(seen: Seen) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(msgspec.json.decode(sys.stdin.buffer.read(), type=Load), _say)
