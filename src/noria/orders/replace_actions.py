"""Verbs of what left and does not come: it is sent again or paid back, and a carrier owes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    tx: Connection,
    key: str,
    asked: ReplaceBody,
    *,
    leg: Leg,
    units: Mapping[int, int],
    parcels: Sequence[str],
    actor: str,
    now: datetime,
) -> Replacement:
    """Units (by line) of a locked leg that left do not come: they are sent again, or paid back.

    They were in these parcels. They are sourced by other nodes than the one they left from, and by
    that one for what no other has. What came back lies on hold at the node that sent it; what a
    carrier lost, it owes. A leg of which nothing else comes is over.

    Raises:
        NotUnderWay: it has not left, has arrived, or was replaced.
        IdReused: something else was replaced under this id.
    """
    check_under_way(leg)
    assert units, "a parcel holds something"
    off = [Short(leg=leg.id, line=line, units=count) for line, count in sorted(units.items())]
    carrier = network.services(tx).get(leg.service)
    owes = carrier is not None and asked.because in OWED
    written = replace_store.insert(
        tx,
        key,
        leg,
        off,
        asked,
        carrier=carrier.carrier if carrier else None,
        claim=Claim.DUE if owes else Claim.NONE,
        actor=actor,
        now=now,
    )
    if not written:
        raise IdReused(id=key)
    replace_store.add_parcels(tx, key, parcels)
    if asked.because is Because.RETURNED:
        _take_back(tx, key, leg, off, actor=actor, now=now)
    _end(tx, key, leg, off, asked, actor=actor, now=now)
    found = known(tx, key)
    _tell(tx, found)
    return found


def check_under_way(leg: Leg) -> None:
    """Refuse a leg that has not left, has arrived, or does not come any more."""
    if leg.shipped_at is None or leg.delivered_at or leg.withdrawn_at:
        raise NotUnderWay(leg=leg.id)


def is_all(leg: Leg, units: Iterable[int]) -> bool:
    """Whether these are all the units that a leg still brings: without them it is over."""
    return sum(units) == sum(line.due_units for line in leg.lines)


def _tell(tx: Connection, found: Replacement) -> None:
    data = {
        "order": found.order,
        "leg": found.leg,
        "parcels": found.parcels,
        "how": found.how.value,
        "because": found.because.value,
        "sent_as": found.sent_as,
    }
    events.publish(
        tx, [Event(type="leg.replaced", subject=f"leg:{found.leg}", node=found.node, data=data)]
    )


def settle_claim(
    tx: Connection, key: str, cents: int, *, now: datetime, must: Callable[[str], None]
) -> Replacement:
    """A carrier has answered for what it lost: what it pays.

    `must` refuses nodes where the actor may not.

    Raises:
        NotFound, NoClaimDue: nothing was written.
    """
    must(known(tx, key).node)
    if not replace_store.settle_claim(tx, key, cents, at=now):
        raise NoClaimDue(replacement=key)
    return known(tx, key)


def known(tx: Connection, key: str) -> Replacement:
    """The replacement of that id.

    Raises:
        NotFound: there is none.
    """
    found = replace_views.replacement(tx, key)
    if found is None:
        raise NotFound(what="replacement", id=key)
    return found


def _end(
    tx: Connection,
    key: str,
    leg: Leg,
    off: Sequence[Short],
    asked: ReplaceBody,
    *,
    actor: str,
    now: datetime,
) -> None:
    """The leg does not bring these units; they wait for another one, or are cancelled."""
    store.drop(tx, off)
    if is_all(leg, (one.units for one in off)):
        replace_store.end_legs(tx, [leg.id], at=now)
    entry = TimelineEntry(
        at=now,
        kind="replaced",
        actor=actor,
        leg=leg.id,
        reason=asked.because.value,
        cause=f"replacement:{key}",
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
    store.restage(tx, [leg.order], now=now)


def _take_back(
    tx: Connection, key: str, leg: Leg, off: Sequence[Short], *, actor: str, now: datetime
) -> None:
    """What is at our door again lies on hold until somebody has looked at it."""
    outside, hold = Place(leg.node, State.OUTSIDE), Place(leg.node, State.HOLD)
    skus = {line.line: line.sku for line in leg.lines}
    moves = tuple(
        Move(sku=skus[one.line], quantity=one.units, source=outside, target=hold) for one in off
    )
    movement = Movement(
        id=uuid7(int(now.timestamp() * 1000)),
        kind=MovementKind.RETURNED,
        cause=f"replacement:{key}",
        happened_at=now,
        moves=moves,
    )
    stock.book(tx, [movement], actor=actor, now=now)
