"""Whose holds were whose: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


def rename(tx: Connection, shoppers: Sequence[str], alias: str) -> None:
    """Give the holds of these shoppers another one's name."""
    tx.execute(
        "update reservation set shopper = %s where shopper = any(%s)", [alias, list(shoppers)]
    )
