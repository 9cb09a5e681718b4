"""Verbs of an order: accept, source, cancel, and what happens to its legs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.network import views as network
from noria.network.model import Spot, UnknownPostcode
from noria.orders import (
    cancel_rules,
    capacity_store,
    hold_actions,
    hold_rules,
    hold_store,
    plan_store,
    rules,
    store,
    views,
    waiting_actions,
    window_actions,
)
from noria.orders import plan_actions as plan
from noria.orders import refund_actions as refunds
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
from noria.policies import rank_views as policies
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Draw
from noria.sourcing.memory import Memory
from noria.stock.model import MovementKind, State


def accept(
    tx: Connection,
    orders: Sequence[NewOrder],
    *,
    actor: str,
    now: datetime,
    memory: Memory | None = None,
) -> dict[str, Accepted]:
    """Take orders, choose the nodes that send them, reserve there, and promise a date.

    What the checkout told is the promise, and the day that nodes are chosen by; where none of them
    can keep it, the customer is told another. What nobody has waits for stock: an order that was
    told no day is promised one by what comes, if anything is known to come for it.

    Raises:
        PaidInNoStore: one is paid in the store, and collected in none. No order was taken.
        ToldBackwards: a window told at checkout ends before it begins. No order was taken.
        UnknownCodes: a SKU or channel is not known here. No order was taken.
        UnknownPostcode: a destination cannot be found. No order was taken.
        NotARelay, NotAStore, RelayRefuses: it cannot go to the point chosen. No order was taken.
        IdReused: an order with this id was taken before.
    """
    rules.check_told(orders)
    hold_rules.check_paid_somewhere(orders)
    catalog.check_known(tx, [line.sku for order in orders for line in order.lines])
    catalog.check_channels(tx, [order.channel for order in orders])
    orders = to_points(tx, orders)
    spots = _spots(tx, [order.destination for order in orders])
    new = store.insert(tx, orders, spots, now=now)
    for order in orders:
        if order.id not in new:
            raise IdReused(id=order.id)
    ids = [order.id for order in orders]
    store.note(tx, [(order, TimelineEntry(at=now, kind="accepted", actor=actor)) for order in ids])
    plan.tell(tx, "order.accepted", ids)
    hold_actions.place_at_first(tx, orders, actor=actor, now=now)
    told = plan.promise_as_told(tx, orders, now=now)
    held = window_actions.hold(tx, ids, promised=told, actor=actor, now=now)
    at_once = [order for order in ids if order not in held]
    if at_once:
        reason = "no node can keep the day told at checkout"
        plan.source(
            tx, at_once, actor=actor, now=now, are_new=True, promised=told, reason=reason,
            memory=memory,
        )  # fmt: skip
        deliver_digital(tx, at_once, actor=actor, now=now)
    return waiting_actions.promise_at_first(tx, views.accepted(tx, ids), now=now)


def to_points(tx: Connection, orders: Sequence[NewOrder]) -> Sequence[NewOrder]:
    """Orders with the relay point or the store that was chosen as their destination.

    Raises:
        NotARelay, NotAStore, RelayRefuses: it cannot go there.
    """
    ways = [one.delivery for one in orders if one.delivery]
    chosen = {code for way in ways for code in (way.relay, way.store) if code}
    if not chosen:
        return orders
    goods = catalog.skus(tx, {line.sku for order in orders for line in order.lines})
    return rules.to_points(orders, network.nodes(tx, chosen), goods)


def deliver_digital(tx: Connection, ids: Sequence[str], *, actor: str, now: datetime) -> None:
    """What needs no parcel is with its customer at once: nobody picks, packs or carries it."""
    digital = views.digital_legs(tx, ids)
    if not digital:
        return
    pick(tx, [*legs(tx, digital).values()], [], actor=actor, now=now)
    ship(tx, [*legs(tx, digital).values()], actor=actor, now=now)
    gone = legs(tx, digital).values()
    deliver(tx, [(leg, now) for leg in gone], actor=actor, now=now)


def source_waiting(
    tx: Connection,
    *,
    actor: str,
    now: datetime,
    skus: Sequence[str] | None = None,
    limit: int = 200,
) -> int:
    """Look again for nodes for what waits; how many orders got a new leg.

    Orders whose window has ended come first, then those of the channel with the highest rank, then
    first come first served. Those whose window is still open go on waiting.
    """
    turns = _turns(tx, now=now, skus=skus, limit=limit, after=None)
    return source_turns(tx, turns, actor=actor, now=now)


def take_turns(tx: Connection, *, now: datetime, limit: int = 200) -> tuple[list[store.Turn], bool]:
    """Whose turn to be looked at comes after those that had theirs, and whether more come then.

    That they had it is written here, before anything is looked for: orders that cannot be sent, or
    at which it fails, keep nobody waiting behind them. After the last the first come again.
    """
    turns = _turns(tx, now=now, limit=limit, after=store.last_turn(tx))
    has_more = len(turns) == limit
    store.set_last_turn(tx, turns[-1] if has_more else None)
    return turns, has_more


def source_turns(tx: Connection, turns: Sequence[store.Turn], *, actor: str, now: datetime) -> int:
    """Nodes for what still waits in orders whose turn it is; how many got a new leg."""
    ids = [order for *_, order in turns]
    sourced = plan.source(tx, ids, actor=actor, now=now)
    deliver_digital(tx, ids, actor=actor, now=now)
    return sourced


def _turns(
    tx: Connection,
    *,
    now: datetime,
    limit: int,
    after: store.Turn | None,
    skus: Sequence[str] | None = None,
) -> list[store.Turn]:
    waiting = store.waiting_skus(tx) if skus is None else skus
    there = [(one.sku, one.node) for one in promise_views.available(tx, waiting)]
    ranks = {one.channel: one.rank for one in policies.ranks(tx, now.date())}
    return store.waiting_orders(tx, there, ranks=ranks, now=now, limit=limit, after=after)


def cancel(
    tx: Connection,
    order: str,
    asked: Sequence[CancelLine] | None,
    *,
    reason: str,
    actor: str,
    now: datetime,
    cause: str = "",
) -> Cancelled:
    """Take units out of an order that have not left yet: some of it, or all that can be stopped.

    Raises:
        NotFound: there is no such order.
        NotInOrder, NothingToCancel: nothing was cancelled.
    """
    if order not in store.lock(tx, [order]):
        raise NotFound(what="order", id=order)
    legs = views.legs(tx, [order])[order]
    waiting, stopped = cancel_rules.cancellation(
        order, views.lines(tx, [order])[order], legs, asked
    )
    told = TimelineEntry(at=now, kind="cancelled", actor=actor, reason=reason, cause=cause)
    return stop(tx, order, waiting, stopped, told=told)


def stop(
    tx: Connection,
    order: str,
    waiting: Sequence[tuple[str, int, int]],
    stopped: Sequence[Short],
    *,
    told: TimelineEntry,
    to: State = State.AVAILABLE,
    kind: MovementKind = MovementKind.RELEASED,
) -> Cancelled:
    """Take units out of a locked order, of lines that wait and of legs that have not left.

    They go back to the shelf, or where `to` says; of what was paid, a refund is due.
    """
    now, actor = told.at, told.actor
    off_waiting = [(order, line, -units, units) for _, line, units in waiting]
    off_legs = [(order, short.line, 0, short.units) for short in stopped]
    store.change_lines(tx, [*off_waiting, *off_legs])
    plan.give_back(tx, stopped, actor=actor, now=now, reason=told.kind, to=to, kind=kind)
    store.drop(tx, stopped)
    store.withdraw_empty(tx, [short.leg for short in stopped], at=now)
    lines = [(line, units) for _, line, units in waiting]
    lines += [(short.line, short.units) for short in stopped]
    return stopped_units(tx, order, lines, told=told)


def stopped_units(
    tx: Connection, order: str, lines: Sequence[tuple[int, int]], *, told: TimelineEntry
) -> Cancelled:
    """Units of a locked order, as (line, units), were taken out of it: what follows from that."""
    now = told.at
    plan.expect(tx, [order], now=now)
    store.note(tx, [(order, told)])
    plan.tell(tx, "order.cancelled", [order])
    stage = plan.restage(tx, [order], now=now)[order]
    if stage is Stage.DELIVERED:
        promises.settle(tx, views.complete(tx, [order]), now=now)
    elif stage is Stage.CANCELLED:
        promises.withdraw(tx, [order], now=now)
        hold_store.lift(tx, order, because="cancelled", actor=told.actor, now=now)
    elif stage is not Stage.WAITING:
        plan.promise(tx, {order: plan.expected(views.legs(tx, [order])[order])}, now=now)
    refunds.owe(
        tx, order, lines, is_whole=stage is Stage.CANCELLED, cause=told.cause, reason=told.kind,
        actor=told.actor, now=now,
    )  # fmt: skip
    units = sum(units for _, units in lines)
    return Cancelled(id=order, stage=stage, units=units)


def legs(tx: Connection, ids: Sequence[str]) -> dict[str, Leg]:
    """Legs by id, their orders locked: whoever changes a leg reads it so.

    Raises:
        NotFound: there is no such leg.
    """
    if not ids:
        return {}
    orders = store.lock_of_legs(tx, ids)
    for leg in ids:
        if leg not in orders:
            raise NotFound(what="leg", id=leg)
    known = views.legs(tx, orders.values())
    return {leg.id: leg for order in known.values() for leg in order if leg.id in orders}


def note_accepted(tx: Connection, legs: Sequence[str], *, now: datetime) -> None:
    """Partners said that they send these locked legs: no cheaper plan takes them away."""
    store.mark_accepted(tx, legs, at=now)


def pick(
    tx: Connection, legs: Sequence[Leg], shorts: Sequence[Short], *, actor: str, now: datetime
) -> None:
    """Locked legs were picked, but for what is short: that goes back to sourcing, elsewhere."""
    by_id = {leg.id: leg for leg in legs}
    empty = _drop(tx, by_id, shorts, now=now)
    done = [leg.id for leg in legs if leg.id not in empty]
    store.mark_picked(tx, done, at=now)
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
    _source_elsewhere(tx, by_id, shorts, actor=actor, now=now)
    store.restage(tx, [leg.order for leg in legs], now=now)
    capacity_store.use(tx, done, now=now)


def miss(
    tx: Connection,
    legs: Mapping[str, Leg],
    shorts: Sequence[Short],
    *,
    reasons: Iterable[tuple[str, str]],
    actor: str,
    now: datetime,
) -> set[str]:
    """Units of locked legs will not be picked: they go back to sourcing, elsewhere.

    `reasons` are why, by leg. The legs that are left with nothing.
    """
    empty = _drop(tx, legs, shorts, now=now)
    store.note(
        tx,
        [
            (
                legs[leg].order,
                TimelineEntry(
                    at=now,
                    kind="refused" if leg in empty else "short",
                    actor=actor,
                    leg=leg,
                    reason=reason,
                ),
            )
            for leg, reason in sorted(reasons)
        ],
    )
    _source_elsewhere(tx, legs, shorts, actor=actor, now=now)
    store.restage(tx, [leg.order for leg in legs.values()], now=now)
    return empty


def lose_capacity(
    tx: Connection, legs: Mapping[str, Leg], refused: Sequence[Short], *, now: datetime
) -> None:
    """Nodes were too busy for these units: so many fewer are asked of them that day."""
    lost: dict[str, tuple[int, set[str]]] = {}
    for short in refused:
        units, several = lost.get(legs[short.leg].node, (0, set()))
        lost[legs[short.leg].node] = (units + short.units, several | {short.leg})
    capacity_store.lose(
        tx, [(node, units, len(several)) for node, (units, several) in lost.items()], now=now
    )


def refuse(tx: Connection, refused: Iterable[Leg], *, now: datetime) -> None:
    """Nodes do not send what is left of these legs: those orders are not sourced there today."""
    plan_store.refuse(tx, sorted({(leg.order, leg.node) for leg in refused}), now=now)


def _drop(
    tx: Connection, legs: Mapping[str, Leg], shorts: Sequence[Short], *, now: datetime
) -> set[str]:
    """Units of legs wait again; the legs that are left with nothing."""
    if not shorts:
        return set()
    store.drop(tx, shorts)
    back = [(legs[short.leg].order, short.line, short.units, 0) for short in shorts]
    store.change_lines(tx, back)
    return set(store.withdraw_empty(tx, [short.leg for short in shorts], at=now))


def _source_elsewhere(
    tx: Connection, legs: Mapping[str, Leg], shorts: Sequence[Short], *, actor: str, now: datetime
) -> None:
    """Find nodes for what is short, without those that did not have it."""
    without: dict[str, set[str]] = defaultdict(set)
    for short in shorts:
        without[legs[short.leg].order].add(legs[short.leg].node)
    if without:
        plan.source(tx, sorted(without), actor=actor, now=now, without=without, reason="short pick")
        plan.expect(tx, sorted(without), now=now)


def pack(tx: Connection, legs: Sequence[Leg], *, actor: str, now: datetime) -> None:
    """Locked legs are in their boxes, which are closed."""
    store.mark_packed(tx, [leg.id for leg in legs], at=now)
    _each_leg(tx, legs, "packed", actor=actor, now=now)


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
    if leg.packed_at:
        return "packed"
    return "picked" if leg.picked_at else "sourced"


def spot(tx: Connection, to: Destination) -> Spot:
    """Where on earth that is; without coordinates, the middle of the postcode.

    Raises:
        UnknownPostcode: nobody knows.
    """
    [found] = _spots(tx, [to])
    return found


def _spots(tx: Connection, to: Sequence[Destination]) -> list[Spot]:
    """Where each of these lies: where it says, else where its postcode does."""
    given = [
        Spot(one.latitude, one.longitude)
        if one.latitude is not None and one.longitude is not None
        else None
        for one in to
    ]
    asked = {(one.country, one.postcode) for one, at in zip(to, given, strict=True) if at is None}
    known = network.spots(tx, asked) if asked else {}
    found = []
    for one, at in zip(to, given, strict=True):
        spot = at or known.get((one.country, one.postcode))
        if spot is None:
            raise UnknownPostcode(postcode=one.postcode, country=one.country)
        found.append(spot)
    return found


def _each_leg(tx: Connection, legs: Sequence[Leg], kind: str, *, actor: str, now: datetime) -> None:
    entries = [
        (leg.order, TimelineEntry(at=now, kind=kind, actor=actor, leg=leg.id)) for leg in legs
    ]
    store.note(tx, entries)
    orders = sorted({leg.order for leg in legs})
    plan.tell_of_legs(tx, f"order.{kind}", legs)
    store.restage(tx, orders, now=now)
