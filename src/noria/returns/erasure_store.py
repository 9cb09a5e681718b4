"""Why goods came back: the SQL that forgets it."""

from collections.abc import Sequence

from noria.kit.db import Connection


def erase(tx: Connection, orders: Sequence[str]) -> list[str]:
    """Empty the reasons of these orders' returns; their ids."""
    found = tx.execute(
        "update rma set reason = '' where order_id = any(%s) returning id", [list(orders)]
    )
    return sorted(rma for (rma,) in found)
