"""Somebody takes what waits for them: proven, paid, once; what they refuse stays."""

from collections.abc import Sequence
from datetime import datetime

from noria.collect import rules, store, views
from noria.collect.model import (
    HandedOver,
    HandOverBody,
    KeptTooLong,
    NothingWaits,
    NotProven,
    Refused,
)
from noria.collect.views import Held
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.ids import uuid7
from noria.orders import actions as orders
from noria.orders import collected_actions as collected
from noria.orders import hold_views as payments
from noria.orders import release_actions as releases
from noria.orders import views as order_views
from noria.orders.hold_model import PaymentBody
from noria.orders.model import Leg, Payment, Short, TimelineEntry
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State


def hand_over(
    tx: Connection, key: str, told: HandOverBody, *, actor: str, now: datetime
) -> HandedOver:
    """All that lies ready of an order is with its customer, but for what they refuse.

    What was noted without a network has happened: it is booked even if its code was wrong (and is
    an exception then), or if it was given up meanwhile.

    Raises:
        NotFound: there is no such order.
        NothingWaits: it is not there (any more), or somebody was faster.
        KeptTooLong: its time was over by then.
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
        if held is not None and held.expired_at is not None and is_fact:
            return _after_all(tx, key, told, held, at=at, actor=actor, now=now)
        raise _nothing(tx, told, held)
    assert held is not None, "what lies ready is kept"
    if held.keep_until <= at and not is_fact:
        raise KeptTooLong(order=told.order, until=held.keep_until.isoformat())
    proven = rules.is_proof(told, held.code, views.proxy(tx, told.order))
    if not proven and not is_fact:
        raise NotProven(
            order=told.order,
            en="the code, or who came, is another",
            fr="le code ou la personne n'est pas la bonne",
        )
    refused = rules.refused_units(told.order, legs, told.refused)
    _take_back(tx, key, legs, refused, actor=actor, now=now)
    taken = [leg for leg in orders.legs(tx, [leg.id for leg in legs]).values()
             if leg.withdrawn_at is None]  # fmt: skip
    if taken:
        _pay(tx, told, at=at, actor=actor, now=now)
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
    if any(leg.delivered_at for leg in legs):
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


def _pay(tx: Connection, told: HandOverBody, *, at: datetime, actor: str, now: datetime) -> None:
    """What is paid in the store is paid now, or not handed over.

    Raises:
        NotPaidYet: it is not, and nobody says that it was paid at the till.
        PaidAlready: it was paid before.
    """
    known = payments.payments(tx, [told.order])[told.order]
    if told.payment is None:
        if known is not Payment.PAID:
            releases.check_paid(tx, [told.order])
        return
    paid = PaymentBody(order=told.order, paid_at=at, reference=told.payment.reference)
    releases.pay(tx, told.payment.id, paid, actor=actor, now=now)


def _after_all(
    tx: Connection,
    key: str,
    told: HandOverBody,
    held: Held,
    *,
    at: datetime,
    actor: str,
    now: datetime,
) -> HandedOver:
    """It was handed over while no network was there, and given up before that was heard.

    The units are gone, whatever the book says of them: they are booked as sold, and a person looks.
    """
    laid = views.laid_there(tx, told.order, told.node)
    legs = [leg for leg in orders.legs(tx, laid).values() if leg.withdrawn_at == held.expired_at]
    movement = Movement(
        id=uuid7(int(now.timestamp() * 1000)),
        kind=MovementKind.SOLD,
        cause=f"order:{told.order}",
        happened_at=at,
        moves=tuple(
            Move(
                sku=line.sku,
                quantity=line.gone,
                source=Place(told.node, State.AVAILABLE),
                target=Place(told.node, State.OUTSIDE),
            )
            for leg in legs
            for line in leg.lines
            if line.gone
        ),
        reason="handed over before it was given up",
    )
    stock.book(tx, [movement], actor=actor, now=now)
    store.put_back(tx, [leg.id for leg in legs], actor=actor, now=now)
    done = HandedOver(
        id=key,
        order=told.order,
        node=told.node,
        happened_at=at,
        legs=[leg.id for leg in legs],
        units=sum(line.gone for leg in legs for line in leg.lines),
        refused=0,
        is_proven=False,
        is_late=True,
    )
    store.add_hand_over(tx, done, told.way, actor=actor, now=now)
    return done
