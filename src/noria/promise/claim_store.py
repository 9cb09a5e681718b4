"""Holds that name units: the SQL that writes them."""

from collections.abc import Sequence

from noria.kit.db import Connection


def mark(tx: Connection, ids: Sequence[str]) -> None:
    """Note of reservations that they are for some units and no others."""
    tx.execute(
        "update reservation set names_units = true where id = any(%s) and not names_units",
        [list(ids)],
    )


def left(tx: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Units of locked reservations that were not drawn on purpose: held, or lapsed."""
    found = tx.execute(
        "select id, case when drawn is null then held else quantity - drawn end"
        " from reservation where id = any(%s)",
        [list(ids)],
    )
    return dict(found.fetchall())
