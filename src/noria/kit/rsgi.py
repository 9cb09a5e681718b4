"""Where a server hands requests over: an ASGI application as RSGI, the server's own protocol.

ASGI costs a request several messages, and a header several copies. What is answered `first` never
becomes ASGI; everything else does here, at the same address and in the same process.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.types import ASGIApp

Scope = Any
Protocol = Any
"""As granian gives them: it has no types that could be named."""

First = Callable[[Scope, Protocol], Awaitable[bytes | bool]]
"""Answers a request, and says True; False: it is not for it, or, if it read it, the body."""


class Threshold:
    """The application as the server meets it; its life begins and ends with the worker's."""

    def __init__(self, app: ASGIApp, first: First) -> None:
        self._app = app
        self._first = first
        self._life = _Life(app)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._life.begin())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._life.end())

    async def __rsgi__(self, scope: Scope, protocol: Protocol) -> None:
        body = await self._first(scope, protocol)
        if body is not True:
            exchange = _Exchange(protocol, body or None)
            await self._app(_asgi(scope, self._life.state), exchange.receive, exchange.send)


def _asgi(scope: Scope, state: dict[str, Any]) -> Any:
    """The scope as ASGI has it."""
    host, _, port = scope.server.rpartition(":")
    client, _, client_port = scope.client.rpartition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.http_version,
        "server": (host, _number(port)),
        "client": (client, _number(client_port)),
        "scheme": scope.scheme,
        "method": scope.method,
        "root_path": "",
        "path": scope.path,
        "raw_path": scope.path.encode(),
        "query_string": scope.query_string.encode("latin-1"),
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in scope.headers.items()
        ],
        "extensions": {},
        "state": dict(state),
    }


def _number(port: str) -> int | None:
    return int(port) if port.isdigit() else None


class _Exchange:
    """One request and its answer, message by message."""

    def __init__(self, protocol: Protocol, body: bytes | None) -> None:
        self._protocol = protocol
        self._body = body
        self._chunks: Any = None
        self._is_read = False
        self._status, self._headers = 0, list[tuple[str, str]]()
        self._stream: Any = None
        self._is_answered = False

    async def receive(self) -> Any:
        if self._is_read:
            await self._protocol.client_disconnect()
            return {"type": "http.disconnect"}
        if self._body is not None:
            self._is_read = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        if self._chunks is None:
            self._chunks = self._protocol.__aiter__()
        try:
            chunk = await self._chunks.__anext__()
        except StopAsyncIteration:
            self._is_read = True
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            ]
            return
        body, goes_on = message.get("body", b""), message.get("more_body", False)
        if self._stream is None and not goes_on:
            if not self._is_answered:
                self._is_answered = True
                self._protocol.response_bytes(self._status, self._headers, body)
            return
        if self._stream is None:
            self._is_answered = True
            self._stream = self._protocol.response_stream(self._status, self._headers)
        if body:
            await self._stream.send_bytes(body)


class _Life:
    """An application's lifespan, in a task of its own between the two calls of the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._asked: asyncio.Queue[Any] | None = None
        self._told: asyncio.Queue[Any] | None = None
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self._asked, self._told = asyncio.Queue(), asyncio.Queue()
        scope: Any = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "state": self.state,
        }
        run: Any = self._app(scope, self._asked.get, self._told.put)
        self._task = asyncio.ensure_future(run)
        await self._said("startup")

    async def end(self) -> None:
        await self._said("shutdown")

    async def _said(self, what: str) -> None:
        """Say it to the application, and wait until it is done with it, or has died of it."""
        assert self._asked is not None
        assert self._told is not None
        assert self._task is not None
        await self._asked.put({"type": f"lifespan.{what}"})
        answer = asyncio.ensure_future(self._told.get())
        await asyncio.wait([answer, self._task], return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            self._task.result()
            raise RuntimeError(f"the application ended before its {what} was complete")
        if answer.result()["type"] == f"lifespan.{what}.failed":
            raise RuntimeError(f"{what} failed: {answer.result().get('message', '')}")
