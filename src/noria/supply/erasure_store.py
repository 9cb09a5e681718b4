"""What was written of goods that came in: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


def erase_cancellations(tx: Connection, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Empty why things were called off, where one of these words stands.

    The purchase orders and the transfers that were.
    """
    found = tx.execute(
        """
        update supply_cancellation
        set reason = 'erased'
        where exists (
            select from unnest(%s::text[]) as word
            where mentions(supply_cancellation.reason, word)
        )
        returning purchase_order, transfer
        """,
        [list(words)],
    ).fetchall()
    purchases = sorted(purchase for purchase, _ in found if purchase is not None)
    return purchases, sorted(transfer for _, transfer in found if transfer is not None)


def erase(tx: Connection, words: Sequence[str]) -> list[str]:
    """Empty settlements and reasons in which one of these words stands, in whatever letters.

    The receipts whose reasons were.
    """
    tx.execute(
        """
        update receipt_settlement
        set words = ''
        where exists (
            select from unnest(%s::text[]) as word
            where mentions(receipt_settlement.words, word)
        )
        """,
        [list(words)],
    )
    found = tx.execute(
        """
        update discrepancy
        set reason = 'erased'
        where exists (
            select from unnest(%s::text[]) as word
            where mentions(discrepancy.reason, word)
        )
        returning receipt
        """,
        [list(words)],
    )
    return sorted({receipt for (receipt,) in found})
