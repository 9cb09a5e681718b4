"""Returns: the SQL that writes, and the reads that it locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.returns.model import Finding, NewReturn


def insert(tx: Connection, rma_id: str, new: NewReturn, *, now: datetime) -> bool:
    """Write a return with its lines, units of one SKU added up; whether it was new."""
    fresh = tx.execute(
        """
        insert into rma (id, order_id, node, reason, asked_at, replacement)
        values (%s, %s, %s, %s, %s, %s)
        on conflict do nothing
        """,
        [rma_id, new.order, new.node, new.reason, now, new.replacement],
    ).rowcount
    if fresh:
        tx.execute(
            """
            insert into rma_line (rma_id, sku, quantity)
            select %s, sku, sum(quantity)::bigint
            from unnest(%s::text[], %s::bigint[]) as given (sku, quantity)
            group by sku
            """,
            [rma_id, [line.sku for line in new.lines], [line.quantity for line in new.lines]],
        )
    return bool(fresh)


def lock_order(tx: Connection, order: str) -> None:
    """One return of an order at a time: two could otherwise take back the same unit."""
    tx.execute("select pg_advisory_xact_lock(hashtext('returns'), hashtext(%s))", [order])


def lock(tx: Connection, rma_id: str) -> None:
    tx.execute("select from rma where id = %s for update", [rma_id])


def receive(tx: Connection, rma_id: str, units: Mapping[str, int], *, now: datetime) -> None:
    """Write what was in the box; a SKU that nobody announced gets a line of its own."""
    tx.execute("update rma set received_at = %s where id = %s", [now, rma_id])
    tx.execute(
        """
        insert into rma_line (rma_id, sku, quantity, received)
        select %s, sku, units, units
        from unnest(%s::text[], %s::bigint[]) as given (sku, units)
        on conflict (rma_id, sku) do update set received = excluded.received
        """,
        [rma_id, list(units), list(units.values())],
    )


def call_off(tx: Connection, rma_id: str, *, now: datetime) -> None:
    """Write that nothing of it comes any more: it is closed as if nothing had been in the box."""
    receive(tx, rma_id, {}, now=now)
    tx.execute(
        "update rma set closed_at = %(now)s, called_off_at = %(now)s where id = %(id)s",
        {"now": now, "id": rma_id},
    )


def close(
    tx: Connection, rma_id: str, findings: Sequence[Finding], movement: str | None, *, now: datetime
) -> None:
    """Write what was found of a return, and of each unit that its movement names, line by line."""
    tx.execute("update rma set closed_at = %s where id = %s", [now, rma_id])
    tx.execute(
        """
        insert into inspection (rma_id, sku, grade, disposition, quantity)
        select %s, sku, grade, disposition, sum(quantity)::bigint
        from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
            as given (sku, grade, disposition, quantity)
        group by sku, grade, disposition
        """,
        [
            rma_id,
            [finding.sku for finding in findings],
            [finding.grade.value for finding in findings],
            [finding.disposition.value for finding in findings],
            [finding.quantity for finding in findings],
        ],
    )
    tx.execute(
        """
        insert into inspected_unit (rma_id, sku, serial, grade, disposition)
        select %s, sku, serial, grade, disposition
        from move_serial
        join unnest(%s::int[], %s::text[], %s::text[]) as given (line, grade, disposition)
            using (line)
        where movement_id = %s
        on conflict do nothing
        """,
        [
            rma_id,
            list(range(len(findings))),
            [finding.grade.value for finding in findings],
            [finding.disposition.value for finding in findings],
            movement,
        ],
    )
