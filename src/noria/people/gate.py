"""The gate: who asks, by key or by session, and whether the route lets them in.

An API key is believed for `KEY_BELIEVED` without asking the database again, so that revoking one
acts within 5 s everywhere. Sessions are looked up each time: logging out acts at once.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope, Message, Scope
from msgspec import Struct

from noria.kit import clock
from noria.kit.auth import ANONYMOUS, Actor, NotLoggedIn, Permission
from noria.kit.config import Settings
from noria.kit.db import Database
from noria.people import actions, rules
from noria.people.actions import Proven
from noria.people.limits import Allowance, Limiter
from noria.people.model import CsrfTokenWrong, Opened, Session, TooManyRequests

KEY_BELIEVED = timedelta(seconds=4)
MOST_BELIEVED = 10_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
CSRF_COOKIE, CSRF_HEADER = "noria_csrf", "x-csrf-token"

Caller = ASGIConnection[Any, Any, Any, Any]


class Believed(Struct, frozen=True, kw_only=True):
    """A key that was looked up a moment ago."""

    actor: Actor
    since: datetime
    until: datetime


class Gate:
    """What one process knows of those who come in: keys just seen, and tokens of theirs."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.settings = settings
        self._db = db
        self._limiter = Limiter(db, settings.rate_per_minute)
        self._believed: dict[bytes, Believed] = {}
        self._asked: dict[bytes, asyncio.Future[Believed]] = {}

    def at_once(self, token: str) -> tuple[Actor, Allowance | None] | None:
        """As `by_key`, where neither the key nor its rate has to be asked for."""
        known, now = self._believed.get(rules.digest(token)), clock.wall()
        if known is None or not known.since <= now < known.until:
            return None
        if not self._limiter.is_unlimited:
            allowance = self._limiter.spend_at_once(known.actor.id, now)
            return None if allowance is None else (known.actor, allowance)
        return known.actor, None

    def has_met(self, token: str) -> bool:
        """Whether the key opened something a while ago, as far as this process remembers."""
        return rules.digest(token) in self._believed

    async def by_key(self, scope: HTTPScope, token: str) -> Actor:
        """Whom a key stands for, if it has not sent too much.

        Raises:
            KeyRefused: the key opens nothing, or no longer.
            TooManyRequests: it has used up its rate.
        """
        fingerprint, now = rules.digest(token), clock.wall()
        known = self._believed.get(fingerprint)
        if known is None or not known.since <= now < known.until:
            known = await self._looked_up(fingerprint, token)
        try:
            allowance = await self._limiter.spend(known.actor.id)
        except TooManyRequests:
            scope["state"]["allowance"] = self._limiter.emptied()
            raise
        scope["state"]["allowance"] = allowance
        return known.actor

    async def _looked_up(self, fingerprint: bytes, token: str) -> Believed:
        """Ask the database, once for all who come with the key while it is asked."""
        asked = self._asked.get(fingerprint)
        if asked is None:
            asked = self._asked[fingerprint] = asyncio.ensure_future(
                self._ask_for(fingerprint, token)
            )
            asked.add_done_callback(lambda _: self._asked.pop(fingerprint, None))
        return await asyncio.shield(asked)

    async def _ask_for(self, fingerprint: bytes, token: str) -> Believed:
        now = clock.wall()
        self._believed.pop(fingerprint, None)
        proven = await sync_to_thread(self._look_up_key, token, now)
        known = Believed(actor=proven.actor, since=now, until=min(now + KEY_BELIEVED, proven.until))
        self._believe(fingerprint, known, now)
        return known

    async def by_session(self, scope: HTTPScope, token: str, csrf_token: str | None) -> Actor:
        """Whose session it is.

        Raises:
            SessionOver: it is unknown or has ended.
            CsrfTokenWrong: the request would change something, and may be another site's.
        """
        session = await sync_to_thread(self._look_up_session, token, clock.wall())
        if scope["method"] not in SAFE_METHODS:
            _check_csrf(session, csrf_token)
        scope["state"]["session"] = rules.digest(token)
        return rules.person_actor(session.person, session.name, session.language, session.grants)

    @property
    def session_cookie(self) -> str:
        """Its name. With the prefix, a browser takes it from this very host over HTTPS alone."""
        return "__Host-noria_session" if self.settings.secure_cookies else "noria_session"

    def cookies(self, opened: Opened, now: datetime) -> list[Cookie]:
        """The session for the browser alone, and the CSRF token for the page's scripts to send."""
        lasts_s = int((opened.expires_at - now).total_seconds())
        return self._both(opened.token, opened.csrf_token, lasts_s)

    def no_cookies(self) -> list[Cookie]:
        return self._both("", "", 0)

    def _both(self, token: str, csrf_token: str, lasts_s: int) -> list[Cookie]:
        pairs = ((self.session_cookie, token, True), (CSRF_COOKIE, csrf_token, False))
        return [
            Cookie(
                key=name,
                value=value,
                max_age=lasts_s,
                path="/",
                secure=self.settings.secure_cookies,
                httponly=is_hidden,
                samesite="lax",
            )
            for name, value, is_hidden in pairs
        ]

    def _look_up_key(self, token: str, now: datetime) -> Proven:
        return self._db.run(lambda tx: actions.actor_of_key(tx, token, now=now))

    def _look_up_session(self, token: str, now: datetime) -> Session:
        return self._db.run(lambda tx: actions.session_of(tx, token, now=now))

    def _believe(self, fingerprint: bytes, known: Believed, now: datetime) -> None:
        if len(self._believed) >= MOST_BELIEVED:
            self._believed = {
                key: believed for key, believed in self._believed.items() if now < believed.until
            }
        if len(self._believed) < MOST_BELIEVED:
            self._believed[fingerprint] = known


async def guard(connection: Caller, handler: BaseRouteHandler) -> None:
    """Let in whom the route lets in, and leave the actor for the handler in the scope's state."""
    opt, scope = handler.opt, _scope(connection)
    if opt.get("public") or scope["method"] == "OPTIONS":  # tells methods, no more
        scope["state"]["actor"] = ANONYMOUS
        return
    actor = await identify(connection)
    scope["state"]["actor"] = actor
    needed: Permission | None = opt["permission"]
    if needed is not None:
        actor.must(needed)


async def identify(connection: Caller) -> Actor:
    """Who asks. A key goes before a session; a wrong key is never passed over for a good session.

    Raises:
        NotLoggedIn: there is neither.
    """
    gate, scope = gate_of(connection.app), _scope(connection)
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotLoggedIn
        return await gate.by_key(scope, token.strip())
    session = connection.cookies.get(gate.session_cookie)
    if session:
        return await gate.by_session(scope, session, connection.headers.get(CSRF_HEADER))
    raise NotLoggedIn


def gate_of(app: Litestar) -> Gate:
    """The gate of this process; made at first need, when the application has its database."""
    gate: Gate | None = app.state.get("gate")
    if gate is None:
        gate = app.state.gate = Gate(app.state.db, app.state.settings)
    return gate


def check_declared(app: Litestar) -> None:
    """Stop an application in which a route does not say who may use it.

    Raises:
        LookupError: naming each of these routes.
    """
    silent = [
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS"})
        if not handler.opt.get("public") and "permission" not in handler.opt
    ]
    if silent:
        raise LookupError(f"these routes do not say who may use them: {', '.join(sorted(silent))}")


async def tell_limit(message: Message, scope: Scope) -> None:
    """Say on every answer to a key how much it may still send."""
    allowance: Allowance | None = scope.get("state", {}).get("allowance")
    if allowance is not None and message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *allowance.headers()]


def _scope(connection: Caller) -> HTTPScope:
    return cast("HTTPScope", connection.scope)  # there are no web sockets here


def _check_csrf(session: Session, csrf_token: str | None) -> None:
    if csrf_token is None or not rules.is_same(rules.digest(csrf_token), session.csrf_hash):
        raise CsrfTokenWrong
