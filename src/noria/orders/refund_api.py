"""Refunds at the door: what is due, and that it was made."""

from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit.auth import Permission
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
from noria.orders import refund_actions as actions
from noria.orders import refund_views as views
from noria.orders.refund_model import Refund, RefundPaid, RefundReminder

QueryMade = Annotated[
    bool | None, QueryParameter(name="made", description="Only those that were made, or are due.")
]


@reads("/refunds", Permission.ORDERS_PAY)
def get_refunds(
    door: NamedDependency[Door],
    order: QueryCode = None,
    is_made: QueryMade = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Refund]:
    """What customers are to be paid back, due longest first."""
    door.actor.must_everywhere(Permission.ORDERS_PAY)
    after = cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.refunds(tx, order=order, is_made=is_made, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.due_at.isoformat(), one.id))


@puts("/refunds/{refund_id:str}/payment", Permission.ORDERS_PAY)
def put_refund_payment(
    refund_id: PathCode, data: JSONBody[RefundPaid], door: NamedDependency[Door]
) -> Response[Refund]:
    """The payment system has paid it back: the customer is told, once."""
    door.actor.must_everywhere(Permission.ORDERS_PAY)
    return door.once(
        refund_id,
        data,
        lambda tx, now: actions.pay(tx, refund_id, data, actor=door.actor.id, now=now),
    )


@puts("/refund-reminders/{reminder_id:str}", Permission.ORDERS_PAY)
def put_refund_reminder(
    reminder_id: PathCode, data: JSONBody[RefundReminder], door: NamedDependency[Door]
) -> Response[list[Refund]]:
    """Tell the payment system once more (`refund.due`) what it has not told as paid back."""
    door.actor.must_everywhere(Permission.ORDERS_PAY)
    return door.once(reminder_id, data, lambda tx, now: actions.remind(tx, data.refunds, now=now))


routes = [get_refunds, put_refund_payment, put_refund_reminder]
