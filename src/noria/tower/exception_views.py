"""Questions about what needs a person: each reads the rows of the last look, and no view."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from msgspec import Struct, convert, structs

from noria.kit.db import Connection, row, rows
from noria.kit.money import Money
from noria.tower.exception_model import AtRisk, Cause, FoundException, Note, Sort, Zones

FOUND: LiteralString = """
    select standing.*, person as assigned_to,
        case when snoozed_until > (select noria_now()) then snoozed_until end as sleeps_until
    from standing_exception as standing
    where (%(kind)s::text is null or kind = %(kind)s or kind like %(kind)s || '.%%')
        and (%(nodes)s::text[] is null or node = any(%(nodes)s))
"""
"""What was an exception at the last look, of the kind and at the nodes that are asked for.

One that may wait until later says so.
"""

ASKED_FOR: LiteralString = """(%(snoozed)s::boolean is null
            or (sleeps_until is not null) = %(snoozed)s)
        and (%(person)s::text is null or assigned_to = %(person)s)"""
"""Those that a list is asked for, and that its causes are counted of."""

PLACE: LiteralString = "since, ranked.kind, ranked.subject, ranked.id"
ORDERS: Mapping[Sort, LiteralString] = {
    Sort.OLDEST: PLACE,
    Sort.MONEY: f"purse, rank, due, {PLACE}",
    Sort.URGENT: f"may_wait, purse, rank, due, {PLACE}",
}
BEHIND_PLACE: LiteralString = """%(since)s::timestamptz, %(after_kind)s::text, %(subject)s::text,
    %(id)s::bigint"""
BEHIND_RANK: LiteralString = f"""%(purse)s::text, %(rank)s::bigint, %(due)s::timestamptz,
    {BEHIND_PLACE}"""
BEHIND_ROW: Mapping[Sort, LiteralString] = {
    Sort.OLDEST: BEHIND_PLACE,
    Sort.MONEY: BEHIND_RANK,
    Sort.URGENT: f"%(due)s::timestamptz > %(pressing)s::timestamptz, {BEHIND_RANK}",
}
"""Where the row stands that a page goes on from, in the order that is asked for."""

MONEY: LiteralString = """coalesce(
    jsonb_agg(
        jsonb_build_object('currency', currency, 'cents', cents) order by cents desc, currency
    ) filter (where cents is not null),
    '[]'
)"""
"""Sums by currency as a list, the largest first."""

BEHIND = "zzz"
"""Sorts behind every currency: where nobody knows what is at risk."""


class _Risk(Struct, frozen=True, kw_only=True):
    exceptions: int
    money: Any


def exceptions(
    tx: Connection,
    *,
    kind: str | None = None,
    nodes: Sequence[str] | None = None,
    is_snoozed: bool | None = None,
    assigned_to: str | None = None,
    sort: Sort = Sort.OLDEST,
    house: str = "",
    pressing: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[FoundException]:
    """What needed a person at the last look: the oldest first, or the dearest, `house` first.

    By urgency, what is due before `pressing` comes before all else. `after` is (currency, money,
    due or nothing, since, kind, subject, id) of the row to go on from, instants as text.
    """
    currency, money, due, *rest = after or [None] * 7
    return rows(
        tx,
        FoundException,
        _ranked(sort, goes_on=after is not None),
        {
            "kind": kind,
            "nodes": _listed(nodes),
            "snoozed": is_snoozed,
            "person": assigned_to,
            "house": house,
            "pressing": pressing,
            "unknown": BEHIND,
            "purse": "" if currency == house else currency or BEHIND,
            "rank": -int(money or 0),
            "due": due or "infinity",
            "since": rest[0],
            "after_kind": rest[1],
            "subject": rest[2],
            "id": rest[3],
            "limit": limit,
        },
    )


def _ranked(sort: Sort, *, goes_on: bool) -> LiteralString:
    """Exceptions in this order, from a row on; only these are given their names and comments."""
    order = ORDERS[sort]
    further = f"where ({order}) > ({BEHIND_ROW[sort]})" if goes_on else ""
    return f"""
        select ranked.id, ranked.kind, ranked.subject, ranked.node, ranked.since, detail,
            ranked.money_cents, ranked.currency, ranked.owner, facts, due_at, assigned_to,
            person.name as assigned_name, sleeps_until as snoozed_until,
            coalesce(care.comments, 0) as comments, escalated_to, escalated_at
        from (
            select *
            from (
                select found.*,
                    coalesce(due_at > %(pressing)s::timestamptz, true) as may_wait,
                    case
                        when currency = %(house)s then '' else coalesce(currency, %(unknown)s)
                    end as purse,
                    -coalesce(money_cents, 0) as rank, coalesce(due_at, 'infinity') as due
                from ({FOUND}) as found
                where {ASKED_FOR}
            ) as ranked
            {further}
            order by {order}
            limit %(limit)s
        ) as ranked
        left join person on person.id = substr(assigned_to, length('person:') + 1) collate "C"
        left join open_exception as followed
            on followed.kind = ranked.kind and followed.subject = ranked.subject
        left join lateral (
            select comments
            from exception_care
            where kind = ranked.kind and subject = ranked.subject
            offset 0
        ) as care on true
        order by {order}
    """  # noqa: S608 - ours


def zones(tx: Connection, found: Sequence[FoundException]) -> Zones:
    """The clocks of the nodes at which these are, and the one that most nodes keep."""
    of_nodes = tx.execute(
        "select code::text, time_zone from node where code = any(%s)",
        [sorted({one.node for one in found if one.node})],
    ).fetchall()
    usual = tx.execute(
        "select time_zone from node group by time_zone order by count(*) desc, time_zone limit 1"
    ).fetchone()
    return Zones(usual=usual[0] if usual else "UTC", of_nodes=dict(of_nodes))


def causes(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    is_snoozed: bool | None = None,
    assigned_to: str | None = None,
) -> list[Cause]:
    """How much there is of each cause that there is any of, the most money first.

    What is at risk is added up by currency; the largest of the sums ranks a cause.
    """
    found = rows(
        tx,
        Cause,
        f"""
        with by_currency as (
            select kind, currency, count(*) as exceptions,
                count(*) filter (where sleeps_until is not null) as snoozed,
                count(*) filter (where assigned_to is null) as unassigned,
                sum(money_cents)::bigint as cents, min(since) as oldest
            from ({FOUND}) as found
            where {ASKED_FOR}
            group by kind, currency
        )
        select kind, sum(exceptions)::bigint as exceptions, sum(snoozed)::bigint as snoozed,
            sum(unassigned)::bigint as unassigned, min(oldest) as oldest,
            {MONEY} as money
        from by_currency
        group by kind
        order by max(cents) desc nulls last, sum(exceptions) desc, kind
        """,  # noqa: S608 - ours
        {"kind": None, "nodes": _listed(nodes), "snoozed": is_snoozed, "person": assigned_to},
    )
    return [structs.replace(one, money=convert(one.money, list[Money])) for one in found]


def at_risk(tx: Connection, *, nodes: Sequence[str] | None = None) -> AtRisk:
    """What waits for somebody now, and the money that it puts at risk, each order once."""
    found = row(
        tx,
        _Risk,
        f"""
        with awake as materialized (
            select subject, order_id, currency, count(*) as exceptions, max(money_cents) as cents
            from ({FOUND}) as found
            where sleeps_until is null
            group by subject, order_id, currency
        ),
        worth as (
            select currency, sum(exceptions) as exceptions, greatest(
                max(cents) filter (where subject like 'order:%%'),
                sum(cents) filter (where subject not like 'order:%%')
            ) as cents
            from awake
            group by currency, coalesce(order_id, subject)
        ),
        summed as (
            select currency, sum(exceptions) as exceptions, sum(cents)::bigint as cents
            from worth
            group by currency
        )
        select coalesce(sum(exceptions), 0)::bigint as exceptions,
            {MONEY} as money
        from summed
        """,  # noqa: S608 - ours
        {"kind": None, "nodes": _listed(nodes)},
    )
    assert found is not None, "an aggregate has a row"
    return AtRisk(exceptions=found.exceptions, money=convert(found.money, list[Money]))


def count(tx: Connection, *, nodes: Sequence[str] | None = None) -> int:
    """How many exceptions wait for somebody: without those that may wait until later."""
    found = tx.execute(
        """
        select count(*)
        from standing_exception
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and coalesce(snoozed_until <= (select noria_now()), true)
        """,
        {"nodes": _listed(nodes)},
    ).fetchone()
    assert found is not None, "an aggregate has a row"
    return int(found[0])


def by_kind(tx: Connection) -> dict[str, int]:
    """How many there are of each kind that there is any of."""
    return dict(
        tx.execute("select kind, count(*) from standing_exception group by kind").fetchall()
    )


def places(tx: Connection, about: Sequence[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Of these (kind, subject), those that were exceptions at the last look, with their nodes."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, subject, node in tx.execute(
        """
        select distinct kind, subject, coalesce(node, '')
        from standing_exception
        join unnest(%s::text[], %s::text[]) as given (kind, subject) using (kind, subject)
        """,
        [[kind for kind, _ in about], [subject for _, subject in about]],
    ):
        found.setdefault((kind, subject), set()).add(node)
    return found


def looked_at(tx: Connection) -> datetime | None:
    """When exceptions were looked at last, on the clock of the business."""
    found = tx.execute("select at from exception_look").fetchone()
    return found[0] if found else None


def notes(
    tx: Connection, kind: str, subject: str, *, after: int = 0, limit: int = 100
) -> list[Note]:
    """What people did about an exception, in order, beyond the note with the number `after`."""
    return rows(
        tx,
        Note,
        """
        select exception_note.id, number, verb, exception_note.person, assigned.name as person_name,
            until, words, actor, author.name as actor_name, at
        from exception_note
        left join person as assigned on 'person:' || assigned.id = exception_note.person
        left join person as author on 'person:' || author.id = actor
        where kind = %s and subject = %s and number > %s
        order by number
        limit %s
        """,
        [kind, subject, after, limit],
    )


def _listed(nodes: Sequence[str] | None) -> list[str] | None:
    return None if nodes is None else list(nodes)
