"""Prices at the door: zonings, tariffs, and what one parcel would cost."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    check_address,
    cursor,
    page,
    puts,
    reads,
)
from noria.network import tariff_actions, tariff_rules, tariff_views, views
from noria.network.model import Spot, UnknownPostcode
from noria.network.rules import great_circle_km
from noria.network.tariff_model import Load, Quote, Tariff, Zoning

QueryService = Annotated[
    str | None,
    QueryParameter(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Only this service's."),
]
QueryCountry = Annotated[
    str, QueryParameter(pattern=r"^[A-Z]{2}$", description="ISO 3166 code: FR.")
]
QueryPostcode = Annotated[
    str, QueryParameter(pattern=r"^[A-Za-z0-9 -]{1,12}$", description="A postcode: 20000.")
]
QueryWeight = Annotated[
    int, QueryParameter(ge=0, le=100_000_000, description="What the parcel weighs, in grams.")
]
QueryVolume = Annotated[
    int, QueryParameter(ge=0, le=1_000_000_000, description="Its volume, in cm³.")
]
QueryFlag = Annotated[bool, QueryParameter(description="Whether something in it is so.")]
QueryDay = Annotated[
    date | None, QueryParameter(description="The day it leaves; without one, today.")
]


@puts("/zonings/{zoning:str}", Permission.NETWORK_WRITE)
def put_zoning(
    zoning: PathCode, data: JSONBody[Zoning], door: NamedDependency[Door]
) -> Response[Zoning]:
    """Add a carrier's map of zones. It never changes; a new map gets a new code."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    check_address("code", data.code, zoning)

    def add(tx: Connection, now: datetime) -> Zoning:
        tariff_actions.add_zonings(
            tx, [data], actor=door.actor.id, now=now, request_id=door.request_id
        )
        return _zoning(tx, zoning)

    return door.once(zoning, data, add)


@reads("/zonings", Permission.NETWORK_READ)
def get_zonings(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Zoning]:
    """Carriers' maps of zones, by code."""
    after = (cursor(page_cursor, 1) or [""])[0]
    found = door.read(lambda tx: tariff_views.zoning_page(tx, after=str(after), limit=limit + 1))
    return page(found, limit, lambda one: (one.code,))


@reads("/zonings/{zoning:str}", Permission.NETWORK_READ)
def get_zoning(zoning: PathCode, door: NamedDependency[Door]) -> Zoning:
    """One map of zones."""
    return door.read(lambda tx: _zoning(tx, zoning))


@puts("/tariffs/{tariff:str}", Permission.NETWORK_WRITE)
def put_tariff(
    tariff: PathCode, data: JSONBody[Tariff], door: NamedDependency[Door]
) -> Response[Tariff]:
    """Add prices of a service from a day on. They never change; new ones get a new code."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    check_address("code", data.code, tariff)

    def add(tx: Connection, now: datetime) -> Tariff:
        tariff_actions.add_tariffs(
            tx, [data], actor=door.actor.id, now=now, request_id=door.request_id
        )
        return _tariff(tx, tariff)

    return door.once(tariff, data, add)


@reads("/tariffs", Permission.NETWORK_READ)
def get_tariffs(
    door: NamedDependency[Door],
    service: QueryService = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Tariff]:
    """Services' prices, by code: those in force, those to come, and those that were."""
    after = (cursor(page_cursor, 1) or [""])[0]
    found = door.read(
        lambda tx: tariff_views.tariff_page(tx, service=service, after=str(after), limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.code,))


@reads("/tariffs/{tariff:str}", Permission.NETWORK_READ)
def get_tariff(tariff: PathCode, door: NamedDependency[Door]) -> Tariff:
    """One service's prices from a day on."""
    return door.read(lambda tx: _tariff(tx, tariff))


@reads("/nodes/{node:str}/quotes", Permission.NETWORK_READ)
def get_quotes(
    node: PathCode,
    country: QueryCountry,
    postcode: QueryPostcode,
    weight_g: QueryWeight,
    door: NamedDependency[Door],
    volume_cm3: QueryVolume = 0,
    is_bulky: QueryFlag = False,  # noqa: FBT002 - a query parameter
    is_hazardous: QueryFlag = False,  # noqa: FBT002 - a query parameter
    on: QueryDay = None,
) -> Page[Quote]:
    """What one parcel from a node to a postcode costs, by every service that takes it there."""
    door.actor.must(Permission.NETWORK_READ, node)
    load = Load(
        weight_g=weight_g, volume_cm3=volume_cm3, is_bulky=is_bulky, is_hazardous=is_hazardous
    )
    return Page(door.read(lambda tx: _quotes(tx, node, country, postcode, load, on)))


def _quotes(
    tx: Connection, node: str, country: str, postcode: str, load: Load, on: date | None
) -> list[Quote]:
    sender = views.nodes(tx, [node]).get(node)
    if sender is None:
        raise NotFound(what="node", id=node)
    spot = views.spot(tx, country, postcode)
    if spot is None:
        raise UnknownPostcode(postcode=postcode, country=country)
    day = on or clock.now(tx).date()
    books = tariff_rules.in_force(tariff_views.books(tx, day), day)
    km = great_circle_km(Spot(sender.latitude, sender.longitude), spot)
    called = {departure.service for departure in sender.departures}
    quotes = [
        tariff_rules.quote(
            service, books.get(code), country=country, postcode=postcode, km=km, load=load
        )
        for code, service in views.services(tx).items()
        if code in called
    ]
    return [quote for quote in quotes if quote is not None]


def _zoning(tx: Connection, code: str) -> Zoning:
    found = tariff_views.zonings(tx, [code]).get(code)
    if found is None:
        raise NotFound(what="zoning", id=code)
    return found


def _tariff(tx: Connection, code: str) -> Tariff:
    found = tariff_views.tariff(tx, code)
    if found is None:
        raise NotFound(what="tariff", id=code)
    return found


routes = [
    put_zoning,
    get_zonings,
    get_zoning,
    put_tariff,
    get_tariffs,
    get_tariff,
    get_quotes,
]
