"""Verbs of refunds: what is to be paid back of an order, and that it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.orders import hold_store, refund_rules, refund_store, refund_views, store, views
from noria.orders.hold_model import HoldKind
from noria.orders.model import TimelineEntry
from noria.orders.refund_model import Paid, Refund, RefundMade, RefundPaid
from noria.stock import actions as stock


def owe(
    tx: Connection,
    order: str,
    units: Sequence[tuple[int, int]],
    *,
    is_whole: bool,
    cause: str,
    reason: str,
    actor: str,
    now: datetime,
    asked_at: datetime | None = None,
) -> None:
    """Of a locked order that is paid, these (line, units) are to be paid back.

    Of an order that is taken back as a whole (`is_whole`), what its delivery cost is too. A cause
    makes one refund, whoever asks again; a unit is paid back once, whatever asks, and so is the
    delivery. What was added and is owed still comes off first: nobody gets back what they never
    paid. Nothing holds the order for its payment once nothing is owed. Its time runs from when the
    customer said that they want it (`asked_at`), else from now.
    """
    paid = refund_views.paid(tx, order)
    if not paid.is_paid:
        return
    left = refund_rules.still_due(paid, units)
    delivery = paid.delivery_cents if is_whole else 0
    cents = sum(paid.lines[line].price_cents * count for line, count in left.items()) + delivery
    cents = _take_off(tx, order, paid, cents, actor=actor, now=now)
    _make_due(
        tx, order, cents, units=left, delivery_cents=min(delivery, cents), cause=cause,
        reason=reason, now=now, asked_at=asked_at,
    )  # fmt: skip


def owe_cheaper(
    tx: Connection, order: str, cents: int, *, cause: str, reason: str, actor: str, now: datetime
) -> None:
    """What a locked order came to is less by this, none of its units: as `owe`."""
    paid = refund_views.paid(tx, order)
    cents = _take_off(tx, order, paid, cents, actor=actor, now=now)
    _make_due(tx, order, cents, units={}, delivery_cents=0, cause=cause, reason=reason, now=now)


def _take_off(
    tx: Connection, order: str, paid: Paid, cents: int, *, actor: str, now: datetime
) -> int:
    """Take off what is owed of a locked order; what is left, that was paid."""
    owed = min(cents, paid.owed_cents)
    if owed:
        hold_store.take_off(tx, order, owed)
    if owed and owed == paid.owed_cents:
        because = "nothing is owed"
        hold_store.lift(tx, order, kind=HoldKind.PAYMENT, because=because, actor=actor, now=now)
    return cents - owed


def _make_due(
    tx: Connection, order: str, cents: int, *, units: Mapping[int, int], delivery_cents: int,
    cause: str, reason: str, now: datetime, asked_at: datetime | None = None,
) -> None:  # fmt: skip
    if not cents:
        return
    refund_id = uuid7(int(now.timestamp() * 1000))
    because = cause or f"{reason}:{refund_id}"
    if refund_store.insert(
        tx, refund_id, order, cents, units=units, delivery_cents=delivery_cents, cause=because,
        reason=reason, now=now, pay_by=refund_rules.pay_by(asked_at or now),
    ):  # fmt: skip
        _tell_due(tx, [(refund_id, order, cents, reason)])


def _tell_due(tx: Connection, due: Sequence[tuple[str, str, int, str]]) -> None:
    """Tell the payment system what it has to pay back, as (refund, order, cents, reason)."""
    events.publish(
        tx,
        [
            Event(
                type="refund.due",
                subject=f"order:{order}",
                data={"order": order, "refund": refund, "cents": cents, "reason": reason},
            )
            for refund, order, cents, reason in due
        ],
    )


def owe_returned(
    tx: Connection, order: str, units: Mapping[str, int], *, cause: str, asked_at: datetime,
    actor: str, now: datetime,
) -> None:  # fmt: skip
    """Of a locked order these units by SKU came back: what they cost is to be paid back.

    With the last of it, what its delivery cost is too. What is sent again, and has not left yet,
    did not come back for good. Its customer asked for it when they announced it.
    """
    paid = refund_views.paid(tx, order)
    sent = refund_rules.sent_units(views.legs(tx, [order])[order])
    known = views.lines(tx, [order])[order]
    left, lines = dict(units), []
    for line in known:
        free = sent.get(line.line, 0) - paid.lines[line.line].returned
        taken = min(max(free, 0), left.get(line.sku, 0))
        if taken:
            left[line.sku] -= taken
            lines.append((line.line, taken))
    is_whole = refund_rules.keeps_nothing(known, paid, dict(lines))
    owe(
        tx, order, lines, is_whole=is_whole, cause=cause, reason="returned", actor=actor, now=now,
        asked_at=asked_at,
    )  # fmt: skip


def remind(tx: Connection, refunds: Sequence[str], *, now: datetime) -> list[Refund]:
    """Tell the payment system of refunds once more that it has not told as paid.

    Raises:
        NotFound, RefundMade: nobody was reminded of anything.
    """
    known = refund_views.by_id(tx, refunds)
    for one in refunds:
        if one not in known:
            raise NotFound(what="refund", id=one)
    due = refund_store.remind(tx, refunds, now=now)
    for one in refunds:
        if one not in due:
            raise RefundMade(id=one, at=known[one].made_at)
    told = [*refund_views.by_id(tx, refunds).values()]
    _tell_due(tx, [(one.id, one.order, one.cents, one.reason) for one in told])
    return told


def withdraw(tx: Connection, order: str, *, cause: str) -> bool:
    """What was due for this cause is due no more, unless it was made; whether there was any."""
    refund = refund_store.withdraw(tx, order, cause=cause)
    if refund is None:
        return False
    data = {"order": order, "refund": refund}
    events.publish(tx, [Event(type="refund.withdrawn", subject=f"order:{order}", data=data)])
    return True


def pay(tx: Connection, refund_id: str, told: RefundPaid, *, actor: str, now: datetime) -> Refund:
    """The payment system says that a refund was made: a fact, told once.

    Raises:
        NotFound, RefundMade, FromTheFuture: nothing was written.
    """
    stock.check_time(told.made_at, now)
    order = refund_store.pay(
        tx, refund_id, made_at=told.made_at, reference=told.reference, actor=actor, now=now
    )
    known = refund_views.refund(tx, refund_id)
    if known is None:
        raise NotFound(what="refund", id=refund_id)
    if order is None:
        raise RefundMade(id=refund_id, at=known.made_at)
    entry = TimelineEntry(
        at=now, kind="refunded", actor=actor, reason=told.reference, cause=f"refund:{refund_id}"
    )
    store.note(tx, [(order, entry)])
    data = {"order": order, "refund": refund_id, "cents": known.cents}
    events.publish(tx, [Event(type="order.refunded", subject=f"order:{order}", data=data)])
    return known
