"""Verbs by which somebody has orders looked at again: other nodes for what waits, another day."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.network import views as network
from noria.orders import actions, plan_actions, rules, store, views, watch_actions, watch_rules
from noria.orders.replan_model import NewDay, NoDayKnown, Resourced
from noria.promise.model import Promise

ASKED = "looked for again"


def source(
    tx: Connection,
    orders: Sequence[str],
    *,
    within: Sequence[str] | None = None,
    asks_refusing: bool = False,
    actor: str,
    now: datetime,
) -> Resourced:
    """Look again for nodes for what waits in these orders, whatever else waits.

    `within`: these nodes are asked and no others, for they are those that the actor may plan for.
    `asks_refusing`: those that refused an order today too.

    Raises:
        NotFound: there is no such order. Nothing was done.
    """
    known = store.lock(tx, orders)
    for order in orders:
        if order not in known:
            raise NotFound(what="order", id=order)
    ids = sorted(set(orders))
    before = _units_waiting(tx, ids)
    others = set() if within is None else network.other_nodes(tx, within)
    without = dict.fromkeys(ids, others)
    plan_actions.source(
        tx, ids, actor=actor, now=now, without=without, asks_refusing=asks_refusing, reason=ASKED
    )
    actions.deliver_digital(tx, ids, actor=actor, now=now)
    after = _units_waiting(tx, ids)
    return Resourced(
        sourced=[order for order in ids if after[order] < before[order]],
        waiting=[order for order in ids if after[order]],
    )


def tell_day(tx: Connection, order: str, *, actor: str, now: datetime) -> NewDay:
    """Tell the customer when it comes, if that is later than they were told.

    Raises:
        NotFound: there is no such order.
        NoDayKnown: nobody can say. Nothing was told.
    """
    if order not in store.lock(tx, [order]):
        raise NotFound(what="order", id=order)
    courses = watch_actions.gather(tx, [order], now=now)
    found = watch_actions.later(tx, courses[0], now=now) if courses else None
    if found is None:
        raise NoDayKnown(order=order)
    [course] = courses
    if found.promised_to > course.promised_to:
        watch_actions.tell(tx, {order: course}, [found], actor=actor, now=now)
        return _told(found)
    return NewDay(
        order=order,
        promised_from=course.promised_from,
        promised_to=course.promised_to,
        chance=watch_rules.chance(course, now=now),
        is_told=False,
    )


def _units_waiting(tx: Connection, orders: Sequence[str]) -> dict[str, int]:
    return {
        order: sum(rules.wanted(lines).values()) for order, lines in views.lines(tx, orders).items()
    }


def _told(found: Promise) -> NewDay:
    return NewDay(
        order=found.order_id,
        promised_from=found.promised_from,
        promised_to=found.promised_to,
        chance=found.chance,
        is_told=True,
    )
