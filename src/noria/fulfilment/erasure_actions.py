"""Verbs that forget what carriers said of whom a parcel was for."""

from collections.abc import Sequence
from datetime import datetime

from noria.fulfilment import erasure_store
from noria.kit.db import Connection


def erase(tx: Connection, orders: Sequence[str], *, now: datetime) -> list[str]:
    """Forget carriers' words for the parcels of these orders; the subjects of their events.

    Where each parcel was, when, and by which code stays; its replies, places and labels may name
    who opened the door, and go. What a carrier says of it from now on is kept without them.
    """
    shipments = erasure_store.shipments(tx, orders)
    numbers = erasure_store.forget_numbers(tx, shipments, now=now)
    if numbers:
        erasure_store.erase(tx, numbers)
    return [f"shipment:{shipment}" for shipment in shipments]
