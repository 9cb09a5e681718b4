"""Verbs of a return: announce, receive, inspect, call off."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import reliability_actions as reliability
from noria.network import views as network
from noria.network.reliability_model import Observation
from noria.orders import carried_actions as carried
from noria.orders import refund_actions as refunds
from noria.orders import replace_actions as replacements
from noria.orders import views as orders
from noria.orders.model import TimelineEntry
from noria.orders.replace_model import Because
from noria.returns import rules, store, views
from noria.returns.model import Inspection, NewReturn, Reception, Rma, WrongReturnStage
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind


def measure(tx: Connection, *, now: datetime) -> bool:
    """Tell the network what came back as waste on days gone by; whether there may be more."""

    def observe(first: date, last: date) -> list[Observation]:
        return rules.observed_damage(views.damaged(tx, first, last))

    return reliability.measure(tx, "returns", observe, now=now)


def lock(tx: Connection, order: str) -> None:
    """Nobody else announces a return of this order now: for who looks what may come back of it."""
    store.lock_order(tx, order)


def announce(tx: Connection, rma_id: str, new: NewReturn, *, actor: str, now: datetime) -> Rma:
    """Give leave to return: the units are on their way back to the node.

    What was replaced comes back for its replacement, and takes nothing off what may be returned of
    what was sent again; and where a carrier brings it back, there it is: any node is named for it.

    Raises:
        NotFound, UnknownCodes, TakesNoReturns, NotReturnable, IdReused: nothing was announced.
    """
    network.check_known(tx, [new.node])
    if new.replacement is None:
        rules.check_takes(network.nodes(tx, [new.node])[new.node])
    if not orders.stages(tx, [new.order]):
        raise NotFound(what="order", id=new.order)
    store.lock_order(tx, new.order)
    rules.check_returnable(
        new.order,
        _may_come_back(tx, new),
        views.returned_units(tx, new.order, new.replacement),
        new.lines,
    )
    if not store.insert(tx, rma_id, new, now=now):
        raise IdReused(id=rma_id)
    moves = rules.announced(new.node, new.lines)
    _book(tx, rma_id, [(MovementKind.RETURNED, moves)], actor=actor, now=now)
    return _tell(tx, "return.announced", rma_id, actor=actor, now=now, reason=new.reason)


def _may_come_back(tx: Connection, new: NewReturn) -> dict[str, int]:
    """Units by SKU that may be announced: what was sent, or what did not come of a replacement."""
    if new.replacement is None:
        return orders.shipped_units(tx, new.order)
    known = replacements.known(tx, new.replacement)
    if known.order != new.order:
        raise NotFound(what="replacement", id=new.replacement)
    units: Counter[str] = Counter()
    if known.because is not Because.RETURNED:  # it lies on hold already
        for line in known.lines:
            units[line.sku] += line.units
    return dict(units)


def receive(tx: Connection, rma_id: str, what: Reception, *, actor: str, now: datetime) -> Rma:
    """A return was opened: what was in it is on hold until it is inspected.

    Raises:
        NotFound, UnknownCodes, WrongReturnStage: nothing was received.
    """
    store.lock(tx, rma_id)
    rma = _known(tx, rma_id)
    if rma.received_at:
        raise WrongReturnStage(id=rma_id, verb="received", stage=_stage(rma))
    catalog.check_known(tx, [line.sku for line in what.lines])
    expected = {line.sku: line.quantity for line in rma.lines}
    received, found, missing = rules.opened(rma.node, expected, what.lines)
    _book(
        tx,
        rma_id,
        [
            (MovementKind.RETURNED, received),
            (MovementKind.FOUND, found),
            (MovementKind.CORRECTED, missing),
        ],
        actor=actor,
        now=now,
    )
    units: Counter[str] = Counter()
    for line in what.lines:
        units[line.sku] += line.quantity
    store.receive(tx, rma_id, units, now=now)
    return _tell(tx, "return.received", rma_id, actor=actor, now=now)


def call_off(tx: Connection, rma_id: str, *, reason: str, actor: str, now: datetime) -> Rma:
    """A return that was announced does not come: nothing is on its way any more, nothing is due.

    What comes after all may be announced anew.

    Raises:
        NotFound, WrongReturnStage: nothing has changed.
    """
    store.lock(tx, rma_id)
    rma = _known(tx, rma_id)
    if rma.received_at:
        raise WrongReturnStage(id=rma_id, verb="called off", stage=_stage(rma))
    _, _, missing = rules.opened(rma.node, {line.sku: line.quantity for line in rma.lines}, ())
    _book(tx, rma_id, [(MovementKind.CORRECTED, missing)], actor=actor, now=now)
    store.call_off(tx, rma_id, now=now)
    return _tell(tx, "return.called_off", rma_id, actor=actor, now=now, reason=reason)


def inspect(tx: Connection, rma_id: str, what: Inspection, *, actor: str, now: datetime) -> Rma:
    """A return was inspected: every unit goes where its condition sends it.

    Raises:
        NotFound, WrongReturnStage, InspectedOtherwise: nothing has moved.
    """
    carried.lock(tx, [_known(tx, rma_id).order])
    store.lock(tx, rma_id)
    rma = _known(tx, rma_id)
    if rma.received_at is None or rma.closed_at:
        raise WrongReturnStage(id=rma_id, verb="inspected", stage=_stage(rma))
    rules.check_inspected({line.sku: line.received for line in rma.lines}, what.lines)
    moves = rules.disposed(rma.node, what.lines)
    booked = _book(tx, rma_id, [(MovementKind.INSPECTED, moves)], actor=actor, now=now)
    store.close(tx, rma_id, what.lines, booked[0] if booked else None, now=now)
    if rma.replacement is None:
        came = {line.sku: line.received for line in rma.lines}
        cause = f"return:{rma_id}"
        refunds.owe_returned(
            tx, rma.order, came, cause=cause, asked_at=rma.asked_at, actor=actor, now=now
        )
    return _tell(tx, "return.inspected", rma_id, actor=actor, now=now)


def _book(
    tx: Connection,
    rma_id: str,
    parts: Sequence[tuple[MovementKind, tuple[Move, ...]]],
    *,
    actor: str,
    now: datetime,
) -> list[str]:
    """Book the parts that move anything; the ids of their movements."""
    movements = [
        Movement(
            id=uuid7(int(now.timestamp() * 1000)),
            kind=kind,
            cause=f"return:{rma_id}",
            happened_at=now,
            moves=moves,
        )
        for kind, moves in parts
        if moves
    ]
    if movements:
        stock.book(tx, movements, actor=actor, now=now)
    return [movement.id for movement in movements]


def _known(tx: Connection, rma_id: str) -> Rma:
    found = views.rma(tx, rma_id)
    if found is None:
        raise NotFound(what="return", id=rma_id)
    return found


def _stage(rma: Rma) -> str:
    if rma.called_off_at:
        return "called off"
    if rma.closed_at:
        return "inspected"
    return "received" if rma.received_at else "announced"


def _tell(
    tx: Connection, kind: str, rma_id: str, *, actor: str, now: datetime, reason: str = ""
) -> Rma:
    """Tell whoever listens, and the order that it comes from."""
    rma = _known(tx, rma_id)
    entry = TimelineEntry(
        at=now,
        kind=kind.replace(".", "_"),
        actor=actor,
        reason=reason,
        cause=f"return:{rma_id}",
    )
    carried.note(tx, [(rma.order, entry)])
    events.publish(
        tx,
        [Event(type=kind, subject=f"order:{rma.order}", node=rma.node, data={"return": rma_id})],
    )
    return rma
