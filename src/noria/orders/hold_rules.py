"""Which orders are held as they come, and which may be: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from noria.kit.auth import SYSTEM
from noria.orders.hold_model import (
    HoldKind,
    NothingToHold,
    OrderHeld,
    OrderHold,
    PaidInNoStore,
)
from noria.orders.model import NewOrder, Payment, Stage

LONGEST_NOTICE = timedelta(days=1)
HOLDABLE = frozenset({Stage.WAITING, Stage.SOURCED, Stage.PICKED, Stage.PACKED})


def at_first(
    orders: Sequence[NewOrder], scores_held: Mapping[str, float], *, now: datetime
) -> list[OrderHold]:
    """The holds that orders begin with: what is not paid yet, and what scores too high."""
    held = []
    for order in orders:
        if order.payment is Payment.DUE:
            held.append(_hold(order.id, HoldKind.PAYMENT, "not paid yet", None, now))
        score = order.fraud_score
        if score is not None and score >= scores_held[order.id]:
            why = f"scores {score:g}, held from {scores_held[order.id]:g} on"
            held.append(_hold(order.id, HoldKind.FRAUD, why, score, now))
    return held


def notice(length: timedelta) -> timedelta:
    """How long before an unpaid order is cancelled its customer is told, of so long a wait."""
    return min(LONGEST_NOTICE, length / 2)


def check_paid_somewhere(orders: Sequence[NewOrder]) -> None:
    """Refuse to take the money in the store of what is collected in none: nobody would take it."""
    for order in orders:
        is_collected = order.delivery is not None and order.delivery.store is not None
        if order.payment is Payment.IN_STORE and not is_collected:
            raise PaidInNoStore(order=order.id)


def check_holdable(order: str, stage: Stage) -> None:
    """Refuse to hold what has left, or is cancelled."""
    if stage not in HOLDABLE:
        raise NothingToHold(order=order, stage=stage.value)


def check_released(held: Mapping[str, Sequence[str]]) -> None:
    """Refuse work on an order that is held; `held` says of orders what for."""
    for order in sorted(held):
        raise OrderHeld(order=order, kinds=", ".join(held[order]))


def _hold(order: str, kind: HoldKind, why: str, score: float | None, now: datetime) -> OrderHold:
    return OrderHold(
        id=f"{order}.{kind.value}",
        order=order,
        kind=kind,
        reason=why,
        score=score,
        placed_at=now,
        placed_by=SYSTEM.id,
    )
