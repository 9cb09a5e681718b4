"""What was written of goods that came in: the SQL that forgets it."""

from collections.abc import Sequence
from typing import LiteralString

from noria.kit.db import Connection


def erase(tx: Connection, words: Sequence[str]) -> list[str]:
    """Empty settlements and reasons in which one of these words stands, in whatever letters.

    The receipts whose reasons were.
    """
    tx.execute(
        f"update receipt_settlement set words = '' where {_tells('receipt_settlement.words')}",  # noqa: S608 - ours
        [list(words)],
    )
    found = tx.execute(
        f"""
        update discrepancy
        set reason = 'erased'
        where {_tells("discrepancy.reason")}
        returning receipt
        """,  # noqa: S608 - ours
        [list(words)],
    )
    return sorted({receipt for (receipt,) in found})


def erase_cancellations(tx: Connection, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Empty why things were called off, where one of these words stands.

    The purchase orders and the transfers that were.
    """
    found = tx.execute(
        f"""
        update supply_cancellation
        set reason = 'erased'
        where {_tells("supply_cancellation.reason")}
        returning purchase_order, transfer
        """,  # noqa: S608 - ours
        [list(words)],
    ).fetchall()
    purchases = sorted(purchase for purchase, _ in found if purchase is not None)
    return purchases, sorted(transfer for _, transfer in found if transfer is not None)


def _tells(column: LiteralString) -> LiteralString:
    """That one of the words given stands in a column, in whatever letters."""
    return f"exists (select from unnest(%s::text[]) as word where mentions({column}, word))"
