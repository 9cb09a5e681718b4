"""Customers in files: the SQL that forgets them."""

from collections.abc import Sequence

from noria.kit.db import Connection


def drop_exports(tx: Connection) -> None:
    """Drop files of orders that were taken out: whoever still needs one asks for it anew."""
    tx.execute("delete from file_export where kind = 'orders' and finished_at is not null")


def drop_faults(tx: Connection, words: Sequence[str]) -> None:
    """Drop what was said of lines of orders, where it repeats one of these words."""
    tx.execute(
        """
        delete from import_fault
        using file_import
        where file_import.id = import_fault.import_id and file_import.kind = 'orders'
            and exists (
                select from unnest(%s::text[]) as word
                where mentions(says_en, word) or mentions(says_fr, word)
            )
        """,
        [list(words)],
    )
