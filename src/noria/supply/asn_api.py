"""ASNs at the door."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_version,
    cursor,
    page,
    puts,
    reads,
)
from noria.supply import asn_actions as actions
from noria.supply import asn_views as views
from noria.supply.asn_model import Asn, NewAsn


@puts("/asns/{asn_id:str}", Permission.SUPPLY_WRITE, has_version=True)
def put_asn(asn_id: PathCode, data: JSONBody[NewAsn], door: NamedDependency[Door]) -> Response[Asn]:
    """Say what is under way, or say it otherwise, naming by If-Match the version that was read.

    What it announces of a purchase order is expected on its day, and counts once. It can be
    replaced until something of it has been received.
    """
    door.actor.must(Permission.SUPPLY_WRITE, data.node)

    def announce(tx: Connection, now: datetime) -> tuple[Asn, int]:
        before = views.asn(tx, asn_id)
        if before is not None:
            door.actor.must(Permission.SUPPLY_WRITE, before[0].node)
        actions.announce(
            tx, asn_id, data, now=now, check=lambda version: check_version(door, version)
        )
        return views.known(tx, asn_id)

    return door.edit(announce)


@reads("/asns/{asn_id:str}", Permission.SUPPLY_READ, has_version=True)
def get_asn(asn_id: PathCode, door: NamedDependency[Door]) -> Response[Asn]:
    """An ASN as it stands."""

    def show(tx: Connection) -> tuple[Asn, int]:
        found = views.known(tx, asn_id)
        door.actor.must(Permission.SUPPLY_READ, found[0].node)
        return found

    return door.show(show)


@reads("/asns", Permission.SUPPLY_READ)
def get_asns(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    purchase_order: QueryCode = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Asn]:
    """ASNs still expected, the earliest first, without their lines."""
    nodes, after = door.nodes(Permission.SUPPLY_READ, node), cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.open_asns(
            tx, nodes=nodes, purchase_order=purchase_order, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.expected_on.isoformat(), one.id))


@puts("/asns/{asn_id:str}/cancellation", Permission.SUPPLY_WRITE)
def put_asn_cancellation(asn_id: PathCode, door: NamedDependency[Door]) -> Response[Asn]:
    """Call an ASN off: nothing more of it is expected."""

    def cancel(tx: Connection, now: datetime) -> Asn:
        door.actor.must(Permission.SUPPLY_WRITE, views.known(tx, asn_id)[0].node)
        return actions.cancel(tx, asn_id, now=now)

    return door.once(asn_id, None, cancel)


routes = [put_asn, get_asn, get_asns, put_asn_cancellation]
