"""What was written of goods that came in: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


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
            where position(lower(word) in lower(receipt_settlement.words)) > 0
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
            where position(lower(word) in lower(discrepancy.reason)) > 0
        )
        returning receipt
        """,
        [list(words)],
    )
    return sorted({receipt for (receipt,) in found})
