"""Questions that a customer's page asks: one order, without names and addresses."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from noria.carriage import day_actions, day_views
from noria.carriage.day_model import DayState
from noria.fulfilment import tracking_views as tracking
from noria.fulfilment import views as fulfilment
from noria.fulfilment.tracking_model import TrackedParcel
from noria.kit.db import Connection, row, rows
from noria.messages import pickup_views, rules, withdraw_views
from noria.messages.model import (
    Answered,
    DayAsked,
    Elsewhere,
    Facts,
    Item,
    Paid,
    Parcel,
    Report,
    Said,
    Sent,
    Trouble,
    Turn,
    Window,
)
from noria.network import views as network
from noria.network.model import PICK_UP
from noria.orders import day_actions as order_days
from noria.orders import divide_views, edit_actions, hold_views, watch_views
from noria.orders import refund_views as refunds
from noria.orders import views as orders
from noria.orders.cancel_rules import stoppable_units
from noria.orders.divide_model import MERGE
from noria.orders.hold_model import HoldKind
from noria.orders.model import EditKind, Leg, Order
from noria.people import views as people
from noria.promise.model import CHOSEN

ANYWHERE = "UTC"


def facts(tx: Connection, order_id: str, *, now: datetime) -> Facts | None:
    """All that may be told of an order; None if there is none."""
    order = orders.order(tx, order_id)
    if order is None:
        return None
    names = _names(tx, order)
    boxes = _boxes(tx, order_id)
    live = [leg for leg in order.legs if leg.withdrawn_at is None and _items(leg, names)]
    first, last = order.promised_from, order.promised_to
    choice = day_actions.of_order(tx, order, now=now)
    open_kinds = {one.what for one in edit_actions.editable_of(tx, order) if one.is_open}
    return Facts(
        order=order.id,
        time_zone=_zone_there(tx, order.destination.country),
        goes_to=_goes_to(tx, order),
        told=Window(first, last) if first and last else None,
        is_held=bool(order.held_for),
        is_unpaid=HoldKind.PAYMENT.value in order.held_for,
        pay_by=hold_views.pay_by(tx, order_id),
        turns=_turns(tx, order),
        waiting=[
            Item(sku=line.sku, name=names[line.sku], units=line.waiting)
            for line in order.lines
            if line.waiting
        ],
        cancelled=[
            Item(sku=line.sku, name=names[line.sku], units=line.cancelled - line.moved)
            for line in order.lines
            if line.cancelled > line.moved
        ],
        sent=[_sent(leg, names, boxes[leg.id]) for leg in live],
        stoppable=stoppable_units(order.lines, order.legs),
        pickup=pickup_views.pickup(tx, order, live, now=now),
        is_not_collected=any(one.kind == "not_collected" for one in order.timeline),
        refunded=[
            Paid(refund=one.id, cents=one.cents, currency=one.currency)
            for one in refunds.refunds(tx, order=order_id, is_made=True)
        ],
        answers=_answers(tx, order_id),
        is_unsure=bool(watch_views.unsure(tx, [order_id])),
        days=choice.days,
        day_asked=_day_asked(tx, order_id),
        can_move=EditKind.PLACE in open_kinds,
        can_readdress=EditKind.RECIPIENT in open_kinds and not (order.store or order.relay),
        elsewhere=_elsewhere(tx, order),
        withdrawal=withdraw_views.withdrawal(tx, order, names, now=now),
        waits_until=order_days.accepted_delay(order.timeline),
        is_promised_since=rules.is_promised_since(order.timeline),
    )


def _sent(leg: Leg, names: dict[str, str], parcels: list[Parcel]) -> Sent:
    return Sent(
        leg=leg.id,
        arrives_on=leg.arrives_on,
        items=_items(leg, names),
        is_in_store=leg.service == PICK_UP,
        picked_at=leg.picked_at,
        ready_at=leg.ready_at,
        shipped_at=leg.shipped_at,
        delivered_at=leg.delivered_at,
        parcels=parcels,
    )


def _answers(tx: Connection, order: str) -> list[Answered]:
    """What the customer reported and was answered, the first answer first."""
    found = [one for one in reports(tx, order=order, is_open=False) if one.told]
    return [
        Answered(report=one.id, trouble=one.trouble, words=one.told, at=one.settled_at)
        for one in sorted(found, key=lambda one: (one.settled_at, one.id))
        if one.settled_at is not None
    ]


def _elsewhere(tx: Connection, order: Order) -> list[Elsewhere]:
    """Orders that took units of this one, each once, in the order in which they did."""
    if not any(line.moved for line in order.lines):
        return []
    took = {
        one.to_order: one.kind == MERGE
        for one in divide_views.transfers(tx, [order.id])
        if one.from_order == order.id
    }
    return [Elsewhere(order=other, is_all=is_all) for other, is_all in took.items()]


def _items(leg: Leg, names: dict[str, str]) -> list[Item]:
    return [
        Item(sku=line.sku, name=names[line.sku], units=line.due_units)
        for line in leg.lines
        if line.due_units
    ]


def _names(tx: Connection, order: Order) -> dict[str, str]:
    wanted = sorted({line.sku for line in order.lines})
    found: dict[str, str] = dict(
        tx.execute("select code, name from sku where code = any(%s)", [wanted]).fetchall()
    )
    return {sku: found.get(sku, sku) for sku in wanted}


def _zone_there(tx: Connection, country: str) -> str:
    """The clock of a country, taken as that of most of our nodes there, or anywhere."""
    found = tx.execute(
        """
        select time_zone
        from node
        group by time_zone
        order by count(*) filter (where country = %s) desc, count(*) desc, time_zone
        limit 1
        """,
        [country],
    ).fetchone()
    return found[0] if found else ANYWHERE


def _goes_to(tx: Connection, order: Order) -> str:
    """The relay point or the store with its address, or the town: never whose street it is."""
    kept_at = order.relay or order.store
    if kept_at is not None:
        told = network.addressed(tx, kept_at)
        if told is not None:
            return told
    return f"{order.destination.postcode} {order.destination.town}"


def _boxes(tx: Connection, order_id: str) -> dict[str, list[Parcel]]:
    """Numbered parcels by leg, but for those that do not come."""
    legs = {one.id: one.leg for one in fulfilment.shipments(tx, orders=[order_id])}
    found: dict[str, list[Parcel]] = defaultdict(list)
    for one in tracking.parcels(tx, list(legs)):
        if one.replacement is None:
            found[legs[one.shipment]].append(_parcel(one))
    return found


def _parcel(one: TrackedParcel) -> Parcel:
    return Parcel(
        carrier=one.carrier,
        number=one.number,
        progress=one.at.progress if one.at else None,
        said=[
            Said(at=told.happened_at, progress=told.progress, label=told.label, place=told.place)
            for told in reversed(one.events)
        ],
    )


def _turns(tx: Connection, order: Order) -> list[Turn]:
    """Other days, and other places of sending: those of the timeline that a customer may read."""
    days = [
        Turn(at=at, window=Window(first, last), is_chosen=reason == CHOSEN)
        for at, first, last, reason in tx.execute(
            """
            select changed_at, promised_from, promised_to, reason
            from promise_change
            where order_id = %s
            order by number
            """,
            [order.id],
        )
    ]
    moved = sorted({one.at for one in order.timeline if one.kind == "withdrawn"})
    anew = sorted({one.at for one in order.timeline if one.kind == "replaced"})
    return sorted(
        [
            *days,
            *(Turn(at=at) for at in moved),
            *(Turn(at=at, is_replaced=True) for at in anew),
        ],
        key=lambda turn: turn.at,
    )


def _day_asked(tx: Connection, order_id: str) -> DayAsked | None:
    """The day that the customer chose last."""
    for one in day_views.changes(tx, order=order_id, limit=1):
        return DayAsked(
            day=one.day,
            is_open=one.state is DayState.ASKED,
            is_kept=one.state is DayState.DECLINED,
        )
    return None


def report(tx: Connection, report_id: str) -> Report | None:
    found = row(tx, _report, f"{REPORTS} where id = %s", [report_id])
    return None if found is None else _named(tx, [found])[0]


def reports(
    tx: Connection,
    *,
    order: str | None = None,
    is_open: bool | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Report]:
    """Reports of customers, the oldest first; `after` is the (reported_at as text, id) before."""
    at, report_id = after or (None, None)
    found = rows(
        tx,
        _report,
        f"""{REPORTS}
        where (%(order)s::text is null or order_id = %(order)s)
            and (%(is_open)s::boolean is null or (settled_at is null) = %(is_open)s)
            and (%(at)s::timestamptz is null or (reported_at, id) > (%(at)s, %(id)s::text))
        order by reported_at, id
        limit %(limit)s
        """,
        {"order": order, "is_open": is_open, "at": at, "id": report_id, "limit": limit},
    )
    return _named(tx, found)


def _named(tx: Connection, found: Sequence[Report]) -> list[Report]:
    """The reports, with the names of the people and keys who settled them."""
    names = people.names(tx, (one.settled_by for one in found if one.settled_by))
    return [structs.replace(one, settled_name=names.get(one.settled_by or "")) for one in found]


REPORTS = """
select id, order_id as order, trouble, words, reported_at, settled_at, settled_by, answer, told
from customer_report
"""


def _report(*, trouble: str, **more: Any) -> Report:
    return Report(trouble=Trouble(trouble), **more)
