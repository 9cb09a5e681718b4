"""The audit trail: who changed what, from what to what, written with the change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from noria.kit.db import Connection, rows


class Change(Struct, frozen=True, kw_only=True):
    """One thing that was changed: `action` as `node.changed`, and what `subject` was and is.

    `before` is None for what is new, `after` for what is gone. Neither ever holds a secret.
    """

    action: str
    subject: str
    before: Any = None
    after: Any = None


class Entry(Struct, frozen=True, kw_only=True):
    """A change, as the trail keeps it. `at` is real time, also where a replay drives the clock."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    before: Any
    after: Any
    request_id: str


def record(
    tx: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    before: Any = None,
    after: Any = None,
    request_id: str | None = None,
) -> None:
    """Write one change. It stands or falls with the transaction that made it.

    Without a `request_id`, it is the one that the log lines of this request carry.
    """
    change = Change(action=action, subject=subject, before=before, after=after)
    record_all(tx, [change], actor=actor, request_id=request_id)


def record_all(
    tx: Connection, changes: Sequence[Change], *, actor: str, request_id: str | None = None
) -> None:
    """Write many changes of one actor, in the order given."""
    if not changes:
        return
    tx.execute(
        """
        insert into trail (actor, action, subject, before, after, request_id)
        select %s, action, subject, before, after, %s
        from unnest(%s::text[], %s::text[], %s::jsonb[], %s::jsonb[])
            with ordinality as given (action, subject, before, after, position)
        order by position
        """,
        [
            actor,
            _current_request() if request_id is None else request_id,
            [change.action for change in changes],
            [change.subject for change in changes],
            [_json(change.before) for change in changes],
            [_json(change.after) for change in changes],
        ],
    )


def entries(
    tx: Connection,
    *,
    actor: str | None = None,
    subject: str | None = None,
    action: str | None = None,
    until: datetime | None = None,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Changes, newest first, of one actor, subject or action if named, made before `until`.

    `before_seq` goes on from a page.
    """
    return rows(
        tx,
        Entry,
        """
        select seq, at, actor, action, subject, before, after, request_id
        from trail
        where (%(actor)s::text is null or actor = %(actor)s)
            and (%(subject)s::text is null or subject = %(subject)s)
            and (%(action)s::text is null or action = %(action)s)
            and (%(until)s::timestamptz is null or at < %(until)s)
            and (%(before_seq)s::bigint is null or seq < %(before_seq)s)
        order by seq desc
        limit %(limit)s
        """,
        {
            "actor": actor,
            "subject": subject,
            "action": action,
            "until": until,
            "before_seq": before_seq,
            "limit": limit,
        },
    )


def _current_request() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
