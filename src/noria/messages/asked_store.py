"""Messages that a person sends: the SQL that writes them, and what it has to know."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from noria.kit.db import Connection, rows
from noria.messages.outbox_model import Due, Medium, MessageKind


class Told(Struct, frozen=True, kw_only=True):
    """How often something was planned to be told by one way, when last, and whether it waits."""

    kind: MessageKind
    part: str
    medium: Medium
    times: int
    last_at: datetime
    is_waiting: bool


def told(tx: Connection, order: str) -> list[Told]:
    """What the customer of an order was told, or will be: each once, however often it was."""
    return rows(
        tx,
        _told,
        """
        select kind, coalesce(part, asked_part) as part, medium, count(*) as times,
            max(planned_at) as last_at, bool_or(state = 'waiting') as is_waiting
        from message
        where order_id = %s
        group by 1, 2, 3
        order by 1, 2, 3
        """,
        [order],
    )


def _told(*, kind: str, medium: str, **more: Any) -> Told:
    return Told(kind=MessageKind(kind), medium=Medium(medium), **more)


def ask(
    tx: Connection,
    message_id: str,
    order: str,
    due: Due,
    medium: Medium,
    *,
    language: str,
    due_at: datetime,
    actor: str,
    now: datetime,
) -> bool:
    """Write a message that somebody asked for; not if the same waits, or is planned just now."""
    tx.execute("select pg_advisory_xact_lock(hashtext('message'), hashtext(%s))", [order])
    written = tx.execute(
        """
        with before as (
            select count(*) > 0 as is_told,
                coalesce(bool_or(state = 'waiting'), false) as is_waiting
            from message
            where order_id = %(order)s and kind = %(kind)s and medium = %(medium)s
                and coalesce(part, asked_part) = %(part)s
        )
        insert into message (id, order_id, kind, part, asked_part, medium, language, state,
            planned_at, due_at, asked_by)
        select %(id)s, %(order)s, %(kind)s, case when not is_told then %(part)s end,
            case when is_told then %(part)s end, %(medium)s, %(language)s, 'waiting', %(now)s,
            %(due_at)s, %(actor)s
        from before
        where not is_waiting
        on conflict (order_id, kind, part, medium) do nothing
        """,
        {
            "id": message_id,
            "order": order,
            "kind": due.kind,
            "part": due.part,
            "medium": medium.value,
            "language": language,
            "now": now,
            "due_at": due_at,
            "actor": actor,
        },
    )
    return written.rowcount == 1
