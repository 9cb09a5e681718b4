"""Around every request: its id, its log line, its measure, HEAD, and headers that protect."""

import re
import time
from collections import defaultdict
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter

from noria.kit import clock, metrics
from noria.kit.ids import uuid7

PLAIN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
PRIVATE = "{token"
"""A path that is itself a secret is logged as its route."""
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
"""Methods that are counted by name; a visitor may invent any other."""

PROTECTING = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"private, no-cache",
    b"server": b"noria",  # else the server would name itself
}
"""What every answer says unless it says otherwise itself."""

NOTED_S = 1.0

log = structlog.get_logger("noria.access")


def porch(inside: ASGIApp) -> ASGIApp:
    """The application as the outside meets it."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await inside(scope, receive, send)
            return
        visit = Visit(scope, receive, send)
        with structlog.contextvars.bound_contextvars(request_id=visit.request_id):
            metrics.in_flight.inc()
            try:
                await inside(scope, visit.receive, visit.send)
            finally:
                metrics.in_flight.dec()
                visit.note()

    return application


class Visit:
    """One request and what has been answered to it so far."""

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._began_at = time.monotonic()
        self._status = 0
        self._is_answered = False
        self._method: str = scope["method"]
        self.request_id = request_id(
            next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        )
        scope.setdefault("state", {})["request_id"] = self.request_id
        if self._method == "HEAD":
            scope["method"] = "GET"

    async def receive(self) -> Any:
        if self._is_answered and self._method == "HEAD":
            return {"type": "http.disconnect"}
        return await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = self._headers(list(message["headers"]))
            await self._send(message)
        elif self._method != "HEAD":
            await self._send(message)
        elif not self._is_answered:
            self._is_answered = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        said = {name.lower() for name, _ in headers}
        more = [(name, value) for name, value in PROTECTING.items() if name not in said]
        return [*headers, *more, (b"x-request-id", self.request_id.encode())]

    def note(self) -> None:
        """Count it and log it; a visitor who left before an answer has status 499."""
        took_s = time.monotonic() - self._began_at
        status = self._status or 499
        route = route_of(self._scope)
        method = self._method if self._method in METHODS else "other"
        metrics.requests.labels(route, method, status).inc()
        metrics.seconds.labels(route, method).observe(took_s)
        actor = self._scope.get("state", {}).get("actor")
        log.info(
            "request",
            method=self._method,
            route=route,
            path=route if PRIVATE in route else self._scope["path"],
            status=status,
            ms=round(took_s * 1000, 1),
            actor=actor.id if actor else "",
        )


class Tally:
    """Counts the answers of a busy address; logs those that are not good, and the others' number.

    A line for each good answer would cost more than the answer: there is one a second.
    """

    def __init__(self, method: str, route: str) -> None:
        self._method, self._route = method, route
        self._counted: dict[int, Counter] = {}
        self._seconds = metrics.seconds.labels(route, method)
        self._good, self._slowest_s, self._noted_at = 0, 0.0, time.monotonic()

    def begin(self) -> float:
        metrics.in_flight.inc()
        return time.monotonic()

    def end(self, began_at: float, status: int, actor: str) -> None:
        metrics.in_flight.dec()
        took_s = time.monotonic() - began_at
        counted = self._counted.get(status)
        if counted is None:
            counted = metrics.requests.labels(self._route, self._method, status)
            self._counted[status] = counted
        counted.inc()
        self._seconds.observe(took_s)
        if status == 200:
            self._good += 1
            self._slowest_s = max(self._slowest_s, took_s)
            self.note()
            return
        log.info(
            "request",
            method=self._method,
            route=self._route,
            path=self._route,
            status=status,
            ms=round(took_s * 1000, 1),
            actor=actor,
        )

    def note(self, *, at_last: bool = False) -> None:
        now = time.monotonic()
        if self._good and (at_last or now - self._noted_at >= NOTED_S):
            log.info(
                "requests",
                method=self._method,
                route=self._route,
                status=200,
                answered=self._good,
                slowest_ms=round(self._slowest_s * 1000, 1),
            )
            self._good, self._slowest_s, self._noted_at = 0, 0.0, now


class Ended:
    """Counts the connections that we hung up on, and logs their number once a second at most."""

    def __init__(self) -> None:
        self._why: dict[str, int] = defaultdict(int)
        self._noted_at = time.monotonic() - NOTED_S

    def count(self, why: str) -> None:
        metrics.hung_up.labels(why).inc()
        self._why[why] += 1
        self.note()

    def note(self, *, at_last: bool = False) -> None:
        now = time.monotonic()
        if self._why and (at_last or now - self._noted_at >= NOTED_S):
            log.warning("hung up", **{why.replace("-", "_"): n for why, n in self._why.items()})
            self._why.clear()
            self._noted_at = now


def request_id(given: bytes) -> str:
    """The caller's own id if it is plain, else a new one."""
    if given and PLAIN_ID.fullmatch(given):
        return given.decode()
    return uuid7(int(clock.wall().timestamp() * 1000))


def route_of(scope: Any) -> str:
    """The template of the address, such as /v1/skus/{sku}; one word for all that is not there."""
    template: str = scope.get("path_template", "")
    return re.sub(r":[a-z_]+}", "}", template) if template else "(none)"
