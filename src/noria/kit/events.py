"""The outbox: what happened, written in the transaction in which it happened, read in order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString

import msgspec
from msgspec import Struct

from noria.kit.db import Connection, array, rows
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.event import Event, Happened, Wanted

__all__ = ["Event", "Happened", "Wanted"]

CHANNEL = "noria_event"
KEPT = timedelta(days=90)
LOOKED_AT_ONCE = 20_000
FORGOTTEN_AT_ONCE = 20_000


class Slice(Struct, frozen=True):
    """Events in order, and the `cursor` to read on from: nothing up to it is still to come."""

    events: list[Happened]
    cursor: int


class EventsForgotten(Refusal):
    code = "events-forgotten"
    kind = Kind.CONFLICT
    says = Text(
        "You ask for what came after event {cursor}, but events up to {forgotten} are gone:"
        " they are kept {days} days.",
        "Vous demandez la suite de l'événement {cursor}, mais ceux jusqu'au {forgotten} n'existent"
        " plus : ils sont gardés {days} jours.",
    )
    do = Text(
        "Read the present state from the lists, then go on after event {forgotten}.",
        "Relisez l'état actuel dans les listes, puis reprenez après l'événement {forgotten}.",
    )


def publish(tx: Connection, events: Sequence[Event]) -> None:
    """Write events with their cause; whoever listens is woken when the transaction commits."""
    if not events:
        return
    tx.execute(
        """
        insert into event (type, subject, node, data, at)
        select type, subject, nullif(node, ''), data, (select noria_now())
        from unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[])
            with ordinality as given (type, subject, node, data, position)
        order by position
        """,
        [
            array([event.type for event in events]),
            array([event.subject for event in events]),
            array([event.node or "" for event in events]),
            array([msgspec.json.encode(event.data).decode() for event in events]),
        ],
    )


PUBLISH: LiteralString = """
    insert into event (type, subject, node, told, at)
    select type, subject, node, told, (select now from moment)
    from happened
"""
"""Part of a statement: events out of `happened` (type, subject, node, told), in its order.

Out of `moment` (now). What is told is taken apart when it is read: it has to be JSON of our own.
"""


def horizon(tx: Connection) -> int:
    """The highest seq up to which everything is decided. Read it before the events."""
    found = tx.execute("select event_horizon()").fetchone()
    assert found is not None
    return int(found[0])


def after(
    tx: Connection,
    cursor: int,
    *,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    limit: int = 1000,
    up_to: int | None = None,
) -> Slice:
    """The next events after `cursor`, at most `limit`, in order of seq, none ever stepped over.

    Looks at no more than `LOOKED_AT_ONCE` events: a slice may hold few or none, and its cursor
    still goes on. Needs a read-committed transaction, because each of its statements must see what
    was committed before it. `up_to` is a horizon that was read before.

    Raises:
        EventsForgotten: some of what would follow was deleted, so the listener would miss it.
    """
    top = horizon(tx) if up_to is None else up_to
    top = min(top, _looked_up_to(tx, cursor, wanted)) if wanted != Wanted() else top
    patterns = wanted.types or ()
    found = rows(
        tx,
        Happened,
        """
        select seq, type, subject, node, data, at
        from happening
        where seq > %(cursor)s and seq <= %(top)s
            and (%(any_type)s or type = any(%(types)s::text[]) or exists (
                select from unnest(%(prefixes)s::text[]) as prefix where starts_with(type, prefix)
            ))
            and (%(subjects)s::text[] is null or subject = any(%(subjects)s))
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
        order by seq
        limit %(limit)s
        """,
        {
            "cursor": cursor,
            "top": top,
            "any_type": wanted.types is None,
            "types": [pattern for pattern in patterns if not pattern.endswith("*")],
            "prefixes": [pattern[:-1] for pattern in patterns if pattern.endswith("*")],
            "subjects": None if wanted.subjects is None else list(wanted.subjects),
            "nodes": None if wanted.nodes is None else list(wanted.nodes),
            "limit": limit,
        },
    )
    forgotten = oldest(tx)  # asked last: what was deleted before we looked is known by now
    if cursor < forgotten:
        raise EventsForgotten(cursor=cursor, forgotten=forgotten, days=KEPT.days)
    return Slice(found, found[-1].seq if len(found) == limit else max(top, cursor))


def forget_old(tx: Connection, *, now: datetime, kept: timedelta = KEPT) -> int:
    """Drop a slice of the events written longer ago than that; call again until it answers 0.

    `now` is machine time.
    """
    gone = tx.execute(
        """
        delete from event
        where seq in (
            select seq
            from (select seq, written_at from event order by seq limit %s) as first
            where written_at < %s
        )
        returning seq
        """,
        [FORGOTTEN_AT_ONCE, now - kept],
    ).fetchall()
    if gone:
        tx.execute(
            "update event_forgotten set seq = greatest(seq, %s)", [max(row[0] for row in gone)]
        )
    return len(gone)


def redact(tx: Connection, subjects: Sequence[str]) -> None:
    """Empty the words that people, or carriers, wrote into what events of these subjects say.

    What happened, when, and to what, stays; so does its place in the order of events.
    """
    tx.execute(
        """
        update event
        set told = null, data = jsonb_strip_nulls(read.data || jsonb_build_object(
            'reason', case when read.data ? 'reason' then '' end,
            'result', case when read.data ? 'result' then '' end,
            'at', case
                when jsonb_typeof(read.data -> 'at') = 'object'
                    then read.data -> 'at' || '{"label": "", "place": ""}'::jsonb
                else read.data -> 'at'
            end
        ))
        from happening as read
        where read.subject = any(%s) and event.seq = read.seq
            and jsonb_typeof(read.data) = 'object'
            and (
                read.data ?| '{reason,result}' or jsonb_typeof(read.data -> 'at') = 'object'
            )
        """,
        [list(subjects)],
    )


def oldest(tx: Connection) -> int:
    """The cursor to begin with: everything that is still kept comes after it."""
    found = tx.execute("select seq from event_forgotten").fetchone()
    return found[0] if found else 0


def _looked_up_to(tx: Connection, cursor: int, wanted: Wanted) -> int:
    """Where `LOOKED_AT_ONCE` events after `cursor` end, so that a rare type costs no full scan."""
    subjects = None if wanted.subjects is None else list(wanted.subjects)
    found = tx.execute(
        """
        select seq
        from event
        where seq > %s and (%s::text[] is null or subject = any(%s))
        order by seq
        offset %s
        limit 1
        """,
        [cursor, subjects, subjects, LOOKED_AT_ONCE - 1],
    ).fetchone()
    return found[0] if found else 1 << 62
