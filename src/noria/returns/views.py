"""Questions about returns."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from noria.kit.db import Connection, row, rows
from noria.returns.model import Damaged, ReturnStatus, Rma

RMAS = """
select id, order_id as order, node, reason, asked_at, received_at, closed_at, replacement,
    called_off_at
from rma
"""


def rma(tx: Connection, rma_id: str) -> Rma | None:
    """A return with its lines."""
    lines = rows(
        tx,
        ReturnStatus,
        "select sku, quantity, received from rma_line where rma_id = %s order by sku",
        [rma_id],
    )
    return row(
        tx,
        lambda **columns: Rma(**columns, lines=lines),
        RMAS + "where id = %s",
        [rma_id],
    )


def of_order(tx: Connection, order: str) -> list[Rma]:
    """Every return of an order, with its lines."""
    found = tx.execute("select id from rma where order_id = %s order by asked_at, id", [order])
    return [one for (rma_id,) in found.fetchall() if (one := rma(tx, rma_id))]


def damaged(tx: Connection, first: date, last: date) -> list[Damaged]:
    """Shipments of which something came back as waste, inspected from one day to another, UTC."""
    return rows(
        tx,
        Damaged,
        """
        select distinct shipment.node, shipment.service, customer_order.country,
            customer_order.postcode, (rma.closed_at at time zone 'UTC')::date as day, rma.id
        from rma
        join inspection on inspection.rma_id = rma.id and inspection.grade = 'D'
        join customer_order on customer_order.id = rma.order_id
        join shipment on shipment.order_id = rma.order_id
        join leg_line on leg_line.leg_id = shipment.leg_id and leg_line.sku = inspection.sku
        where rma.closed_at >= %(first)s::date::timestamp at time zone 'UTC'
            and rma.closed_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
        order by rma.id, shipment.node, shipment.service
        """,
        {"first": first, "last": last},
    )


def open_returns(
    tx: Connection,
    *,
    nodes: Sequence[str] | None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Rma]:
    """Returns on their way or waiting for inspection, the oldest first, without their lines."""
    return rows(
        tx,
        Rma,
        RMAS
        + """
        where closed_at is null
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(at)s::timestamptz is null or (asked_at, id) > (%(at)s, %(id)s))
        order by asked_at, id
        limit %(limit)s
        """,
        {
            "nodes": None if nodes is None else list(nodes),
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def returned_units(tx: Connection, order: str, replacement: str | None) -> dict[str, int]:
    """Units by SKU of an order that are coming, or came, back: of a replacement, or of no one."""
    found = tx.execute(
        """
        select sku, sum(case when received_at is null then quantity else received end)::bigint
        from rma
        join rma_line on rma_line.rma_id = rma.id
        where order_id = %s and replacement is not distinct from %s
        group by sku
        """,
        [order, replacement],
    )
    return dict(found.fetchall())
