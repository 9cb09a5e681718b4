"""Verbs of legs that a store keeps for whoever collects them: arrive, be ready, be handed over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from noria.kit.db import Connection
from noria.network.model import PICK_UP
from noria.orders import actions, collected_store, rules, store, views
from noria.orders import plan_actions as plan
from noria.orders.model import Leg, LegLine, Short, TimelineEntry
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold
from noria.stock.model import MovementKind, State

LACKED = "missing in the box"
ARRIVED = "it came to the store where it is collected"


class Arrival(Struct, frozen=True, kw_only=True):
    """A shipped leg that came to the store of its order; of `missing` (line, units) it had none.

    `ready_by` is when the store should have put it ready.
    """

    leg: Leg
    store: str
    missing: Mapping[int, int]
    ready_by: datetime


def arrive(
    tx: Connection, arrivals: Sequence[Arrival], *, actor: str, now: datetime
) -> dict[str, str]:
    """Locked legs came to the store where they are collected: it holds their units from now on.

    The leg that brought them is done, and one of the store's own takes over, picked already; by
    leg, which. What was missing in the box is sourced again.
    """
    every = views.legs(tx, {one.leg.order for one in arrivals})
    planned = {order: len(legs) for order, legs in every.items()}
    taken, off, back = [], [], []
    after: dict[str, str] = {}
    for one in arrivals:
        leg = one.leg
        planned[leg.order] += 1
        own = _own_leg(one, f"{leg.order}.{planned[leg.order]}", now=now)
        off += [Short(leg=leg.id, line=line.line, units=line.due_units)
                for line in leg.lines if line.due_units]  # fmt: skip
        back += [(leg.order, line, units, 0) for line, units in one.missing.items()]
        if own.lines:
            taken.append(own)
            after[leg.id] = own.id
    store.drop(tx, off)
    # Units of a leg are taken off what waits, so they wait for an instant.
    store.change_lines(tx, back)
    store.change_lines(
        tx, [(leg.order, line.line, line.quantity, 0) for leg in taken for line in leg.lines]
    )
    store.mark_delivered(tx, [(one.leg.id, now) for one in arrivals])
    store.add_legs(tx, taken)
    store.mark_picked(tx, [leg.id for leg in taken], at=now)
    promises.take_in(tx, _holds(taken), actor=actor, now=now, reason=ARRIVED)
    _note(tx, [one.leg for one in arrivals], "arrived_in_store", actor=actor, now=now)
    orders = sorted({one.leg.order for one in arrivals})
    if short := sorted({order for order, *_ in back}):
        plan.source(tx, short, actor=actor, now=now, reason=LACKED)
        plan.expect(tx, short, now=now)
    store.restage(tx, orders, now=now)
    plan.tell_of_legs(tx, "order.arrived_in_store", taken)
    return after


def lack(tx: Connection, leg: Leg, gone: Mapping[int, int], *, actor: str, now: datetime) -> None:
    """These units (by line) of a locked leg never came to the store: they are sent again."""
    shorts = [Short(leg=leg.id, line=line, units=units) for line, units in sorted(gone.items())]
    plan.give_back(
        tx, shorts, actor=actor, now=now, reason=LACKED, to=State.OUTSIDE,
        kind=MovementKind.TRANSFERRED,
    )  # fmt: skip
    actions.miss(tx, {leg.id: leg}, shorts, reasons=[(leg.id, LACKED)], actor=actor, now=now)


def make_ready(
    tx: Connection, legs: Sequence[Leg], *, actor: str, at: datetime, now: datetime
) -> None:
    """Locked legs wait for their customer in the store since then."""
    collected_store.mark_ready(tx, [leg.id for leg in legs], at=at)
    _note(tx, legs, "ready", actor=actor, now=now)
    plan.tell_of_legs(tx, "order.ready", legs)


def hand_over(
    tx: Connection, legs: Sequence[Leg], *, cause: str, actor: str, at: datetime, now: datetime
) -> None:
    """Locked legs, that waited in the store, are with their customer since then.

    An order whose last unit it was has its promise settled: by when it was ready.
    """
    draws = [
        Draw(reservation=rules.reservation(leg.id, line.line), units=line.due_units)
        for leg in legs
        for line in leg.lines
        if line.due_units
    ]
    promises.draw(tx, draws, to=State.OUTSIDE, kind=MovementKind.SHIPPED, actor=actor, now=now)
    store.mark_shipped(tx, [leg.id for leg in legs], at=at)
    store.mark_delivered(tx, [(leg.id, at) for leg in legs])
    _note(tx, legs, "handed_over", actor=actor, now=now, cause=cause)
    plan.tell_of_legs(tx, "order.handed_over", legs)
    orders = sorted({leg.order for leg in legs})
    store.restage(tx, orders, now=now)
    promises.settle(tx, views.complete(tx, orders), now=now)


def take_back(
    tx: Connection,
    legs: Sequence[Leg],
    units: Sequence[Short],
    *,
    told: TimelineEntry,
    to: State = State.AVAILABLE,
) -> None:
    """Units of locked legs of one order are not collected after all: they are cancelled.

    They are free to be sold at once, or where `to` says.
    """
    kind = MovementKind.RELEASED if to is State.AVAILABLE else MovementKind.DAMAGED
    actions.stop(tx, legs[0].order, [], units, told=told, to=to, kind=kind)


def _own_leg(one: Arrival, key: str, *, now: datetime) -> Leg:
    lines = [
        LegLine(line=line.line, sku=line.sku, quantity=units)
        for line in one.leg.lines
        if (units := line.due_units - one.missing.get(line.line, 0)) > 0
    ]
    return Leg(
        id=key,
        order=one.leg.order,
        node=one.store,
        service=PICK_UP,
        planned_at=now,
        leaves_at=one.ready_by,
        arrives_on=max(one.leg.arrives_on, one.ready_by.date()),
        cost_cents=0,
        lines=lines,
    )


def _holds(legs: Sequence[Leg]) -> list[Hold]:
    return [
        Hold(
            id=rules.reservation(leg.id, line.line),
            demand=f"order:{leg.order}",
            sku=line.sku,
            node=leg.node,
            quantity=line.quantity,
        )
        for leg in legs
        for line in leg.lines
    ]


def _note(
    tx: Connection, legs: Sequence[Leg], kind: str, *, actor: str, now: datetime, cause: str = ""
) -> None:
    store.note(
        tx,
        [
            (leg.order, TimelineEntry(at=now, kind=kind, actor=actor, leg=leg.id, cause=cause))
            for leg in legs
        ],
    )


def note(tx: Connection, order: str, entry: TimelineEntry) -> None:
    """Write what happened to an order in its store into its timeline."""
    store.note(tx, [(order, entry)])
