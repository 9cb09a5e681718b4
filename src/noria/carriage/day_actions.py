"""Verbs of another day: ask the carriers of what is under way, and follow what they answer."""

from collections.abc import Sequence
from datetime import datetime

from noria.carriage import day_rules, day_store, day_views, store
from noria.carriage.actions import own_id, ring
from noria.carriage.day_model import (
    DayBody,
    DayChange,
    DayChoice,
    DayFixed,
    DayNotOffered,
    DayState,
    Moving,
)
from noria.carriage.model import CallKind
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.network.calendar import rests_at
from noria.orders import carried_actions as carried
from noria.orders import day_actions as orders
from noria.orders import views as order_views
from noria.orders.model import Order

YEARS = 2


def choice(tx: Connection, order_id: str, *, now: datetime) -> DayChoice:
    """The days on which an order can come instead, or why it cannot.

    Raises:
        NotFound: there is no such order.
    """
    return of_order(tx, _order(tx, order_id), now=now)


def of_order(tx: Connection, order: Order, *, now: datetime) -> DayChoice:
    """The days on which an order, as it was just read, can come instead, or why it cannot."""
    return _choice(tx, order, day_views.moving(tx, order), now=now)


def _order(tx: Connection, order_id: str) -> Order:
    order = order_views.order(tx, order_id)
    if order is None:
        raise NotFound(what="order", id=order_id)
    return order


def _choice(tx: Connection, order: Order, legs: Sequence[Moving], *, now: datetime) -> DayChoice:
    last = next((one.state for one in day_views.changes(tx, order=order.id, limit=1)), None)
    why = day_rules.fixed(
        legs,
        is_collected=bool(order.store or order.relay),
        waits=any(line.waiting for line in order.lines),
        last=last,
    )
    if why is not None:
        says = day_rules.SAYS[why]
        return DayChoice(order=order.id, days=(), en=says.en, fr=says.fr)
    to = order.destination
    rests = rests_at(to.country, to.postcode, range(now.year, now.year + YEARS))
    return DayChoice(order=order.id, days=day_rules.days(legs, rests, now.date()))


def ask(tx: Connection, key: str, wanted: DayBody, *, actor: str, now: datetime) -> DayChange:
    """Ask the carriers of an order to bring it on another day: the intent is in the book at once.

    The promise follows when all of them agree.

    Raises:
        NotFound: there is no such order.
        DayFixed, DayNotOffered, IdReused: nothing was asked.
    """
    carried.lock(tx, [wanted.order])
    order = _order(tx, wanted.order)
    legs = day_views.moving(tx, order)
    offered = _choice(tx, order, legs, now=now)
    if not offered.days:
        raise DayFixed(order=wanted.order, en=offered.en, fr=offered.fr)
    if wanted.day not in offered.days:
        days = ", ".join(day.isoformat() for day in offered.days)
        raise DayNotOffered(order=wanted.order, day=wanted.day.isoformat(), days=days)
    labels = [label for leg in legs for label in leg.labels]
    asks = [(own_id("y", f"{key} {label}"), label, account) for label, account in labels]
    pairs = [(ask_id, label) for ask_id, label, _ in asks]
    if not day_store.insert(tx, key, wanted, pairs, actor=actor, now=now):
        raise IdReused(id=key)
    store.insert_calls(tx, [(ask_id, CallKind.DAY, ask_id, account) for ask_id, _, account in asks])
    ring(tx, {account for _, _, account in asks}, asked_by=actor)
    _tell(tx, "day.asked", wanted.order, key, wanted.day.isoformat())
    return day_views.changes(tx, ids=[key])[0]


def known(tx: Connection, key: str) -> DayChange | None:
    """The day that was asked for under this id."""
    return next(iter(day_views.changes(tx, ids=[key])), None)


def settle(tx: Connection, ask_id: str, state: DayState, *, detail: str, now: datetime) -> None:
    """A carrier has said of one box whether it comes on that day; with the last, the order follows.

    What does not all come on the day comes as it was said.
    """
    change, _ = day_views.asked(tx, ask_id)
    carried.lock(tx, [change.order])
    day_store.settle_ask(tx, ask_id, state)
    states = day_views.states(tx, change.id)
    if DayState.ASKED in states:
        return
    if states == {DayState.AGREED}:
        day_store.settle(tx, change.id, DayState.AGREED, detail="")
        orders.choose(
            tx,
            change.order,
            day_views.legs_of(tx, change.id),
            change.day,
            cause=f"day:{change.id}",
            actor=SYSTEM.id,
            now=now,
        )
        _tell(tx, "day.agreed", change.order, change.id, change.day.isoformat())
        return
    day_store.settle(tx, change.id, DayState.DECLINED, detail=detail)
    _tell(tx, "day.declined", change.order, change.id, change.day.isoformat())


def _tell(tx: Connection, kind: str, order: str, key: str, day: str) -> None:
    data = {"order": order, "day_change": key, "day": day}
    events.publish(tx, [Event(type=kind, subject=f"order:{order}", data=data)])
