"""What orders share, and what they gave each other."""

from collections.abc import Sequence

from noria.kit.db import Connection, rows
from noria.orders.divide_model import Alike, Transfer


def alike(tx: Connection, orders: Sequence[str]) -> dict[str, Alike]:
    """What locked orders have to share to be sent as one."""
    keys = [
        order
        for (order,) in tx.execute(
            "select id from customer_order where id = any(%s) order by id", [list(orders)]
        )
    ]
    found = rows(
        tx,
        Alike,
        """
        select channel, customer, currency, country, postcode, town, latitude, longitude, option,
            relay, store, payment, own_packaging
        from customer_order
        where id = any(%s)
        order by id
        """,
        [keys],
    )
    return dict(zip(keys, found, strict=True))


def transfers(tx: Connection, orders: Sequence[str]) -> list[Transfer]:
    """Units that these orders gave to others or were given, in order."""
    return rows(
        tx,
        Transfer,
        """
        select id, from_order, from_line, to_order, to_line, units, kind, moved_at, actor, reason
        from order_transfer
        where from_order = any(%(orders)s) or to_order = any(%(orders)s)
        order by moved_at, id, from_order, from_line
        """,
        {"orders": list(orders)},
    )
