"""What the auditor writes: its runs, what each compared, and what did not agree."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from noria.kit.checks import Finding, Result
from noria.kit.db import Connection, columns
from noria.kit.errors import Text
from noria.tower.audit_model import Place

KEPT = timedelta(days=400)
LONGEST = timedelta(days=1)
"""What somebody started at a terminal and has not ended by then was killed."""


def begin(
    tx: Connection,
    run_id: str,
    *,
    is_full: bool,
    asked_by: str,
    at: datetime,
    since: datetime | None,
    lately: datetime | None,
    skus: int,
) -> None:
    """Write that a run has begun; one that had ended, and is begun again, starts from nothing."""
    tx.execute("delete from audit_run where id = %s", [run_id])
    tx.execute(
        """
        insert into audit_run (id, is_full, asked_by, at, since, lately, skus)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [run_id, is_full, asked_by, at, since, lately, skus],
    )


def under_way(tx: Connection, run_id: str) -> tuple[datetime | None, datetime | None, int] | None:
    """What a run that has begun and not ended looks at, as (since, lately, SKUs)."""
    return tx.execute(
        "select since, lately, skus from audit_run where id = %s and ended_at is null", [run_id]
    ).fetchone()


def place(tx: Connection, run_id: str) -> Place | None:
    """How far a run has come, locked; None if it has ended."""
    found = tx.execute(
        "select after_sku, skus_done, are_skus_done, after_node, are_nodes_done from audit_run"
        " where id = %s and ended_at is null for update",
        [run_id],
    ).fetchone()
    if found is None:
        return None
    asked = tx.execute("select name from audit_check where run = %s", [run_id])
    after_sku, skus_done, are_skus_done, after_node, are_nodes_done = found
    return Place(
        after_sku,
        skus_done,
        are_skus_done,
        after_node,
        are_nodes_done,
        frozenset(name for (name,) in asked),
    )


def abandon(tx: Connection, why: Text) -> None:
    """End the runs whose job is no more: nobody will."""
    tx.execute(
        """
        update audit_run
        set ended_at = now(), failure = %s
        where ended_at is null and case
            when exists (select from job where job.id = audit_run.id)
            then exists (select from job where job.id = audit_run.id and finished_at is not null)
            else began_at < now() - %s
        end
        """,
        [msgspec.json.encode(why).decode(), LONGEST],
    )


def add(
    tx: Connection,
    run_id: str,
    results: Sequence[Result],
    findings: Sequence[Finding],
    after: Place,
) -> None:
    """Add what was compared and found in a slice, and that the run has come behind it."""
    tx.execute(
        "update audit_run"
        " set (after_sku, skus_done, are_skus_done, after_node, are_nodes_done)"
        " = (%s, %s, %s, %s, %s) where id = %s",
        [
            after.after_sku,
            after.skus_done,
            after.are_skus_done,
            after.after_node,
            after.are_nodes_done,
            run_id,
        ],
    )
    tx.execute(
        """
        insert into audit_check (run, name, compared, differences, milliseconds)
        select %s, * from unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
        on conflict (run, name) do update
        set compared = audit_check.compared + excluded.compared,
            differences = audit_check.differences + excluded.differences,
            milliseconds = audit_check.milliseconds + excluded.milliseconds
        """,
        [run_id, *columns(results)],
    )
    if findings:
        tx.execute(
            """
        insert into audit_finding (run, name, subject, sku, node, expected, found, movement)
        select %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[])
        """,
            [run_id, *columns(findings)],
        )


def end(tx: Connection, run_id: str, *, failure: Text | None = None) -> None:
    """Write that a run has ended, and why it failed if it did."""
    tx.execute(
        "update audit_run set ended_at = clock_timestamp(), failure = %s where id = %s",
        [None if failure is None else msgspec.json.encode(failure).decode(), run_id],
    )


def forget_old(tx: Connection, *, now: datetime) -> int:
    """Drop runs that began longer ago than we promise to keep them; the last full one stays.

    `now` is machine time.
    """
    return tx.execute(
        """
        delete from audit_run
        where began_at < %s and id <> (
            select id
            from audit_run
            where is_full and ended_at is not null and failure is null
            order by began_at desc
            limit 1
        )
        """,
        [now - KEPT],
    ).rowcount
