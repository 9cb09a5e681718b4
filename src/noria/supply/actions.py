"""Verbs of supply: buy, transfer, dispatch, receive."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.catalog import views as catalog
from noria.kit import errors, events
from noria.kit.db import Connection
from noria.kit.errors import Fault, IdReused, Invalid, NotFound, SettledOtherwise, Stale
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.partners import actions as partners
from noria.stock import actions as stock
from noria.stock.model import Move, Movement, MovementKind, State
from noria.supply import asn_store, asn_views, rules, store, views
from noria.supply.model import (
    AlreadyDone,
    Dispatch,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    NotDispatched,
    NothingToSettle,
    Purchase,
    Received,
    Settlement,
    SettlementBody,
    Transfer,
)


def buy(tx: Connection, purchase_id: str, new: NewPurchase) -> Purchase:
    """Ask units from a supplier.

    Raises:
        UnknownCodes, Invalid, IdReused, AgainstTerms: nothing was ordered.
    """
    catalog.check_known(tx, [line.sku for line in new.lines])
    network.check_known(tx, [new.node])
    check_once([line.sku for line in new.lines])
    asked = {line.sku: line.quantity for line in new.lines}
    partners.check_terms(tx, new.supplier, asked, new.ordered_at.date())
    if not store.insert_purchase(tx, purchase_id, new):
        raise IdReused(id=purchase_id)
    tell(tx, "purchase.ordered", f"purchase:{purchase_id}", new.node)
    return views.known_purchase(tx, purchase_id)


def plan_transfer(tx: Connection, transfer_id: str, new: NewTransfer, *, now: datetime) -> Transfer:
    """Plan to move units from node to node; nothing moves yet.

    Raises:
        UnknownCodes, Invalid, IdReused: nothing was planned.
    """
    catalog.check_known(tx, [line.sku for line in new.lines])
    network.check_known(tx, [new.source, new.target])
    check_once([line.sku for line in new.lines])
    if new.source == new.target:
        raise Invalid(faults=[Fault("/target", "it is the source")])
    if not store.insert_transfer(tx, transfer_id, new, now=now):
        raise IdReused(id=transfer_id)
    tell(tx, "transfer.planned", f"transfer:{transfer_id}", new.source)
    return views.known_transfer(tx, transfer_id)


def dispatch(
    tx: Connection, transfer_id: str, what: Dispatch, *, actor: str, now: datetime
) -> Transfer:
    """A transfer leaves: its units are in transit.

    Raises:
        NotFound, AlreadyDone, NotPlanned, NotEnoughStock: nothing has left.
    """
    check_once([line.sku for line in what.lines or ()])
    store.lock_transfer(tx, transfer_id)
    known = views.known_transfer(tx, transfer_id)
    check_leaves(known)
    there = _shelf(tx, known) if what.is_partial else None
    moves = rules.loaded(known, what.lines, there)
    cause = f"transfer:{transfer_id}"
    if moves:
        movement = _movement(MovementKind.TRANSFERRED, cause, moves, now, now)
        stock.shift(tx, [movement], actor=actor, now=now)
    store.dispatch(tx, transfer_id, {move.sku: move.quantity for move in moves}, now=now)
    tell(tx, "transfer.dispatched", cause, known.source)
    return views.known_transfer(tx, transfer_id)


def receive(
    tx: Connection, receipt_id: str, new: NewReceipt, *, actor: str, now: datetime
) -> Received:
    """Units were counted in; where they are not what was expected, the reason is kept with them.

    Raises:
        NotFound, AlreadyDone, NotDispatched, NeedsReason, IdReused: nothing was received.
    """
    catalog.check_known(tx, [line.sku for line in new.lines])
    check_once([line.sku for line in new.lines])
    match new.purchase_order, new.transfer, new.asn:
        case str() as purchase_id, None, None:
            return _receive_purchase(tx, receipt_id, purchase_id, new, actor=actor, now=now)
        case None, str() as transfer_id, None:
            return _receive_transfer(tx, receipt_id, transfer_id, new, actor=actor, now=now)
        case None, None, str() as asn_id:
            return _receive_asn(tx, receipt_id, asn_id, new, actor=actor, now=now)
    says = "name a purchase order, a transfer or an ASN, and only one of them"
    raise Invalid(faults=[Fault("/purchase_order", says)])


def settle(
    tx: Connection, receipt_id: str, how: SettlementBody, *, actor: str, now: datetime
) -> Settlement:
    """Somebody has looked after what a receipt did not bring, or brought beyond it: once.

    Raises:
        NotFound: there is no such receipt.
        NothingToSettle: it came as expected.
        SettledOtherwise: somebody settled it before, in another way or other words.
    """
    known = views.receipt(tx, receipt_id)
    if known is None:
        raise NotFound(what="receipt", id=receipt_id)
    if not known.discrepancies:
        raise NothingToSettle(receipt=receipt_id)
    is_new = store.settle(tx, receipt_id, how, actor=actor, now=now)
    if not is_new and (refusal := settled_otherwise(tx, receipt_id, how)):
        raise refusal
    settled = views.settled(tx, receipt_id)
    assert settled is not None, "it is settled by now"
    return Settlement(
        receipt=receipt_id,
        outcome=how.outcome,
        discrepancies=known.discrepancies,
        settled_at=settled.at,
    )


def settled_otherwise(
    tx: Connection, receipt_id: str, how: SettlementBody
) -> SettledOtherwise | None:
    """What differs from how a receipt was settled; None: nothing, or it was not."""
    known = views.settled(tx, receipt_id)
    if known is None:
        return None
    return errors.settled_otherwise(
        receipt_id,
        {"outcome": known.outcome, "words": known.words},
        {"outcome": how.outcome.value, "words": how.words.strip()},
    )


def set_made(tx: Connection, node: str, skus: Sequence[str]) -> None:
    """Say what a node makes to order; it replaces what was said before.

    Raises:
        UnknownCodes: a SKU or the node is not known here.
    """
    catalog.check_known(tx, skus)
    network.check_known(tx, [node])
    store.set_made(tx, node, skus)


def _receive_purchase(
    tx: Connection, receipt_id: str, purchase_id: str, new: NewReceipt, *, actor: str, now: datetime
) -> Received:
    store.lock_purchase(tx, purchase_id)
    known = views.known_purchase(tx, purchase_id)
    if known.closed_at:
        raise AlreadyDone(what="purchase order", id=purchase_id, status="closed")
    expected = {line.sku: max(line.quantity - line.received, 0) for line in known.lines}
    differences = rules.discrepancies(expected, new.lines, is_last=new.is_last)
    if not store.insert_receipt(tx, receipt_id, known.node, new, actor=actor, now=now):
        raise IdReused(id=receipt_id)
    moves = rules.bought(known.node, new.lines)
    cause = f"purchase:{purchase_id}"
    parts = [(MovementKind.RECEIVED, moves)]
    _book(tx, cause, parts, new.received_at, actor=actor, now=now)
    units = {line.sku: line.quantity for line in new.lines}
    is_done = new.is_last or all(units.get(sku, 0) >= due for sku, due in expected.items())
    store.receive_purchase(tx, purchase_id, units, closed_at=now if is_done else None)
    store.save_discrepancies(tx, receipt_id, differences)
    tell(tx, "purchase.received", cause, known.node)
    return Received(
        id=receipt_id, node=known.node, units=sum(units.values()), discrepancies=differences
    )


def _receive_asn(
    tx: Connection, receipt_id: str, asn_id: str, new: NewReceipt, *, actor: str, now: datetime
) -> Received:
    """Count in what was announced; of its purchase order it has come too."""
    purchase_id = asn_views.known(tx, asn_id)[0].purchase_order
    if purchase_id is not None:
        store.lock_purchase(tx, purchase_id)
    asn_store.lock(tx, asn_id)
    known, _ = asn_views.known(tx, asn_id)
    if known.closed_at is not None:
        raise AlreadyDone(what="ASN", id=asn_id, status=known.status)
    if known.purchase_order != purchase_id:
        raise Stale(believed=str(purchase_id), current=str(known.purchase_order))
    expected = {line.sku: max(line.quantity - line.received, 0) for line in known.lines}
    differences = rules.discrepancies(expected, new.lines, is_last=new.is_last)
    said = msgspec.structs.replace(new, purchase_order=purchase_id)
    if not store.insert_receipt(tx, receipt_id, known.node, said, actor=actor, now=now):
        raise IdReused(id=receipt_id)
    cause = f"asn:{asn_id}" if purchase_id is None else f"purchase:{purchase_id}"
    parts = [(MovementKind.RECEIVED, rules.bought(known.node, new.lines))]
    _book(tx, cause, parts, new.received_at, actor=actor, now=now)
    units = {line.sku: line.quantity for line in new.lines}
    is_done = new.is_last or all(units.get(sku, 0) >= due for sku, due in expected.items())
    asn_store.receive(tx, asn_id, units, closed_at=now if is_done else None)
    if purchase_id is not None:
        bought = views.known_purchase(tx, purchase_id)
        is_whole = all(
            line.received + units.get(line.sku, 0) >= line.quantity for line in bought.lines
        )
        closed_at = bought.closed_at or (now if is_whole else None)
        store.receive_purchase(tx, purchase_id, units, closed_at=closed_at)
    store.save_discrepancies(tx, receipt_id, differences)
    tell(tx, "asn.received", f"asn:{asn_id}", known.node)
    return Received(
        id=receipt_id, node=known.node, units=sum(units.values()), discrepancies=differences
    )


def _receive_transfer(
    tx: Connection, receipt_id: str, transfer_id: str, new: NewReceipt, *, actor: str, now: datetime
) -> Received:
    store.lock_transfer(tx, transfer_id)
    known = views.known_transfer(tx, transfer_id)
    if known.cancelled is not None:
        check_leaves(known)
    if known.dispatched_at is None:
        raise NotDispatched(id=transfer_id, source=known.source)
    if known.received_at:
        raise AlreadyDone(what="transfer", id=transfer_id, status="received")
    under_way = {line.sku: line.dispatched for line in known.lines if line.dispatched}
    differences = rules.discrepancies(under_way, new.lines, is_last=True)
    if not store.insert_receipt(tx, receipt_id, known.target, new, actor=actor, now=now):
        raise IdReused(id=receipt_id)
    arrived, found, lost = rules.unloaded(known.target, under_way, new.lines)
    cause = f"transfer:{transfer_id}"
    parts = [
        (MovementKind.TRANSFERRED, arrived),
        (MovementKind.FOUND, found),
        (MovementKind.LOST, lost),
    ]
    _book(tx, cause, parts, new.received_at, actor=actor, now=now)
    units = {line.sku: line.quantity for line in new.lines}
    store.receive_transfer(tx, transfer_id, units, now=now)
    store.save_discrepancies(tx, receipt_id, differences)
    tell(tx, "transfer.received", cause, known.target)
    return Received(
        id=receipt_id, node=known.target, units=sum(units.values()), discrepancies=differences
    )


def _shelf(tx: Connection, transfer: Transfer) -> dict[str, int]:
    """What the source's shelf holds of a transfer, locked so that it stays until it is loaded."""
    skus = [line.sku for line in transfer.lines]
    balances = stock.lock(tx, [(sku, transfer.source, State.AVAILABLE) for sku in skus])
    return {sku: balances[sku, transfer.source, State.AVAILABLE] for sku in skus}


def _book(
    tx: Connection,
    cause: str,
    parts: Sequence[tuple[MovementKind, tuple[Move, ...]]],
    happened_at: datetime,
    *,
    actor: str,
    now: datetime,
) -> None:
    """One movement for each part that moves anything; their shelves are locked all at once."""
    movements = [_movement(kind, cause, moves, happened_at, now) for kind, moves in parts if moves]
    if movements:
        stock.book(tx, movements, actor=actor, now=now)


def _movement(
    kind: MovementKind, cause: str, moves: tuple[Move, ...], happened_at: datetime, now: datetime
) -> Movement:
    return Movement(
        id=uuid7(int(now.timestamp() * 1000)),
        kind=kind,
        cause=cause,
        happened_at=happened_at,
        moves=moves,
    )


def check_leaves(transfer: Transfer) -> None:
    """Refuse a transfer that has left, or never will."""
    if transfer.cancelled is not None:
        raise AlreadyDone(what="transfer", id=transfer.id, status="cancelled")
    if transfer.dispatched_at is not None:
        raise AlreadyDone(what="transfer", id=transfer.id, status="dispatched")


def check_once(skus: Sequence[str]) -> None:
    """Refuse a list in which a SKU is there twice."""
    first = {sku: place for place, sku in reversed(list(enumerate(skus)))}
    twice = [place for place, sku in enumerate(skus) if first[sku] != place]
    if twice:
        raise Invalid(
            faults=[
                Fault(f"/lines/{place}/sku", f"{skus[place]} is there twice") for place in twice
            ]
        )


def tell(tx: Connection, kind: str, subject: str, node: str) -> None:
    """Let listeners know."""
    events.publish(tx, [Event(type=kind, subject=subject, node=node, data={})])
