"""What was measured of legs under way."""

from noria.kit.db import Connection, rows
from noria.orders.pace_model import Cell


def cells(tx: Connection) -> list[Cell]:
    """How legs turned out, by what was known of them, in key order."""
    return rows(
        tx,
        Cell,
        "select service, says, overdue, hour, seen, came from arrival_pace"
        " order by service, says, overdue, hour",
    )
