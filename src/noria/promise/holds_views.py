"""Questions about holds: where they are, and which are open."""

from collections.abc import Sequence

from noria.kit.db import Connection, rows
from noria.promise.model import Reservation


def nodes(tx: Connection, ids: Sequence[str]) -> list[str]:
    """The nodes at which reservations hold their units."""
    found = tx.execute(
        "select distinct node from reservation where id = any(%s) order by node", [list(ids)]
    )
    return [node for (node,) in found]


def reservations(tx: Connection, ids: Sequence[str]) -> dict[str, Reservation]:
    """Reservations by id, as they are."""
    found = rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at,
            names_units
        from reservation
        where id = any(%s)
        """,
        [list(ids)],
    )
    return {reservation.id: reservation for reservation in found}


def page(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    demand: str | None = None,
    sku: str | None = None,
    shopper: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Reservation]:
    """Open holds by id, beyond `after`; what is over is free, and left out."""
    return rows(
        tx,
        Reservation,
        """
        select id, demand, sku, node, quantity, held, made_at, expires_at, ended_at,
            names_units
        from reservation
        where id > %(after)s and held > 0 and (expires_at is null or expires_at > noria_now())
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(demand)s::text is null or demand = %(demand)s)
            and (%(sku)s::text is null or sku = %(sku)s)
            and (%(shopper)s::text is null or shopper = %(shopper)s)
        order by id
        limit %(limit)s
        """,
        {
            "nodes": None if nodes is None else list(nodes),
            "demand": demand,
            "sku": sku,
            "shopper": shopper,
            "after": after,
            "limit": limit,
        },
    )
