"""The shop's pages at the door: who waits for a SKU, and what is near instead."""

from typing import Annotated

from litestar import MediaType, Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.messages import page as pages
from noria.network import views as network
from noria.network.model import NodeKind, Spot
from noria.storefront import actions, letters, views
from noria.storefront.model import Suggestions, Wait, WaitBody, WaitState

QueryState = Annotated[
    WaitState | None, QueryParameter(name="state", description="Only those that stand so.")
]
QueryLanguage = Annotated[
    str, QueryParameter(description="Its language.", enum=["en", "fr"], pattern="^(en|fr)$")
]
AskedSku = Annotated[str, QueryParameter(max_length=64, description="What was looked for.")]
QueryPostcode = Annotated[
    str | None,
    QueryParameter(pattern=r"^[A-Za-z0-9 -]{1,12}$", description="Near which postcode: 69003."),
]
QueryCountry = Annotated[str, QueryParameter(pattern=r"^[A-Z]{2}$", description="ISO 3166: FR.")]
QueryStore = Annotated[
    str | None, QueryParameter(max_length=64, description="Near which node, itself included.")
]
QueryChannel = Annotated[
    str | None,
    QueryParameter(
        max_length=64, description="Who asks; without it, whatever is protected is kept back."
    ),
]
QueryKm = Annotated[float, QueryParameter(gt=0, le=25_000, description="How far at most.")]
QueryKinds = Annotated[
    list[NodeKind] | None,
    QueryParameter(max_items=10, description="Kinds of nodes; stores if it is left out."),
]
QueryFew = Annotated[int, QueryParameter(ge=1, le=20, description="How many of each, at most.")]


@puts("/waits/{wait_id:str}", Permission.ORDERS_WRITE)
def put_wait(
    wait_id: PathCode, data: JSONBody[WaitBody], door: NamedDependency[Door]
) -> Response[Wait]:
    """Tell somebody, once, when a SKU is back; in the order of asking, no more than units."""
    return door.once(wait_id, data, lambda tx, now: actions.wait(tx, wait_id, data, now=now))


@puts("/waits/{wait_id:str}/end", Permission.ORDERS_WRITE)
def put_wait_end(wait_id: PathCode, door: NamedDependency[Door]) -> Response[Wait]:
    """They do not want to know any more, and their address is forgotten."""
    return door.once(wait_id, wait_id, lambda tx, now: actions.end(tx, wait_id, now=now))


@reads("/waits/{wait_id:str}", Permission.ORDERS_READ)
def get_wait(wait_id: PathCode, door: NamedDependency[Door]) -> Wait:
    """One who waits, or was told."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    found = door.read(lambda tx: views.wait(tx, wait_id))
    if found is None:
        raise NotFound(what="wait", id=wait_id)
    return found


@reads("/waits", Permission.ORDERS_READ)
def get_waits(
    door: NamedDependency[Door],
    sku: QueryCode = None,
    store: QueryCode = None,
    standing: QueryState = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Wait]:
    """Who waits or was told, in the order of asking."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.waits(
            tx, sku=sku, store=store, state=standing, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/wait-preview", Permission.ORDERS_READ, media_type=MediaType.HTML)
def get_wait_preview(language: QueryLanguage = "en") -> Response[str]:
    """How the message looks, of a SKU that is made up."""
    shown = letters.example(language)
    return Response(shown.html, media_type=MediaType.HTML, headers=pages.MAIL_HEADERS)


@reads("/suggestions", Permission.PROMISE_READ)
def get_suggestions(
    sku: AskedSku,
    door: NamedDependency[Door],
    postcode: QueryPostcode = None,
    country: QueryCountry = "FR",
    store: QueryStore = None,
    km: QueryKm = 50,
    kind: QueryKinds = None,
    channel: QueryChannel = None,
    limit: QueryFew = 5,
) -> Suggestions:
    """Near you now, instead: SKUs of the same category, and what is bought together with this one.

    Only what a node near the place can promise to the channel at this moment.
    """

    def question(tx: Connection) -> Suggestions:
        return views.suggestions(
            tx,
            sku,
            _spot(tx, country, postcode, store),
            channel=channel,
            kinds=[one.value for one in kind or (NodeKind.STORE,)],
            within_km=km,
            limit=limit,
        )

    return door.read(question)


def _spot(tx: Connection, country: str, postcode: str | None, store: str | None) -> Spot:
    """Where somebody stands: at the store that they named, else where their postcode lies."""
    if (store is None) == (postcode is None):
        raise Invalid(faults=[Fault("/postcode", "name a postcode, or a store")])
    if store is not None:
        node = network.nodes(tx, [store]).get(store)
        if node is None:
            raise Invalid(faults=[Fault("/store", f"{store} is not known here", "unknown")])
        return Spot(node.latitude, node.longitude)
    assert postcode is not None
    spot = network.spot(tx, country, postcode)
    if spot is None:
        fault = Fault("/postcode", f"{postcode} ({country}) is not known here", "unknown")
        raise Invalid(faults=[fault])
    return spot


routes = [put_wait, put_wait_end, get_wait, get_waits, get_wait_preview, get_suggestions]
