"""Questions about decisions."""

import msgspec

from noria.kit.db import Connection
from noria.sourcing.model import Decision


def decisions(tx: Connection, order: str) -> list[Decision]:
    """Every decision taken for an order, newest first."""
    found = tx.execute(
        "select order_id, number, taken_at, policy, explanation from decision"
        " where order_id = %s order by number desc",
        [order],
    )
    names = Decision.__struct_fields__
    return [
        msgspec.convert(dict(zip(names, row, strict=True)), Decision) for row in found.fetchall()
    ]
