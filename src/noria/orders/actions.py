"""Verbs of an order: accept, source, cancel, and what happens to its legs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection, savepoint
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.network import reliability_rules, reliability_views
from noria.network import views as network
from noria.network.model import Spot, UnknownPostcode
from noria.orders import rules, store, views
from noria.orders.model import (
    Accepted,
    Cancelled,
    CancelLine,
    Destination,
    Leg,
    NewOrder,
    Short,
    Stage,
    TimelineEntry,
    WrongStage,
)
from noria.promise import actions as promises
from noria.promise import atp_actions as atp
from noria.promise import rules as promise_rules
from noria.promise import views as promise_views
from noria.promise.model import Arrival, Draw, NotEnough
from noria.sourcing import actions as sourcing
from noria.sourcing.model import Explanation, Plan, Wish
from noria.stock.model import MovementKind, State

TRIED_FREELY = 2
ATTEMPTS = 6


def accept(
    tx: Connection, orders: Sequence[NewOrder], *, actor: str, now: datetime
) -> dict[str, Accepted]:
    """Take orders, choose the nodes that send them, reserve there, and promise a date.

    What nobody has waits for stock; nothing is promised for an order of which nothing can be sent.

    Raises:
        UnknownCodes: a SKU or channel is not known here. No order was taken.
        UnknownPostcode: a destination cannot be found. No order was taken.
        IdReused: an order with this id was taken before.
    """
    catalog.check_known(tx, [line.sku for order in orders for line in order.lines])
    catalog.check_channels(tx, [order.channel for order in orders])
    spots = [_spot(tx, order.destination) for order in orders]
    new = store.insert(tx, orders, spots, now=now)
    for order in orders:
        if order.id not in new:
            raise IdReused(id=order.id)
    ids = [order.id for order in orders]
    store.note(tx, [(order, TimelineEntry(at=now, kind="accepted", actor=actor)) for order in ids])
    _tell(tx, "order.accepted", ids)
    _source(tx, ids, actor=actor, now=now, are_new=True)
    return views.accepted(tx, ids)


def source_waiting(
    tx: Connection,
    *,
    actor: str,
    now: datetime,
    skus: Sequence[str] | None = None,
    limit: int = 200,
) -> int:
    """Look again for nodes for what waits, first come first; how many orders got a new leg."""
    waiting = store.waiting_skus(tx) if skus is None else skus
    there = sorted({one.sku for one in promise_views.available(tx, waiting)})
    ids = store.waiting_orders(tx, there, limit=limit)
    return _source(tx, ids, actor=actor, now=now)


def cancel(
    tx: Connection,
    order: str,
    asked: Sequence[CancelLine] | None,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> Cancelled:
    """Take units out of an order that have not left yet: some of it, or all that can be stopped.

    Raises:
        NotFound: there is no such order.
        NotInOrder, NothingToCancel: nothing was cancelled.
    """
    if order not in store.lock(tx, [order]):
        raise NotFound(what="order", id=order)
    legs = views.legs(tx, [order])[order]
    waiting, stopped = rules.cancellation(order, views.lines(tx, [order])[order], legs, asked)
    off_waiting = [(order, line, -units, units) for _, line, units in waiting]
    off_legs = [(order, short.line, 0, short.units) for short in stopped]
    store.change_lines(tx, [*off_waiting, *off_legs])
    _give_back(tx, stopped, actor=actor, now=now, reason=reason)
    store.drop(tx, stopped)
    store.withdraw_empty(tx, [short.leg for short in stopped], at=now)
    _expect(tx, [order], now=now)
    entry = TimelineEntry(at=now, kind="cancelled", actor=actor, reason=reason)
    store.note(tx, [(order, entry)])
    _tell(tx, "order.cancelled", [order])
    stage = _restage(tx, [order], now=now)[order]
    if stage is Stage.DELIVERED:
        promises.settle(tx, views.complete(tx, [order]), now=now)
    elif stage is Stage.CANCELLED:
        promises.withdraw(tx, [order], now=now)
    elif stage is not Stage.WAITING:
        _promise(tx, {order: _expected(tx, views.legs(tx, [order])[order])}, now=now)
    units = sum(units for _, _, units in waiting) + sum(short.units for short in stopped)
    return Cancelled(id=order, stage=stage, units=units)


def legs(tx: Connection, ids: Sequence[str]) -> dict[str, Leg]:
    """Legs by id, their orders locked: whoever changes a leg reads it so.

    Raises:
        NotFound: there is no such leg.
    """
    orders = views.orders_of(tx, ids)
    for leg in ids:
        if leg not in orders:
            raise NotFound(what="leg", id=leg)
    store.lock(tx, orders.values())
    known = views.legs(tx, orders.values())
    return {leg.id: leg for order in known.values() for leg in order if leg.id in orders}


def pick(
    tx: Connection, legs: Sequence[Leg], shorts: Sequence[Short], *, actor: str, now: datetime
) -> None:
    """Locked legs were picked, but for what is short: that goes back to sourcing, elsewhere."""
    store.drop(tx, shorts)
    by_id = {leg.id: leg for leg in legs}
    back = [(by_id[short.leg].order, short.line, short.units, 0) for short in shorts]
    store.change_lines(tx, back)
    empty = set(store.withdraw_empty(tx, [short.leg for short in shorts], at=now))
    store.mark_picked(tx, [leg.id for leg in legs if leg.id not in empty], at=now)
    short_legs = {short.leg for short in shorts}
    store.note(
        tx,
        [
            (
                leg.order,
                TimelineEntry(
                    at=now,
                    kind="refused" if leg.id in empty else "picked",
                    actor=actor,
                    leg=leg.id,
                    reason="short" if leg.id in short_legs else "",
                ),
            )
            for leg in legs
        ],
    )
    orders = [leg.order for leg in legs]
    without: dict[str, set[str]] = defaultdict(set)
    for short in shorts:
        without[by_id[short.leg].order].add(by_id[short.leg].node)
    if without:
        _source(tx, sorted(without), actor=actor, now=now, without=without)
        _expect(tx, sorted(without), now=now)
    _restage(tx, orders, now=now)


def ship(
    tx: Connection,
    legs: Sequence[Leg],
    *,
    packed: Mapping[str, Draw] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Locked legs have left: their units are out of the house; `packed` says which, if known."""
    draws = [
        Draw(reservation=rules.reservation(leg.id, line.line), units=line.due_units)
        for leg in legs
        for line in leg.lines
        if line.due_units
    ]
    named = packed or {}
    promises.draw(
        tx,
        [
            structs.replace(draw, lots=found.lots, serials=found.serials)
            if (found := named.get(draw.reservation))
            else draw
            for draw in draws
        ],
        to=State.OUTSIDE,
        kind=MovementKind.SHIPPED,
        actor=actor,
        now=now,
    )
    store.mark_shipped(tx, [leg.id for leg in legs], at=now)
    _each_leg(tx, legs, "shipped", actor=actor, now=now)


def deliver(
    tx: Connection,
    arrived: Sequence[tuple[Leg, datetime]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Locked legs have arrived; an order whose last unit came has its promise settled."""
    store.mark_delivered(tx, [(leg.id, at) for leg, at in arrived])
    _each_leg(tx, [leg for leg, _ in arrived], "delivered", actor=actor, now=now)
    promises.settle(tx, views.complete(tx, [leg.order for leg, _ in arrived]), now=now)


def check_stage(leg: Leg, verb: str, *, picked: bool, shipped: bool) -> None:
    """Refuse what does not follow: a leg is picked, then shipped, then delivered, each once."""
    stage = _stage_of(leg)
    fits = (
        leg.withdrawn_at is None
        and (leg.picked_at is not None) is picked
        and (leg.shipped_at is not None) is shipped
        and leg.delivered_at is None
    )
    if not fits:
        raise WrongStage(leg=leg.id, verb=verb, stage=stage)


def _stage_of(leg: Leg) -> str:
    if leg.withdrawn_at:
        return "withdrawn"
    if leg.delivered_at:
        return "delivered"
    if leg.shipped_at:
        return "shipped"
    return "picked" if leg.picked_at else "sourced"


def _spot(tx: Connection, to: Destination) -> Spot:
    if to.latitude is not None and to.longitude is not None:
        return Spot(to.latitude, to.longitude)
    spot = network.spot(tx, to.country, to.postcode)
    if spot is None:
        raise UnknownPostcode(postcode=to.postcode, country=to.country)
    return spot


def _source(
    tx: Connection,
    ids: Sequence[str],
    *,
    actor: str,
    now: datetime,
    without: Mapping[str, set[str]] | None = None,
    are_new: bool = False,
) -> int:
    """Nodes for what waits in these orders, in their order; how many got a new leg.

    Stock is read without a lock and reserved under one. If somebody was faster, look again; from
    the third attempt on the shelves are locked before they are read. Only a shelf that there was
    not until then can still be taken by others, and is locked in its turn.
    """
    heads = store.lock(tx, ids)
    lines = views.lines(tx, ids)
    before = views.legs(tx, ids)
    wishes = [
        Wish(
            order_id=order,
            wanted=rules.wanted(lines[order]),
            spot=Spot(heads[order].latitude, heads[order].longitude),
            due=heads[order].due,
            channel=heads[order].channel,
            country=heads[order].country,
            value_cents=sum(line.price_cents * line.quantity for line in lines[order]),
            is_begun=bool(before[order]),
            postcode=heads[order].postcode,
            wrapped=frozenset(line.sku for line in lines[order] if line.gift_wrap),
            own_packaging=heads[order].own_packaging,
            without=frozenset((without or {}).get(order, ())),
        )
        for order in ids
        if order in heads and rules.wanted(lines[order])
    ]
    channels = {order: head.channel for order, head in heads.items()}
    for attempt in range(ATTEMPTS):
        if attempt >= TRIED_FREELY:
            promises.lock(tx, [sku for wish in wishes for sku in wish.wanted])
        plans = sourcing.decide(tx, wishes, load=views.load(tx), now=now)
        planned = [
            leg
            for order, (plan, _) in plans.items()
            for leg in rules.legs(
                order, plan, lines[order], planned_before=len(before[order]), now=now
            )
        ]
        try:
            with savepoint(tx):
                promises.reserve(tx, rules.holds(planned, channels), actor=actor, now=now)
        except NotEnough:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        store.add_legs(tx, planned)
        told = plans if are_new else {leg.order: plans[leg.order] for leg in planned}
        _keep(tx, told, planned, before, actor=actor, now=now)
        return len({leg.order for leg in planned})
    raise AssertionError("the loop above returns or raises")


def _keep(
    tx: Connection,
    plans: Mapping[str, tuple[Plan, Explanation]],
    planned: Sequence[Leg],
    before: Mapping[str, Sequence[Leg]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Store why, note it, promise what can be promised, and set how far the orders are."""
    sourcing.keep(tx, [(order, why) for order, (_, why) in plans.items()], now=now)
    store.note(
        tx,
        [
            (
                leg.order,
                TimelineEntry(at=now, kind="sourced", actor=actor, leg=leg.id, reason=leg.node),
            )
            for leg in planned
        ],
    )
    _expect(tx, list(plans), now=now)
    stages = _restage(tx, plans, now=now)
    arrivals = {
        order: [
            *_expected(tx, before[order]),
            *(
                Arrival(
                    node=part.node,
                    service=part.service,
                    arrives_on=part.arrives_on,
                    chance=part.chance,
                )
                for part in plan.legs
            ),
        ]
        for order, (plan, _) in plans.items()
        if stages[order] is not Stage.WAITING
    }
    _promise(tx, arrivals, now=now)
    _tell_of_legs(tx, "order.sourced", planned)


def _expect(tx: Connection, orders: Sequence[str], *, now: datetime) -> None:
    """Let the promise know what these orders wait for: it counts against what can be sold."""
    demands = [f"order:{order}" for order in orders]
    atp.expect(tx, demands, views.expected(tx, orders), now=now)


def _expected(tx: Connection, legs: Sequence[Leg]) -> list[Arrival]:
    """When these legs will arrive, those which still will, each with the chance it has today."""
    coming = [leg for leg in legs if leg.withdrawn_at is None and leg.delivered_at is None]
    if not coming:
        return []
    services = network.services(tx)
    nodes = network.nodes(tx, {leg.node for leg in coming})
    areas = views.areas(tx, {leg.order for leg in coming})
    known = reliability_views.reliability(tx, nodes, services, areas.values())
    return [
        Arrival(
            node=leg.node,
            service=leg.service,
            arrives_on=leg.arrives_on,
            chance=reliability_rules.on_time_chance(known, leg.service, leg.node, areas[leg.order]),
        )
        for leg in coming
    ]


def _promise(tx: Connection, arrivals: Mapping[str, Sequence[Arrival]], *, now: datetime) -> None:
    """Tell customers when the whole order will be there; what was told before stands."""
    made = [promise_rules.promise(order, each, now=now) for order, each in arrivals.items()]
    promises.promise(tx, [promise for promise in made if promise])


def _give_back(
    tx: Connection, stopped: Sequence[Short], *, actor: str, now: datetime, reason: str
) -> None:
    promises.draw(
        tx,
        [
            Draw(reservation=rules.reservation(short.leg, short.line), units=short.units)
            for short in stopped
        ],
        to=State.AVAILABLE,
        kind=MovementKind.RELEASED,
        actor=actor,
        now=now,
        reason=reason,
    )


def _each_leg(tx: Connection, legs: Sequence[Leg], kind: str, *, actor: str, now: datetime) -> None:
    entries = [
        (leg.order, TimelineEntry(at=now, kind=kind, actor=actor, leg=leg.id)) for leg in legs
    ]
    store.note(tx, entries)
    orders = sorted({leg.order for leg in legs})
    _tell_of_legs(tx, f"order.{kind}", legs)
    _restage(tx, orders, now=now)


def _restage(tx: Connection, orders: Iterable[str], *, now: datetime) -> dict[str, Stage]:
    """Set how far orders have come; the stage of each."""
    ids = sorted(set(orders))
    store.restage(tx, ids, now=now)
    return views.stages(tx, ids)


def _tell(tx: Connection, kind: str, orders: Sequence[str]) -> None:
    events.publish(
        tx, [Event(type=kind, subject=f"order:{order}", data={"order": order}) for order in orders]
    )


def _tell_of_legs(tx: Connection, kind: str, legs: Sequence[Leg]) -> None:
    """Whoever sees only some nodes hears of the legs there."""
    events.publish(
        tx,
        [
            Event(
                type=kind,
                subject=f"order:{leg.order}",
                node=leg.node,
                data={"order": leg.order, "leg": leg.id},
            )
            for leg in legs
        ],
    )
