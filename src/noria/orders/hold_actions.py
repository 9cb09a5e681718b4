"""Verbs that keep orders from their nodes; `release_actions` lets them go."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.orders import hold_rules, hold_store, hold_views, store, views
from noria.orders.hold_model import HoldBody, HoldKind, OrderHold
from noria.orders.model import NewOrder, TimelineEntry
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope


def place(
    tx: Connection, hold_id: str, wanted: HoldBody, *, actor: str, now: datetime
) -> OrderHold:
    """Keep an order from its nodes from now on; what it holds stays held for it.

    Raises:
        NotFound: there is no such order.
        NothingToHold: all of it has left, or it is cancelled.
        IdReused: there is a hold of this id.
    """
    if wanted.order not in store.lock(tx, [wanted.order]):
        raise NotFound(what="order", id=wanted.order)
    hold_rules.check_holdable(wanted.order, views.stages(tx, [wanted.order])[wanted.order])
    hold = OrderHold(
        id=hold_id,
        order=wanted.order,
        kind=wanted.kind,
        reason=wanted.reason,
        score=wanted.score,
        placed_at=now,
        placed_by=actor,
    )
    _place(tx, [hold], actor=actor, now=now)
    return hold


def place_at_first(
    tx: Connection, orders: Sequence[NewOrder], *, actor: str, now: datetime
) -> None:
    """Hold those of new orders that are not paid yet, or score too high as a fraud."""
    scored = [order for order in orders if order.fraud_score is not None]
    limits = _scores_held(tx, scored, now=now) if scored else {}
    holds = hold_rules.at_first(orders, limits, now=now)
    if holds:
        _place(tx, holds, actor=actor, now=now)


def await_payment(tx: Connection, order: str, *, actor: str, now: datetime) -> None:
    """More was added to a locked order that was paid: held until that is paid too."""
    known = [one for one in hold_views.of_order(tx, order) if one.kind is HoldKind.PAYMENT]
    if any(one.lifted_at is None for one in known):
        return
    wanted = HoldBody(order=order, kind=HoldKind.PAYMENT, reason="what was added is not paid yet")
    place(tx, f"{order}.{HoldKind.PAYMENT.value}.{len(known) + 1}", wanted, actor=actor, now=now)


def check_released(tx: Connection, orders: Iterable[str]) -> None:
    """Refuse work on locked orders of which one is held.

    Raises:
        OrderHeld: one is.
    """
    hold_rules.check_released(hold_views.open_kinds(tx, orders))


def _place(tx: Connection, holds: Sequence[OrderHold], *, actor: str, now: datetime) -> None:
    new = hold_store.insert(tx, holds)
    for hold in holds:
        if hold.id not in new:
            raise IdReused(id=hold.id)
    store.note(
        tx,
        [
            (
                hold.order,
                TimelineEntry(
                    at=now,
                    kind="hold_placed",
                    actor=actor,
                    reason=f"{hold.kind.value}: {hold.reason}",
                    cause=f"hold:{hold.id}",
                ),
            )
            for hold in holds
        ],
    )
    events.publish(
        tx,
        [
            Event(
                type="order.held",
                subject=f"order:{hold.order}",
                data={"order": hold.order, "hold": hold.id, "kind": hold.kind.value},
            )
            for hold in holds
        ],
    )


def _scores_held(tx: Connection, orders: Sequence[NewOrder], *, now: datetime) -> dict[str, float]:
    """From which fraud score on each of these orders is held."""
    book = policies.rulebook(live.live(tx).content, now.date())
    return {
        order.id: policies.applied(
            book, Scope(channel=order.channel, country=order.destination.country)
        ).settings.fraud_score_held
        for order in orders
    }
