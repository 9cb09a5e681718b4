"""The network at the door: nodes and their calendars, carriers' services, lanes, postcodes."""

from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from msgspec import Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_address,
    check_version,
    cursor,
    page,
    puts,
    reads,
)
from noria.network import actions, views
from noria.network.model import Area, Days, Lane, Node, Service

PathCountry = Annotated[
    str, PathParameter(pattern=r"^[A-Z]{2}$", description="ISO 3166 code of a country: FR.")
]
PathPostcode = Annotated[
    str, PathParameter(pattern=r"^[A-Za-z0-9 -]{1,12}$", description="A postcode: 69003.")
]


class LaneBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed of a lane."""

    transit_days: Days


@reads("/nodes", Permission.NETWORK_READ)
def get_nodes(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Node]:
    """Nodes by code, with their hours, closures and departures."""
    after = (cursor(page_cursor, 1) or [""])[0]
    reached = door.nodes(Permission.NETWORK_READ, node)
    found = door.read(
        lambda tx: views.node_page(tx, codes=reached, after=str(after), limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.code,))


@reads("/nodes/{node:str}", Permission.NETWORK_READ, has_version=True)
def get_node(node: PathCode, door: NamedDependency[Door]) -> Response[Node]:
    """One node; its ETag goes back as If-Match when it is changed."""
    door.actor.must(Permission.NETWORK_READ, node)
    return door.show(lambda tx: _node(tx, node))


@puts("/nodes/{node:str}", Permission.NETWORK_WRITE, has_version=True)
def put_node(node: PathCode, data: JSONBody[Node], door: NamedDependency[Door]) -> Response[Node]:
    """Create a node, or change it, naming by If-Match the version that was read."""
    door.actor.must(Permission.NETWORK_WRITE, node)
    check_address("code", data.code, node)

    def save(tx: Connection, now: datetime) -> tuple[Node, int]:
        actions.save_nodes(
            tx,
            [data],
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _node(tx, node)

    return door.edit(save)


@reads("/services", Permission.NETWORK_READ)
def get_services(door: NamedDependency[Door]) -> Page[Service]:
    """Every carrier's service, by code, with its rates."""
    return Page(list(door.read(views.services).values()))


@reads("/services/{service:str}", Permission.NETWORK_READ, has_version=True)
def get_service(service: PathCode, door: NamedDependency[Door]) -> Response[Service]:
    """One service; its ETag goes back as If-Match when it is changed."""
    return door.show(lambda tx: _service(tx, service))


@puts("/services/{service:str}", Permission.NETWORK_WRITE, has_version=True)
def put_service(
    service: PathCode, data: JSONBody[Service], door: NamedDependency[Door]
) -> Response[Service]:
    """Create a service, or change it, naming by If-Match the version that was read."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    check_address("code", data.code, service)

    def save(tx: Connection, now: datetime) -> tuple[Service, int]:
        actions.save_services(
            tx,
            [data],
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _service(tx, service)

    return door.edit(save)


@reads("/lanes", Permission.NETWORK_READ)
def get_lanes(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Lane]:
    """Lanes by source and target; with `node`, those that touch one of the nodes."""
    source, target = cursor(page_cursor, 2) or ("", "")
    reached = door.nodes(Permission.NETWORK_READ, node)
    found = door.read(
        lambda tx: views.lane_page(
            tx, nodes=reached, after=(str(source), str(target)), limit=limit + 1
        )
    )
    return page(found, limit, lambda lane: (lane.source, lane.target))


@reads("/lanes/{source:str}/{target:str}", Permission.NETWORK_READ, has_version=True)
def get_lane(source: PathCode, target: PathCode, door: NamedDependency[Door]) -> Response[Lane]:
    """One lane; its ETag goes back as If-Match when it is changed."""
    door.actor.must(Permission.NETWORK_READ, source, target)
    return door.show(lambda tx: _lane(tx, source, target))


@puts("/lanes/{source:str}/{target:str}", Permission.NETWORK_WRITE, has_version=True)
def put_lane(
    source: PathCode, target: PathCode, data: JSONBody[LaneBody], door: NamedDependency[Door]
) -> Response[Lane]:
    """Create a lane, or change it, naming by If-Match the version that was read."""
    door.actor.must(Permission.NETWORK_WRITE, source, target)

    def save(tx: Connection, now: datetime) -> tuple[Lane, int]:
        actions.save_lanes(
            tx,
            [Lane(source=source, target=target, transit_days=data.transit_days)],
            actor=door.actor.id,
            now=now,
            request_id=door.request_id,
            check=partial(check_version, door),
        )
        return _lane(tx, source, target)

    return door.edit(save)


@reads("/postcodes/{country:str}/{code:str}", Permission.NETWORK_READ)
def get_postcode(country: PathCountry, code: PathPostcode, door: NamedDependency[Door]) -> Area:
    """A postcode: its main town, where it lies, how many people live there."""
    found = door.read(lambda tx: views.area(tx, country, code))
    if found is None:
        raise NotFound(what="postcode", id=f"{country} {code}")
    return found


def _node(tx: Connection, code: str) -> tuple[Node, int]:
    found = views.versioned_nodes(tx, [code]).get(code)
    if found is None:
        raise NotFound(what="node", id=code)
    return found


def _service(tx: Connection, code: str) -> tuple[Service, int]:
    found = views.versioned_services(tx, [code]).get(code)
    if found is None:
        raise NotFound(what="service", id=code)
    return found


def _lane(tx: Connection, source: str, target: str) -> tuple[Lane, int]:
    asked = Lane(source=source, target=target, transit_days=0)
    found = views.versioned_lanes(tx, [asked]).get(f"{source}:{target}")
    if found is None:
        raise NotFound(what="lane", id=f"{source} > {target}")
    return found


routes = [
    get_nodes,
    get_node,
    put_node,
    get_services,
    get_service,
    put_service,
    get_lanes,
    get_lane,
    put_lane,
    get_postcode,
]
