"""Who opens the door: asked for by itself, for more people read an order than may know them."""

from noria.kit.db import Connection, row
from noria.orders.model import Recipient


def recipient(tx: Connection, order_id: str) -> Recipient | None:
    """None: nobody was named, or their customer has been erased."""
    return row(
        tx,
        Recipient,
        "select name, street, email, phone from recipient where order_id = %s",
        [order_id],
    )
