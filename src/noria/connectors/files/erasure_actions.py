"""Verbs that forget a customer in files that came in or were taken out."""

from collections.abc import Sequence

from noria.connectors.files import erasure_store
from noria.kit.db import Connection


def erase(tx: Connection, words: Sequence[str]) -> None:
    """Drop exports of orders, and what was said of faulty lines that hold one of these words."""
    erasure_store.drop_exports(tx)
    if words:
        erasure_store.drop_faults(tx, words)
