"""Purchase orders, transfers and receipts: the SQL that writes, and the reads that it locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.supply.model import (
    Discrepancy,
    NewPurchase,
    NewReceipt,
    NewTransfer,
    SettlementBody,
)


def insert_purchase(tx: Connection, purchase_id: str, new: NewPurchase) -> bool:
    """Write a purchase order; whether it was new."""
    fresh = tx.execute(
        """
        insert into purchase_order (id, supplier, node, ordered_at, expected_on)
        values (%s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [purchase_id, new.supplier, new.node, new.ordered_at, new.expected_on],
    ).rowcount
    if fresh:
        tx.execute(
            """
            insert into purchase_line (purchase_order, sku, quantity, cost_cents)
            select %s, * from unnest(%s::text[], %s::bigint[], %s::bigint[])
            """,
            [
                purchase_id,
                [line.sku for line in new.lines],
                [line.quantity for line in new.lines],
                [line.cost_cents for line in new.lines],
            ],
        )
    return bool(fresh)


def insert_transfer(tx: Connection, transfer_id: str, new: NewTransfer, *, now: datetime) -> bool:
    """Write a planned transfer; whether it was new."""
    fresh = tx.execute(
        """
        insert into transfer (id, source, target, planned_at, expected_on)
        values (%s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [transfer_id, new.source, new.target, now, new.expected_on],
    ).rowcount
    if fresh:
        tx.execute(
            """
            insert into transfer_line (transfer, sku, planned)
            select %s, * from unnest(%s::text[], %s::bigint[])
            """,
            [
                transfer_id,
                [line.sku for line in new.lines],
                [line.quantity for line in new.lines],
            ],
        )
    return bool(fresh)


def lock_purchase(tx: Connection, purchase_id: str) -> None:
    tx.execute("select from purchase_order where id = %s for update", [purchase_id])


def lock_transfer(tx: Connection, transfer_id: str) -> None:
    tx.execute("select from transfer where id = %s for update", [transfer_id])


def dispatch(tx: Connection, transfer_id: str, units: Mapping[str, int], *, now: datetime) -> None:
    """Write what left with a transfer."""
    tx.execute("update transfer set dispatched_at = %s where id = %s", [now, transfer_id])
    tx.execute(
        """
        update transfer_line
        set dispatched = given.units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        where transfer = %s and transfer_line.sku = given.sku
        """,
        [list(units), list(units.values()), transfer_id],
    )


def insert_receipt(
    tx: Connection, receipt_id: str, node: str, new: NewReceipt, *, actor: str, now: datetime
) -> bool:
    """Write a receipt with its lines, but for those of which nothing came; whether it was new."""
    is_new = tx.execute(
        """
        insert into receipt
            (id, purchase_order, transfer, asn, node, received_at, recorded_at, actor)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [
            *(receipt_id, new.purchase_order, new.transfer, new.asn, node),
            *(new.received_at, now, actor),
        ],
    ).rowcount
    if is_new:
        tx.execute(
            """
            insert into receipt_line (receipt, sku, quantity)
            select %s, * from unnest(%s::text[], %s::bigint[])
            """,
            [
                receipt_id,
                [line.sku for line in new.lines if line.quantity],
                [line.quantity for line in new.lines if line.quantity],
            ],
        )
    return bool(is_new)


def save_discrepancies(
    tx: Connection, receipt_id: str, discrepancies: Sequence[Discrepancy]
) -> None:
    tx.execute(
        """
        insert into discrepancy (receipt, sku, expected, received, reason)
        select %s, * from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[])
        """,
        [
            receipt_id,
            [one.sku for one in discrepancies],
            [one.expected for one in discrepancies],
            [one.received for one in discrepancies],
            [one.reason for one in discrepancies],
        ],
    )


def receive_purchase(
    tx: Connection, purchase_id: str, units: Mapping[str, int], *, closed_at: datetime | None
) -> None:
    """Add what was received to a purchase order's lines; a SKU nobody ordered gets none."""
    tx.execute(
        """
        update purchase_line
        set received = received + given.units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        where purchase_order = %s and purchase_line.sku = given.sku
        """,
        [list(units), list(units.values()), purchase_id],
    )
    tx.execute("update purchase_order set closed_at = %s where id = %s", [closed_at, purchase_id])


def receive_transfer(
    tx: Connection, transfer_id: str, units: Mapping[str, int], *, now: datetime
) -> None:
    tx.execute("update transfer set received_at = %s where id = %s", [now, transfer_id])
    tx.execute(
        """
        update transfer_line
        set received = given.units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        where transfer = %s and transfer_line.sku = given.sku
        """,
        [list(units), list(units.values()), transfer_id],
    )


def settle(
    tx: Connection, receipt_id: str, how: SettlementBody, *, actor: str, now: datetime
) -> bool:
    """Write what became of the discrepancies of a receipt; False: it is settled already."""
    return bool(
        tx.execute(
            """
            insert into receipt_settlement (receipt, outcome, words, actor, settled_at)
            values (%s, %s, %s, %s, %s)
            on conflict do nothing
            """,
            [receipt_id, how.outcome.value, how.words.strip(), actor, now],
        ).rowcount
    )


def set_made(tx: Connection, node: str, skus: Sequence[str]) -> None:
    """What a node makes to order is this, and nothing else."""
    tx.execute("delete from made_here where node = %s and not (sku = any(%s))", [node, list(skus)])
    tx.execute(
        "insert into made_here (node, sku) select %s, unnest(%s::text[]) on conflict do nothing",
        [node, list(skus)],
    )
