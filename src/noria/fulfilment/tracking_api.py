"""Where parcels are, at the door."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.fulfilment import tracking_actions as actions
from noria.fulfilment import tracking_views, views
from noria.fulfilment.tracking_model import NumberedParcel, TrackedParcel
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import Door, Page, PathCode, puts, reads
from noria.kit.ids import Code


class ParcelNumbers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a carrier calls the parcels of a shipment."""

    carrier: Code
    parcels: Annotated[tuple[NumberedParcel, ...], Meta(min_length=1, max_length=1000)]


@puts("/shipments/{shipment_id:str}/parcel-numbers", Permission.FULFILMENT_WORK)
def put_numbers(
    shipment_id: PathCode, data: JSONBody[ParcelNumbers], door: NamedDependency[Door]
) -> Response[list[TrackedParcel]]:
    """Say what the carrier calls these parcels, so that what it says of them finds its shipment.

    Sent again, it adds what is new. What the carrier said of a number before counts from now on.
    """

    def work(tx: Connection, now: datetime) -> list[TrackedParcel]:
        for shipment in views.shipments(tx, ids=[shipment_id]):
            door.actor.must(Permission.FULFILMENT_WORK, shipment.node)
        return actions.number(
            tx, shipment_id, data.carrier, data.parcels, actor=door.actor.id, now=now
        )

    return door.act(data, work)


@reads("/shipments/{shipment_id:str}/tracking", Permission.FULFILMENT_READ)
def get_tracking(shipment_id: PathCode, door: NamedDependency[Door]) -> Page[TrackedParcel]:
    """Where each parcel of a shipment is, and all that its carrier said of it."""

    def ask(tx: Connection) -> list[TrackedParcel]:
        found = views.shipments(tx, ids=[shipment_id])
        if not found:
            raise NotFound(what="shipment", id=shipment_id)
        door.actor.must(Permission.FULFILMENT_READ, found[0].node)
        return tracking_views.parcels(tx, [shipment_id])

    return Page(door.read(ask))


routes = [put_numbers, get_tracking]
