"""The fast lane: busy addresses pass the framework by, and what comes together is done together.

It takes a request to one of its roads that is well-formed and sent with a key. Whatever is unusual
about a request - another method, a parameter, a session, a header it does not know what to do with,
a body that does not decode, a key that opens nothing - it hands on, whole, to the framework behind
it. So refusals at the door are the framework's own.

Keys are believed as everywhere, for `gate.KEY_BELIEVED`: a revoked one is refused within 5 seconds.
Of answers that are good it logs one line a second, and counts each.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Container, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from anyio import to_thread
from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from noria.kit import bodies, problems
from noria.kit.auth import Actor, Permission
from noria.kit.batch import Batcher, Work
from noria.kit.errors import Refusal
from noria.kit.http import PROBLEM_TYPE, Door, problem
from noria.kit.ids import CODE_PATTERN
from noria.kit.porch import PROTECTING, Tally, request_id
from noria.people import gate

JSON = "application/json"
PLAIN = {JSON, "application/json; charset=utf-8", "application/json;charset=utf-8"}
UNUSUAL = ("idempotency-key", "transfer-encoding", "content-encoding", "expect")
PLAIN_CODE = re.compile(CODE_PATTERN)

Call = TypeVar("Call")
Answer = TypeVar("Answer")


class Request(NamedTuple):
    """What the lane reads of a request's head; `key` is the id at the end of its address."""

    token: str
    size: int
    languages: str
    key: str = ""


PASSED = "noria.lane"
"""In a scope: the lane has looked at this request, and hands it on."""


class Lane:
    """An application that takes what it can, before `inside`, which takes everything.

    It stands where the framework hands a request to its handlers; `before` stands before the
    framework itself, whose wrapping of a request took a fifth of the time that one takes here.
    """

    def __init__(self, app: Litestar, inside: ASGIApp, roads: Sequence["Road"]) -> None:
        self._app = app
        self._inside = inside
        self._exact = {(road.method, road.path): road for road in roads if not road.has_key}
        self._keyed = {(road.method, road.path): road for road in roads if road.has_key}
        self._roads = roads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rest = receive if PASSED in scope else await self._taken(scope, receive, send)
        if rest is not None:
            await self._inside(scope, rest, send)

    async def before(self, scope: Any, receive: Any, send: Any) -> None:
        """The application behind `first`, which has looked at every request by then."""
        scope[PASSED] = True
        await self._app(scope, receive, send)

    async def first(self, scope: Any, protocol: Any) -> bytes | bool:
        """Answer a request as the server hands it over: `kit.rsgi`."""
        if scope.proto != "http" or scope.query_string:
            return False
        road, key = self._on(scope.method, scope.path)
        if road is None:
            return False
        given = scope.headers
        request = _read(given.get, given)
        if request is None or request.size > self._app.state.settings.body_limit_bytes:
            return False
        request = request._replace(key=key) if key else request
        body: bytes = await protocol()
        own_id = given.get("x-request-id")
        passing = {"headers": [(b"x-request-id", own_id.encode())] if own_id else [], "state": {}}
        known = await self._known(passing, road, request, body)
        if known is None:
            return body
        status, head, said = await self._answered(passing, road, request, *known)
        protocol.response_bytes(
            status, [(name.decode(), value.decode("latin-1")) for name, value in head], said
        )
        return True

    async def _taken(self, scope: Any, receive: Receive, send: Send) -> Receive | None:
        """None once it is answered; else where to receive it from, for it is not for the lane."""
        if scope["type"] != "http" or scope["query_string"]:
            return receive
        road, key = self._on(scope["method"], scope["path"])
        if road is None:
            return receive
        request = _head(scope["headers"])
        if request is None or request.size > self._app.state.settings.body_limit_bytes:
            return receive
        request = request._replace(key=key) if key else request
        body, rest = await _body(receive)
        known = await self._known(scope, road, request, body)
        if known is None:
            return rest
        status, head, said = await self._answered(scope, road, request, *known)
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": said, "more_body": False})
        return None

    async def close(self) -> None:
        """Answer those who wait, and take no more."""
        for road in self._roads:
            await road.close()
            road.tally.note(at_last=True)

    def _on(self, method: str, path: str) -> tuple["Road | None", str]:
        """Which road an address is on, and the id at its end, if it has one."""
        road = self._exact.get((method, path))
        if road is not None:
            return road, ""
        folder, _, key = path.rpartition("/")
        road = self._keyed.get((method, folder))
        return (road, key) if road is not None and PLAIN_CODE.fullmatch(key) else (None, "")

    async def _known(
        self, scope: Any, road: "Road", request: Request, body: bytes | None
    ) -> tuple[Actor, Any] | None:
        """Who asks and what; None: it is for the framework to say what is wrong."""
        if not body:
            return None
        scope.setdefault("state", {})
        try:
            if len(body) < bodies.LARGE_BODY_BYTES:
                content = bodies.read(body, road.shape)
            else:
                content = await to_thread.run_sync(bodies.read, body, road.shape)
            actor = await gate.gate_of(self._app).by_key(scope, request.token)
        except Refusal:
            scope["state"].pop("allowance", None)
            return None
        return actor, content

    async def _answered(
        self, scope: Any, road: "Road", request: Request, actor: Actor, content: Any
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """The status, the headers and the body of an answer."""
        began = road.tally.begin()
        door = Door(
            db=self._app.state.db,
            actor=actor,
            request_id=request_id(scope),
            route=f"{road.method} {road.route}",
        )
        status, media, headers = 200, JSON.encode(), []
        try:
            actor.must(road.needs)
            said = await road.work(door, content, request)
        except Exception as error:  # noqa: BLE001 - as at the framework's door
            refusal = problems.told(error)
            told = problem(
                refusal,
                language=problems.preferred(request.languages),
                request_id=door.request_id,
            )
            status, media, said = told.status, PROBLEM_TYPE.encode(), msgspec.json.encode(told)
            headers = [
                (name.lower().encode(), value.encode())
                for name, value in problems.headers(refusal).items()
            ]
        road.tally.end(began, status, actor.id)
        allowance = scope["state"].pop("allowance", None)  # or the framework would tell it again
        head = [
            (b"content-type", media),
            (b"content-length", b"%d" % len(said)),
            *headers,
            *(allowance.headers() if allowance is not None else ()),
            *PROTECTING.items(),
            (b"x-request-id", door.request_id.encode()),
        ]
        return status, head, said


class Road:
    """One address: what its bodies are, who may, who answers, and how many were answered.

    `route` is the address as it is documented; what ends in a parameter is a road with a key.
    """

    def __init__(
        self,
        method: str,
        route: str,
        shape: type,
        needs: Permission,
        work: Callable[[Door, Any, Request], Awaitable[bytes]],
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.method, self.route, self.shape, self.needs, self.work = (
            method, route, shape, needs, work,
        )  # fmt: skip
        self.has_key = route.endswith("}")
        self.path = route.rpartition("/")[0] if self.has_key else route
        self.tally = Tally(method, route)
        self._close = close

    async def close(self) -> None:
        if self._close is not None:
            await self._close()


class Merged(Generic[Call, Answer]):
    """Calls of many that are worked on together: a batcher, made anew for each event loop."""

    def __init__(
        self,
        work: Work[Call, Answer],
        *,
        cap: int,
        room: int,
        size: Callable[[Call], int],
        name: str,
    ) -> None:
        self._work, self._cap, self._room, self._size = work, cap, room, size
        self._name = name
        self._batcher: Batcher[Call, Answer] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        if self._batcher is None or self._loop is not loop:
            self._loop = loop
            self._batcher = Batcher(
                self._work, cap=self._cap, room=self._room, size=self._size, name=self._name
            )
        return await self._batcher(call)

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


def _head(headers: Iterable[tuple[bytes, bytes]]) -> Request | None:
    """The head of a request that the lane takes; None: it is for the framework."""
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return _read(given.get, given)


def _read(get: Callable[..., Any], given: Container[str]) -> Request | None:
    scheme, _, token = get("authorization", "").partition(" ")
    size = get("content-length", "")
    if (
        scheme.lower() != "bearer"
        or not token
        or get("content-type", JSON).lower() not in PLAIN
        or not size.isdecimal()
        or any(name in given for name in UNUSUAL)
    ):
        return None
    return Request(token.strip(), int(size), get("accept-language", ""))


async def _body(receive: Receive) -> tuple[bytes | None, Receive]:
    """The body, and a way to receive it once more; None if whoever sent it has gone away."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole = message.get("body", b"")
        return whole, _again([message], receive)
    heard: list[Any] = [message]
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        heard.append(message)
    if message["type"] != "http.request":
        return None, _again(heard, receive)
    return b"".join(one.get("body", b"") for one in heard), _again(heard, receive)


def _again(heard: list[Any], receive: Receive) -> Receive:
    async def again() -> Any:
        return heard.pop(0) if heard else await receive()

    return again
