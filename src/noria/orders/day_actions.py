"""Verbs of the day on which an order comes: its customer chose another one."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import structs

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.orders import carried_store, store, views, watch_actions, watch_rules
from noria.orders.model import TimelineEntry
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Promise

DELAY_ACCEPTED = "delay_accepted"


def accept_delay(tx: Connection, order: str, day: date, *, actor: str, now: datetime) -> None:
    """The customer of an order would rather wait until that day; said once for a day."""
    store.lock(tx, [order])
    if (known := accepted_delay(views.timeline(tx, order))) is not None and known >= day:
        return
    entry = TimelineEntry(at=now, kind=DELAY_ACCEPTED, actor=actor, reason=day.isoformat())
    store.note(tx, [(order, entry)])
    data = {"order": order, "day": day.isoformat()}
    events.publish(tx, [Event(type="order.delay_accepted", subject=f"order:{order}", data=data)])


def accepted_delay(timeline: Sequence[TimelineEntry]) -> date | None:
    """The last day until which the customer said that they wait."""
    days = [date.fromisoformat(one.reason) for one in timeline if one.kind == DELAY_ACCEPTED]
    return max(days, default=None)


def choose(
    tx: Connection,
    order: str,
    legs: Sequence[str],
    day: date,
    *,
    cause: str,
    actor: str,
    now: datetime,
) -> None:
    """These legs of a locked order are to come on a day that its customer chose.

    The promise is kept by that day, with the chance that it has now; its milestones follow.
    """
    carried_store.set_day(tx, legs, day)
    entry = TimelineEntry(at=now, kind="day_chosen", actor=actor, reason=f"{day}", cause=cause)
    store.note(tx, [(order, entry)])
    first = promise_views.promises(tx, [order]).get(order)
    courses = watch_actions.gather(tx, [order], now=now)
    if first is None or not courses:
        return
    course = structs.replace(courses[0], promised_from=day, promised_to=day)
    promises.choose(
        tx,
        Promise(
            order_id=order,
            node=first.node,
            service=first.service,
            made_at=now,
            promised_from=day,
            promised_to=day,
            chance=watch_rules.chance(course, now=now),
        ),
    )
