"""Decisions about orders: values in, values out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta

from msgspec import structs

from noria.catalog.model import Sku
from noria.network.model import Node, NodeKind
from noria.network.scene_model import Traits
from noria.network.scene_rules import keeps
from noria.orders.model import (
    Delivery,
    Destination,
    Leg,
    LegLine,
    Line,
    Look,
    NewLine,
    NewOrder,
    NotARelay,
    NotAStore,
    RelayRefuses,
    ToldBackwards,
)
from noria.policies.model import Content, Settings
from noria.promise.delivery.model import OptionKind
from noria.promise.model import Hold, Promise
from noria.sourcing.model import Plan

COLLECTED = frozenset({OptionKind.PICK_UP, OptionKind.SHIP_TO_STORE})


def check_told(orders: Sequence[NewOrder]) -> None:
    """Refuse a window that ends before it begins."""
    for order in orders:
        told = order.delivery.told if order.delivery else None
        if told and told.last < told.first:
            raise ToldBackwards(order=order.id)


def to_points(
    orders: Sequence[NewOrder], nodes: Mapping[str, Node], goods: Mapping[str, Sku]
) -> list[NewOrder]:
    """Orders with the relay point or the store that was chosen as their destination.

    Raises:
        NotARelay: there is no such relay point, it is closed, or the option is another.
        RelayRefuses: it does not keep such goods.
        NotAStore: there is no such store, it is closed, hands nothing over, or as NotARelay.
    """
    found = []
    for order in orders:
        way = order.delivery
        if way is None or (way.relay is None and way.store is None):
            found.append(order)
            continue
        at = _store(way, nodes) if way.store else _relay(way, order, nodes, goods)
        place = Destination(
            country=at.country,
            postcode=at.postcode,
            town=at.town,
            latitude=at.latitude,
            longitude=at.longitude,
        )
        found.append(structs.replace(order, destination=place))
    return found


def _store(way: Delivery, nodes: Mapping[str, Node]) -> Node:
    at = nodes.get(way.store or "")
    is_asked = way.option in COLLECTED and way.relay is None
    if at is None or not at.does_hand_over or not at.is_open or not is_asked:
        raise NotAStore(store=way.store)
    return at


def _relay(
    way: Delivery, order: NewOrder, nodes: Mapping[str, Node], goods: Mapping[str, Sku]
) -> Node:
    at = nodes.get(way.relay or "")
    is_asked = way.option is OptionKind.RELAY
    if at is None or at.kind is not NodeKind.RELAY or not at.is_open or not is_asked:
        raise NotARelay(relay=way.relay)
    for line in order.lines:
        sku = goods[line.sku]
        if not keeps(at, Traits(is_hazardous=sku.is_hazardous, is_bulky=sku.is_bulky)):
            raise RelayRefuses(relay=way.relay, sku=line.sku)
    return at


def as_new(lines: Sequence[Line]) -> tuple[NewLine, ...]:
    """Lines that are still wanted, as they would be handed over now."""
    return tuple(
        NewLine(
            sku=line.sku,
            quantity=line.quantity - line.cancelled,
            price_cents=line.price_cents,
            gift_wrap=line.gift_wrap,
            tax_cents=line.tax_cents
            * (line.quantity - line.cancelled)
            // (line.quantity - line.moved),
            tax_code=line.tax_code,
        )
        for line in lines
        if line.quantity > line.cancelled
    )


def either(
    nodes: Mapping[str, AbstractSet[str]], others: Mapping[str, AbstractSet[str]]
) -> dict[str, set[str]]:
    """Nodes by order, of the one or of the other."""
    return {
        order: {*nodes.get(order, ()), *others.get(order, ())}
        for order in sorted({*nodes, *others})
    }


def wanted(lines: Sequence[Line]) -> dict[str, int]:
    """Units by SKU that wait for a node; several lines of one SKU are added up."""
    units: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.waiting:
            units[line.sku] += line.waiting
    return units


def due(asked: date | None, told: Promise | None) -> date | None:
    """The day by which an order has to come: what was asked, and what was promised."""
    days = [day for day in (asked, told.promised_to if told else None) if day is not None]
    return min(days, default=None)


def has_windows(content: Content) -> bool:
    """Whether a policy lets any order wait."""
    return bool(content.settings.window_minutes) or any(
        one.sets.get("window_minutes") for one in content.overrides
    )


def shortest_look(content: Content) -> timedelta | None:
    """How soon any plan may be looked at again; None: no plan is."""
    minutes = [content.settings.reoptimise_minutes] + [
        int(one.sets["reoptimise_minutes"])
        for one in content.overrides
        if "reoptimise_minutes" in one.sets
    ]
    return timedelta(minutes=min(some)) if (some := [one for one in minutes if one]) else None


def may_look(settings: Settings, looked: Look | None, *, now: datetime) -> bool:
    """Whether the policy lets a plan be looked at again now."""
    if not settings.reoptimise_minutes:
        return False
    if looked is None:
        return settings.reoptimise_at_most > 0
    every = timedelta(minutes=settings.reoptimise_minutes)
    return looked.changes < settings.reoptimise_at_most and now - looked.looked_at >= every


def plan_cents(legs: Sequence[Leg], settings: Settings, today: date) -> int:
    """What a plan comes to as it stands: its legs, more parcels than one, and the wait."""
    last = max((leg.arrives_on for leg in legs), default=today)
    return (
        sum(leg.cost_cents for leg in legs)
        + settings.split_cents * max(0, len(legs) - 1)
        + settings.waiting_day_cents * (last - today).days
    )


def legs(
    order: str, plan: Plan, lines: Sequence[Line], *, planned_before: int, now: datetime
) -> list[Leg]:
    """The legs of a plan, numbered after those planned before, their units laid on the lines."""
    waiting = {line.line: line.waiting for line in lines}
    return [
        Leg(
            id=f"{order}.{number}",
            order=order,
            node=part.node,
            service=part.service,
            planned_at=now,
            leaves_at=part.leaves_at,
            arrives_on=part.arrives_on,
            cost_cents=part.cost_cents,
            begun_by=part.begun_by,
            lines=_laid(part.units, lines, waiting),
        )
        for number, part in enumerate(plan.legs, planned_before + 1)
    ]


def _laid(
    units: Mapping[str, int], lines: Sequence[Line], waiting: dict[int, int]
) -> list[LegLine]:
    """A leg's units on the lines that wait for them, in the order of lines; lowers `waiting`."""
    left = dict(units)
    laid = []
    for line in lines:
        taken = min(waiting[line.line], left.get(line.sku, 0))
        if taken:
            waiting[line.line] -= taken
            left[line.sku] -= taken
            laid.append(LegLine(line=line.line, sku=line.sku, quantity=taken))
    assert not any(left.values()), "a plan sends no more than what waits"
    return laid


def holds(legs: Sequence[Leg], channels: Mapping[str, str]) -> list[Hold]:
    """What has to be reserved for legs: one firm hold for each line, in its order's channel."""
    return [
        Hold(
            id=reservation(leg.id, line.line),
            demand=f"order:{leg.order}",
            sku=line.sku,
            node=leg.node,
            quantity=line.quantity,
            channel=channels[leg.order],
            leaves_at=leg.leaves_at,
            begun_by=leg.begun_by,
        )
        for leg in legs
        for line in leg.lines
    ]


def reservation(leg: str, line: int) -> str:
    """The id of the reservation that holds a leg's line."""
    return f"{leg}.{line}"
