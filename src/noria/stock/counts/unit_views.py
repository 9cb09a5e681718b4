"""Questions of counts by unit, to be asked with the balances of the shelf locked."""

from collections.abc import Sequence

from noria.kit.db import Connection
from noria.stock.model import Place, State
from noria.stock.tracked.model import Unit


def names(tx: Connection, sku: str, node: str, *, is_serial: bool) -> dict[str, int]:
    """The serials, or the units of each lot, that the book has on a shelf."""
    found = tx.execute(
        "select code, 1 from serial where sku = %s and node = %s and state = 'available'"
        if is_serial
        else "select lot, quantity from lot_balance"
        " where sku = %s and node = %s and state = 'available'",
        [sku, node],
    )
    return dict(found.fetchall())


def places(tx: Connection, sku: str, serials: Sequence[str]) -> dict[Unit, Place]:
    """Where the book has these units, of those that were ever here."""
    found = tx.execute(
        "select code, node, state::text from serial where sku = %s and code = any(%s)",
        [sku, list(serials)],
    )
    return {(sku, code): Place(node, State(state)) for code, node, state in found}
