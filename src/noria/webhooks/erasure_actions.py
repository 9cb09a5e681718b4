"""Verbs that forget what other people's systems answered when they were told of a customer."""

from collections.abc import Sequence

from noria.kit.db import Connection
from noria.webhooks import erasure_store


def erase(tx: Connection, subjects: Sequence[str]) -> None:
    """Empty what endpoints answered to events of these subjects."""
    erasure_store.erase(tx, subjects)
