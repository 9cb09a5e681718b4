"""Erasures: the SQL that writes, and the reads that lock."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection


def insert(
    tx: Connection, erasure: str, customer: str, alias: str, *, actor: str, now: datetime
) -> bool:
    """Write that a customer is to be forgotten; whether the id is new."""
    found = tx.execute(
        """
        insert into erasure (id, customer, alias, asked_at, actor)
        values (%s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        [erasure, customer, alias, now, actor],
    )
    return found.rowcount == 1


def lock(tx: Connection, erasure: str) -> tuple[str, str] | None:
    """Whom an erasure is still to forget, and their alias; None: it is done, or not there."""
    found = tx.execute(
        "select customer, alias from erasure where id = %s and done_at is null for update",
        [erasure],
    ).fetchone()
    return None if found is None else (found[0], found[1])


def to_do(tx: Connection, *, limit: int) -> Sequence[str]:
    """Erasures that have orders left to forget, the oldest first."""
    found = tx.execute(
        "select id from erasure where done_at is null order by asked_at, id limit %s", [limit]
    )
    return [erasure for (erasure,) in found]


def settle(tx: Connection, erasure: str, *, erased: int, is_done: bool, now: datetime) -> None:
    """Add up what was forgotten; with the last of it, who it was."""
    tx.execute(
        """
        update erasure
        set erased = erased + %(erased)s,
            done_at = case when %(is_done)s then %(now)s::timestamptz end,
            customer = case when %(is_done)s then null else customer end
        where id = %(erasure)s
        """,
        {"erased": erased, "is_done": is_done, "now": now, "erasure": erasure},
    )
