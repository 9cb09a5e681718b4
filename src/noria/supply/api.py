"""Supply at the door: purchase orders, transfers, receipts."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.kit.ids import Code
from noria.supply import actions, views
from noria.supply.model import (
    Dispatch,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    Purchase,
    Receipt,
    Received,
    Settlement,
    SettlementBody,
    Transfer,
)


class MadeHere(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node makes to order: all of it; what is not named is not made there."""

    skus: Annotated[tuple[Code, ...], Meta(max_length=100_000)]


@puts("/purchase-orders/{purchase_id:str}", Permission.SUPPLY_WRITE)
def put_purchase(
    purchase_id: PathCode, data: JSONBody[NewPurchase], door: NamedDependency[Door]
) -> Response[Purchase]:
    """Ask units from a supplier."""
    door.actor.must(Permission.SUPPLY_WRITE, data.node)
    return door.once(purchase_id, data, lambda tx, _: actions.buy(tx, purchase_id, data))


@reads("/purchase-orders/{purchase_id:str}", Permission.SUPPLY_READ)
def get_purchase(purchase_id: PathCode, door: NamedDependency[Door]) -> Purchase:
    """A purchase order as it stands."""
    found = door.read(lambda tx: views.known_purchase(tx, purchase_id))
    door.actor.must(Permission.SUPPLY_READ, found.node)
    return found


@reads("/purchase-orders", Permission.SUPPLY_READ)
def get_purchases(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Purchase]:
    """Purchase orders still expected, the earliest first, without their lines."""
    nodes, after = door.nodes(Permission.SUPPLY_READ, node), cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.open_purchases(tx, nodes=nodes, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.expected_on.isoformat(), one.id))


@puts("/transfers/{transfer_id:str}", Permission.SUPPLY_WRITE)
def put_transfer(
    transfer_id: PathCode, data: JSONBody[NewTransfer], door: NamedDependency[Door]
) -> Response[Transfer]:
    """Plan to move units from node to node."""
    door.actor.must(Permission.SUPPLY_WRITE, data.source)
    return door.once(
        transfer_id, data, lambda tx, now: actions.plan_transfer(tx, transfer_id, data, now=now)
    )


@reads("/transfers/{transfer_id:str}", Permission.SUPPLY_READ)
def get_transfer(transfer_id: PathCode, door: NamedDependency[Door]) -> Transfer:
    """A transfer as it stands."""
    return _transfer(door, Permission.SUPPLY_READ, transfer_id)


@reads("/transfers", Permission.SUPPLY_READ)
def get_transfers(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Transfer]:
    """Transfers planned or under way, the earliest first, without their lines."""
    nodes, after = door.nodes(Permission.SUPPLY_READ, node), cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.open_transfers(tx, nodes=nodes, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.expected_on.isoformat(), one.id))


@puts("/transfers/{transfer_id:str}/dispatch", Permission.SUPPLY_WRITE)
def put_dispatch(
    transfer_id: PathCode, data: JSONBody[Dispatch], door: NamedDependency[Door]
) -> Response[Transfer]:
    """A transfer leaves its source: what was loaded is in transit."""
    source = _transfer(door, Permission.SUPPLY_READ, transfer_id).source
    door.actor.must(Permission.SUPPLY_WRITE, source)
    return door.once(
        transfer_id,
        data,
        lambda tx, now: actions.dispatch(tx, transfer_id, data, actor=door.actor.id, now=now),
    )


@puts("/receipts/{receipt_id:str}", Permission.SUPPLY_WRITE)
def put_receipt(
    receipt_id: PathCode, data: JSONBody[NewReceipt], door: NamedDependency[Door]
) -> Response[Received]:
    """Count in what came of a purchase order, a transfer or an ASN; differences need a reason."""
    node = door.read(lambda tx: views.arrives_at(tx, data.purchase_order, data.transfer, data.asn))
    if node is not None:
        door.actor.must(Permission.SUPPLY_WRITE, node)
    return door.once(
        receipt_id,
        data,
        lambda tx, now: actions.receive(tx, receipt_id, data, actor=door.actor.id, now=now),
    )


@reads("/receipts/{receipt_id:str}", Permission.SUPPLY_READ)
def get_receipt(receipt_id: PathCode, door: NamedDependency[Door]) -> Receipt:
    """What was counted in, and what differed from what was expected."""
    found = door.read(lambda tx: views.receipt(tx, receipt_id))
    if found is None:
        raise NotFound(what="receipt", id=receipt_id)
    door.actor.must(Permission.SUPPLY_READ, found.node)
    return found


@reads("/receipts", Permission.SUPPLY_READ)
def get_receipts(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Receipt]:
    """Receipts, the newest first, without their lines."""
    nodes, after = door.nodes(Permission.SUPPLY_READ, node), cursor(page_cursor, 2)
    found = door.read(lambda tx: views.receipts(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.received_at.isoformat(), one.id))


@puts("/receipts/{receipt_id:str}/settlement", Permission.SUPPLY_WRITE)
def put_receipt_settlement(
    receipt_id: PathCode, data: JSONBody[SettlementBody], door: NamedDependency[Door]
) -> Response[Settlement]:
    """Say what became of the discrepancies of a receipt: they need nobody any more."""
    found = door.read(lambda tx: views.receipt(tx, receipt_id))
    if found is None:
        raise NotFound(what="receipt", id=receipt_id)
    door.actor.must(Permission.SUPPLY_WRITE, found.node)
    return door.once(
        receipt_id,
        data,
        lambda tx, now: actions.settle(tx, receipt_id, data, actor=door.actor.id, now=now),
        reused=lambda tx: actions.settled_otherwise(tx, receipt_id, data),
    )


@puts("/nodes/{node:str}/made-here", Permission.SUPPLY_WRITE)
def put_made_here(
    node: PathCode, data: JSONBody[MadeHere], door: NamedDependency[Door]
) -> Response[MadeHere]:
    """Say what a node makes to order."""
    door.actor.must(Permission.SUPPLY_WRITE, node)

    def made(tx: Connection, _now: datetime) -> MadeHere:
        actions.set_made(tx, node, data.skus)
        return data

    return door.act(data, made)


def _transfer(door: Door, permission: Permission, transfer_id: str) -> Transfer:
    found = door.read(lambda tx: views.known_transfer(tx, transfer_id))
    if not door.actor.may(permission, found.source):
        door.actor.must(permission, found.target)
    return found


routes = [
    put_purchase,
    get_purchase,
    get_purchases,
    put_transfer,
    get_transfer,
    get_transfers,
    put_dispatch,
    put_receipt,
    get_receipt,
    get_receipts,
    put_receipt_settlement,
    put_made_here,
]
