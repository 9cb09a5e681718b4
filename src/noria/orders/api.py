"""Orders at the door."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    aware,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import Code
from noria.orders import (
    actions,
    edit_actions,
    recipient_views,
    release_actions,
    reroute_actions,
    search_views,
    views,
    waiting_actions,
)
from noria.orders.model import (
    Accepted,
    Cancelled,
    CancelLine,
    Delivery,
    Destination,
    FraudScore,
    NewLine,
    NewOrder,
    Order,
    OrderId,
    OrderRow,
    Payment,
    Recipient,
    Reroute,
    Rerouted,
    Stage,
    TimelineEntry,
)
from noria.people import views as people

QueryStage = Annotated[
    Stage | None, QueryParameter(description="Only orders that stand at this stage.")
]
QueryReached = Annotated[
    Stage | None, QueryParameter(description="Only orders that have come so far, or further.")
]
QuerySince = Annotated[
    datetime | None,
    QueryParameter(description="Only orders placed at this instant (with its offset) or later."),
]
QueryText = Annotated[
    str | None,
    QueryParameter(
        description="Only orders whose number, customer, parcel, SKU, or recipient's name, e-mail"
        " or phone it is, or begins.",
        min_length=1,
        max_length=100,
    ),
]
QuerySort = Annotated[search_views.Sort, QueryParameter(description="Which come first.")]
ONE = "PUT /v1/orders/{order_id}"
ONE_CANCELLATION = "PUT /v1/cancellations/{cancellation_id}"


class OrderBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as its channel hands it over. `customer` is a reference, never a name."""

    channel: Code
    customer: Annotated[str, Meta(min_length=1, max_length=100, examples=["C-17850"])]
    placed_at: Annotated[datetime, Meta(tz=True, examples=["2011-11-01T08:26:00Z"])]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    destination: Destination
    recipient: Recipient | None = None
    due: date | None = None
    own_packaging: bool = False
    delivery: Delivery | None = None
    payment: Payment = Payment.PAID
    fraud_score: FraudScore | None = None
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=2000)]


class OrderBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[NewOrder, ...], Meta(min_length=1, max_length=200)]


class CancellationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take lines out of an order, or, without lines, all that has not left yet."""

    order: OrderId
    lines: Annotated[tuple[CancelLine, ...], Meta(min_length=1, max_length=2000)] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["changed their mind"])]


class CancellationItem(CancellationBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Code


class CancellationBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[CancellationItem, ...], Meta(min_length=1, max_length=200)]


class RerouteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Legs by id, or all that `node` has not picked; with `closes_node` it takes nothing new."""

    legs: Annotated[tuple[Code, ...], Meta(max_length=200)] = ()
    node: Code | None = None
    closes_node: bool = False
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["water damage"])]


class SourceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look again for nodes for the orders that wait, first come first."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class Sourced(Struct, frozen=True, kw_only=True):
    """How many waiting orders got a new leg."""

    orders: int


@puts("/orders/{order_id:str}", Permission.ORDERS_WRITE)
def put_order(
    order_id: PathCode, data: JSONBody[OrderBody], door: NamedDependency[Door]
) -> Response[Accepted]:
    """Take an order: choose its nodes, reserve there, promise a date. Sent twice, taken once."""
    order = order_of(order_id, data)
    return door.once(
        order_id,
        data,
        lambda tx, now: actions.accept(tx, [order], actor=door.actor.id, now=now)[order_id],
    )


@posts("/orders/batch", Permission.ORDERS_WRITE)
def post_orders(
    data: JSONBody[OrderBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Accepted]]:
    """Take many orders; each is answered for itself, and a bad one does not hide the others."""
    orders = {order.id: order for order in data.items}

    def accept(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Accepted]:
        return actions.accept(tx, [orders[key] for key in ids], actor=door.actor.id, now=now)

    return door.batch(ONE, [(order.id, body_of(order)) for order in data.items], accept)


@reads("/orders/{order_id:str}", Permission.ORDERS_READ)
def get_order(order_id: PathCode, door: NamedDependency[Door]) -> Order:
    """An order in full: lines, legs, promise, timeline, and until when what can be changed."""

    def shown(tx: Connection) -> Order:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        found = views.order(tx, order_id)
        assert found is not None, "it is seen"
        return structs.replace(
            found,
            timeline=_named(tx, found.timeline),
            editable=edit_actions.editable_of(tx, found),
        )

    return door.read(shown)


@reads("/orders/{order_id:str}/timeline", Permission.ORDERS_READ)
def get_timeline(
    order_id: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[TimelineEntry]:
    """Everything that happened to an order, in order: who did it, why, and what brought it about.

    What people, nodes, carriers and the system itself did, from acceptance to the last return.
    """
    after = cursor(page_cursor, 1)

    def found(tx: Connection) -> list[TimelineEntry]:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        number = int(after[0]) if after else 0
        return _named(tx, views.timeline(tx, order_id, after=number, limit=limit + 1))

    return page(door.read(found), limit, lambda entry: (entry.number,))


def _named(tx: Connection, entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """The entries, with the names of the people and keys who made them."""
    names = people.names(tx, (entry.actor for entry in entries))
    return [structs.replace(entry, actor_name=names.get(entry.actor)) for entry in entries]


@reads("/orders/{order_id:str}/recipient", Permission.FULFILMENT_WORK)
def get_recipient(order_id: PathCode, door: NamedDependency[Door]) -> Response[Recipient | None]:
    """Who opens the door: for whoever sends what is ordered, or hands it over.

    Null where nobody was named, or the customer has been erased.
    """

    def found(tx: Connection) -> Recipient | None:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.FULFILMENT_WORK))
        return recipient_views.recipient(tx, order_id)

    return Response(door.read(found))


@reads("/orders", Permission.ORDERS_READ)
def get_orders(
    door: NamedDependency[Door],
    q: QueryText = None,
    stage: QueryStage = None,
    reached: QueryReached = None,
    placed_since: QuerySince = None,
    node: QueryCodes = None,
    channel: QueryCode = None,
    customer: QueryCode = None,
    sort: QuerySort = search_views.Sort.YOUNGEST,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[OrderRow]:
    """Orders, youngest first, or the oldest; with `q`, those found by what is known of them.

    Who may read orders at some nodes only finds those that have to do with them, whatever is asked.
    """
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: search_views.orders(
            tx,
            text=q,
            nodes=door.nodes(Permission.ORDERS_READ, node),
            stage=stage,
            reached=reached,
            since=aware("placed_since", placed_since),
            channel=channel,
            customer=customer,
            sort=sort,
            after=after,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda row: (row.placed_at.isoformat(), row.id))


@puts("/cancellations/{cancellation_id:str}", Permission.ORDERS_WRITE)
def put_cancellation(
    cancellation_id: PathCode, data: JSONBody[CancellationBody], door: NamedDependency[Door]
) -> Response[Cancelled]:
    """Take units out of an order before they leave; what has left can be returned."""
    return door.once(
        cancellation_id,
        data,
        lambda tx, now: _cancel(tx, cancellation_id, data, door.actor.id, now),
    )


@posts("/cancellations/batch", Permission.ORDERS_WRITE)
def post_cancellations(
    data: JSONBody[CancellationBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Cancelled]]:
    """Many cancellations, each answered for itself."""
    bodies = {item.id: _cancellation(item) for item in data.items}

    def cancel(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Cancelled]:
        return {key: _cancel(tx, key, bodies[key], door.actor.id, now) for key in ids}

    return door.batch(ONE_CANCELLATION, [(item.id, bodies[item.id]) for item in data.items], cancel)


@puts("/reroutes/{reroute_id:str}", Permission.ORDERS_WRITE)
def put_reroute(
    reroute_id: PathCode, data: JSONBody[RerouteBody], door: NamedDependency[Door]
) -> Response[Rerouted]:
    """Send legs that nobody has picked from elsewhere: some, or all of a node that cannot any more.

    What was promised is kept where it can be; where it cannot, the new day is written down.
    """
    if (data.node is None) == (not data.legs):
        raise Invalid(faults=[Fault("/node", "name either a node or legs")])
    if data.closes_node:
        if data.node is None:
            raise Invalid(faults=[Fault("/closes_node", "name the node that closes")])
        door.actor.must(Permission.NETWORK_WRITE, data.node)
    asked = Reroute(
        legs=data.legs, node=data.node, closes_node=data.closes_node, reason=data.reason
    )
    return door.once(
        reroute_id,
        data,
        lambda tx, now: reroute_actions.reroute(
            tx, asked, actor=door.actor.id, now=now, request_id=door.request_id
        ),
    )


@posts("/orders/sourcing", Permission.ORDERS_WRITE)
def post_sourcing(data: JSONBody[SourceBody], door: NamedDependency[Door]) -> Response[Sourced]:
    """Look again for nodes for what waits, and promise what comes. The worker does so each minute.

    Orders that were told no day are promised one as soon as something is known to come for them.
    """

    def source(tx: Connection, now: datetime) -> Sourced:
        actor = door.actor.id
        sourced = actions.source_waiting(tx, actor=actor, now=now, limit=data.limit)
        waiting_actions.promise_waiting(tx, actor=actor, now=now, limit=data.limit)
        return Sourced(orders=sourced)

    return door.act(data, source)


def _cancel(
    tx: Connection, key: str, body: CancellationBody, actor: str, now: datetime
) -> Cancelled:
    return release_actions.cancel(
        tx,
        body.order,
        body.lines,
        reason=body.reason,
        actor=actor,
        now=now,
        cause=f"cancellation:{key}",
    )


def _cancellation(item: CancellationItem) -> CancellationBody:
    """The item as it would be sent alone: an id means the same by either way."""
    return CancellationBody(order=item.order, lines=item.lines, reason=item.reason)


def order_of(order_id: str, body: OrderBody) -> NewOrder:
    if len(order_id) > 40:
        raise Invalid(faults=[Fault("/order_id", "an order's id has at most 40 characters")])
    return NewOrder(
        id=order_id,
        channel=body.channel,
        customer=body.customer,
        placed_at=body.placed_at,
        currency=body.currency,
        destination=body.destination,
        recipient=body.recipient,
        due=body.due,
        own_packaging=body.own_packaging,
        delivery=body.delivery,
        payment=body.payment,
        fraud_score=body.fraud_score,
        lines=body.lines,
    )


def body_of(order: NewOrder) -> OrderBody:
    """The order as it would be sent alone: an id means the same by either way."""
    return OrderBody(
        channel=order.channel,
        customer=order.customer,
        placed_at=order.placed_at,
        currency=order.currency,
        destination=order.destination,
        recipient=order.recipient,
        due=order.due,
        own_packaging=order.own_packaging,
        delivery=order.delivery,
        payment=order.payment,
        fraud_score=order.fraud_score,
        lines=order.lines,
    )


routes = [
    put_order,
    post_orders,
    get_order,
    get_timeline,
    get_recipient,
    get_orders,
    put_cancellation,
    post_cancellations,
    put_reroute,
    post_sourcing,
]
