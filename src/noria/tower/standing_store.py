"""The SQL that keeps exceptions as rows."""

from collections.abc import Sequence

from noria.kit import looks
from noria.kit.db import Connection, row
from noria.kit.looks import LastLook
from noria.tower.standing_model import Looked

LOCK = "exceptions are looked at"


def last(tx: Connection) -> LastLook:
    """When exceptions were looked at last, and what the clocks say now."""
    found = row(
        tx,
        LastLook,
        """
        select began_at, at, clock_timestamp() as asked_at, noria_now() as now
        from (values (true)) as one (is_only)
        left join exception_look using (is_only)
        """,
    )
    assert found is not None, "there is one line, with a look or without"
    return found


def look(tx: Connection) -> Looked:
    """Make the rows what the views say, under the lock; only what differs is written."""
    # Before the views are read, in a statement of its own: what was committed by then, they see.
    tx.execute(
        """
        insert into exception_look (began_at, at, seq)
        values (clock_timestamp(), noria_now(), event_horizon())
        on conflict (is_only) do update
        set began_at = excluded.began_at, at = excluded.at, seq = excluded.seq
        """
    )
    found = row(
        tx,
        Looked,
        """
        with said as materialized (select * from said_exception), gone as (
            delete from standing_exception as known
            where not exists (
                select from said where said.key = known.key and said.nth = known.nth
            )
            returning 1
        ), changed as (
            update standing_exception as known
            set since = said.since, money_cents = said.money_cents, currency = said.currency,
                owner = said.owner, facts = said.facts, order_id = said.order_id,
                due_at = said.due_at, person = said.person, snoozed_until = said.snoozed_until
            from said
            where said.key = known.key and said.nth = known.nth
                and (known.since, known.money_cents, known.currency, known.owner, known.facts,
                    known.order_id, known.due_at, known.person, known.snoozed_until)
                is distinct from (said.since, said.money_cents, said.currency, said.owner,
                    said.facts, said.order_id, said.due_at, said.person, said.snoozed_until)
            returning 1
        ), come as (
            insert into standing_exception (key, nth, kind, subject, node, since, detail,
                money_cents, currency, owner, facts, order_id, due_at, person, snoozed_until)
            select key, nth, kind, subject, node, since, detail,
                money_cents, currency, owner, facts, order_id, due_at, person, snoozed_until
            from said
            where not exists (
                select from standing_exception as known
                where known.key = said.key and known.nth = said.nth
            )
            returning 1
        )
        select (select count(*) from come) as come, (select count(*) from changed) as changed,
            (select count(*) from gone) as gone
        """,
    )
    assert found is not None, "an aggregate has a row"
    return found


def mind(tx: Connection, about: Sequence[tuple[str, str]]) -> None:
    """Say in the rows of these (kind, subject) who looks after them now, and until when they wait.

    In the order of their keys, as a look meets none of them at the same time.
    """
    tx.execute(
        """
        update standing_exception as known
        set person = care.person, snoozed_until = care.snoozed_until
        from unnest(%s::text[], %s::text[]) as given (kind, subject)
        join exception_care as care using (kind, subject)
        where known.kind = given.kind and known.subject = given.subject
        """,
        [[kind for kind, _ in about], [subject for _, subject in about]],
    )


def erase(tx: Connection, orders: Sequence[str], words: Sequence[str]) -> None:
    """Drop the rows of these orders, or with these words, and have the next reader look anew.

    Under the lock: who looks meanwhile would write down again what they saw before.
    """
    looks.lock(tx, LOCK, is_patient=True)
    tx.execute(
        """
        delete from standing_exception
        where order_id = any(%s) or exists (
            select from unnest(%s::text[]) as word
            where mentions(detail, word) or mentions(facts::text, word)
        )
        """,
        [list(orders), list(words)],
    )
    tx.execute("delete from exception_look")
