"""Questions about supply."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound
from noria.people import views as people
from noria.supply.model import (
    CalledOff,
    Discrepancy,
    Purchase,
    PurchaseStatus,
    Receipt,
    ReceivedUnits,
    Settled,
    Transfer,
    TransferStatus,
)

CALLED_OFF = "select cancelled_at as at, actor, reason from supply_cancellation "


def purchase(tx: Connection, purchase_id: str) -> Purchase | None:
    """A purchase order with its lines."""
    lines = rows(
        tx,
        PurchaseStatus,
        "select sku, quantity, received, cost_cents from purchase_line where purchase_order = %s"
        " order by sku",
        [purchase_id],
    )
    cancelled = _called_off(tx, "where purchase_order = %s", purchase_id)
    return row(
        tx,
        lambda **columns: Purchase(**columns, cancelled=cancelled, lines=lines),
        "select id, supplier, node, ordered_at, expected_on, closed_at from purchase_order"
        " where id = %s",
        [purchase_id],
    )


def known_purchase(tx: Connection, purchase_id: str) -> Purchase:
    """A purchase order that there is.

    Raises:
        NotFound: there is none of this id.
    """
    found = purchase(tx, purchase_id)
    if found is None:
        raise NotFound(what="purchase order", id=purchase_id)
    return found


def transfer(tx: Connection, transfer_id: str) -> Transfer | None:
    """A transfer with its lines."""
    lines = rows(
        tx,
        TransferStatus,
        "select sku, planned, dispatched, received from transfer_line where transfer = %s"
        " order by sku",
        [transfer_id],
    )
    cancelled = _called_off(tx, "where transfer = %s", transfer_id)
    return row(
        tx,
        lambda **columns: Transfer(**columns, cancelled=cancelled, lines=lines),
        "select id, source, target, planned_at, expected_on, dispatched_at, received_at"
        " from transfer where id = %s",
        [transfer_id],
    )


def known_transfer(tx: Connection, transfer_id: str) -> Transfer:
    """A transfer that there is.

    Raises:
        NotFound: there is none of this id.
    """
    found = transfer(tx, transfer_id)
    if found is None:
        raise NotFound(what="transfer", id=transfer_id)
    return found


def _called_off(tx: Connection, where: str, key: str) -> CalledOff | None:
    """When, by whom and why it was called off, if it was."""
    found = row(tx, CalledOff, CALLED_OFF + where, [key])
    if found is None:
        return None
    return structs.replace(found, actor_name=people.names(tx, [found.actor]).get(found.actor))


def arrives_at(
    tx: Connection, purchase_id: str | None, transfer_id: str | None, asn_id: str | None
) -> str | None:
    """The node that a purchase order, a transfer or an ASN comes to, if there is one."""
    found = tx.execute(
        """
        select node from purchase_order where id = %s
        union all
        select target from transfer where id = %s
        union all
        select node from asn where id = %s
        """,
        [purchase_id, transfer_id, asn_id],
    ).fetchone()
    return None if found is None else str(found[0])


def open_purchases(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Purchase]:
    """Purchase orders still expected, the earliest first, without their lines."""
    return rows(
        tx,
        Purchase,
        """
        select id, supplier, node, ordered_at, expected_on, closed_at
        from purchase_order
        where closed_at is null
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(day)s::date is null or (expected_on, id) > (%(day)s, %(id)s))
        order by expected_on, id
        limit %(limit)s
        """,
        _paged(nodes, after, limit),
    )


def open_transfers(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Transfer]:
    """Transfers planned or under way, the earliest first, without their lines."""
    return rows(
        tx,
        Transfer,
        """
        select id, source, target, planned_at, expected_on, dispatched_at, received_at
        from transfer
        where received_at is null
            and not exists (
                select from supply_cancellation where supply_cancellation.transfer = transfer.id
            )
            and (%(nodes)s::text[] is null or source = any(%(nodes)s) or target = any(%(nodes)s))
            and (%(day)s::date is null or (expected_on, id) > (%(day)s, %(id)s))
        order by expected_on, id
        limit %(limit)s
        """,
        _paged(nodes, after, limit),
    )


RECEIPT = """
    select id, node, purchase_order, transfer, asn, received_at, recorded_at, actor,
        (
            select coalesce(sum(quantity), 0)::bigint
            from receipt_line
            where receipt_line.receipt = receipt.id
        ) as units,
        (select count(*) from discrepancy where discrepancy.receipt = receipt.id) as discrepancies
    from receipt
"""


def receipt(tx: Connection, receipt_id: str) -> Receipt | None:
    """A receipt with its lines, and what differed from what was expected."""
    lines = rows(
        tx,
        ReceivedUnits,
        "select sku, quantity from receipt_line where receipt = %s order by sku",
        [receipt_id],
    )
    differed = rows(
        tx,
        Discrepancy,
        "select sku, expected, received, reason from discrepancy where receipt = %s order by sku",
        [receipt_id],
    )
    return row(
        tx,
        lambda **columns: Receipt(**columns, lines=lines, differed=differed),
        RECEIPT + "where id = %s",
        [receipt_id],
    )


def receipts(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Receipt]:
    """Receipts, the newest first, without their lines."""
    return rows(
        tx,
        Receipt,
        RECEIPT
        + """
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(day)s::timestamptz is null or (received_at, id) < (%(day)s, %(id)s))
        order by received_at desc, id desc
        limit %(limit)s
        """,
        _paged(nodes, after, limit),
    )


def discrepancies(tx: Connection) -> int:
    """How many SKUs, over all receipts, came otherwise than expected."""
    found = tx.execute("select count(*) from discrepancy").fetchone()
    assert found is not None
    return int(found[0])


def _paged(nodes: Sequence[str] | None, after: Sequence[Any] | None, limit: int) -> dict[str, Any]:
    return {
        "nodes": None if nodes is None else list(nodes),
        "day": after[0] if after else None,
        "id": after[1] if after else None,
        "limit": limit,
    }


def settled(tx: Connection, receipt_id: str) -> Settled | None:
    """How the discrepancies of a receipt were settled; None: they are not."""
    return row(
        tx,
        Settled,
        "select outcome, words, settled_at as at from receipt_settlement where receipt = %s",
        [receipt_id],
    )
