"""Somebody takes what waits for them: proven, paid, once; what they refuse stays."""

from collections.abc import Sequence
from datetime import datetime

from noria.collect import counter_actions as counter
from noria.collect import late_actions, rules, store, views
from noria.collect.model import (
    HandedOver,
    HandOverBody,
    KeptTooLong,
    NothingWaits,
    Refused,
)
from noria.collect.views import Held
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.orders import actions as orders
from noria.orders import collected_actions as collected
from noria.orders import hold_rules, hold_views
from noria.orders import views as order_views
from noria.orders.hold_model import HoldKind
from noria.orders.model import Leg, Short, TimelineEntry
from noria.stock import actions as stock
from noria.stock.model import State


def hand_over(
    tx: Connection, key: str, told: HandOverBody, *, actor: str, now: datetime
) -> HandedOver:
    """All that lies ready of an order is with its customer, but for what they refuse.

    What was noted without a network has happened: it is booked even if its code was wrong, it is
    not paid, or it was given up, cancelled or moved meanwhile; those are exceptions then.

    Raises:
        NotFound: there is no such order.
        NothingWaits: it is not there (any more), or somebody was faster.
        KeptTooLong: its time was over by then.
        CodeTriedTooOften: too many codes were wrong there just now.
        OrderHeld: somebody has to look at the order first.
        CodeMistyped, NotProven: it is not shown whose it is.
        NotPaidYet, PaidAlready, RefusedTooMuch, FromTheFuture: nothing was booked.
    """
    at = min(told.happened_at or now, now)
    stock.check_time(told.happened_at or now, now)
    if not order_views.stages(tx, [told.order]):
        raise NotFound(what="order", id=told.order)
    is_fact = rules.is_told_late(at, now)
    legs, held = _locked(tx, told)
    if not legs:
        gone = views.gone_meanwhile(tx, told.order, told.node, at=at) if is_fact else []
        if gone and held is not None:
            return late_actions.after_all(tx, key, told, held, gone, at=at, actor=actor, now=now)
        raise _nothing(tx, told, held)
    assert held is not None, "what lies ready is kept"
    if not is_fact:
        _check(tx, told, held, at=at, now=now)
    proven = counter.is_proven(tx, told, held, is_fact=is_fact)
    refused = rules.refused_units(told.order, legs, told.refused, is_fact=is_fact)
    _take_back(tx, key, legs, refused, actor=actor, now=now)
    taken = [leg for leg in orders.legs(tx, [leg.id for leg in legs]).values()
             if leg.withdrawn_at is None]  # fmt: skip
    if taken:
        counter.pay(tx, told, at=at, is_fact=is_fact, actor=actor, now=now)
        cause = f"hand_over:{key}"
        collected.hand_over(tx, taken, cause=cause, actor=actor, at=at, now=now)
    done = HandedOver(
        id=key,
        order=told.order,
        node=told.node,
        happened_at=at,
        legs=[leg.id for leg in taken],
        units=sum(line.due_units for leg in taken for line in leg.lines),
        refused=sum(short.units for short, _ in refused),
        is_proven=proven,
        is_late=False,
    )
    store.add_hand_over(tx, done, told.way, actor=actor, now=now)
    store.add_refusals(tx, key, refused)
    store.close(tx, told.order, told.node)
    return done


def _check(tx: Connection, told: HandOverBody, held: Held, *, at: datetime, now: datetime) -> None:
    """Refuse what is over or held, but for what is paid now, and codes where they are guessed.

    Raises:
        KeptTooLong, OrderHeld, CodeTriedTooOften: it is.
    """
    if told.way in rules.BY_CODE:
        counter.check_tries(tx, told.node, now=now)
    if held.keep_until <= at:
        raise KeptTooLong(order=told.order, until=held.keep_until.isoformat())
    kinds = hold_views.open_kinds(tx, [told.order]).get(told.order, [])
    is_paid_now = told.payment is not None
    if left := [kind for kind in kinds if not (is_paid_now and kind == HoldKind.PAYMENT.value)]:
        hold_rules.check_released({told.order: left})


def _locked(tx: Connection, told: HandOverBody) -> tuple[list[Leg], Held | None]:
    """What lies ready there, its order locked: whoever comes second finds nothing."""
    every = views.laid_there(tx, told.order, told.node)
    legs = orders.legs(tx, every) if every else {}
    ready = [
        leg
        for _, leg in sorted(legs.items())
        if leg.ready_at and leg.shipped_at is None and leg.withdrawn_at is None
    ]
    return ready, views.held(tx, told.order, told.node)


def _nothing(tx: Connection, told: HandOverBody, held: Held | None) -> NothingWaits:
    laid = set(views.laid_there(tx, told.order, told.node))
    legs = [leg for leg in order_views.legs(tx, [told.order])[told.order] if leg.id in laid]
    if any(leg.shipped_at for leg in legs) or views.was_taken(tx, sorted(laid)):
        en, fr = "it was handed over already", "elle a déjà été remise"
    elif held is not None and held.expired_at is not None:
        en = f"it was not collected, and is back on sale since {held.expired_at:%Y-%m-%d %H:%M}"
        fr = f"non retirée, elle est remise en vente depuis le {held.expired_at:%Y-%m-%d %H:%M}"
    elif legs:
        en, fr = "it is collected elsewhere, or was cancelled", "retrait déplacé ou annulé"
    else:
        en, fr = "it is not ready there", "elle n'y est pas prête"
    return NothingWaits(order=told.order, node=told.node, en=en, fr=fr)


def _take_back(
    tx: Connection,
    key: str,
    legs: Sequence[Leg],
    refused: Sequence[tuple[Short, Refused]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """What is refused goes back on sale, or is damaged; of what was paid, a refund is due."""
    for is_damaged in (False, True):
        some = [(short, one) for short, one in refused
                if (one.grade in rules.DAMAGED) is is_damaged]  # fmt: skip
        if not some:
            continue
        entry = TimelineEntry(
            at=now,
            kind="refused_in_store",
            actor=actor,
            reason=", ".join(f"{short.units} {one.sku} {one.grade.value}" for short, one in some),
            cause=f"hand_over:{key}{'.damaged' if is_damaged else ''}",
        )
        to = State.DAMAGED if is_damaged else State.AVAILABLE
        collected.take_back(tx, legs, [short for short, _ in some], told=entry, to=to)
