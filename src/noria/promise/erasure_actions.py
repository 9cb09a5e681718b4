"""Verbs that forget whose holds were whose."""

from noria.kit.db import Connection
from noria.promise import erasure_store


def erase(tx: Connection, customer: str, alias: str) -> None:
    """Call a customer's holds, and the baskets behind them, by an alias."""
    erasure_store.rename(tx, [customer, f"customer:{customer}"], alias)
