"""Verbs that let held orders go: a hold is lifted, or the order is paid."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from noria.kit import events
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.orders import (
    actions,
    hold_store,
    hold_views,
    plan_actions,
    reroute_actions,
    store,
    views,
)
from noria.orders.hold_model import (
    LIFTED_BY,
    HoldKind,
    HoldLifted,
    NotPaidYet,
    Paid,
    PaidAlready,
    PaymentBody,
    Released,
)
from noria.orders.model import Cancelled, CancelLine, Payment, Stage, TimelineEntry
from noria.stock import actions as stock

LEFT_MEANWHILE = "its departure was missed while it was held"


def lift(
    tx: Connection,
    hold_id: str,
    *,
    because: str,
    actor: str,
    now: datetime,
    must: Callable[[Permission], None],
) -> Released:
    """Lift a hold; with the last one the order goes to its nodes, planned anew where too late.

    `must` refuses who may not lift holds of that kind.

    Raises:
        NotFound: there is no such hold.
        HoldLifted: somebody was faster.
    """
    hold = hold_views.hold(tx, hold_id)
    if hold is None:
        raise NotFound(what="hold", id=hold_id)
    must(LIFTED_BY[hold.kind])
    store.lock(tx, [hold.order])
    if not hold_store.lift(tx, hold.order, hold=hold_id, because=because, actor=actor, now=now):
        known = hold_views.hold(tx, hold_id)
        assert known is not None, "holds are never deleted"
        raise HoldLifted(id=hold_id, at=known.lifted_at)
    entry = TimelineEntry(
        at=now, kind="hold_lifted", actor=actor, reason=because, cause=f"hold:{hold_id}"
    )
    store.note(tx, [(hold.order, entry)])
    return _released(tx, hold.order, actor=actor, now=now)


def pay(tx: Connection, payment_id: str, paid: PaymentBody, *, actor: str, now: datetime) -> Paid:
    """An order was paid: what held it for that is lifted, and what needs no parcel goes.

    Raises:
        NotFound: there is no such order.
        PaidAlready, FromTheFuture, IdReused: nothing was written.
    """
    if paid.order not in store.lock(tx, [paid.order]):
        raise NotFound(what="order", id=paid.order)
    if hold_views.payments(tx, [paid.order])[paid.order] is Payment.PAID:
        raise PaidAlready(order=paid.order)
    stock.check_time(paid.paid_at, now)
    if not hold_store.pay(tx, payment_id, paid, actor=actor, now=now):
        raise IdReused(id=payment_id)
    cause = f"payment:{payment_id}"
    entry = TimelineEntry(at=now, kind="paid", actor=actor, reason=paid.reference, cause=cause)
    store.note(tx, [(paid.order, entry)])
    plan_actions.tell(tx, "order.paid", [paid.order])
    lifted = hold_store.lift(
        tx, paid.order, kind=HoldKind.PAYMENT, because="paid", actor=actor, now=now
    )
    kinds = hold_views.open_kinds(tx, [paid.order])
    if lifted and not kinds:
        let_go(tx, [paid.order], actor=actor, now=now)
    elif not kinds:
        actions.deliver_digital(tx, [paid.order], actor=actor, now=now)
    return Paid(
        id=payment_id,
        order=paid.order,
        paid_at=paid.paid_at,
        reference=paid.reference,
        is_held=bool(kinds),
    )


def cancel(
    tx: Connection,
    order: str,
    asked: Sequence[CancelLine] | None,
    *,
    reason: str,
    actor: str,
    now: datetime,
    cause: str = "",
) -> Cancelled:
    """Take units out of an order; if nothing of the rest is owed any more, it may go on.

    Raises:
        NotFound: there is no such order.
        NotInOrder, NothingToCancel: nothing was cancelled.
    """
    with letting_go(tx, order, actor=actor, now=now):
        return actions.cancel(tx, order, asked, reason=reason, actor=actor, now=now, cause=cause)


@contextmanager
def letting_go(tx: Connection, order: str, *, actor: str, now: datetime) -> Iterator[None]:
    """What is done in here may end that something is owed: the order goes on, if that held it."""
    store.lock(tx, [order])
    was_held = HoldKind.PAYMENT.value in hold_views.open_kinds(tx, [order]).get(order, [])
    yield
    if not was_held or hold_views.open_kinds(tx, [order]):
        return
    if views.stages(tx, [order])[order] is not Stage.CANCELLED:
        let_go(tx, [order], actor=actor, now=now)


def let_go(tx: Connection, orders: Sequence[str], *, actor: str, now: datetime) -> None:
    """Give locked orders, that nothing holds any more, to their nodes.

    A leg whose departure was missed meanwhile is planned anew; what needs no parcel goes at once.
    """
    events.publish(
        tx,
        [
            Event(type="order.released", subject=f"order:{order}", data={"order": order})
            for order in orders
        ],
    )
    late = [
        leg
        for legs in views.legs(tx, orders).values()
        for leg in legs
        if leg.picked_at is None and leg.withdrawn_at is None and leg.leaves_at <= now
    ]
    if late:
        reroute_actions.plan_anew(tx, late, reason=LEFT_MEANWHILE, actor=actor, now=now)
    actions.deliver_digital(tx, orders, actor=actor, now=now)


def check_paid(tx: Connection, orders: Iterable[str]) -> None:
    """Refuse to hand over what is paid where it is collected, before it is.

    Raises:
        NotPaidYet: one of these orders is not paid.
    """
    for order, payment in hold_views.payments(tx, orders).items():
        if payment is Payment.IN_STORE:
            raise NotPaidYet(order=order)


def _released(tx: Connection, order: str, *, actor: str, now: datetime) -> Released:
    left = [hold for hold in hold_views.of_order(tx, order) if hold.lifted_at is None]
    if not left:
        let_go(tx, [order], actor=actor, now=now)
    return Released(order=order, is_held=bool(left), holds=len(left))
