"""Promises at the door: what is available where, and holds."""

from datetime import datetime, timedelta

from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.http import Door, Page, PathCode, QueryCodes, puts, reads
from noria.promise import actions, atp_views, views
from noria.promise.atp_api import AskedSkus, QueryChannel, QueryShopper
from noria.promise.matrix import Matrix
from noria.promise.matrix_api import told
from noria.promise.model import Available, ClaimedUnits, Hold, HoldBody, Reservation


@reads("/availability", Permission.PROMISE_READ)
def get_availability(
    sku: AskedSkus,
    door: NamedDependency[Door],
    state: State,
    node: QueryCodes = None,
    channel: QueryChannel = None,
    shopper: QueryShopper = None,
) -> Response[Page[Available]]:
    """What each node can promise of these SKUs now, with the terms of the sum; zeros left out.

    `Noria-Source` says whether memory or the database answered; `Cache-Control: no-cache` asks the
    database.
    """
    nodes = door.nodes(Permission.PROMISE_READ, node)

    def kept(matrix: Matrix) -> tuple[Page[Available], int] | None:
        found = matrix.available(sku, nodes, channel)
        return None if found is None else (Page(found[0]), found[1])

    return told(
        door,
        state,
        None if shopper else kept,
        lambda tx: Page(atp_views.visible(tx, sku, nodes, channel=channel, shopper=shopper)),
    )


@puts("/reservations/{reservation_id:str}", Permission.RESERVE)
def put_reservation(
    reservation_id: PathCode, data: JSONBody[HoldBody], door: NamedDependency[Door]
) -> Response[Reservation]:
    """Hold units for a while; they are free again at the very instant the time is over."""
    door.actor.must(Permission.RESERVE, data.node)
    if data.demand.startswith("order:"):
        raise Invalid(faults=[Fault("/demand", "orders reserve by themselves; name another kind")])

    def hold(tx: Connection, now: datetime) -> Reservation:
        wish = Hold(
            id=reservation_id,
            demand=data.demand,
            sku=data.sku,
            node=data.node,
            quantity=data.quantity,
            expires_at=now + timedelta(minutes=data.minutes),
            channel=data.channel,
            shopper=data.shopper,
            lots=data.lots,
            serials=data.serials,
        )
        actions.reserve(tx, [wish], actor=door.actor.id, now=now)
        return _known(tx, reservation_id)

    return door.once(reservation_id, data, hold)


@reads("/reservations/{reservation_id:str}", Permission.PROMISE_READ)
def get_reservation(reservation_id: PathCode, door: NamedDependency[Door]) -> Reservation:
    """A hold as it stands."""
    found = door.read(lambda tx: _known(tx, reservation_id))
    door.actor.must(Permission.PROMISE_READ, found.node)
    return found


@reads("/reservations/{reservation_id:str}/units", Permission.PROMISE_READ)
def get_reservation_units(
    reservation_id: PathCode, door: NamedDependency[Door]
) -> Page[ClaimedUnits]:
    """The lots and serials that a hold names and still waits for, in key order."""

    def named(tx: Connection) -> tuple[Reservation, list[ClaimedUnits]]:
        return _known(tx, reservation_id), views.claimed_units(tx, reservation_id)

    found, units = door.read(named)
    door.actor.must(Permission.PROMISE_READ, found.node)
    return Page(units)


def _known(tx: Connection, reservation_id: str) -> Reservation:
    found = views.reservation(tx, reservation_id)
    if found is None:
        raise NotFound(what="reservation", id=reservation_id)
    return found


routes = [get_availability, put_reservation, get_reservation, get_reservation_units]
