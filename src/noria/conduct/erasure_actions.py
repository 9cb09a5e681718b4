"""Verbs that forget what partners said of a customer's parcels."""

from collections.abc import Sequence

from noria.conduct import erasure_store
from noria.kit.db import Connection


def erase(tx: Connection, orders: Sequence[str]) -> list[str]:
    """Empty what partners wrote of these orders' legs; the subjects of their events."""
    return [f"leg:{leg}" for leg in erasure_store.erase(tx, orders)]
