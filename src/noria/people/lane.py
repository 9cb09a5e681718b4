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
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from anyio import to_thread
from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from noria.kit import bodies, problems
from noria.kit.auth import Actor, Permission
from noria.kit.batch import AsyncWork as BatchedLater
from noria.kit.batch import Batcher
from noria.kit.batch import Work as Batched
from noria.kit.db import Database
from noria.kit.errors import Refusal, Unavailable
from noria.kit.http import PROBLEM_TYPE, Door, problem
from noria.kit.ids import CODE_PATTERN
from noria.kit.porch import PROTECTING, Tally, request_id
from noria.people import gate
from noria.people.limits import Allowance

JSON = b"application/json"
PLAIN = {JSON, b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
UNUSUAL = frozenset((b"idempotency-key", b"transfer-encoding", b"content-encoding", b"expect"))
PLAIN_CODE = re.compile(CODE_PATTERN)

Headers = list[tuple[bytes, bytes]]
Call = TypeVar("Call")
Answer = TypeVar("Answer")


class Request(NamedTuple):
    """What the lane reads of a request's head: `id` is the caller's, `key` ends the address."""

    road: "Road"
    token: str
    languages: str
    id: bytes
    key: str = ""


class Reply(Protocol):
    """Where an answer goes, once there is one."""

    def answer(self, status: int, headers: Headers, body: bytes) -> None: ...

    def fail(self, error: Exception) -> None:
        """What should have answered broke."""


class Handed(Reply, Protocol):
    """A request as the server hands it over."""

    def decline(self) -> None:
        """It is for the framework."""

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """What has to wait before it can answer."""


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
        self._limit: int = app.state.settings.body_limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rest = receive if PASSED in scope else await self._taken(scope, receive, send)
        if rest is not None:
            await self._inside(scope, rest, send)

    async def before(self, scope: Any, receive: Any, send: Any) -> None:
        """The application behind `first`, which has looked at every request by then."""
        scope[PASSED] = True
        await self._app(scope, receive, send)

    def reads(self, method: bytes, url: bytes, headers: Headers) -> Request | None:
        """What the lane reads of a head, if it is one of its own."""
        road, key = self._on(method.decode("ascii"), url.decode("ascii", "replace"))
        if road is None:
            return None
        return self._read(road, key, headers)

    def take(self, head: Request, body: bytes, reply: Handed) -> None:
        """Answer a request as the server hands it over: `kit.threshold`."""
        if not self._begin_at_once(head, body, reply):
            reply.run(self._begin_later(head, body, reply))

    def _begin_at_once(self, request: Request, body: bytes, reply: Handed) -> bool:
        """False where something has to be waited for before it can begin."""
        if len(body) >= bodies.LARGE_BODY_BYTES:
            return False
        try:
            content = bodies.read(body, request.road.shape) if body else None
        except Refusal:
            content = None
        if content is None:
            reply.decline()
            return True
        known = gate.gate_of(self._app).at_once(request.token)
        if known is None:
            return False
        self._begin(request, *known, content, reply)
        return True

    async def _begin_later(self, request: Request, body: bytes, reply: Handed) -> None:
        known = await self._known(request, body)
        if known is None:
            reply.decline()
        else:
            self._begin(request, *known, reply)

    async def _taken(self, scope: Any, receive: Receive, send: Send) -> Receive | None:
        """None once it is answered; else where to receive it from, for it is not for the lane."""
        if scope["type"] != "http" or scope["query_string"]:
            return receive
        road, key = self._on(scope["method"], scope["path"])
        request = self._read(road, key, list(scope["headers"])) if road is not None else None
        if request is None:
            return receive
        body, rest = await _body(receive)
        known = await self._known(request, body) if body else None
        if known is None:
            return rest
        reply = _Told()
        self._begin(request, *known, reply)
        status, headers, said = await reply.told
        head = [*headers, (b"content-length", b"%d" % len(said)), *PROTECTING.items()]
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

    def _read(self, road: "Road", key: str, headers: Headers) -> Request | None:
        """The head of a request that the lane takes; None: it is for the framework."""
        given = dict(headers)
        scheme, _, token = given.get(b"authorization", b"").partition(b" ")
        size = given.get(b"content-length", b"")
        if (
            len(given) != len(headers)
            or scheme.lower() != b"bearer"
            or not token
            or given.get(b"content-type", JSON).lower() not in PLAIN
            or not size.isdigit()
            or int(size) > self._limit
            or not UNUSUAL.isdisjoint(given)
        ):
            return None
        key_given = token.strip().decode("latin-1")
        if int(size) >= bodies.LARGE_BODY_BYTES and not gate.gate_of(self._app).has_met(key_given):
            return None  # the framework asks who it is before it takes the body
        languages = given.get(b"accept-language", b"")
        return Request(
            road,
            key_given,
            languages.decode("latin-1"),
            given.get(b"x-request-id", b""),
            key,
        )

    async def _known(
        self, request: Request, body: bytes
    ) -> tuple[Actor, Allowance | None, Any] | None:
        """Who asks and what; None: it is for the framework to say what is wrong."""
        passing: Any = {"state": {}}
        try:
            if len(body) < bodies.LARGE_BODY_BYTES:
                content = bodies.read(body, request.road.shape)
            else:
                content = await to_thread.run_sync(bodies.read, body, request.road.shape)
            actor = await gate.gate_of(self._app).by_key(passing, request.token)
        except Exception:  # noqa: BLE001 - the framework meets it too, and says what it is
            return None
        return actor, passing["state"]["allowance"], content

    def _begin(
        self,
        request: Request,
        actor: Actor,
        allowance: Allowance | None,
        content: Any,
        reply: Reply,
    ) -> None:
        """Ask the road, and answer when it has."""
        road = request.road
        visit = _Visit(road, request, actor, allowance, reply, self._app.state.db)
        try:
            actor.must(road.needs)
            said = road.work(visit.door, content, request)
        except Exception as error:  # noqa: BLE001 - as at the framework's door
            visit.refuse(error)
            return
        if isinstance(said, bytes):
            visit.answer(said)
        else:
            asyncio.ensure_future(said).add_done_callback(visit.told)


class _Visit:
    """A request that is being answered."""

    __slots__ = ("_actor", "_allowance", "_began", "_reply", "_request", "_road", "door")

    def __init__(
        self, road: "Road", request: Request, actor: Actor, allowance: Allowance | None,
        reply: Reply, db: Database,
    ) -> None:  # fmt: skip
        self._road, self._request, self._actor = road, request, actor
        self._allowance, self._reply = allowance, reply
        self._began = road.tally.begin()
        self.door = Door(db=db, actor=actor, request_id=request_id(request.id), route=road.name)

    def told(self, said: "asyncio.Future[Any]") -> None:
        try:
            self._settle(said)
        except Exception as error:  # noqa: BLE001 - it is called back: nobody else would hear of it
            self._reply.fail(error)

    def _settle(self, said: "asyncio.Future[Any]") -> None:
        try:
            answer = self._road.read(said.result())
        except asyncio.CancelledError:  # the server ends, and breaks off what takes too long
            self.refuse(Unavailable(retry_after_s=2))
        except Exception as error:  # noqa: BLE001 - as at the framework's door
            self.refuse(error)
        else:
            self.answer(answer)

    def answer(self, said: bytes) -> None:
        self._end(200, JSON, (), said)

    def refuse(self, error: Exception) -> None:
        refusal = problems.told(error)
        told = problem(
            refusal,
            language=problems.preferred(self._request.languages),
            request_id=self.door.request_id,
        )
        headers = [
            (name.lower().encode(), value.encode())
            for name, value in problems.headers(refusal).items()
        ]
        self._end(told.status, PROBLEM_TYPE.encode(), headers, msgspec.json.encode(told))

    def _end(
        self, status: int, media: bytes, more: Iterable[tuple[bytes, bytes]], said: bytes
    ) -> None:
        self._road.tally.end(self._began, status, self._actor.id)
        limits = self._allowance.headers() if self._allowance is not None else ()
        headers = [
            (b"content-type", media),
            *more,
            *limits,
            (b"x-request-id", self.door.request_id.encode()),
        ]
        self._reply.answer(status, headers, said)


class _Told:
    """Where an answer goes that somebody awaits."""

    def __init__(self) -> None:
        self.told: asyncio.Future[tuple[int, Headers, bytes]] = asyncio.Future()

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        if not self.told.done():
            self.told.set_result((status, headers, body))

    def fail(self, error: Exception) -> None:
        if not self.told.done():
            self.told.set_exception(error)


Said = bytes | Awaitable[Any]
Work = Callable[[Door, Any, Request], Said]
"""What answers: at once, or later."""


class Road:
    """One address: what its bodies are, who may, who answers, and how many were answered.

    `route` is the address as it is documented; what ends in a parameter is a road with a key. What
    is awaited is read as bytes afterwards: what the sender is told, or a refusal that is raised.
    """

    def __init__(
        self,
        method: str,
        route: str,
        shape: type,
        needs: Permission,
        work: Work,
        close: Callable[[], Awaitable[None]] | None = None,
        read: Callable[[Any], bytes] = lambda told: told,
    ) -> None:
        self.method, self.shape, self.needs, self.work = method, shape, needs, work
        self.read, self.name = read, f"{method} {route}"
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
        work: Batched[Call, Answer] | BatchedLater[Call, Answer],
        *,
        cap: int,
        room: int,
        size: Callable[[Call], int],
        name: str,
        abreast: int = 1,
        few: int = 1,
    ) -> None:
        self._begin: Callable[[], Batcher[Call, Answer]] = lambda: Batcher(
            work, cap=cap, room=room, size=size, name=name, abreast=abreast, few=few
        )
        self._batcher: Batcher[Call, Answer] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __call__(self, call: Call) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        if self._batcher is None or self._loop is not loop:
            self._loop = loop
            self._batcher = self._begin()
        return self._batcher.put(call)

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


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
