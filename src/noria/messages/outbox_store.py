"""Messages to customers: the SQL that writes them and takes those that are due."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from noria.kit.db import Connection, array
from noria.messages.outbox_model import Choices, Due, Medium, State

LEASE = timedelta(minutes=5)
"""What is claimed is nobody else's for so long: then whoever claimed it has died."""
OVERTAKEN = "overtaken by what happened since"


def lock_cursor(tx: Connection) -> int | None:
    """The last event that was looked at; None if somebody else is looking."""
    found = tx.execute("select seq from message_cursor for update skip locked").fetchone()
    return found[0] if found else None


def move_cursor(tx: Connection, seq: int) -> None:
    tx.execute("update message_cursor set seq = %s", [seq])


def choose(tx: Connection, order: str, choices: Choices, *, actor: str, now: datetime) -> None:
    tx.execute(
        """
        insert into message_choice (order_id, email, sms, chat, push, language, changed_at, actor)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (order_id) do update
        set email = excluded.email, sms = excluded.sms, chat = excluded.chat,
            push = excluded.push, language = excluded.language,
            changed_at = excluded.changed_at, actor = excluded.actor
        """,
        [
            order,
            choices.email,
            choices.sms,
            choices.chat,
            choices.push,
            choices.language,
            now,
            actor,
        ],
    )


def plan(
    tx: Connection,
    order: str,
    planned: Sequence[tuple[str, Due, Medium, datetime]],
    *,
    language: str,
    now: datetime,
) -> int:
    """Write messages as (id, what, how, when); what was written before stays as it is.

    But what was overtaken, by a hold say, and is to be told after all: nobody has heard it yet.
    """
    return tx.execute(
        """
        insert into message (id, order_id, kind, part, medium, language, state, planned_at, due_at)
        select id, %s, kind, part, medium, %s, 'waiting', %s, due_at
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
            as given (id, kind, part, medium, due_at)
        on conflict (order_id, kind, part, medium) do update
        set state = 'waiting', planned_at = excluded.planned_at, due_at = excluded.due_at,
            attempts = 0, ended_at = null, result = ''
        where message.state = 'dropped' and message.result = %s
        """,
        [
            order,
            language,
            now,
            array([key for key, *_ in planned]),
            array([due.kind for _, due, *_ in planned]),
            array([due.part for _, due, *_ in planned]),
            array([medium.value for _, _, medium, _ in planned]),
            array([at.isoformat() for *_, at in planned]),
            OVERTAKEN,
        ],
    ).rowcount


def claim(tx: Connection, *, now: datetime, limit: int) -> list[str]:
    """Ids of messages that are due, the oldest first, each for one sender alone."""
    found = tx.execute(
        """
        with due as (
            select id
            from message
            where state = 'waiting' and due_at <= %(now)s
            order by due_at, id
            limit %(limit)s
            for update skip locked
        )
        update message
        set due_at = %(until)s, attempts = attempts + 1
        from due
        where message.id = due.id
        returning message.id
        """,
        {"now": now, "until": now + LEASE, "limit": limit},
    )
    return sorted(key for (key,) in found)


def settle(
    tx: Connection,
    message_id: str,
    state: State,
    *,
    result: str,
    now: datetime,
    again_at: datetime | None = None,
) -> None:
    """Write what came of an attempt; with `again_at` the message waits for the next."""
    tx.execute(
        """
        update message
        set state = %s, result = %s, ended_at = %s, due_at = coalesce(%s, due_at)
        where id = %s and state = 'waiting'
        """,
        [
            state.value,
            result[:500],
            None if state is State.WAITING else now,
            again_at,
            message_id,
        ],
    )
