"""Verbs that forget what carriers said of whom a parcel was for."""

from collections.abc import Sequence
from datetime import datetime

from noria.fulfilment import erasure_rules, erasure_store
from noria.kit.db import Connection

AT_ONCE = 500


def erase(
    tx: Connection, orders: Sequence[str], telling: Sequence[str], *, now: datetime
) -> list[str]:
    """Forget carriers' words for the parcels of these orders; the subjects of their events.

    Where each parcel was, when, and by which code stays; its replies, places and labels may name
    who opened the door, and go. What a carrier says of it from now on is kept without them. Replies
    that nobody could read are looked through for the numbers and for the `telling` words.
    """
    shipments = erasure_store.shipments(tx, orders)
    numbers = erasure_store.forget_numbers(tx, shipments, now=now)
    if numbers:
        erasure_store.erase(tx, numbers)
        _forget_unread(tx, numbers, telling)
    return [f"shipment:{shipment}" for shipment in shipments]


def _forget_unread(
    tx: Connection, numbers: Sequence[tuple[str, str]], telling: Sequence[str]
) -> None:
    """Empty replies that nobody could read, of these carriers, which tell of the customer."""
    carriers = sorted({carrier for carrier, _ in numbers})
    codes = [number for _, number in numbers]
    after = ""
    while slice_ := erasure_store.unread(tx, carriers, after=after, limit=AT_ONCE):
        told = [
            reply for reply, body in slice_ if erasure_rules.tells_of(body, telling, codes=codes)
        ]
        erasure_store.empty(tx, told)
        after = slice_[-1][0]
