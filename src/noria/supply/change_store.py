"""Changes and cancellations of purchase orders and transfers: the SQL that writes."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from noria.kit.db import Connection
from noria.supply.change_model import (
    PurchaseChange,
    PurchaseWanted,
    TransferChange,
    TransferWanted,
)


def note(
    tx: Connection,
    change_id: str,
    change: PurchaseChange | TransferChange,
    *,
    purchase: str | None = None,
    transfer: str | None = None,
    actor: str,
    now: datetime,
) -> bool:
    """Keep who wanted what otherwise; False: the id was used before."""
    return bool(
        tx.execute(
            """
            insert into supply_change (id, purchase_order, transfer, content, actor, changed_at)
            values (%s, %s, %s, %s, %s, %s)
            on conflict do nothing
            """,
            [change_id, purchase, transfer, msgspec.json.encode(change).decode(), actor, now],
        ).rowcount
    )


def change_purchase(
    tx: Connection, purchase_id: str, expected_on: date | None, lines: Sequence[PurchaseWanted]
) -> None:
    """A day, and lines that are new, other or gone."""
    if expected_on is not None:
        tx.execute(
            "update purchase_order set expected_on = %s where id = %s", [expected_on, purchase_id]
        )
    tx.execute(
        "delete from purchase_line where purchase_order = %s and sku = any(%s)",
        [purchase_id, [line.sku for line in lines if not line.quantity]],
    )
    kept = [line for line in lines if line.quantity]
    tx.execute(
        """
        insert into purchase_line (purchase_order, sku, quantity, cost_cents)
        select %(purchase)s, given.sku, given.quantity, coalesce(cents, before.cost_cents, 0)
        from unnest(%(skus)s::text[], %(units)s::bigint[], %(cents)s::bigint[])
            as given (sku, quantity, cents)
        left join purchase_line as before
            on before.purchase_order = %(purchase)s and before.sku = given.sku
        on conflict (purchase_order, sku) do update
        set quantity = excluded.quantity, cost_cents = excluded.cost_cents
        """,
        {
            "purchase": purchase_id,
            "skus": [line.sku for line in kept],
            "units": [line.quantity for line in kept],
            "cents": [line.cost_cents for line in kept],
        },
    )


def change_transfer(
    tx: Connection, transfer_id: str, expected_on: date | None, lines: Sequence[TransferWanted]
) -> None:
    """A day, and lines that are new, other or gone."""
    if expected_on is not None:
        tx.execute("update transfer set expected_on = %s where id = %s", [expected_on, transfer_id])
    tx.execute(
        "delete from transfer_line where transfer = %s and sku = any(%s)",
        [transfer_id, [line.sku for line in lines if not line.quantity]],
    )
    kept = [line for line in lines if line.quantity]
    tx.execute(
        """
        insert into transfer_line (transfer, sku, planned)
        select %s, * from unnest(%s::text[], %s::bigint[])
        on conflict (transfer, sku) do update
        set planned = excluded.planned
        """,
        [transfer_id, [line.sku for line in kept], [line.quantity for line in kept]],
    )


def close_purchase(tx: Connection, purchase_id: str, *, now: datetime) -> None:
    tx.execute("update purchase_order set closed_at = %s where id = %s", [now, purchase_id])


def call_off(
    tx: Connection,
    reason: str,
    *,
    purchase: str | None = None,
    transfer: str | None = None,
    actor: str,
    now: datetime,
) -> None:
    tx.execute(
        """
        insert into supply_cancellation (purchase_order, transfer, reason, actor, cancelled_at)
        values (%s, %s, %s, %s, %s)
        """,
        [purchase, transfer, reason, actor, now],
    )
