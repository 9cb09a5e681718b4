"""The SQL that writes what people did about exceptions."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.tower.exception_model import NewNote


def insert(tx: Connection, notes: Sequence[NewNote], *, actor: str, now: datetime) -> None:
    """Write notes, in their order: of two about one exception the later holds."""
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into exception_note (id, kind, subject, verb, person, until, words, actor, at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                [
                    one.id,
                    one.kind,
                    one.subject,
                    one.verb,
                    (one.person or actor) if _names_somebody(one) else None,
                    one.until,
                    one.words.strip(),
                    actor,
                    now,
                ]
                for one in notes
            ],
        )


def erase(tx: Connection, orders: Sequence[str], words: Sequence[str]) -> None:
    """Empty what was said of exceptions of these orders, of what is theirs, or with these words.

    That something was said stays.
    """
    tx.execute(
        """
        update exception_note
        set words = 'erased'
        where words <> '' and (
            subject = any(select 'order:' || unnest(%(orders)s::text[]))
            or subject = any(
                select 'leg:' || id from leg where order_id = any(%(orders)s::text[])
                union all
                select 'return:' || id from rma where order_id = any(%(orders)s::text[])
                union all
                select 'refund:' || id from refund where order_id = any(%(orders)s::text[])
            )
            or exists (
                select from unnest(%(words)s::text[]) as word
                where mentions(exception_note.words, word)
            )
        )
        """,
        {"orders": list(orders), "words": list(words)},
    )


def _names_somebody(one: NewNote) -> bool:
    return one.verb == "assigned" and not one.is_nobody
