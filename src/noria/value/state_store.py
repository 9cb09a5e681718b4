"""Totals of value by state: the SQL that follows the ledger of value, in its transactions."""

from collections.abc import Mapping
from typing import LiteralString

from noria.kit.db import Connection, array
from noria.value.division import NOW, divided
from noria.value.model import Key, Worth


def is_settled(tx: Connection, seq: int) -> bool:
    """Whether the totals hold for what is booked up to this move."""
    return tx.execute("select from cost_state_cursor where seq = %s", [seq]).fetchone() is not None


def advance(tx: Connection, before: int, seq: int) -> None:
    """They hold up to this move, unless a SKU has changed its currency meanwhile."""
    tx.execute("update cost_state_cursor set seq = %s where seq = %s", [seq, before])


def lock(tx: Connection) -> int:
    """Up to which move the totals hold; no SKU changes its currency until the transaction ends."""
    found = tx.execute("select seq from cost_state_cursor for update").fetchone()
    assert found is not None, "the cursor is there from its migration on"
    return int(found[0])


def divide_all(tx: Connection) -> None:
    """Divide every shelf, as value is booked now, and forget what was added up before."""
    tx.execute("delete from cost_state_total")
    tx.execute(
        f"""
        insert into cost_state_total (node, state, currency, units, value_cents)
        select node, state, currency, sum(units), sum(value_cents)
        from ({NOW}) as part
        join sku on sku.code = part.sku
        group by node, state, currency
        """  # noqa: S608 - ours
    )


def follow(tx: Connection, after: int, up_to: int, worths: Mapping[Key, Worth]) -> None:
    """Add what a stretch of the book changed: units that were moved, and what places are worth now.

    To be called before the new worths are written: it reads what they were.
    """
    tx.execute(
        FOLLOW,
        {
            "after": after,
            "up_to": up_to,
            "skus": array([sku for sku, _ in worths]),
            "nodes": array([node for _, node in worths]),
            "units": array([worth.units for worth in worths.values()]),
            "cents": array([worth.value_cents for worth in worths.values()]),
        },
    )


PLACES: LiteralString = """
    select sku, node, moment, coalesce(there.state, 'available') as state,
        coalesce(there.units, worth.units) as units, value_cents
    from worth
    left join there using (sku, node, moment)
    where worth.units > 0
"""
FOLLOW: LiteralString = f"""
    with given as (
        select *
        from unnest(%(skus)s::text[], %(nodes)s::text[], %(units)s::bigint[], %(cents)s::bigint[])
            as given (sku, node, units, value_cents)
    ), moved as (
        select sku, node, state, sum(change) as change
        from entry
        where seq > %(after)s and seq <= %(up_to)s and state <> 'outside'
        group by sku, node, state
    ), touched as (
        select sku, node from given
        union
        select sku, node from moved
    ), worth as (
        select sku, node, false as moment, units, value_cents
        from touched
        join cost_balance using (sku, node)
        union all
        select sku, node, true, coalesce(given.units, kept.units),
            coalesce(given.value_cents, kept.value_cents)
        from touched
        left join cost_balance as kept using (sku, node)
        left join given using (sku, node)
    ), there as (
        select sku, node, moment, state, sum(units) as units
        from (
            select sku, node, moment, state, quantity as units
            from touched
            join balance using (sku, node)
            cross join (values (false), (true)) as told (moment)
            where state <> 'outside'
            union all
            select sku, node, moment, state, -change
            from entry
            cross join (values (false), (true)) as told (moment)
            where seq > %(up_to)s and state <> 'outside'
            union all
            select sku, node, false, state, -change
            from moved
        ) as followed
        group by sku, node, moment, state
        having sum(units) > 0
    ), changed as (
        select node, state, currency, sum(case when moment then units else -units end) as units,
            sum(case when moment then value_cents else -value_cents end) as value_cents
        from ({divided(PLACES)}) as part
        join sku on sku.code = part.sku
        group by node, state, currency
    )
    insert into cost_state_total as total (node, state, currency, units, value_cents)
    select node, state, currency, units, value_cents
    from changed
    where (units, value_cents) <> (0, 0)
    order by node, state, currency
    on conflict (node, state, currency) do update set
        units = total.units + excluded.units,
        value_cents = total.value_cents + excluded.value_cents
"""  # noqa: S608 - ours
"""Units before and after come from those that lie there now, less what was moved since."""
