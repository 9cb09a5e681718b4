"""Verbs of what left and does not come: it is sent again or paid back, and a carrier owes it."""

from collections.abc import Callable
from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.orders import (
    actions,
    plan_actions,
    replace_store,
    replace_views,
    rules,
    store,
    views,
)
from noria.orders.model import Leg, Short, TimelineEntry
from noria.orders.replace_model import (
    Because,
    Claim,
    How,
    NoClaimDue,
    NotUnderWay,
    ReplaceBody,
    Replacement,
)
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, Place, State

OWED = frozenset({Because.LOST, Because.DAMAGED})


def replace(
    tx: Connection, key: str, asked: ReplaceBody, *, actor: str, now: datetime
) -> Replacement:
    """A leg that left does not come: its units are sent again, or what was paid is due back.

    They are sourced by other nodes than the one they left from, and by that one for what no other
    has. What came back lies on hold at the node that sent it; what a carrier lost, it owes.

    Raises:
        NotFound: there is no such leg.
        NotUnderWay: it has not left, has arrived, or was replaced.
        IdReused: something else was replaced under this id.
    """
    leg = actions.legs(tx, [asked.leg])[asked.leg]
    if leg.shipped_at is None or leg.delivered_at or leg.withdrawn_at:
        raise NotUnderWay(leg=leg.id)
    carrier = network.services(tx).get(leg.service)
    owes = carrier is not None and asked.because in OWED
    written = replace_store.insert(
        tx,
        key,
        leg,
        asked,
        carrier=carrier.carrier if carrier else None,
        claim=Claim.DUE if owes else Claim.NONE,
        actor=actor,
        now=now,
    )
    if not written:
        raise IdReused(id=key)
    if asked.because is Because.RETURNED:
        _take_back(tx, key, leg, actor=actor, now=now)
    _end(tx, key, leg, asked, actor=actor, now=now)
    found = replace_views.replacement(tx, key)
    assert found is not None, "it has just been written"
    events.publish(
        tx,
        [
            Event(
                type="leg.replaced",
                subject=f"leg:{leg.id}",
                node=leg.node,
                data={
                    "order": leg.order,
                    "leg": leg.id,
                    "how": asked.how.value,
                    "because": asked.because.value,
                    "sent_as": found.sent_as,
                },
            )
        ],
    )
    return found


def settle_claim(
    tx: Connection, key: str, cents: int, *, now: datetime, must: Callable[[str], None]
) -> Replacement:
    """A carrier has answered for what it lost: what it pays.

    `must` refuses nodes where the actor may not.

    Raises:
        NotFound, NoClaimDue: nothing was written.
    """
    known = replace_views.replacement(tx, key)
    if known is None:
        raise NotFound(what="replacement", id=key)
    must(known.node)
    if not replace_store.settle_claim(tx, key, cents, at=now):
        raise NoClaimDue(replacement=key)
    found = replace_views.replacement(tx, key)
    assert found is not None
    return found


def _end(
    tx: Connection, key: str, leg: Leg, asked: ReplaceBody, *, actor: str, now: datetime
) -> None:
    """The leg sends nothing any more; its units wait for another, or are cancelled."""
    cause = f"replacement:{key}"
    off = [Short(leg=leg.id, line=line.line, units=line.due_units) for line in leg.lines]
    off = [one for one in off if one.units]
    store.drop(tx, off)
    replace_store.end_legs(tx, [leg.id], at=now)
    entry = TimelineEntry(
        at=now, kind="replaced", actor=actor, leg=leg.id, reason=asked.because.value, cause=cause
    )
    if asked.how is How.REFUND:
        store.change_lines(tx, [(leg.order, one.line, 0, one.units) for one in off])
        actions.stopped_units(tx, leg.order, [(one.line, one.units) for one in off], told=entry)
        return
    store.change_lines(tx, [(leg.order, one.line, one.units, 0) for one in off])
    store.note(tx, [(leg.order, entry)])
    _send_again(tx, leg, asked, actor=actor, now=now)


def _send_again(tx: Connection, leg: Leg, asked: ReplaceBody, *, actor: str, now: datetime) -> None:
    """Source what waits elsewhere first; what nobody else has, the same node may send."""
    reason = f"{leg.id} was {asked.because.value}"
    elsewhere = {leg.order: {leg.node}}
    plan_actions.source(tx, [leg.order], actor=actor, now=now, without=elsewhere, reason=reason)
    if rules.wanted(views.lines(tx, [leg.order])[leg.order]):
        plan_actions.source(tx, [leg.order], actor=actor, now=now, reason=reason)
    plan_actions.expect(tx, [leg.order], now=now)
    plan_actions.restage(tx, [leg.order], now=now)


def _take_back(tx: Connection, key: str, leg: Leg, *, actor: str, now: datetime) -> None:
    """What is at our door again lies on hold until somebody has looked at it."""
    outside, hold = Place(leg.node, State.OUTSIDE), Place(leg.node, State.HOLD)
    moves = tuple(
        Move(sku=line.sku, quantity=line.due_units, source=outside, target=hold)
        for line in leg.lines
        if line.due_units
    )
    if moves:
        movement = Movement(
            id=uuid7(int(now.timestamp() * 1000)),
            kind=MovementKind.RETURNED,
            cause=f"replacement:{key}",
            happened_at=now,
            moves=moves,
        )
        stock.book(tx, [movement], actor=actor, now=now)
