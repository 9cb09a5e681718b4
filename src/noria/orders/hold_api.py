"""Holds of orders and payments at the door."""

from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.orders import hold_actions, hold_views, release_actions, views
from noria.orders.hold_model import (
    HoldBody,
    HoldKind,
    LiftBody,
    OrderHold,
    Paid,
    PaymentBody,
    Released,
)

QueryKind = Annotated[HoldKind | None, QueryParameter(description="Only holds of this kind.")]


@puts("/order-holds/{hold_id:str}", Permission.ORDERS_WRITE)
def put_order_hold(
    hold_id: PathCode, data: JSONBody[HoldBody], door: NamedDependency[Door]
) -> Response[OrderHold]:
    """Keep an order from its nodes: its units stay held, and nobody may pick or ship it."""
    return door.once(
        hold_id,
        data,
        lambda tx, now: hold_actions.place(tx, hold_id, data, actor=door.actor.id, now=now),
    )


@puts("/order-holds/{hold_id:str}/lift", Permission.ORDERS_READ)
def put_order_hold_lift(
    hold_id: PathCode, data: JSONBody[LiftBody], door: NamedDependency[Door]
) -> Response[Released]:
    """Lift a hold: of a payment with `orders.pay`, a fraud `orders.clear`, else `orders.write`.

    With the last one the order goes to its nodes; what left without it is planned anew.
    """
    return door.once(
        hold_id,
        data,
        lambda tx, now: release_actions.lift(
            tx,
            hold_id,
            because=data.reason,
            actor=door.actor.id,
            now=now,
            must=door.actor.must,
        ),
    )


@reads("/order-holds", Permission.ORDERS_READ)
def get_order_holds(
    door: NamedDependency[Door],
    kind: QueryKind = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[OrderHold]:
    """Holds that are open, the oldest first."""
    door.actor.must_everywhere(Permission.ORDERS_READ)
    after = cursor(page_cursor, 2)
    found = door.read(lambda tx: hold_views.open_holds(tx, kind=kind, after=after, limit=limit + 1))
    return page(found, limit, lambda hold: (hold.placed_at.isoformat(), hold.id))


@reads("/orders/{order_id:str}/holds", Permission.ORDERS_READ)
def get_holds_of_order(order_id: PathCode, door: NamedDependency[Door]) -> Page[OrderHold]:
    """Every hold that an order ever had: who placed it, who lifted it, and why."""

    def found(tx: Connection) -> list[OrderHold]:
        views.check_seen(tx, order_id, door.actor.nodes(Permission.ORDERS_READ))
        return hold_views.of_order(tx, order_id)

    return Page(door.read(found))


@puts("/payments/{payment_id:str}", Permission.ORDERS_PAY)
def put_payment(
    payment_id: PathCode, data: JSONBody[PaymentBody], door: NamedDependency[Door]
) -> Response[Paid]:
    """An order was paid: what held it for that is lifted.

    A till's payment comes with the hand-over, at the node where it is; this one is of any order.
    """
    door.actor.must_everywhere(Permission.ORDERS_PAY)
    return door.once(
        payment_id,
        data,
        lambda tx, now: release_actions.pay(tx, payment_id, data, actor=door.actor.id, now=now),
    )


routes = [put_order_hold, put_order_hold_lift, get_order_holds, get_holds_of_order, put_payment]
