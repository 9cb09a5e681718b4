"""Work in the node at the door: what to do next, and what was done."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, TypeVar

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct

from noria.fulfilment import actions, views
from noria.fulfilment.model import Deliver, Delivered, Pick, Picked, PickLine, Ship, Shipment
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    reads,
)
from noria.network.reliability_model import Measured
from noria.orders import release_actions as releases
from noria.orders import views as orders
from noria.orders.model import Leg, Work

Item = TypeVar("Item", Pick, Ship, Deliver)
Done = TypeVar("Done")
Before = Annotated[
    datetime | None, QueryParameter(description="Only what leaves before then, with its offset.")
]


class Step(Enum):
    """What a leg waits for; packing is a step only where a node packs apart."""

    PICK = "pick"
    PACK = "pack"
    SHIP = "ship"
    DELIVER = "deliver"


PathStep = Annotated[Step, PathParameter(description="What the legs wait for.")]


class PickBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Pick, ...], Meta(min_length=1, max_length=500)]


class ShipBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Ship, ...], Meta(min_length=1, max_length=500)]


class DeliverBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Deliver, ...], Meta(min_length=1, max_length=500)]


@reads("/work/{step:str}", Permission.FULFILMENT_READ)
def get_work(
    step: PathStep,
    door: NamedDependency[Door],
    node: QueryCodes = None,
    before: Before = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Work]:
    """Legs that wait to be picked, shipped or delivered, the most urgent first."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(
        lambda tx: orders.work(
            tx, step.value, nodes=nodes, before=before, after=after, limit=limit + 1
        )
    )
    return page(found, limit, lambda leg: (leg.leaves_at.isoformat(), leg.id))


@reads("/legs/{leg_id:str}", Permission.FULFILMENT_READ)
def get_leg(leg_id: PathCode, door: NamedDependency[Door]) -> Leg:
    """A leg with its lines: what to pick, where, for when."""
    leg = door.read(lambda tx: orders.leg(tx, leg_id))
    if leg is None:
        raise NotFound(what="leg", id=leg_id)
    door.actor.must(Permission.FULFILMENT_READ, leg.node)
    return leg


@reads("/legs/{leg_id:str}/picking", Permission.FULFILMENT_READ)
def get_picking(leg_id: PathCode, door: NamedDependency[Door]) -> Page[PickLine]:
    """What to take from the shelf for a leg: of lots the first to expire, none of another's."""

    def proposed(tx: Connection) -> list[PickLine]:
        leg = orders.leg(tx, leg_id)
        if leg is None:
            raise NotFound(what="leg", id=leg_id)
        door.actor.must(Permission.FULFILMENT_READ, leg.node)
        return actions.picking(tx, leg)

    return Page(door.read(proposed))


@posts("/picks/batch", Permission.FULFILMENT_WORK)
def post_picks(
    data: JSONBody[PickBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Picked]]:
    """Legs were picked, each in full or short; what is short is sourced elsewhere at once."""
    return _each(door, "PUT /v1/picks/{leg_id}", data.items, actions.pick)


@posts("/shipments/batch", Permission.FULFILMENT_WORK)
def post_shipments(
    data: JSONBody[ShipBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Shipment]]:
    """Picked legs were packed and handed to the carrier: each parcel gets its SSCC."""
    return _each(door, "PUT /v1/shipments/{leg_id}", data.items, actions.ship)


@posts("/deliveries/batch", Permission.FULFILMENT_WORK)
def post_deliveries(
    data: JSONBody[DeliverBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Delivered]]:
    """Shipments have reached their customers; what is paid when it is collected, once it is."""

    def hand_over(
        tx: Connection, delivers: Sequence[Deliver], *, actor: str, now: datetime
    ) -> Mapping[str, Delivered]:
        releases.check_paid(tx, orders.orders_of(tx, [one.id for one in delivers]).values())
        return actions.deliver(tx, delivers, actor=actor, now=now)

    return _each(door, "PUT /v1/deliveries/{leg_id}", data.items, hand_over)


@reads("/shipments/{shipment_id:str}", Permission.FULFILMENT_READ)
def get_shipment(shipment_id: PathCode, door: NamedDependency[Door]) -> Shipment:
    """A shipment with its parcels, and when it arrived."""
    found = door.read(lambda tx: views.shipments(tx, ids=[shipment_id]))
    if not found:
        raise NotFound(what="shipment", id=shipment_id)
    door.actor.must(Permission.FULFILMENT_READ, found[0].node)
    return found[0]


@reads("/orders/{order_id:str}/shipments", Permission.ORDERS_READ)
def get_order_shipments(order_id: PathCode, door: NamedDependency[Door]) -> Page[Shipment]:
    """What has left for an order."""

    def found(tx: Connection) -> list[Shipment]:
        orders.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        return views.shipments(tx, orders=[order_id])

    return Page(door.read(found))


def _each(
    door: Door,
    scope: str,
    items: Sequence[Item],
    verb: Callable[..., Mapping[str, Done]],
) -> Response[BatchAnswer[Done]]:
    """A verb for a list, once for each leg, where the actor may work at each leg's node."""
    by_id = {item.id: item for item in items}

    def work(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Done]:
        for node in orders.nodes_of(tx, ids):
            door.actor.must(Permission.FULFILMENT_WORK, node)
        return verb(tx, [by_id[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch(scope, [(item.id, item) for item in items], work)


@posts("/reliability/fulfilment", Permission.NETWORK_WRITE)
def post_pick_measurement(door: NamedDependency[Door]) -> Response[Measured]:
    """Tell reliability how picks and parcels of days gone by turned out. The worker does so too."""
    door.actor.must_everywhere(Permission.NETWORK_WRITE)
    return door.act(
        None,
        lambda tx, now: Measured(source="fulfilment", has_more=actions.measure(tx, now=now)),
    )


routes = [
    get_work,
    get_leg,
    get_picking,
    post_picks,
    post_shipments,
    post_deliveries,
    get_shipment,
    get_order_shipments,
    post_pick_measurement,
]
