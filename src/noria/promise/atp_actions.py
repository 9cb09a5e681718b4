"""Verbs of demand that is accepted and at no node yet."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.promise import atp_store as store
from noria.promise.atp_model import Expected


def expect(
    tx: Connection, demands: Sequence[str], expected: Sequence[Expected], *, now: datetime
) -> None:
    """Say what these demands still wait for, all of it: what was said before is replaced.

    Whoever changes what a demand waits for holds its lock, and says so in the same transaction.
    """
    if demands:
        store.expect(tx, demands, expected, now=now)
