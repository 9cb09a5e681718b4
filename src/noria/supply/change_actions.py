"""Verbs of what is expected: want it otherwise, call it off."""

from datetime import datetime

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.kit.errors import IdReused
from noria.partners import actions as partners
from noria.supply import actions, asn_views, change_rules, change_store, store, views
from noria.supply.change_model import CallOff, PurchaseChange, TransferChange, UnderWay
from noria.supply.model import AlreadyDone, Purchase, Transfer

NAMED_ASNS = 5


def change_purchase(
    tx: Connection,
    purchase_id: str,
    change_id: str,
    change: PurchaseChange,
    *,
    actor: str,
    now: datetime,
) -> Purchase:
    """Another day, other units: what has come of it stays, and what is not named stays.

    Raises:
        NotFound, AlreadyDone, UnknownCodes, Invalid, AgainstTerms, IdReused: it is as it was.
        UnderWay: an ASN announces more of a SKU than would be left of it.
    """
    known = _open_purchase(tx, purchase_id)
    _check_skus(tx, [line.sku for line in change.lines])
    change_rules.check(
        {line.sku: line.quantity for line in known.lines},
        {line.sku: line.received for line in known.lines},
        change.lines,
    )
    _check_announced(tx, known, change)
    asked = {line.sku: line.quantity for line in change.lines if line.quantity}
    partners.check_terms(tx, known.supplier, asked, known.ordered_at.date())
    if not change_store.note(tx, change_id, change, purchase=purchase_id, actor=actor, now=now):
        raise IdReused(id=change_id)
    change_store.change_purchase(tx, purchase_id, change.expected_on, change.lines)
    changed = views.known_purchase(tx, purchase_id)
    if all(line.received >= line.quantity for line in changed.lines):
        change_store.close_purchase(tx, purchase_id, now=now)
    actions.tell(tx, "purchase.changed", f"purchase:{purchase_id}", known.node)
    return views.known_purchase(tx, purchase_id)


def change_transfer(
    tx: Connection,
    transfer_id: str,
    change_id: str,
    change: TransferChange,
    *,
    actor: str,
    now: datetime,
) -> Transfer:
    """Another day, other units, as long as it has not left.

    Raises:
        NotFound, AlreadyDone, UnknownCodes, Invalid, IdReused: it is as it was.
    """
    known = _planned_transfer(tx, transfer_id)
    _check_skus(tx, [line.sku for line in change.lines])
    change_rules.check({line.sku: line.planned for line in known.lines}, {}, change.lines)
    if not change_store.note(tx, change_id, change, transfer=transfer_id, actor=actor, now=now):
        raise IdReused(id=change_id)
    change_store.change_transfer(tx, transfer_id, change.expected_on, change.lines)
    actions.tell(tx, "transfer.changed", f"transfer:{transfer_id}", known.source)
    return views.known_transfer(tx, transfer_id)


def cancel_purchase(
    tx: Connection, purchase_id: str, why: CallOff, *, actor: str, now: datetime
) -> Purchase:
    """Nothing more of it comes; what has come stays.

    Raises:
        NotFound, AlreadyDone: it is as it was.
        UnderWay: an ASN says that some of it is.
    """
    known = _open_purchase(tx, purchase_id)
    if asn_views.announced(tx, purchase_id):
        raise _under_way(tx, purchase_id)
    change_store.call_off(tx, why.reason, purchase=purchase_id, actor=actor, now=now)
    change_store.close_purchase(tx, purchase_id, now=now)
    actions.tell(tx, "purchase.cancelled", f"purchase:{purchase_id}", known.node)
    return views.known_purchase(tx, purchase_id)


def cancel_transfer(
    tx: Connection, transfer_id: str, why: CallOff, *, actor: str, now: datetime
) -> Transfer:
    """It never leaves: nobody has to pick it any more.

    Raises:
        NotFound, AlreadyDone: it is as it was.
    """
    known = _planned_transfer(tx, transfer_id)
    change_store.call_off(tx, why.reason, transfer=transfer_id, actor=actor, now=now)
    actions.tell(tx, "transfer.cancelled", f"transfer:{transfer_id}", known.source)
    return views.known_transfer(tx, transfer_id)


def _check_skus(tx: Connection, skus: list[str]) -> None:
    catalog.check_known(tx, skus)
    actions.check_once(skus)


def _open_purchase(tx: Connection, purchase_id: str) -> Purchase:
    """A purchase order of which something may still come, locked."""
    store.lock_purchase(tx, purchase_id)
    known = views.known_purchase(tx, purchase_id)
    if known.closed_at is not None:
        status = "closed" if known.cancelled is None else "cancelled"
        raise AlreadyDone(what="purchase order", id=purchase_id, status=status)
    return known


def _planned_transfer(tx: Connection, transfer_id: str) -> Transfer:
    """A transfer that has not left, locked."""
    store.lock_transfer(tx, transfer_id)
    known = views.known_transfer(tx, transfer_id)
    actions.check_leaves(known)
    return known


def _check_announced(tx: Connection, known: Purchase, change: PurchaseChange) -> None:
    """Refuse to order less than what has come and what is announced."""
    received = {line.sku: line.received for line in known.lines}
    announced = asn_views.announced(tx, known.id)
    for line in change.lines:
        due = announced.get(line.sku, 0)
        if due and line.quantity < received.get(line.sku, 0) + due:
            raise _under_way(tx, known.id)


def _under_way(tx: Connection, purchase_id: str) -> UnderWay:
    found = asn_views.open_asns(tx, nodes=None, purchase_order=purchase_id, limit=NAMED_ASNS)
    return UnderWay(id=purchase_id, asns=", ".join(f"ASN {asn.id}" for asn in found))
