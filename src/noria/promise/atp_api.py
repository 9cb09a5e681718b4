"""Available to promise at the door: day by day, and near a place."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated

from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    reads,
)
from noria.network import views as network
from noria.network.model import NodeKind, Spot
from noria.promise import atp_rules, atp_views
from noria.promise.atp_model import Curve, Near
from noria.promise.matrix import Matrix
from noria.promise.matrix_api import told

LONGEST_DAYS = 366
USUAL_DAYS = 60

AskedSkus = Annotated[
    list[str],
    QueryParameter(
        min_items=1, max_items=200, description="SKUs to look for; repeat it for several."
    ),
]
AskedSku = Annotated[str, QueryParameter(max_length=64, description="The SKU to look for.")]
QueryChannel = Annotated[
    str | None,
    QueryParameter(
        max_length=64, description="Who asks; without it, whatever is protected is kept back."
    ),
]
QueryShopper = Annotated[
    str | None,
    QueryParameter(
        max_length=130, description="Whose own holds do not count against what is shown."
    ),
]
QueryFrom = Annotated[
    date | None, QueryParameter(name="from", description="The first day; today if it is left out.")
]
QueryTo = Annotated[
    date | None,
    QueryParameter(name="to", description="The last day; 60 days on if it is left out."),
]
QueryExplain = Annotated[bool, QueryParameter(description="Show every term of the sum.")]
QueryPostcode = Annotated[
    str | None,
    QueryParameter(pattern=r"^[A-Za-z0-9 -]{1,12}$", description="Near which postcode: 69003."),
]
QueryCountry = Annotated[
    str,
    QueryParameter(pattern=r"^[A-Z]{2}$", description="ISO 3166: FR."),
]
QueryLatitude = Annotated[float | None, QueryParameter(ge=-90, le=90, description="Degrees north.")]
QueryLongitude = Annotated[
    float | None, QueryParameter(ge=-180, le=180, description="Degrees east.")
]
QueryKm = Annotated[float, QueryParameter(gt=0, le=25_000, description="How far at most.")]
QueryKinds = Annotated[
    list[NodeKind] | None,
    QueryParameter(max_items=7, description="Kinds of nodes; stores if it is left out."),
]


@reads("/atp", Permission.PROMISE_READ)
def get_atp(
    sku: AskedSkus,
    door: NamedDependency[Door],
    state: State,
    node: QueryCodes = None,
    channel: QueryChannel = None,
    shopper: QueryShopper = None,
    from_: QueryFrom = None,
    to: QueryTo = None,
    explain: QueryExplain = False,  # noqa: FBT002 - a query parameter
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Response[Page[Curve]]:
    """What can be promised of these SKUs day by day: over all nodes, or at each node that is named.

    A step says from which day on so many units more can be promised. Supply counts from its day
    on, demand that is accepted takes the earliest supply that covers it. `Noria-Source` says
    whether memory or the database answered; `Cache-Control: no-cache` asks the database.
    """
    after = cursor(page_cursor, 2) or ["", ""]
    nodes = door.nodes(Permission.PROMISE_READ, node)

    def is_asked(code: str, place: str | None) -> bool:
        return (code, place or "") > (after[0], after[1])

    def shown(found: Sequence[Curve]) -> Page[Curve]:
        return page(found[: limit + 1], limit, lambda one: (one.sku, one.node or ""))

    def kept(matrix: Matrix) -> tuple[Page[Curve], int] | None:
        found = matrix.curves(sku, nodes, channel, lambda today: _window(today, from_, to))
        if found is None:
            return None
        return shown([one for one in found[0] if is_asked(one.sku, one.node)]), found[1]

    def question(tx: Connection) -> Page[Curve]:
        now = clock.now(tx)
        start, until = _window(now.date(), from_, to)
        picture = atp_views.picture(tx, sku, channel=channel, shopper=shopper, now=now, until=until)
        found = atp_rules.curves(picture, sku, nodes)
        wanted = [key for key in found if is_asked(*key)]
        return shown(
            [
                Curve(
                    sku=code,
                    node=place,
                    channel=channel,
                    steps=atp_rules.window(found[code, place], start, until),
                    terms=atp_rules.terms(picture, code, place) if explain else None,
                )
                for code, place in wanted[: limit + 1]
            ]
        )

    return told(door, state, None if shopper or explain else kept, question)


@reads("/atp/near", Permission.PROMISE_READ)
def get_near(
    sku: AskedSku,
    door: NamedDependency[Door],
    state: State,
    postcode: QueryPostcode = None,
    country: QueryCountry = "FR",
    latitude: QueryLatitude = None,
    longitude: QueryLongitude = None,
    km: QueryKm = 50,
    kind: QueryKinds = None,
    channel: QueryChannel = None,
    shopper: QueryShopper = None,
    limit: QueryLimit = 10,
) -> Response[Page[Near]]:
    """Which stores near a place have a SKU now, the nearest first, with what they can promise.

    `Noria-Source` says whether memory or the database answered; `Cache-Control: no-cache` asks the
    database.
    """
    nodes = door.nodes(Permission.PROMISE_READ, None)
    kinds = [one.value for one in kind or (NodeKind.STORE,)]

    def kept(matrix: Matrix) -> tuple[Page[Near], int] | None:
        spot = _spot(
            country, postcode, latitude, longitude, lambda code: matrix.spot(door.db, country, code)
        )
        found = matrix.near(
            sku, spot, nodes=nodes, channel=channel, kinds=kinds, within_km=km, limit=limit
        )
        return None if found is None else (Page(found[0]), found[1])

    def question(tx: Connection) -> Page[Near]:
        spot = _spot(
            country, postcode, latitude, longitude, lambda code: network.spot(tx, country, code)
        )
        return Page(
            atp_views.near(
                tx,
                sku,
                spot,
                nodes=nodes,
                channel=channel,
                shopper=shopper,
                kinds=kinds,
                within_km=km,
                limit=limit,
            )
        )

    return told(door, state, None if shopper else kept, question)


def _window(today: date, start: date | None, until: date | None) -> tuple[date, date]:
    """The days asked for; none before today, for what was cannot be promised."""
    first = max(today, start or today)
    last = until or first + timedelta(days=USUAL_DAYS)
    if last < first:
        raise Invalid(faults=[Fault("/to", f"it is before {first}, the first day that is left")])
    if (last - today).days > LONGEST_DAYS:
        raise Invalid(faults=[Fault("/to", f"at most {LONGEST_DAYS} days from today")])
    return first, last


def _spot(
    country: str,
    postcode: str | None,
    latitude: float | None,
    longitude: float | None,
    find: Callable[[str], Spot | None],
) -> Spot:
    """Where somebody stands: the coordinates if they are given, else where the postcode lies."""
    if latitude is not None and longitude is not None:
        return Spot(latitude, longitude)
    if postcode is None:
        raise Invalid(faults=[Fault("/postcode", "name a postcode, or latitude and longitude")])
    spot = find(postcode)
    if spot is None:
        fault = Fault("/postcode", f"{postcode} ({country}) is not known here", "unknown")
        raise Invalid(faults=[fault])
    return spot


routes = [get_atp, get_near]
