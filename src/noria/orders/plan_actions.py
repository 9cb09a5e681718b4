"""Nodes for what waits in orders: chosen, reserved there, promised, and told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection, savepoint
from noria.kit.events import Event
from noria.network import views as network
from noria.network.model import Spot
from noria.orders import capacity_actions as capacity
from noria.orders import capacity_views, plan_store, rules, store, views, windows
from noria.orders.model import Leg, Line, NewOrder, Short, Stage, TimelineEntry
from noria.orders.store import Head
from noria.promise import actions as promises
from noria.promise import atp_actions as atp
from noria.promise import views as promise_views
from noria.promise.delivery import views as delivery
from noria.promise.model import Arrival, Draw, NotEnough, Promise
from noria.sourcing import actions as sourcing
from noria.sourcing.memory import Memory
from noria.sourcing.model import Explanation, Plan, Wish
from noria.stock.model import MovementKind, State

TRIED_FREELY = 2
ATTEMPTS = 6


def source(
    tx: Connection,
    ids: Sequence[str],
    *,
    actor: str,
    now: datetime,
    without: Mapping[str, set[str]] | None = None,
    are_new: bool = False,
    asks_refusing: bool = False,
    promised: Mapping[str, Promise] | None = None,
    reason: str = "",
    memory: Memory | None = None,
) -> int:
    """Nodes for what waits in these orders, in their order; how many got a new leg.

    What was promised is kept if that can be: nodes that would break it are asked only for what the
    others leave, and then the customer's new day is written down, with the `reason`. `promised` is
    what was, where that is known. Nodes that refused an order today are not asked, as if they were
    among those that it goes `without`, unless somebody `asks_refusing` ones too.
    """
    known = promise_views.promises(tx, ids) if promised is None else promised
    told = {order: known[order] for order in ids if order in known}
    given = without or {}
    if not (are_new or asks_refusing):
        given = rules.either(given, plan_store.refusing(tx, ids, now=now))
    found = _source(
        tx, ids, actor=actor, now=now, without=given, told=told, are_new=are_new, memory=memory
    )
    if any(promise.settled_at is None for promise in told.values()):
        waiting = [order for order, lines in views.lines(tx, ids).items() if rules.wanted(lines)]
        late = [order for order in ids if order in waiting and order in told]
        if late:
            found |= _source(tx, late, actor=actor, now=now, without=given, told={}, are_new=False)
    _retell(tx, told, reason=reason, now=now)
    if not are_new:
        sent = [order for order in sorted(found) if order not in known]
        first = promise_views.promises(tx, sent) if sent else {}
        tell_of_promises(tx, sorted(first), actor=actor, now=now)
    return len(found)


def wishes(
    tx: Connection,
    ids: Sequence[str],
    heads: Mapping[str, Head],
    *,
    without: Mapping[str, set[str]],
    told: Mapping[str, Promise],
    lines: Mapping[str, Sequence[Line]] | None = None,
    begun: Mapping[str, Sequence[Leg]] | None = None,
) -> list[Wish]:
    """What waits in locked orders, as sourcing wants to know it; by the day that was promised.

    `lines`, and the legs that there are (`begun`), are read where they are not known.
    """
    lines = views.lines(tx, ids) if lines is None else lines
    begun = views.legs(tx, ids) if begun is None else begun
    stores = {store for head in heads.values() if (store := head.store) is not None}
    lanes = network.lanes_to(tx, stores) if stores else {}
    return [
        Wish(
            order_id=order,
            wanted=rules.wanted(lines[order]),
            spot=Spot(heads[order].latitude, heads[order].longitude),
            due=rules.due(heads[order].due, told.get(order)),
            channel=heads[order].channel,
            country=heads[order].country,
            value_cents=sum(line.price_cents * line.quantity for line in lines[order]),
            is_begun=bool(begun.get(order)),
            postcode=heads[order].postcode,
            wrapped=frozenset(line.sku for line in lines[order] if line.gift_wrap),
            own_packaging=heads[order].own_packaging,
            is_to_relay=heads[order].relay is not None,
            store=heads[order].store,
            point=heads[order].store or heads[order].relay,
            lanes=lanes.get(heads[order].store or "", {}),
            without=frozenset(without.get(order, ())),
        )
        for order in ids
        if order in heads and rules.wanted(lines[order])
    ]


def _source(
    tx: Connection,
    ids: Sequence[str],
    *,
    actor: str,
    now: datetime,
    without: Mapping[str, set[str]],
    told: Mapping[str, Promise],
    are_new: bool,
    memory: Memory | None = None,
) -> set[str]:
    """Decide, reserve and keep; the orders that got a new leg.

    Stock and days are read without a lock, the first time out of the `memory`, and taken under one.
    If somebody was faster, look again; from the third attempt on both are locked before they are
    read. Only a shelf that there was not until then can still be taken by others, and is locked
    in its turn.
    """
    heads = store.lock(tx, ids)
    lines = views.lines(tx, ids)
    before = dict[str, list[Leg]]() if are_new else views.legs(tx, ids)
    asked = wishes(tx, ids, heads, without=without, told=told, lines=lines, begun=before)
    channels = {order: head.channel for order, head in heads.items()}
    for attempt in range(ATTEMPTS):
        if attempt >= TRIED_FREELY:
            promises.lock(tx, [sku for wish in asked for sku in wish.wanted])
            capacity.lock(tx)
        plans = sourcing.decide(
            tx,
            asked,
            load=capacity_views.load(tx),
            now=now,
            memory=None if attempt else memory,
            are_together=not are_new,
        )
        planned = [
            leg
            for order, (plan, _) in plans.items()
            for leg in rules.legs(
                order, plan, lines[order], planned_before=len(before.get(order, ())), now=now
            )
        ]
        try:
            with savepoint(tx):
                promises.reserve(tx, rules.holds(planned, channels), actor=actor, now=now)
                capacity.book(tx, planned, now=now)
        except NotEnough:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        store.add_legs(tx, planned)
        tell_all = plans if are_new else {leg.order: plans[leg.order] for leg in planned}
        waits = [one for one, (plan, _) in tell_all.items() if plan.short or not are_new]
        expect(tx, waits, now=now)
        _keep(tx, tell_all, planned, before, heads, actor=actor, now=now)
        return {leg.order for leg in planned}
    raise AssertionError("the loop above returns or raises")


def _keep(
    tx: Connection,
    plans: Mapping[str, tuple[Plan, Explanation]],
    planned: Sequence[Leg],
    before: Mapping[str, Sequence[Leg]],
    heads: Mapping[str, Head],
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
    further = store.restage(tx, sorted(plans), now=now)
    arrivals = {
        order: [*expected(before.get(order, ())), *arrivals_of(plan)]
        for order, (plan, _) in plans.items()
        if further.get(order, Stage(heads[order].stage)) is not Stage.WAITING
    }
    promise(tx, arrivals, now=now)
    tell_of_legs(tx, "order.sourced", planned)


def _retell(tx: Connection, told: Mapping[str, Promise], *, reason: str, now: datetime) -> None:
    """Write down the new day of orders that will come after the day that was last told."""
    open_ = {order: one for order, one in told.items() if one.settled_at is None}
    if not open_:
        return
    last = promise_views.last_told(tx, list(open_))
    legs = views.legs(tx, open_)
    waiting = {order for order, lines in views.lines(tx, open_).items() if rules.wanted(lines)}
    later = {
        order: coming
        for order in sorted(open_.keys() - waiting)
        if (coming := expected(legs[order])) and max(leg.arrives_on for leg in coming) > last[order]
    }
    news = windows.made(tx, later, now=now, is_anew=True)
    promises.change(tx, news, reason=reason)
    store.note(
        tx,
        [
            (
                one.order_id,
                TimelineEntry(at=now, kind="promise_changed", actor="system:noria", reason=reason),
            )
            for one in news
        ],
    )


def arrivals_of(plan: Plan) -> list[Arrival]:
    """When the legs of a plan would arrive."""
    return [
        Arrival(
            node=part.node,
            service=part.service,
            leaves_at=part.leaves_at,
            arrives_on=part.arrives_on,
            lines=len(part.units),
        )
        for part in plan.legs
    ]


def expect(tx: Connection, orders: Sequence[str], *, now: datetime) -> None:
    """Let the promise know what these orders wait for: it counts against what can be sold."""
    if not orders:
        return
    demands = [f"order:{order}" for order in orders]
    atp.expect(tx, demands, views.expected(tx, orders), now=now)


def expected(legs: Sequence[Leg]) -> list[Arrival]:
    """When these legs will arrive, those which still will."""
    return [
        Arrival(
            node=leg.node,
            service=leg.service,
            leaves_at=leg.leaves_at,
            arrives_on=leg.arrives_on,
            lines=len({line.sku for line in leg.lines if line.due_units}),
        )
        for leg in legs
        if leg.withdrawn_at is None and leg.delivered_at is None
    ]


def promise_as_told(
    tx: Connection, orders: Sequence[NewOrder], *, now: datetime
) -> dict[str, Promise]:
    """Keep what checkouts told as the promises of new orders, before any node is chosen."""
    if not any(order.delivery and order.delivery.told for order in orders):
        return {}
    found = windows.as_told(orders, delivery.foresight(tx), now=now)
    promises.promise(tx, found)
    return {one.order_id: one for one in found}


def promise(tx: Connection, arrivals: Mapping[str, Sequence[Arrival]], *, now: datetime) -> None:
    """Tell customers when the whole order will be there; what was told before stands."""
    promises.promise(tx, windows.made(tx, arrivals, now=now))


def tell_of_promises(tx: Connection, orders: Sequence[str], *, actor: str, now: datetime) -> None:
    """Say of orders that were told no day when they were taken that they are promised one now."""
    entry = TimelineEntry(at=now, kind="promised", actor=actor)
    store.note(tx, [(order, entry) for order in orders])
    tell(tx, "order.promised", orders)


def give_back(
    tx: Connection,
    stopped: Sequence[Short],
    *,
    actor: str,
    now: datetime,
    reason: str,
    to: State = State.AVAILABLE,
    kind: MovementKind = MovementKind.RELEASED,
) -> None:
    """What these legs held goes back to their nodes' shelves, or where `to` says."""
    promises.draw(
        tx,
        [
            Draw(reservation=rules.reservation(short.leg, short.line), units=short.units)
            for short in stopped
        ],
        to=to,
        kind=kind,
        actor=actor,
        now=now,
        reason=reason,
    )


def restage(tx: Connection, orders: Iterable[str], *, now: datetime) -> dict[str, Stage]:
    """Set how far orders have come; the stage of each."""
    ids = sorted(set(orders))
    store.restage(tx, ids, now=now)
    return views.stages(tx, ids)


def tell(tx: Connection, kind: str, orders: Sequence[str]) -> None:
    events.publish(
        tx, [Event(type=kind, subject=f"order:{order}", data={"order": order}) for order in orders]
    )


def tell_of_legs(tx: Connection, kind: str, legs: Sequence[Leg]) -> None:
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
