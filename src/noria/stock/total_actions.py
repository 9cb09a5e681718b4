"""The verb of totals: follow the book."""

from noria.kit.db import Connection
from noria.stock import history_actions, total_store

STRETCH = 200_000
"""Numbers of moves that one transaction adds up."""


def follow(tx: Connection, *, limit: int = STRETCH) -> bool:
    """Add up the next moves, each once; whether there may be more.

    Nobody who moves units waits for it: it looks only at moves that are decided.
    """
    known = total_store.lock(tx)
    horizon = history_actions.horizon(tx)
    if horizon is None or horizon <= known:
        return False
    top = min(horizon, known + limit)
    total_store.follow(tx, known, top)
    return top < horizon
