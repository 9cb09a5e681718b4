"""Verbs that make two orders of one, and one of several."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.orders import (
    actions,
    divide_rules,
    divide_store,
    divide_views,
    edit_store,
    hold_actions,
    hold_store,
    hold_views,
    plan_actions,
    reroute_actions,
    store,
    views,
)
from noria.orders.divide_model import MERGE, SPLIT, Divided, MergeBody, SplitBody
from noria.orders.divide_rules import Taken
from noria.orders.edit_model import TooManyLines
from noria.orders.edit_rules import MOST_LINES
from noria.orders.hold_model import HoldBody
from noria.orders.model import Leg, Line, Stage, TimelineEntry
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.delivery.model import OptionKind
from noria.stock.model import State


def split(
    tx: Connection, split_id: str, wanted: SplitBody, *, actor: str, now: datetime
) -> Divided:
    """Make an order of its own of units that nobody has picked: same customer, same promise.

    Their shelves are locked before they are given back, so nobody takes them in between. What
    holds the order holds the new one too.

    Raises:
        NotFound: there is no such order.
        Invalid, LineUnknown, CannotSplit, NothingWouldStay, PaidInPart, IdReused: nothing was
        split.
    """
    order, new = wanted.order, wanted.new_order
    if order not in store.lock(tx, [order]):
        raise NotFound(what="order", id=order)
    divide_rules.check_owed(hold_views.owed(tx, [order]))
    lines, legs = views.lines(tx, [order])[order], views.legs(tx, [order])[order]
    taken = divide_rules.split_off(wanted, lines, legs)
    if not divide_store.copy(tx, order, new, now=now):
        raise IdReused(id=new)
    told = promise_views.promises(tx, [order])
    if order in told:
        same = structs.replace(told[order], order_id=new, option=OptionKind(told[order].option))
        promises.promise(tx, [same])
    cause = f"split:{split_id}"
    _take_out(tx, [(order, legs, taken)], cause=cause, actor=actor, now=now, reason="split")
    _put_in(tx, split_id, SPLIT, order, new, lines, taken, wanted.reason, actor=actor, now=now)
    _same_holds(tx, order, new, actor=actor, now=now)
    _note(tx, {order: new, new: order}, "split", wanted.reason, cause, actor=actor, now=now)
    plan_actions.source(tx, [new], actor=actor, now=now, reason="split")
    return _settled(tx, "order.split", [order, new], taken, actor=actor, now=now)


def merge(
    tx: Connection, merge_id: str, wanted: MergeBody, *, actor: str, now: datetime
) -> Divided:
    """Put orders into one, and choose the nodes of all of it anew, to be sent together.

    The others are empty then, which is to say cancelled; what held them holds the one, and what
    their delivery cost was paid for that of the one.

    Raises:
        NotFound: there is no such order.
        Invalid, NotAlike, PaidInPart, TooLateToMerge, TooManyLines: nothing was merged.
    """
    into, others = wanted.into, list(wanted.orders)
    known = store.lock(tx, [into, *others])
    for order in (into, *others):
        if order not in known:
            raise NotFound(what="order", id=order)
    divide_rules.check_merge(wanted, divide_views.alike(tx, [into, *others]))
    divide_rules.check_owed(hold_views.owed(tx, [into, *others]))
    lines, legs = views.lines(tx, [into, *others]), views.legs(tx, [into, *others])
    stages = views.stages(tx, [into, *others])
    takes = {
        order: divide_rules.all_of(order, stages[order].value, lines[order], legs[order])
        for order in (into, *others)
    }
    count = sum(len(lines[order]) for order in (into, *others))
    if count > MOST_LINES:
        raise TooManyLines(order=into, lines=count, most=MOST_LINES)
    divide_store.take_delivery(tx, into, others)
    cause = f"merge:{merge_id}"
    out = [(order, legs[order], takes[order]) for order in others]
    _take_out(tx, out, cause=cause, actor=actor, now=now, reason="merged")
    for order in others:
        _put_in(
            tx, merge_id, MERGE, order, into, lines[order], takes[order], wanted.reason,
            actor=actor, now=now,
        )  # fmt: skip
        _same_holds(tx, order, into, actor=actor, now=now)
        hold_store.lift(tx, order, because=cause, actor=actor, now=now)
    _note(tx, dict.fromkeys(others, into), "merged", wanted.reason, cause, actor=actor, now=now)
    _note(tx, {into: ", ".join(others)}, "merged", wanted.reason, cause, actor=actor, now=now)
    promises.withdraw(tx, others, now=now)
    standing = [leg for leg in legs[into] if leg.withdrawn_at is None]
    reroute_actions.plan_all(tx, [into], standing, reason="merged", actor=actor, now=now)
    every: Taken = ([], [])
    for order in others:
        every[0].extend(takes[order][0])
        every[1].extend(takes[order][1])
    return _settled(tx, "order.merged", [into, *others], every, actor=actor, now=now)


def _take_out(
    tx: Connection,
    out: Sequence[tuple[str, Sequence[Leg], Taken]],
    *,
    cause: str,
    actor: str,
    now: datetime,
    reason: str,
) -> None:
    """Take units off locked orders: their shelves are locked once, and get back what was held."""
    parts = {(line.sku, leg.node) for _, legs, _ in out for leg in legs for line in leg.lines}
    promises.lock(
        tx,
        sorted({sku for sku, _ in parts}),
        also=[(*part, state) for part in parts for state in (State.AVAILABLE, State.RESERVED)],
    )
    waiting = [one for _, _, taken in out for one in taken[0]]
    stopped = [(order, short) for order, _, taken in out for short in taken[1]]
    store.change_lines(
        tx,
        [
            *((order, line, -units, units) for order, line, units in waiting),
            *((order, short.line, 0, short.units) for order, short in stopped),
        ],
    )
    shorts = [short for _, short in stopped]
    plan_actions.give_back(tx, shorts, actor=actor, now=now, reason=reason)
    store.drop(tx, shorts)
    gone = store.withdraw_empty(tx, sorted({short.leg for short in shorts}), at=now)
    store.note(
        tx,
        [
            (
                order,
                TimelineEntry(
                    at=now, kind="withdrawn", actor=actor, leg=leg, reason=reason, cause=cause
                ),
            )
            for leg in gone
            for order in sorted({order for order, short in stopped if short.leg == leg})
        ],
    )
    plan_actions.expect(tx, [order for order, _, _ in out], now=now)


def _put_in(
    tx: Connection,
    key: str,
    kind: str,
    order: str,
    to: str,
    lines: Sequence[Line],
    taken: Taken,
    reason: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Want in another order what left one, and write where it came from."""
    units = divide_rules.units_of(taken)
    numbers = edit_store.add_lines(tx, to, divide_rules.as_lines(units, lines))
    moved = [
        (order, line, to, number, count)
        for (line, count), number in zip(units.items(), numbers, strict=True)
    ]
    divide_store.transfer(tx, key, kind, moved, actor=actor, reason=reason, now=now)


def _same_holds(tx: Connection, order: str, other: str, *, actor: str, now: datetime) -> None:
    """Hold another order for what holds this one."""
    kinds = set(hold_views.open_kinds(tx, [other]).get(other, ()))
    for hold in hold_views.of_order(tx, order):
        if hold.lifted_at is None and hold.kind.value not in kinds:
            kinds.add(hold.kind.value)
            wanted = HoldBody(order=other, kind=hold.kind, reason=hold.reason, score=hold.score)
            hold_actions.place(
                tx, f"{other}.{hold.kind.value}.{hold.placed_at:%Y%m%d%H%M%S}", wanted,
                actor=actor, now=now,
            )  # fmt: skip


def _note(
    tx: Connection,
    pairs: Mapping[str, str],
    kind: str,
    reason: str,
    cause: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    store.note(
        tx,
        [
            (
                order,
                TimelineEntry(
                    at=now, kind=kind, actor=actor, reason=f"{other}: {reason}", cause=cause
                ),
            )
            for order, other in pairs.items()
        ],
    )


def _settled(
    tx: Connection, kind: str, orders: Sequence[str], taken: Taken, *, actor: str, now: datetime
) -> Divided:
    """How far the orders have come now; told, and answered."""
    plan_actions.expect(tx, orders, now=now)
    stages = plan_actions.restage(tx, orders, now=now)
    _promise_anew(tx, [order for order in orders if stages[order] is not Stage.WAITING], now=now)
    free = sorted(set(orders) - set(hold_views.open_kinds(tx, orders)))
    actions.deliver_digital(tx, free, actor=actor, now=now)
    events.publish(
        tx,
        [
            Event(
                type=kind,
                subject=f"order:{order}",
                data={"order": order, "others": [one for one in orders if one != order]},
            )
            for order in orders
        ],
    )
    answers = views.accepted(tx, orders)
    return Divided(
        orders=[answers[order] for order in orders],
        units=sum(divide_rules.units_of(taken).values()),
    )


def _promise_anew(tx: Connection, orders: Iterable[str], *, now: datetime) -> None:
    """Promise what waited before, and no longer does; settle what has come in full."""
    legs = views.legs(tx, orders)
    arrivals = {order: plan_actions.expected(legs[order]) for order in sorted(legs)}
    plan_actions.promise(tx, arrivals, now=now)
    promises.settle(tx, views.complete(tx, sorted(legs)), now=now)
