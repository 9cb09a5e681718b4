"""Exceptions that have been told of: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection, rows
from noria.tower.escalation_model import Escalation, Turn, Untaken


def turn(tx: Connection, *, now: datetime) -> list[Turn]:
    """Write down what stands as an exception; what came and what is gone since the last time.

    One that is another role's or node's by now is gone from where it was, and begins there anew.
    """
    tx.execute("select pg_advisory_xact_lock(hashtext('exceptions are followed'))")
    return rows(
        tx,
        Turn,
        """
        with found as materialized (
            select kind, subject, min(node) as node, min(owner) as owner, min(since) as since,
                case when count(distinct currency) = 1 then sum(money_cents)::bigint end
                    as money_cents,
                case when count(distinct currency) = 1 then min(currency) end as currency
            from standing_exception group by kind, subject
        ), gone as (
            delete from open_exception
            where not exists (
                select from found
                where (found.kind, found.subject) = (open_exception.kind, open_exception.subject)
            )
            returning *
        ), left_there as materialized (
            select open_exception.* from open_exception join found using (kind, subject)
            where (found.owner, found.node)
                is distinct from (open_exception.owner, open_exception.node)
        ), moved as (
            update open_exception
            set node = found.node, owner = found.owner, money_cents = found.money_cents,
                currency = found.currency, opened_at = %(now)s, escalated_to = null,
                escalated_at = null
            from left_there join found using (kind, subject)
            where (found.kind, found.subject) = (open_exception.kind, open_exception.subject)
            returning open_exception.*
        ), come as (
            insert into open_exception
                (kind, subject, node, owner, since, money_cents, currency, opened_at)
            select kind, subject, node, owner, since, money_cents, currency, %(now)s
            from found
            where not exists (
                select from open_exception as known
                where (known.kind, known.subject) = (found.kind, found.subject)
            )
            returning *
        )
        select is_open, kind, subject, node, owner, since, money_cents, currency
        from (
            select false as is_open, gone.* from gone
            union all
            select false, left_there.* from left_there
            union all
            select true, moved.* from moved
            union all
            select true, come.* from come
        ) as turned
        order by is_open, since, kind, subject
        """,
        {"now": now},
    )


def untaken(tx: Connection, *, before: datetime, now: datetime) -> list[Untaken]:
    """Open exceptions that came, or went on, before then, and that nobody did anything about.

    Whoever has one assigned, said something of it since, or put it off, has done something.
    """
    return rows(
        tx,
        Untaken,
        """
        select kind, subject, node, coalesce(escalated_to, owner) as with_role
        from open_exception
        left join exception_care as care using (kind, subject)
        where coalesce(escalated_at, opened_at) <= %(before)s
            and care.person is null
            and (care.snoozed_until is null or care.snoozed_until <= %(before)s)
            and not exists (
                select from exception_note as note
                where (note.kind, note.subject) = (open_exception.kind, open_exception.subject)
                    and note.at > %(before)s and note.at <= %(now)s
            )
        order by opened_at, kind, subject
        """,
        {"before": before, "now": now},
    )


def escalate(tx: Connection, gone_on: Sequence[Escalation], *, now: datetime) -> None:
    """Write to which role exceptions went on."""
    tx.execute(
        """
        update open_exception
        set escalated_to = given.to_role, escalated_at = %s
        from unnest(%s::text[], %s::text[], %s::text[]) as given (kind, subject, to_role)
        where (open_exception.kind, open_exception.subject) = (given.kind, given.subject)
        """,
        [
            now,
            [one.kind for one in gone_on],
            [one.subject for one in gone_on],
            [one.to_role for one in gone_on],
        ],
    )
