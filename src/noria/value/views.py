"""Questions about value."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, LiteralString, TypeVar

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, array, rows
from noria.value.model import (
    Booked,
    By,
    Costs,
    Crossing,
    Entry,
    LandedCost,
    Line,
    NodeCost,
    ReceivedUnits,
    Share,
    Total,
    ValueFault,
)

Shape = TypeVar("Shape", bound=Struct)


def booked(tx: Connection) -> Booked:
    """How far value is booked, and whether every move so far is."""
    [found] = rows(
        tx,
        Booked,
        """
        select seq, case when isfinite(at) then at end as at,
            seq >= coalesce(pg_sequence_last_value('move_seq_seq'), 0) as is_current
        from value_cursor
        """,
    )
    return found


def crossings(tx: Connection, after: int, up_to: int) -> list[Crossing]:
    """Moves of a stretch of the book that change what a node's stock is worth, in order."""
    return rows(
        tx,
        _shaped(Crossing),
        """
        select move.seq, movement_id as movement, line, kind::text, cause, recorded_at, sku,
            quantity, case when source_state <> 'outside' then source_node end as source,
            case when target_state <> 'outside' then target_node end as target
        from move
        join movement on movement.id = move.movement_id
        where move.seq > %s and move.seq <= %s
            and not (source_state = 'outside' and target_state = 'outside')
            and (source_node <> target_node or source_state = 'outside' or target_state = 'outside')
        order by move.seq
        """,
        [after, up_to],
    )


def costs(tx: Connection, moves: Sequence[Crossing]) -> Costs:
    """All that the ledger of value and the rooms below know of what these moves cost."""
    causes = sorted({move.cause for move in moves})
    orders = _orders_of(tx, causes)
    return Costs(
        purchases=_purchase_costs(tx, causes),
        catalog=_catalog_costs(tx, sorted({move.sku for move in moves})),
        orders=orders,
        left=_left(tx, sorted({*orders.values(), *causes}), sorted({move.sku for move in moves})),
        booked=_booked_before(tx, causes),
    )


def received_units(tx: Connection, receipt: str) -> list[ReceivedUnits]:
    """The lines of a receipt, with what each unit cost to buy and weighs."""
    return rows(
        tx,
        ReceivedUnits,
        """
        select receipt_line.sku, receipt_line.quantity,
            coalesce(nullif(purchase_line.cost_cents, 0), sku.cost_cents) as cost_cents,
            weight_g
        from receipt_line
        join receipt on receipt.id = receipt_line.receipt
        join sku on sku.code = receipt_line.sku
        left join purchase_line on purchase_line.purchase_order = receipt.purchase_order
            and purchase_line.sku = receipt_line.sku
        where receipt = %s
        order by receipt_line.sku
        """,
        [receipt],
    )


def node_of_receipt(tx: Connection, receipt: str) -> str | None:
    found = tx.execute("select node from receipt where id = %s", [receipt]).fetchone()
    return None if found is None else str(found[0])


def landed_costs(tx: Connection, receipt: str) -> list[LandedCost]:
    """What was spread over a receipt so far, in the order in which it was."""
    lines: dict[str, list[Share]] = {}
    for landed_cost, sku, amount_cents, in_stock_cents in tx.execute(
        """
        select landed_cost, sku, landed_cost_line.amount_cents, in_stock_cents
        from landed_cost_line
        join landed_cost on landed_cost.id = landed_cost_line.landed_cost
        where receipt = %s
        order by sku
        """,
        [receipt],
    ):
        share = Share(sku=sku, amount_cents=amount_cents, in_stock_cents=in_stock_cents)
        lines.setdefault(landed_cost, []).append(share)

    def whole(**columns: Any) -> LandedCost:
        return msgspec.convert({**columns, "lines": lines[columns["id"]]}, LandedCost)

    return rows(
        tx,
        whole,
        """
        select id, receipt, kind, amount_cents, spread_by, recorded_at
        from landed_cost
        where receipt = %s
        order by recorded_at, id
        """,
        [receipt],
    )


def lines(
    tx: Connection,
    by: By,
    *,
    at: datetime | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[Line]:
    """What stock is worth, or was worth by the book of that instant, by SKU or by node."""
    assert by in {By.SKU, By.NODE}
    asked = {
        "at": at,
        "nodes": None if nodes is None else list(nodes),
        "key": after[0] if after else None,
        "currency": after[1] if after else None,
        "limit": limit,
    }
    if by is By.NODE:
        return rows(tx, Line, BY_NODE, asked)
    return rows(tx, Line, BY_SKU if at is None else BY_SKU_THEN, asked)


TOTALS: LiteralString = """
    select node, currency, sum(units)::bigint as units, sum(value_cents)::bigint as value_cents
    from (
        select node, currency, units, value_cents from cost_total
        union all
        select value_entry.node, currency, -units, -value_cents
        from value_entry
        join sku on sku.code = value_entry.sku
        where %(at)s::timestamptz is not null and value_entry.at > %(at)s
    ) as told
    where %(nodes)s::text[] is null or node = any(%(nodes)s)
    group by node, currency
    having sum(units) > 0
"""
"""What nodes are worth now, and at an instant: less what came since."""

BY_NODE: LiteralString = f"""
    select node as key, currency, units, value_cents
    from ({TOTALS}) as told
    where %(key)s::text is null or (node, currency) > (%(key)s, %(currency)s)
    order by node, currency
    limit %(limit)s
"""  # noqa: S608 - ours

BY_SKU: LiteralString = """
    select sku.code as key, currency, there.units, there.value_cents
    from sku
    cross join lateral (
        select sum(units)::bigint as units, sum(value_cents)::bigint as value_cents
        from cost_balance
        where cost_balance.sku = sku.code and units > 0
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    ) as there
    where there.units > 0 and (%(key)s::text is null or sku.code > %(key)s)
    order by sku.code
    limit %(limit)s
"""
BY_SKU_THEN: LiteralString = """
    select sku.code as key, currency, there.units, there.value_cents
    from sku
    cross join lateral (
        select sum(units_after)::bigint as units, sum(value_after_cents)::bigint as value_cents
        from cost_balance as place
        cross join lateral (
            select units_after, value_after_cents
            from value_entry
            where value_entry.sku = place.sku and value_entry.node = place.node
                and value_entry.at <= %(at)s
            order by value_entry.at desc, value_entry.seq desc
            limit 1
        ) as was
        where place.sku = sku.code and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    ) as there
    where there.units > 0 and (%(key)s::text is null or sku.code > %(key)s)
    order by sku.code
    limit %(limit)s
"""
"""SKU by SKU in their order: a page reads the shelves of its own SKUs, and no others."""


def totals(
    tx: Connection, *, at: datetime | None = None, nodes: Sequence[str] | None = None
) -> list[Total]:
    """What everything is worth together, in each currency."""
    return rows(
        tx,
        Total,
        f"""
        select currency, sum(units)::bigint as units, sum(value_cents)::bigint as value_cents
        from ({TOTALS}) as told
        group by currency
        order by currency
        """,  # noqa: S608 - ours
        {"at": at, "nodes": None if nodes is None else list(nodes)},
    )


def node_costs(
    tx: Connection,
    sku: str,
    *,
    nodes: Sequence[str] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[NodeCost]:
    """What a SKU costs at each node that has or had it."""
    return rows(
        tx,
        NodeCost,
        """
        select node, currency, units, value_cents,
            case when units > 0 then round(value_cents::numeric / units, 2)
                when last_units > 0 then round(last_value_cents::numeric / last_units, 2)
            end::float as average_cents
        from cost_balance
        join sku on sku.code = cost_balance.sku
        where cost_balance.sku = %(sku)s and node > %(after)s
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
        order by node
        limit %(limit)s
        """,
        {
            "sku": sku,
            "nodes": None if nodes is None else list(nodes),
            "after": after,
            "limit": limit,
        },
    )


def entries(
    tx: Connection, sku: str, node: str, *, before: int | None = None, limit: int = 100
) -> list[Entry]:
    """Why a SKU costs at a node what it costs: every change of its value, newest first."""
    return rows(
        tx,
        _shaped(Entry),
        """
        select seq, move_seq, movement_id, line, cause, sku, node, units, value_cents, cost_from,
            units_after, value_after_cents, at
        from value_entry
        where sku = %(sku)s and node = %(node)s and (%(before)s::bigint is null or seq < %(before)s)
        order by seq desc
        limit %(limit)s
        """,
        {"sku": sku, "node": node, "before": before, "limit": limit},
    )


def grades(tx: Connection) -> dict[str, int]:
    """What each condition is worth, in percent of cost."""
    found = tx.execute("select grade, percent from grade_worth order by grade").fetchall()
    return {grade: int(percent) for grade, percent in found}


def faults(tx: Connection, limit: int = 1000) -> list[ValueFault]:
    """Cost balances that are not what their entries, or the units, say. There are none.

    Units are compared as far as value is booked; ask in one snapshot.
    """
    return rows(
        tx,
        ValueFault,
        """
        with entered as (
            select sku, node, sum(units)::bigint as units, sum(value_cents)::bigint as value_cents,
                (array_agg(movement_id order by seq desc))[1] as last_movement
            from value_entry
            group by sku, node
        ), there as (
            select sku, node, sum(quantity)::bigint as units
            from balance
            where state <> 'outside'
            group by sku, node
        ), to_come as (
            select sku, node, sum(change)::bigint as units
            from entry
            where state <> 'outside' and seq > (select seq from value_cursor)
            group by sku, node
        ), compared as (
            select sku, node, coalesce(cost_balance.units, 0) as units,
                coalesce(cost_balance.value_cents, 0) as value_cents,
                coalesce(entered.units, 0) as entered_units,
                coalesce(entered.value_cents, 0) as entered_cents,
                coalesce(there.units, 0) - coalesce(to_come.units, 0) as there_units,
                entered.last_movement
            from cost_balance
            full join entered using (sku, node)
            full join there using (sku, node)
            full join to_come using (sku, node)
        )
        select sku, node, what, expected, found, last_movement
        from compared
        cross join lateral (
            values ('value of entries', entered_cents, value_cents),
                ('units of entries', entered_units, units),
                ('units there', there_units, units)
        ) as told (what, expected, found)
        where expected <> found
        order by sku, node, what
        limit %s
        """,
        [limit],
    )


def _orders_of(tx: Connection, causes: Sequence[str]) -> dict[str, str]:
    """Under which cause returned units left, by the cause under which they come back."""
    ids = [cause.removeprefix("return:") for cause in causes if cause.startswith("return:")]
    found = tx.execute("select id, order_id from rma where id = any(%s)", [ids])
    return {f"return:{rma}": f"order:{order}" for rma, order in found}


def _purchase_costs(tx: Connection, causes: Sequence[str]) -> dict[tuple[str, str], int]:
    ids = [cause.removeprefix("purchase:") for cause in causes if cause.startswith("purchase:")]
    found = tx.execute(
        "select purchase_order, sku, cost_cents from purchase_line where purchase_order = any(%s)",
        [ids],
    )
    return {(f"purchase:{purchase}", sku): cents for purchase, sku, cents in found}


def _catalog_costs(tx: Connection, skus: Sequence[str]) -> dict[str, int]:
    found = tx.execute(
        "select code, cost_cents from sku where code = any(%s::text[])", [array(skus)]
    )
    return dict(found.fetchall())


def _left(
    tx: Connection, causes: Sequence[str], skus: Sequence[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    found = tx.execute(
        """
        select cause, sku, -sum(units)::bigint, -sum(value_cents)::bigint
        from value_entry
        where cause = any(%s::text[]) and sku = any(%s::text[]) and units < 0
        group by cause, sku
        """,
        [array(causes), array(skus)],
    )
    return {(cause, sku): (units, cents) for cause, sku, units, cents in found}


def _booked_before(tx: Connection, causes: Sequence[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """What the movements brought or took that others here undo."""
    ids = [cause.removeprefix("movement:") for cause in causes if cause.startswith("movement:")]
    found = tx.execute(
        """
        select movement_id, line, abs(units), abs(value_cents)
        from value_entry
        where movement_id = any(%s)
        order by seq
        """,
        [ids],
    )
    return {(movement, line): (units, cents) for movement, line, units, cents in found}


def _shaped(shape: type[Shape]) -> Callable[..., Shape]:
    """`shape` made of columns, its enumerations from their names."""

    def make(**columns: Any) -> Shape:
        return msgspec.convert(columns, shape)

    return make
