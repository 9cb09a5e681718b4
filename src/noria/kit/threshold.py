"""Where requests come in: a connection of uvicorn's, at which busy addresses are answered at once.

uvicorn makes a task and an exchange of messages of each request. What is taken `first` becomes
neither: it is answered by a callback, in its turn among the requests of its connection. Everything
else is uvicorn's. Here too are the limits that uvicorn leaves to a proxy: how long a head may be,
and how long a caller may keep a connection without saying, or hearing, anything.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Protocol, cast

import httptools
import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from noria.kit import problems
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.http import PROBLEM_TYPE, problem
from noria.kit.porch import PROTECTING, Ended, request_id

Headers = list[tuple[bytes, bytes]]

HEAD_BYTES = 65_536
SLOW_S, IDLE_S, LOOK_S = 30.0, 75.0, 5.0
"""How long a request may pause while it is sent, or an answer while it is read; how long nothing
may be asked on a connection (longer than the minute for which proxies keep theirs); how often all
connections are looked at."""
UNANSWERED_S = 60.0
"""After so long, what was taken and is whole will not be answered any more."""
SLOWEST_BYTES_S = 1_000
"""A body that comes slower, after its first `SLOW_S`, is not waited for."""

LEAVING = frozenset((b"upgrade", b"http2-settings"))
"""What a head says that asks for another protocol."""

STANDING = b"".join(b"%b: %b\r\n" % pair for pair in PROTECTING.items())


class MalformedRequest(Refusal):
    code = "malformed-request"
    kind = Kind.INVALID
    says = Text("This is not a request of HTTP/1.1.", "Ce n'est pas une requête HTTP/1.1.")
    do = Text(
        "Check what stands between: a proxy, a line break in a header, a length that is not so.",
        "Vérifiez ce qui s'interpose\u202f: proxy, saut de ligne dans un en-tête, longueur fausse.",
    )


class HeadTooLarge(Refusal):
    code = "head-too-large"
    kind = Kind.HEAD_TOO_LARGE
    says = Text(
        "The address and the headers are longer than {limit} bytes.",
        "L'adresse et les en-têtes dépassent {limit} octets.",
    )
    do = Text("Send fewer or shorter ones.", "Envoyez-en moins, ou de plus courts.")


class First(Protocol):
    """Who is asked first: it reads the head of a request, and takes it or not."""

    def reads(self, method: bytes, url: bytes, headers: Headers) -> Any | None:
        """What it has read, if it wants the body too."""

    def take(self, head: Any, body: bytes, reply: "Taken") -> None:
        """Answer, or decline, now or later."""


class Front:
    """The application as a server meets it; `leave` ends what would go on for long."""

    def __init__(self, inside: ASGIApp, first: First, leave: Callable[[], None]) -> None:
        self.first, self.leave = first, leave
        self._inside = inside
        self.ended = Ended()
        self._is_watching = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inside(scope, receive, send)

    def watch(self, loop: asyncio.AbstractEventLoop, connections: set[Any]) -> None:
        """Look now and then for those who keep a connection for nothing, while there are any."""
        if not self._is_watching:
            self._is_watching = True
            loop.call_later(LOOK_S, self._look, loop, connections)

    def _look(self, loop: asyncio.AbstractEventLoop, connections: set["Threshold"]) -> None:
        now = loop.time()
        for one in list(connections):
            if why := one.overdue(now):
                one.transport.abort()
                if why != IDLE:
                    self.ended.count(why)
        self.ended.note(at_last=not connections)
        self._is_watching = False
        if connections:
            self.watch(loop, connections)


IDLE, SLOW, UNANSWERED = "idle", "slow", "unanswered"
"""Why a connection is cut."""


class Threshold(HttpToolsProtocol):
    """One connection. `cycle` is the last request, as uvicorn has it, or one that is taken.

    The one that is being answered may be another: `_running`. `_refusal` is said when all that came
    before is answered; once it is deaf, nothing more is read. What comes beside heads and bodies is
    bounded: `_has_heard` says that some of them was in the last piece of what came.
    """

    cycle: Any

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._front = cast("Front", self.config.loaded_app)
        self._is_in_head = self._is_in_body = self._has_heard = self._is_deaf = False
        self._head_bytes = self._body_bytes = self._beside_bytes = 0
        self._since = self._body_since = 0.0
        self._running: Any = None
        self._refusal: Refusal | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._front.watch(self.loop, self.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's, which tells the last request alone that its caller has left."""
        for cycle in (self._running, *[cycle for cycle, _ in self.pipeline]):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def overdue(self, now: float) -> str:
        """Why the connection is to be cut, if it is: who waits for us is not."""
        waited_s, running = now - self._since, self._running
        if self.flow.write_paused or self._is_in_head:
            return SLOW if waited_s > SLOW_S else ""
        if type(running) is Taken and not (running.more_body or running.response_complete):
            return UNANSWERED if waited_s > UNANSWERED_S else ""
        if self.flow.read_paused:  # it is we who are slow
            self._body_since, self._body_bytes = now, 0
            return ""
        if self._is_in_body:
            late_s = now - self._body_since - self._body_bytes / SLOWEST_BYTES_S
            return SLOW if max(waited_s, late_s) > SLOW_S else ""
        if self.cycle is None or self.cycle.response_complete:
            return IDLE if waited_s > IDLE_S else ""
        return ""

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        head = self.headers if self._is_in_head else None
        if head is None:
            self._since = self.loop.time()
        self._unset_keepalive_if_required()
        rest = data
        while rest:
            try:
                self.parser.feed_data(rest)
                break
            except httptools.HttpParserUpgrade as stopped:
                rest = self._stayed(rest[stopped.args[0] :])
            except httptools.HttpParserError:
                self.send_400_response("")
                return
        if self._is_in_body:
            self._measure(len(data))
        elif self._is_in_head and self.headers is head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(HeadTooLarge(limit=HEAD_BYTES))

    def _measure(self, size: int) -> None:
        """Note how a body comes; bound what comes without: trailers, and words of chunks."""
        self._body_bytes += size
        if self._has_heard:
            self._has_heard, self._beside_bytes = False, 0
            return
        self._beside_bytes += size
        if self._beside_bytes > HEAD_BYTES:
            self._refuse(HeadTooLarge(limit=HEAD_BYTES))

    def _stayed(self, rest: bytes) -> bytes:
        """A request and what follows, as if it did not ask for another protocol: we speak this one.

        The parser stops where it is asked for, and would never see the body.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            self.send_400_response("")
            return b""
        head = [b"%b %b HTTP/%b\r\n" % (method, self.url, version.encode())]
        for name, value in self.headers:
            if name == b"connection":
                words = [word.strip() for word in value.split(b",")]
                value = b", ".join(word for word in words if word.lower() not in LEAVING)  # noqa: PLW2901
            if name not in LEAVING and (value or name != b"connection"):
                head.append(b"%b: %b\r\n" % (name, value))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        return b"".join(head) + b"\r\n" + rest

    def on_message_begin(self) -> None:
        """Only what a head is read into: most requests never need what the framework asks for."""
        self._is_in_head, self._head_bytes = True, 0
        self.url, self.headers, self.expect_100_continue = b"", [], False

    def on_header(self, name: bytes, value: bytes) -> None:
        """As uvicorn's. What trails a body is dropped: it is too late to say there who asks."""
        if self._is_in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_bytes = len(self.url) + sum(
            [len(name) + len(value) for name, value in self.headers]
        )
        if self._head_bytes > HEAD_BYTES:
            raise HeadTooLarge(limit=HEAD_BYTES)  # the parser ends: `send_400_response`
        if self.parser.should_upgrade():
            return  # and the parser stops: `_stayed`
        before = self.cycle
        if (before is None or before.response_complete) and self._is_plain():
            method = self.parser.get_method()
            head = self._front.first.reads(method, self.url, self.headers)
            if head is not None:
                self._running = self.cycle = Taken(self, head, method)
                self._begin_body()
                return
        self._describe()
        super().on_headers_complete()
        self._begin_body()

    def _begin_body(self) -> None:
        self._is_in_body = self._has_heard = True
        self._body_since, self._body_bytes = self._since, 0

    def _describe(self) -> None:
        """Make the scope of a request, once somebody needs one."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)

    def _is_plain(self) -> bool:
        return self.parser.get_http_version() == "1.1" and not self.flow.write_paused

    def on_body(self, body: bytes) -> None:
        self._has_heard = True
        if type(self.cycle) is Taken:
            self.cycle.chunks.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._is_in_body = False
        taken = self.cycle
        if type(taken) is not Taken:
            super().on_message_complete()
            return
        taken.more_body = False
        try:
            self._front.first.take(taken.head, taken.body(), taken)
        except Exception as error:  # noqa: BLE001 - it is the application's, not the parser's
            taken.fail(error)

    def hand_on(self, taken: "Taken") -> None:
        """Give a request, whole, to the application behind."""
        if self.transport.is_closing():
            return
        cycle = RequestResponseCycle(
            scope=self._scope(taken),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=taken.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body += taken.body()
        cycle.more_body = False
        cycle.message_event.set()
        if self.cycle is taken:
            self.cycle = cycle
        self._start_asgi_task(cycle, self.app)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _scope(self, taken: "Taken") -> Any:
        """As uvicorn makes it; the next request of the connection may be read by now."""
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "method": taken.method.decode("ascii"),
            "path": taken.url.decode("ascii"),
            "raw_path": taken.url,
            "query_string": b"",
            "headers": taken.headers,
            "state": self.app_state.copy(),
        }

    def on_response_complete(self) -> None:
        """As uvicorn's, without a timer for each request: `Front.watch` looks at all."""
        self.server_state.total_requests += 1
        self._since = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._refusal is not None:
            self._say(self._refusal)

    def pause_writing(self) -> None:
        self._since = self.loop.time()
        super().pause_writing()

    def shutdown(self) -> None:
        self._front.leave()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - theirs is for a log
        is_large = self._head_bytes > HEAD_BYTES
        self._refuse(HeadTooLarge(limit=HEAD_BYTES) if is_large else MalformedRequest())

    def _refuse(self, refusal: Refusal) -> None:
        """Say what is wrong with a request that cannot be read, in its turn, and hang up.

        Nothing is said of one whose head cannot be read, while another is being answered: that is
        done first.
        """
        if self.transport.is_closing():
            return
        self._is_deaf, self._is_in_head = True, False
        last = self.cycle
        if last is None or (last.response_complete and not self._is_in_body):
            self._say(refusal)
        elif not self._is_in_body:
            last.keep_alive = False
            self._front.ended.count(refusal.code)
        elif self.pipeline and self.pipeline[0][0] is last:
            self.pipeline.popleft()
            self._refusal = refusal
            self._is_in_body = last.more_body = False
        elif last.response_started or last.response_complete:
            self.transport.close()
            self._front.ended.count(refusal.code)
        else:
            self._say(refusal)

    def _say(self, refusal: Refusal) -> None:
        status, headers, body = refused(refusal, self.headers or [])
        self.transport.write(
            written(status, self.server_state.default_headers, headers, body, is_last=True)
        )
        self.transport.close()
        self._front.ended.count(refusal.code)


class _Nobody:
    """Whom uvicorn wakes when there is news of a request that was taken."""

    def set(self) -> None:
        pass


class Taken:
    """A request that was taken first, where uvicorn keeps the one under way."""

    message_event = _Nobody()
    response_started = False
    __slots__ = (
        "_threshold", "chunks", "disconnected", "head", "headers", "keep_alive", "method",
        "more_body", "response_complete", "url",
    )  # fmt: skip

    def __init__(self, threshold: Threshold, head: Any, method: bytes) -> None:
        self._threshold = threshold
        self.head, self.method = head, method
        self.url, self.headers = threshold.url, threshold.headers
        self.keep_alive = threshold.parser.should_keep_alive()
        self.chunks: list[bytes] = []
        self.more_body = True
        self.response_complete = self.disconnected = False

    def body(self) -> bytes:
        return self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)

    def run(self, work: Any) -> None:
        """Let work go on in a task; a server that ends waits for it."""
        tasks = self._threshold.tasks
        task = self._threshold.loop.create_task(self._done(work))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _done(self, work: Any) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Answer where what should have answered broke."""
        said = refused(problems.told(error), self.headers)
        if not self.response_complete:
            self.answer(*said)

    def answer(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        threshold = self._threshold
        if threshold.transport.is_closing():
            self.response_complete = True
            return
        date = threshold.server_state.default_headers
        whole = written(status, date, headers, body, is_last=not self.keep_alive)
        self.response_complete = True
        threshold.transport.write(whole)
        if not self.keep_alive:
            threshold.transport.close()
        threshold.on_response_complete()

    def decline(self) -> None:
        self._threshold.hand_on(self)


def refused(refusal: Refusal, asked: Headers) -> tuple[int, Headers, bytes]:
    """What a refusal is told as, to whoever `asked` with these headers."""
    its_id = request_id(next((value for name, value in asked if name == b"x-request-id"), b""))
    told = problem(refusal, request_id=its_id)
    headers = [(b"content-type", PROBLEM_TYPE.encode()), (b"x-request-id", its_id.encode())]
    return told.status, headers, msgspec.json.encode(told)


def written(
    status: int,
    date: Iterable[tuple[bytes, bytes]],
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    is_last: bool,
) -> bytes:
    """An answer as it goes out, with the headers that protect."""
    return b"".join((
        STATUS_LINE[status],
        *[b"%b: %b\r\n" % pair for pair in date],
        *[b"%b: %b\r\n" % pair for pair in headers],
        b"content-length: %d\r\n" % len(body),
        b"connection: close\r\n" if is_last else b"",
        STANDING,
        b"\r\n",
        body,
    ))  # fmt: skip
