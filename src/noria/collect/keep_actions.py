"""How long something waits, for whom, and what becomes of it: extend, remind, give up, put back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from noria.collect import actions, rules, store, views
from noria.collect import counter_actions as counter
from noria.collect.model import (
    Collection,
    Compartment,
    Due,
    Extended,
    Extension,
    KeptLongEnough,
    LookUp,
    NothingWaits,
    Notice,
    NoticeBody,
)
from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.network import reliability_rules
from noria.network import views as network
from noria.orders import actions as orders
from noria.orders import collected_actions as collected
from noria.orders import release_actions as release
from noria.orders import views as order_views
from noria.orders.model import Short, TimelineEntry
from noria.sourcing import actions as sourcing

AT_ONCE = 100
TYPICAL = 0.5
"""When half of all legs are ready: what a leg is expected by."""


def look_up(
    tx: Connection, asked: LookUp, *, actor: str, now: datetime
) -> tuple[list[Collection], bool]:
    """What waits there under a code, a number or a name; and whether a code was wrong.

    A wrong code is written down, so that nobody tries them all: whoever asks has to commit.

    Raises:
        CodeMistyped: it is no code at all. CodeTriedTooOften: too many were wrong.
    """
    if asked.code is None:
        found = views.collections(
            tx, now=now, nodes=[asked.node], orders=[asked.order] if asked.order else None,
            name=asked.name, limit=20,
        )  # fmt: skip
        return found, False
    code = rules.typed(asked.code)
    counter.check_tries(tx, asked.node, now=now)
    found = views.collections(tx, now=now, nodes=[asked.node], code=code, limit=1)
    if not found:
        store.add_wrong_code(tx, asked.node, actor=actor, now=now)
    return found, not found


def due(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    now: datetime,
    after: Sequence[str] | None = None,
    limit: int,
) -> list[Due]:
    """What is to be made ready, the first due first, and when each is expected to be."""
    waits = views.due(tx, nodes=nodes, after=after, limit=limit)
    expected = _expected(tx, waits, now=now)
    return [
        Due(
            leg=one.leg_id,
            order=one.order_id,
            node=one.node,
            due_at=one.due_at,
            expected_at=expected[one.leg_id],
            minutes_left=int((one.due_at - now).total_seconds() // 60),
            is_late=max(expected[one.leg_id], now) > one.due_at,
            picked_at=one.picked_at,
            units=one.units,
        )
        for one in waits
    ]


def watch(tx: Connection, *, now: datetime) -> int:
    """Look when each leg is expected to be ready; how many will be later than was told."""
    waits = views.due(tx, nodes=None)
    expected = _expected(tx, waits, now=now)
    store.save_expected(tx, sorted(expected.items()), now=now)
    store.forget_wrong_codes(tx, before=now - timedelta(days=1))
    return sum(expected[one.leg_id] > one.due_at for one in waits)


def _expected(
    tx: Connection, waits: Sequence[views.Waits], *, now: datetime
) -> dict[str, datetime]:
    known = sourcing.stage(tx, sorted({one.node for one in waits}), [], now)
    minutes = {
        code: reliability_rules.handling_minutes(known.known, node, share=TYPICAL)
        for code, node in known.nodes.items()
    }
    return {
        one.leg_id: rules.expected_at(
            known.nodes[one.node],
            picked_at=one.picked_at,
            minutes=minutes[one.node],
            holidays=known.holidays[one.node],
            now=now,
        )
        for one in waits
    }


def extend(
    tx: Connection, asked: Extension, *, actor: str, now: datetime, is_once: bool = False
) -> Extended:
    """Keep it for longer, as long as it is there; with `is_once`, unless it was before.

    Raises:
        NothingWaits: it is not there (any more). KeptLongEnough: nothing is kept for ever.
    """
    ready = views.ready_legs(tx, asked.order, asked.node)
    legs = orders.legs(tx, ready) if ready else {}
    held = views.held(tx, asked.order, asked.node)
    is_there = any(leg.shipped_at is None and leg.withdrawn_at is None for leg in legs.values())
    if held is None or not is_there:
        raise NothingWaits(
            order=asked.order, node=asked.node, en="it is not there", fr="elle n'y est pas"
        )
    if is_once and held.extended:
        kept = held.keep_until.date()
        raise KeptLongEnough(order=asked.order, most=kept, until=kept)
    until = rules.extended(asked.order, held.ready_at, max(held.keep_until, now), asked.days)
    node = network.nodes(tx, [asked.node])[asked.node]
    under = actions.settings(tx, [(asked.order, node)], now=now)[asked.order, asked.node]
    remind_at = until - rules.days_long(under.collect_reminded_days)
    store.extend(tx, asked.order, asked.node, until=until, remind_at=remind_at)
    entry = TimelineEntry(
        at=now, kind="pickup_extended", actor=actor, reason=f"{until:%Y-%m-%d}: {asked.reason}"
    )
    collected.note(tx, asked.order, entry)
    _tell(tx, "order.pickup_extended", asked.order, asked.node)
    return Extended(order=asked.order, node=asked.node, keep_until=until)


def give_up(tx: Connection, *, now: datetime, actor: str = SYSTEM.id) -> int:
    """What nobody collected in time is back on sale, and of what was paid a refund is due.

    Whoever hands it over, or extends it, at the same moment holds the order: one of them is first,
    and the other finds it gone. How many there were.
    """
    given_up = 0
    for order, node in sorted(store.ended(tx, now=now, limit=AT_ONCE)):
        ready = views.ready_legs(tx, order, node)
        locked = orders.legs(tx, ready) if ready else {}
        legs = [
            leg for leg in locked.values() if leg.shipped_at is None and leg.withdrawn_at is None
        ]
        held = views.held(tx, order, node)
        if held is None or held.keep_until > now:
            continue
        if legs:
            units = [
                Short(leg=leg.id, line=line.line, units=line.due_units)
                for leg in legs
                for line in leg.lines
                if line.due_units
            ]
            entry = TimelineEntry(
                at=now,
                kind="not_collected",
                actor=actor,
                reason=f"kept until {held.keep_until:%Y-%m-%d %H:%M} UTC",
                cause=rules.cause(order, node, held.keep_until),
            )
            with release.letting_go(tx, order, actor=actor, now=now):
                collected.take_back(tx, legs, units, told=entry)
            given_up += 1
        store.close(tx, order, node, expired_at=now if legs else None)
    return given_up


def remind(tx: Connection, *, now: datetime) -> int:
    """Customers whose order is not kept for much longer are reminded; how many."""
    found = store.reminded(tx, now=now, limit=AT_ONCE)
    for order, node in found:
        _tell(tx, "order.pickup_reminded", order, node)
    return len(found)


def allow(tx: Connection, order: str, name: str | None, *, actor: str, now: datetime) -> None:
    """Say who may collect an order instead of its customer; None: nobody.

    Raises:
        NotFound: there is no such order, or it is not collected in a store.
    """
    if order not in order_views.stores(tx, [order]):
        raise NotFound(what="order", id=order)
    store.set_proxy(tx, order, name, actor=actor, now=now)


def announce(tx: Connection, order: str, told: NoticeBody, *, now: datetime) -> Notice:
    """A customer says that they are there, or when they will be.

    Raises:
        NothingWaits: nothing of it lies ready.
    """
    there = views.collections(tx, now=now, orders=[order])
    if not there:
        raise NothingWaits(order=order, node="-", en="it is not ready", fr="elle n'est pas prête")
    notice = Notice(
        arrives_at=now + timedelta(minutes=told.in_minutes),
        told_at=now,
        vehicle=told.vehicle,
        bay=told.bay,
    )
    store.set_notice(tx, order, there[0].node, notice)
    _tell(tx, "order.customer_coming", order, there[0].node)
    return notice


def renew_codes(tx: Connection, secret: bytes) -> None:
    """Make the codes to come with 32 other random bytes; those that were given out still open."""
    store.replace_secret(tx, secret)


def put_back(tx: Connection, legs: Sequence[str], *, actor: str, now: datetime) -> list[str]:
    """What is not wanted at the counter any more is on its shelf again; of which legs."""
    return store.put_back(tx, legs, actor=actor, now=now)


def save_compartments(tx: Connection, every: Sequence[Compartment]) -> None:
    """Say what lockers hold.

    Raises:
        UnknownCodes: a node is not known here.
    """
    network.check_known(tx, [one.node for one in every])
    store.save_compartments(tx, every)


def _tell(tx: Connection, kind: str, order: str, node: str) -> None:
    events.publish(
        tx, [Event(type=kind, subject=f"order:{order}", node=node, data={"order": order})]
    )
