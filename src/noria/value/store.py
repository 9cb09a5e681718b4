"""Value: the SQL that writes, and the reads that it locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection, array
from noria.value.model import Booked, Key, NewEntry, NewLandedCost, Share, Worth


def lock(tx: Connection) -> Booked:
    """One books value at a time; how far it is booked."""
    tx.execute("select pg_advisory_xact_lock(hashtext('value.follow'))")
    found = tx.execute(
        "select seq, case when isfinite(at) then at end from value_cursor"
    ).fetchone()
    assert found is not None
    return Booked(seq=found[0], at=found[1], is_current=False)


def advance(tx: Connection, seq: int, at: datetime | None) -> None:
    """Value is booked up to this move."""
    tx.execute("update value_cursor set seq = %s, at = coalesce(%s, at)", [seq, at])


def worths(tx: Connection, keys: Sequence[Key]) -> dict[Key, Worth]:
    """What these SKUs are worth at these nodes. The lock is the lock on the whole ledger."""
    found = tx.execute(
        """
        select sku, node, units, value_cents, last_units, last_value_cents
        from cost_balance
        join unnest(%s::text[], %s::text[]) as given (sku, node) using (sku, node)
        """,
        [array([sku for sku, _ in keys]), array([node for _, node in keys])],
    )
    return {
        (sku, node): Worth(
            units=units,
            value_cents=value_cents,
            last_units=last_units,
            last_value_cents=last_value_cents,
        )
        for sku, node, units, value_cents, last_units, last_value_cents in found
    }


def save(tx: Connection, entries: Sequence[NewEntry], worths: Mapping[Key, Worth]) -> None:
    """Write entries in their order, what their places are worth now, and their nodes together."""
    _insert(tx, entries)
    tx.execute(
        """
        with given as (
            select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                    %s::bigint[])
                as given (sku, node, units, value_cents, last_units, last_value_cents)
        ), changed as (
            select given.node, currency,
                sum(given.units - coalesce(kept.units, 0)) as units,
                sum(given.value_cents - coalesce(kept.value_cents, 0)) as value_cents
            from given
            join sku on sku.code = given.sku
            left join cost_balance as kept on (kept.sku, kept.node) = (given.sku, given.node)
            group by given.node, currency
        ), totalled as (
            insert into cost_total (node, currency, units, value_cents)
            select node, currency, units, value_cents
            from changed
            order by node, currency
            on conflict (node, currency) do update set
                units = cost_total.units + excluded.units,
                value_cents = cost_total.value_cents + excluded.value_cents
        )
        insert into cost_balance (sku, node, units, value_cents, last_units, last_value_cents)
        select * from given
        on conflict (sku, node) do update set
            units = excluded.units, value_cents = excluded.value_cents,
            last_units = excluded.last_units, last_value_cents = excluded.last_value_cents
        """,
        [
            array([sku for sku, _ in worths]),
            array([node for _, node in worths]),
            array([worth.units for worth in worths.values()]),
            array([worth.value_cents for worth in worths.values()]),
            array([worth.last_units for worth in worths.values()]),
            array([worth.last_value_cents for worth in worths.values()]),
        ],
    )


def insert_landed(
    tx: Connection,
    landed_id: str,
    new: NewLandedCost,
    shares: Sequence[Share],
    *,
    actor: str,
    now: datetime,
) -> bool:
    """Write a landed cost with its shares; whether it was new."""
    is_new = tx.execute(
        """
        insert into landed_cost (id, receipt, kind, amount_cents, spread_by, recorded_at, actor)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [landed_id, new.receipt, new.kind.value, new.amount_cents, new.spread_by.value, now, actor],
    ).rowcount
    if is_new:
        tx.execute(
            """
            insert into landed_cost_line (landed_cost, sku, amount_cents, in_stock_cents)
            select %s, * from unnest(%s::text[], %s::bigint[], %s::bigint[])
            """,
            [
                landed_id,
                [share.sku for share in shares],
                [share.amount_cents for share in shares],
                [share.in_stock_cents for share in shares],
            ],
        )
    return bool(is_new)


def set_grade(tx: Connection, grade: str, percent: int) -> None:
    """Say what a condition is worth."""
    tx.execute("update grade_worth set percent = %s where grade = %s", [percent, grade])


def lock_grade(tx: Connection, grade: str) -> int | None:
    """What a condition is worth in percent, locked."""
    found = tx.execute(
        "select percent from grade_worth where grade = %s for update", [grade]
    ).fetchone()
    return None if found is None else int(found[0])


def _insert(tx: Connection, entries: Sequence[NewEntry]) -> None:
    texts = {at: at.isoformat() for at in {entry.at for entry in entries}}
    tx.execute(
        """
        insert into value_entry (move_seq, movement_id, line, cause, sku, node, units, value_cents,
            cost_from, units_after, value_after_cents, at)
        select nullif(move_seq, '')::bigint, nullif(movement_id, ''), nullif(line, '')::smallint,
            cause, sku, node, units, value_cents, cost_from, units_after, value_after_cents, at
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])
            with ordinality as given (move_seq, movement_id, line, cause, sku, node, units,
            value_cents, cost_from, units_after, value_after_cents, at, position)
        order by position
        """,
        [
            array(["" if entry.move_seq is None else entry.move_seq for entry in entries]),
            array([entry.movement_id or "" for entry in entries]),
            array(["" if entry.line is None else entry.line for entry in entries]),
            array([entry.cause for entry in entries]),
            array([entry.sku for entry in entries]),
            array([entry.node for entry in entries]),
            array([entry.units for entry in entries]),
            array([entry.value_cents for entry in entries]),
            array([entry.cost_from.value for entry in entries]),
            array([entry.units_after for entry in entries]),
            array([entry.value_after_cents for entry in entries]),
            array([texts[entry.at] for entry in entries]),
        ],
    )
