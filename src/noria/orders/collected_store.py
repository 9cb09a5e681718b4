"""Legs that wait in a store for their customer: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection


def mark_ready(tx: Connection, ids: Sequence[str], *, at: datetime) -> None:
    """Write since when legs wait there."""
    tx.execute("update leg set ready_at = %s where id = any(%s)", [at, list(ids)])
