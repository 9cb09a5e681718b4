"""Questions about production on demand: which capacity is given away, on which day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from noria.kit.db import Connection
from noria.network import scene_rules
from noria.network.model import Node


def taken(
    tx: Connection,
    nodes: Mapping[str, Node],
    holidays: Mapping[str, frozenset[date]],
    *,
    now: datetime,
    without: Collection[str] = (),
) -> dict[str, dict[date, int]]:
    """By maker and day, the units it has to make already; what is held without a day comes first.

    Nodes that make nothing to order are left out, and so are the reservations `without`.
    """
    makers = {code: node for code, node in nodes.items() if scene_rules.is_maker(node)}
    if not makers:
        return {}
    booked: dict[str, dict[date, int]] = {code: {} for code in makers}
    for node, day, units in tx.execute(
        """
        select node, day, sum(units)::bigint
        from production
        where node = any(%s) and day >= %s::date - 1
        group by node, day
        """,
        [sorted(makers), now],
    ):
        booked[node][day] = units
    loose: dict[str, int] = dict(
        tx.execute(
            """
            select node, sum(held)::bigint
            from reservation
            where node = any(%s) and held > 0 and id <> all(%s)
                and (expires_at is null or expires_at > noria_now())
                and not exists (
                    select from production where production.reservation = reservation.id
                )
            group by node
            """,
            [sorted(makers), sorted(without)],
        ).fetchall()
    )
    return {
        code: scene_rules.with_loose(node, booked[code], loose.get(code, 0), holidays[code], now)
        for code, node in makers.items()
    }


def late(tx: Connection, *, now: datetime, limit: int) -> list[str]:
    """Reservations of orders that are still held though their last day of production is over."""
    found = tx.execute(
        """
        select reservation
        from production
        join reservation on reservation.id = production.reservation
        join node on node.code = production.node
        where held > 0 and demand like 'order:%%'
        group by reservation, time_zone
        having max(day) < (%s::timestamptz at time zone time_zone)::date
        order by reservation
        limit %s
        """,
        [now, limit],
    )
    return [key for (key,) in found]
