"""Questions about single units and lots, over all rooms."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.tower.units_model import Recipient, Step

Shape = TypeVar("Shape", bound=Struct)


def steps(
    tx: Connection, sku: str, serial: str, *, before: int | None = None, limit: int = 100
) -> list[Step]:
    """What happened to a unit, in the order of the book, the latest first, from before a seq."""
    return rows(
        tx,
        _shaped(Step),
        """
        select move.seq, move.movement_id as movement, move.line, kind::text, happened_at,
            recorded_at, actor, cause, source_node, source_state::text, target_node,
            target_state::text,
            coalesce(nullif(movement.reason, ''), rma.reason, '') as reason, supplier,
            coalesce(customer_order.customer, returned.customer) as customer,
            case when kind = 'inspected' then inspected_unit.grade end as grade,
            case when kind = 'inspected' then inspected_unit.disposition end as disposition
        from move_serial
        join move using (movement_id, line)
        join movement on movement.id = move.movement_id
        left join purchase_order on cause like 'purchase:%%'
            and purchase_order.id = substr(cause, 10) collate "C"
        left join customer_order on cause like 'order:%%'
            and customer_order.id = substr(cause, 7) collate "C"
        left join rma on cause like 'return:%%' and rma.id = substr(cause, 8) collate "C"
        left join customer_order as returned on returned.id = rma.order_id
        left join inspected_unit on (inspected_unit.rma_id, inspected_unit.sku,
            inspected_unit.serial) = (rma.id, move_serial.sku, move_serial.serial)
        where move_serial.sku = %(sku)s and move_serial.serial = %(serial)s
            and (%(before)s::bigint is null or move.seq < %(before)s)
        order by move.seq desc
        limit %(limit)s
        """,
        {"sku": sku, "serial": serial, "before": before, "limit": limit},
    )


def grade(tx: Connection, sku: str, serial: str) -> str | None:
    """What the last inspection of a unit found."""
    found = tx.execute(
        """
        select grade
        from inspected_unit
        join rma on rma.id = rma_id
        where sku = %s and serial = %s
        order by closed_at desc, rma_id desc
        limit 1
        """,
        [sku, serial],
    ).fetchone()
    return None if found is None else str(found[0])


def recipients(
    tx: Connection, sku: str, lot: str, *, after: str | None = None, limit: int = 100
) -> list[Recipient]:
    """Who got units of a lot and did not give them back, by cause, beyond `after`."""
    return rows(
        tx,
        Recipient,
        """
        select cause, customer_order.customer, node, quantity, last_at, is_assumed
        from (
            select coalesce('order:' || rma.order_id, movement.cause) as cause,
                min(move.source_node) as node,
                sum(case when target_state = 'outside' then move_lot.quantity
                    else -move_lot.quantity end)::bigint as quantity,
                max(happened_at) as last_at, bool_or(move_lot.is_assumed) as is_assumed
            from move_lot
            join move using (movement_id, line)
            join movement on movement.id = move.movement_id
            left join rma on movement.cause like 'return:%%'
                and rma.id = substr(movement.cause, 8) collate "C"
            where move_lot.sku = %(sku)s and lot = %(lot)s
                and (target_state = 'outside' or source_state = 'outside')
                and kind not in ('received', 'counted', 'found', 'lost', 'inspected', 'produced')
            group by 1
        ) as gone
        left join customer_order on cause like 'order:%%'
            and customer_order.id = substr(cause, 7) collate "C"
        where quantity > 0
            and (%(after)s::text is null or cause > %(after)s)
        order by cause
        limit %(limit)s
        """,
        {"sku": sku, "lot": lot, "after": after, "limit": limit},
    )


def _shaped(shape: type[Shape]) -> Callable[..., Shape]:
    """`shape` made of columns, its states and kinds from their names."""

    def make(**columns: Any) -> Shape:
        return msgspec.convert(columns, shape)

    return make
