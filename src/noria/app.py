"""The HTTP door, where the rooms are put together: `noria.app:create` for a server."""

import os
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, urlencode

import anyio.to_thread
import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.concurrency import set_asyncio_executor
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from noria.carriage import api as carriage
from noria.carriage import day_api, hook_api, paper_api, trouble_api
from noria.catalog import api as catalog
from noria.catalog import gs1_api
from noria.collect import api as collect
from noria.collect import settle_api, spot_api
from noria.conduct import api as conduct
from noria.connectors.carriers import api as carriers
from noria.connectors.feeds import api as feeds
from noria.connectors.files import api as files
from noria.customers import api as customers
from noria.fulfilment import api as fulfilment
from noria.fulfilment import pack_api, replace_api, tracking_api
from noria.kit import api as machine
from noria.kit import bodies, docs, events_api, jobs_api, logs, metrics, problems, server, site
from noria.kit.auth import Actor
from noria.kit.config import Settings, load
from noria.kit.db import Database
from noria.kit.errors import Fault, Invalid
from noria.kit.http import Door, Page
from noria.kit.line import Line
from noria.kit.porch import porch, route_of
from noria.kit.postgres import serving
from noria.kit.stream import listening
from noria.kit.threshold import Front
from noria.messages import api as messages
from noria.messages import day_api as messages_day_api
from noria.messages import outbox_api, pickup_api, result_api, withdraw_api
from noria.network import api as network
from noria.network import reliability_api, tariff_api, turnout_api
from noria.orders import api as orders
from noria.orders import capacity_views, refund_api, replan_api
from noria.orders import edit_api as order_edits
from noria.orders import hold_api as order_holds
from noria.orders import journeys_api as journeys
from noria.orders import lane as order_lane
from noria.orders import trial_api as trials
from noria.orders import watch_api as milestones
from noria.partners import api as partners
from noria.people import api as people
from noria.people.lane import Lane
from noria.policies import api as policies
from noria.promise import api as promise
from noria.promise import (
    atp_api,
    fence_api,
    holds_api,
    keep_back_api,
    shortage_api,
    wish_api,
    wish_lane,
)
from noria.promise.delivery import api as delivery
from noria.promise.delivery import lane as delivery_lane
from noria.promise.matrix_run import keeping
from noria.returns import api as returns
from noria.sourcing import api as sourcing
from noria.stock import api as stock
from noria.stock import history_api
from noria.stock.counts import api as counts
from noria.stock.counts import unit_api as unit_counts
from noria.stock.levels import api as levels
from noria.stock.tracked import api as tracked
from noria.storefront import api as storefront
from noria.supply import api as supply
from noria.supply import asn_api
from noria.supply import change_api as supply_change_api
from noria.tower import api as tower
from noria.tower import audit_api as audit
from noria.value import api as value
from noria.webhooks import api as webhooks
from noria.webhooks import views as deliveries
from noria.welcome import api as welcome
from noria.work import api as work
from noria.work import assign_api
from noria.work import fact_api as work_facts

ROOMS: Mapping[str, Sequence[ControllerRouterHandler]] = {
    "machine": [*machine.routes, *events_api.routes, *jobs_api.routes],
    "people": people.routes,
    "webhooks": webhooks.routes,
    "catalog": [*catalog.routes, *gs1_api.routes],
    "network": [*network.routes, *tariff_api.routes, *reliability_api.routes, *turnout_api.routes],
    "stock": [
        *stock.routes,
        *history_api.routes,
        *levels.routes,
        *counts.routes,
        *unit_counts.routes,
        *tracked.routes,
    ],
    "partners": [*partners.routes, *feeds.routes, *conduct.routes],
    "supply": [*supply.routes, *supply_change_api.routes, *asn_api.routes],
    "promise": [
        *promise.routes,
        *wish_api.routes,
        *holds_api.routes,
        *atp_api.routes,
        *keep_back_api.routes,
        *fence_api.routes,
        *shortage_api.routes,
        *delivery.routes,
    ],
    "policies": [*policies.routes, *trials.routes],
    "sourcing": sourcing.routes,
    "customers": customers.routes,
    "orders": [
        *orders.routes,
        *order_holds.routes,
        *order_edits.routes,
        *journeys.routes,
        *milestones.routes,
        *refund_api.routes,
        *replan_api.routes,
    ],
    "fulfilment": [
        *fulfilment.routes,
        *pack_api.routes,
        *replace_api.routes,
        *tracking_api.routes,
    ],
    "work": [*work.routes, *work_facts.routes, *assign_api.routes],
    "collect": [*collect.routes, *settle_api.routes, *spot_api.routes],
    "returns": returns.routes,
    "messages": [*messages.routes, *outbox_api.routes, *result_api.routes],
    "storefront": storefront.routes,
    "value": value.routes,
    "tower": [*tower.routes, *audit.routes],
    "files": files.routes,
    "welcome": welcome.routes,
    "carriers": [
        *carriers.routes,
        *carriage.routes,
        *day_api.routes,
        *paper_api.routes,
        *trouble_api.routes,
        *hook_api.routes,
    ],
}
"""What each room answers, under its name in the documentation."""

asked: ContextVar[str] = ContextVar("asked", default="")
"""The query string of the request that this task answers."""

metrics.gauge(
    "noria_webhook_backlog",
    "Events that have not become deliveries yet.",
    lambda tx: {(): deliveries.backlog(tx)},
)

PLAIN_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def create() -> Front:
    """The application as the environment configures it, with the fast lane before all of it."""
    settings = load(os.environ)
    logs.start(settings)
    set_asyncio_executor(Line(settings.pool_size))
    app = create_app(settings)
    server.settle()
    lane: Lane = app.state.lane

    def leave() -> None:
        """Let those go who listen for what happens; the hub is made when the server begins."""
        app.state.hub.close()

    return Front(lane.before, lane, leave)


def create_app(settings: Settings, db: Database | None = None) -> Litestar:
    """The application on `db`; without one, it opens the database of the settings and closes it."""
    rooms = [Router("/", route_handlers=routes, tags=[name]) for name, routes in ROOMS.items()]
    app = Litestar(
        [
            Router("/v1", route_handlers=rooms),
            *machine.outside_routes,
            *docs.outside_routes,
            *site.outside_routes,
            *audit.outside_routes,
            Router(
                "/t",
                route_handlers=[
                    *messages.outside_routes,
                    *messages_day_api.outside_routes,
                    *withdraw_api.outside_routes,
                    *pickup_api.outside_routes,
                ],
            ),
        ],
        state=State(
            {"settings": settings, "db": db, "parts": {}, "memory": {}, "load": capacity_views.load}
        ),
        lifespan=[*([] if db is not None else [_open_database]), listening, keeping],
        dependencies={"door": Provide(open_door, sync_to_thread=False)},
        guards=[people.guard],
        before_send=[people.tell_limit],
        before_request=begin,
        after_request=link_next_page,
        exception_handlers={Exception: problems.answer},
        request_class=bodies.StrictRequest,
        request_max_body_size=settings.body_limit_bytes,
        openapi_config=None,
        logging_config=None,
    )
    people.check_declared(app)
    roads = [
        *wish_lane.Wishes().roads(),
        *delivery_lane.Promises(app.state).roads(),
        *order_lane.Orders(app.state).roads(),
    ]
    lane = Lane(app, porch(tell_methods(app, app.asgi_handler)), roads)
    app.on_shutdown.append(lane.close)
    app.asgi_handler = lane
    app.state.lane = lane
    return app


@asynccontextmanager
async def _open_database(app: Litestar) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    with serving(settings) as url:
        app.state.db = await anyio.to_thread.run_sync(_connect, url, settings.pool_size)
        try:
            yield
        finally:
            app.state.db.close()


def _connect(url: str, pool_size: int) -> Database:
    return Database(url, pool_size=pool_size)


def tell_methods(app: Litestar, inside: ASGIApp) -> ASGIApp:
    """Answer OPTIONS for whole addresses; Litestar knows only those of one router."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS":
            allowed = problems.allowed_methods(app, scope["path"])
            if allowed:
                answer = ASGIResponse(status_code=204, headers={"Allow": ", ".join(allowed)})
                await answer(scope, receive, send)
                return
        await inside(scope, receive, send)

    return application


def open_door(request: Request[Any, Any, Any], state: State) -> Door:
    """Who asks, for what, under which ids."""
    actor: Actor = request.scope["state"]["actor"]
    key = request.headers.get("idempotency-key")
    if key is not None and not PLAIN_KEY.fullmatch(key):
        raise Invalid(faults=[Fault("/Idempotency-Key", "expected 1 to 255 visible characters")])
    return Door(
        db=state.db,
        actor=msgspec.structs.replace(actor, language=problems.language(request)),
        request_id=request.scope["state"]["request_id"],
        route=f"{request.method} {route_of(request.scope)}",
        idempotency_key=key,
        if_match=request.headers.get("if-match"),
        if_none_match=request.headers.get("if-none-match"),
        wants_no_copy="no-cache" in request.headers.get("cache-control", ""),
    )


async def begin(request: Request[Any, Any, Any]) -> None:
    """Check what was sent before a handler sees it, and note what was asked."""
    asked.set(request.scope.get("query_string", b"").decode("latin-1"))
    await bodies.check(request)


def link_next_page(response: Response[Any]) -> Response[Any]:
    """Say where a page goes on also in the header that RFC 8288 made for it."""
    content = response.content
    if isinstance(content, Page) and content.next is not None:
        others = [(name, value) for name, value in parse_qsl(asked.get()) if name != "cursor"]
        query = urlencode([*others, ("cursor", content.next)])
        response.headers["Link"] = f'<?{query}>; rel="next"'
    return response


if __name__ == "__main__":
    sys.stdout.write(docs.markdown(create_app(load({}))))
