"""Verbs of orders whose plan changes: a leg is taken off its node, and its units go elsewhere."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.kit.db import Connection, savepoint
from noria.kit.errors import NotFound
from noria.network import actions as network_actions
from noria.network import views as network
from noria.orders import actions, capacity_views, plan_actions, plan_store, rules, store, views
from noria.orders.model import Leg, Reroute, Rerouted, Short, TimelineEntry
from noria.orders.store import Head
from noria.policies import views as policies
from noria.policies.model import Settings
from noria.promise import actions as promises
from noria.promise import production_views
from noria.promise import views as promise_views
from noria.sourcing import actions as sourcing
from noria.sourcing.model import Units
from noria.stock.model import State

LEGS_AT_ONCE = 200
LOOKS_AT_ONCE = 10
LATE = "production late"
InHand = Callable[[Sequence[str]], set[str]]
"""Tells of which locked orders somebody has a pick to do now: rooms above know who walks."""


def reroute(
    tx: Connection, asked: Reroute, *, actor: str, now: datetime, request_id: str = ""
) -> Rerouted:
    """Take legs off their nodes, and find others that send their units, at once.

    A node that is named loses all that is not picked there, `LEGS_AT_ONCE` at a time; what is left
    of it is said. If it closes, it takes nothing new either, and the worker goes on by itself; if
    not, it gets none of these orders back before its next day.

    Raises:
        NotFound: there is no such leg or node.
        WrongStage: a leg was picked. Nothing was changed.
    """
    if asked.closes_node and asked.node is not None:
        known = network.nodes(tx, [asked.node]).get(asked.node)
        if known is None:
            raise NotFound(what="node", id=asked.node)
        network_actions.save_nodes(
            tx, [structs.replace(known, is_open=False)], actor=actor, now=now, request_id=request_id
        )
    ids = list(asked.legs) or plan_store.legs_to_pick(tx, [asked.node or ""], limit=LEGS_AT_ONCE)
    moved = _elsewhere(
        tx, ids, reason=asked.reason, is_for_today=not asked.closes_node, actor=actor, now=now
    )
    left = plan_store.count_to_pick(tx, asked.node) if asked.node is not None else 0
    return Rerouted(legs=len(ids), orders=moved, left=left)


def leave_closed(tx: Connection, *, actor: str, now: datetime) -> int:
    """Take legs off nodes that are closed until further notice; how many, at most a slice."""
    ids = plan_store.legs_to_pick(tx, plan_store.closed_nodes(tx), limit=LEGS_AT_ONCE)
    _elsewhere(tx, ids, reason="closed", actor=actor, now=now)
    return len(ids)


def make_anew(tx: Connection, *, actor: str, now: datetime) -> int:
    """Find new days, or other nodes, for what makers should have made by now; how many legs.

    What was promised is kept where that can be; else the customer's new day is written down.
    """
    late = {
        key.rpartition(".")[0] for key in production_views.late(tx, now=now, limit=LEGS_AT_ONCE)
    }
    legs = [leg for leg in actions.legs(tx, sorted(late)).values() if leg.picked_at is None]
    if not legs:
        return 0
    plan_anew(tx, legs, reason=LATE, actor=actor, now=now)
    return len(legs)


def plan_anew(
    tx: Connection, legs: Sequence[Leg], *, reason: str, actor: str, now: datetime
) -> None:
    """Take locked legs, that nobody has picked, off their nodes, and choose again, these included.

    What was promised is kept where that can be; else the customer's new day is written down.
    """
    orders = sorted({leg.order for leg in legs})
    plan_all(tx, orders, legs, reason=reason, actor=actor, now=now)


def plan_all(
    tx: Connection,
    orders: Sequence[str],
    legs: Sequence[Leg],
    *,
    reason: str,
    actor: str,
    now: datetime,
    without: Mapping[str, set[str]] | None = None,
) -> None:
    """Choose nodes for all that waits in locked orders, and for what these legs of theirs held.

    `without` are nodes, by order, that are not asked.
    """
    if legs:
        _withdraw(tx, legs, reason=reason, actor=actor, now=now)
    plan_actions.source(tx, orders, actor=actor, now=now, without=without, reason=reason)
    plan_actions.expect(tx, orders, now=now)
    store.restage(tx, orders, now=now)
    plan_actions.tell_of_legs(tx, "order.rerouted", legs)


def reoptimise(
    tx: Connection, *, in_hand: InHand, actor: str, now: datetime, limit: int = LOOKS_AT_ONCE
) -> tuple[int, int]:
    """Look again at orders that nobody has begun: how many, and how many go from elsewhere now.

    A plan changes only if that saves what the policy asks, keeps what was promised, and has not
    happened too often; each look is noted, so that the next one comes when the policy says. What a
    partner accepted, what is picked, and what somebody has `in_hand` stays where it is: whoever
    accepts, takes or picks a leg locks its order first.
    """
    every = rules.shortest_look(policies.live(tx).content)
    if every is None:
        return 0, 0
    orders = plan_store.orders_to_look_at(tx, before=now - every, limit=limit)
    heads = store.lock(tx, orders)
    begun = plan_store.begun(tx, orders) | in_hand(orders)
    changed = 0
    for order in orders:
        saved = 0 if order in begun else _improved(tx, heads[order], actor=actor, now=now)
        plan_store.note_look(tx, order, saved_cents=saved, now=now)
        changed += saved > 0
    return len(orders), changed


def _elsewhere(
    tx: Connection,
    ids: Sequence[str],
    *,
    reason: str,
    is_for_today: bool = False,
    actor: str,
    now: datetime,
) -> int:
    """Withdraw unpicked legs and source their units without their nodes; how many orders.

    `is_for_today`: nor are those nodes asked again before their next day.
    """
    if not ids:
        return 0
    legs = list(actions.legs(tx, ids).values())
    for leg in legs:
        actions.check_stage(leg, "withdrawn", picked=False, shipped=False)
    without: dict[str, set[str]] = defaultdict(set)
    for leg in legs:
        without[leg.order].add(leg.node)
    if is_for_today:
        actions.refuse(tx, legs, now=now)
    orders = sorted(without)
    plan_all(tx, orders, legs, without=without, reason=reason, actor=actor, now=now)
    return len(orders)


def _withdraw(
    tx: Connection, legs: Sequence[Leg], *, reason: str, actor: str, now: datetime
) -> None:
    """Give back what locked legs hold; their units wait again."""
    parts = [(leg, line) for leg in legs for line in leg.lines if line.due_units]
    promises.lock(
        tx,
        sorted({line.sku for _, line in parts}),
        also=[
            (line.sku, leg.node, state)
            for leg, line in parts
            for state in (State.AVAILABLE, State.RESERVED)
        ],
    )
    off = [Short(leg=leg.id, line=line.line, units=line.due_units) for leg, line in parts]
    plan_actions.give_back(tx, off, actor=actor, now=now, reason=reason)
    store.drop(tx, off)
    store.change_lines(tx, [(leg.order, line.line, line.due_units, 0) for leg, line in parts])
    store.withdraw_empty(tx, [leg.id for leg in legs], at=now)
    store.note(
        tx,
        [
            (
                leg.order,
                TimelineEntry(at=now, kind="withdrawn", actor=actor, leg=leg.id, reason=reason),
            )
            for leg in legs
        ],
    )


class _NotWorthIt(Exception):  # noqa: N818 - it undoes a savepoint
    """What was found under locks saves less than what was seen before."""


def _improved(tx: Connection, head: Head, *, actor: str, now: datetime) -> int:
    """Send a locked order from elsewhere if that pays enough; what it saves in cents, else 0."""
    order = head.id
    legs = [leg for leg in views.legs(tx, [order])[order] if leg.withdrawn_at is None]
    lines = views.lines(tx, [order])[order]
    told = promise_views.promises(tx, [order])
    if not legs or rules.wanted(lines):
        return 0
    as_if = [structs.replace(line, waiting=line.quantity - line.cancelled) for line in lines]
    refusing = plan_store.refusing(tx, [order], now=now)
    [wish] = plan_actions.wishes(
        tx,
        [order],
        {order: head},
        without=refusing,
        told=told,
        lines={order: as_if},
        begun={},
    )
    settings = sourcing.settings(tx, [wish], now=now)[order]
    looked = plan_store.look(tx, order)
    if not rules.may_look(settings, looked, now=now):
        return 0
    held = {order: _held(legs)}
    plans = sourcing.decide(tx, [wish], load=capacity_views.load(tx), now=now, held=held)
    plan, why = plans[order]
    least = rules.plan_cents(legs, settings, now.date()) - settings.reoptimise_saves_cents
    if plan.short or {leg.node for leg in plan.legs} == {leg.node for leg in legs}:
        return 0
    if why.chosen.total_cents > least:
        return 0
    try:
        with savepoint(tx):
            return _moved(tx, order, legs, least, settings, actor=actor, now=now)
    except _NotWorthIt:
        return 0


def _moved(
    tx: Connection,
    order: str,
    legs: Sequence[Leg],
    least: int,
    settings: Settings,
    *,
    actor: str,
    now: datetime,
) -> int:
    """Do it, or undo it where less is saved now that the shelves are locked; cents saved."""
    _withdraw(tx, legs, reason="cheaper elsewhere", actor=actor, now=now)
    plan_actions.source(tx, [order], actor=actor, now=now, reason="cheaper elsewhere")
    plan_actions.expect(tx, [order], now=now)
    after = [leg for leg in views.legs(tx, [order])[order] if leg.withdrawn_at is None]
    if rules.wanted(views.lines(tx, [order])[order]):
        raise _NotWorthIt
    cents = rules.plan_cents(after, settings, now.date())
    promise = promise_views.promises(tx, [order]).get(order)
    is_late = promise is not None and any(leg.arrives_on > promise.promised_to for leg in after)
    if cents > least or is_late:
        raise _NotWorthIt
    store.restage(tx, [order], now=now)
    plan_actions.tell_of_legs(tx, "order.rerouted", legs)
    return least + settings.reoptimise_saves_cents - cents


def _held(legs: Sequence[Leg]) -> Mapping[str, Units]:
    """What legs hold, by node."""
    held: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for leg in legs:
        for line in leg.lines:
            held[leg.node][line.sku] += line.due_units
    return held
