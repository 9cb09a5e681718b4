"""Holds that change: the SQL that locks and writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection, rows
from noria.promise.holds_model import Kept


def lock(tx: Connection, ids: Sequence[str]) -> dict[str, Kept]:
    """Reservations by id, locked in key order."""
    found = rows(
        tx,
        Kept,
        """
        select id, demand, sku, node, quantity, held, drawn, expires_at, ended_at, channel, shopper,
            names_units
        from reservation
        where id = any(%s)
        order by id
        for update
        """,
        [sorted(set(ids))],
    )
    return {kept.id: kept for kept in found}


def set_ends(tx: Connection, ends: Mapping[str, datetime | None]) -> None:
    """Write until when locked reservations hold their units; None: they are firm."""
    tx.execute(
        """
        update reservation
        set expires_at = given.expires_at
        from unnest(%s::text[], %s::timestamptz[]) as given (id, expires_at)
        where reservation.id = given.id
        """,
        [list(ends), list(ends.values())],
    )
