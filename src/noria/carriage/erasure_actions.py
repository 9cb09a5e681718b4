"""What carriage forgets of a customer: documents that name who gets an order."""

from collections.abc import Sequence

from noria.carriage import day_store, store
from noria.kit.db import Connection
from noria.orders import views as orders


def erase(tx: Connection, order_ids: Sequence[str]) -> int:
    """Drop the content of labels and papers of these orders; how many there were.

    Nothing else here names anybody: who receives is read when a carrier is called.
    """
    day_store.erase(tx, order_ids)
    legs = orders.legs(tx, order_ids)
    return store.erase_papers(tx, [leg.id for several in legs.values() for leg in several])
