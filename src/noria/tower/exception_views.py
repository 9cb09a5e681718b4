"""Questions about what needs a person, in whatever room it came up."""

from collections.abc import Sequence
from typing import Any, LiteralString

from msgspec import Struct, convert, structs

from noria.kit.db import Connection, row, rows
from noria.kit.money import Money
from noria.tower.exception_model import AtRisk, Cause, FoundException, Note, Sort, Zones

STANDING: LiteralString = """
    select *
    from every_exception
    where (%(kind)s::text is null or kind = %(kind)s or kind like %(kind)s || '.%%')
        and (%(nodes)s::text[] is null or node = any(%(nodes)s))
    offset 0
"""
"""What is an exception now, of the kind and at the nodes that are asked for.

Its facts are made once: without `offset 0` they were made again wherever something reads of them.
"""

FOUND: LiteralString = f"""
    select every.*, care.person as assigned_to,
        case when snoozed_until > (select noria_now()) then snoozed_until end as snoozed_until,
        coalesce(
            (every.facts ->> 'by')::timestamptz,
            case when every.kind = 'promise.late' then every.since + interval '1 day' end
        ) as due_at,
        coalesce(comments, 0) as comments, followed.escalated_to, followed.escalated_at
    from ({STANDING}) as every
    left join open_exception as followed
        on followed.kind = every.kind and followed.subject = every.subject collate "default"
    left join lateral (
        select *
        from exception_care
        where kind = every.kind and subject = every.subject collate "default"
        offset 0
    ) as care on true
    offset 0
"""  # noqa: S608 - ours
"""Exceptions with who looks after them, and by when; one that may wait until later says so.

A promise is late from the end of its day on, which is when it was due.
"""

ASKED_FOR: LiteralString = """(%(snoozed)s::boolean is null
            or (snoozed_until is not null) = %(snoozed)s)
        and (%(person)s::text is null or assigned_to = %(person)s)"""
"""Those that a list is asked for, and that its causes are counted of."""

RANKED: LiteralString = f"""
    select ranked.kind, subject, node, since, detail, money_cents, currency, owner, facts, due_at,
        assigned_to, person.name as assigned_name, snoozed_until, comments, escalated_to,
        escalated_at
    from (
        select *
        from (
            select found.*,
                %(urgent)s and coalesce(due_at > %(pressing)s::timestamptz, true) as may_wait,
                case
                    when not %(by_money)s or currency = %(house)s then ''
                    else coalesce(currency, %(unknown)s::text)
                end as purse,
                case when %(by_money)s then -coalesce(money_cents, 0) else 0 end as rank,
                case when %(by_money)s then coalesce(due_at, 'infinity') else '-infinity' end
                    as due
            from ({FOUND}) as found
            where {ASKED_FOR}
        ) as placed
        where %(since)s::timestamptz is null
            or (may_wait, purse, rank, due, since, kind, subject, detail)
            > (%(urgent)s and %(due)s::timestamptz > %(pressing)s::timestamptz,
                %(purse)s::text, %(rank)s,
                %(due)s::timestamptz, %(since)s, %(after_kind)s::text, %(subject)s::text,
                %(detail)s::text)
        order by may_wait, purse, rank, due, since, kind, subject, detail
        limit %(limit)s
    ) as ranked
    left join person on person.id = substr(assigned_to, length('person:') + 1) collate "C"
    order by may_wait, purse, rank, due, since, ranked.kind, subject, detail
"""  # noqa: S608 - ours
"""Exceptions in the order that is asked for, from a row on; only these are given their names."""

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
    """What needs a person, the oldest first, or the dearest, currency by currency, `house` first.

    By urgency, what is due before `pressing` comes before all else. `after` is (currency, money,
    due or nothing, since, kind, subject, detail) of the row to go on from, instants as text.
    """
    currency, money, due, since, *rest = after or (None, None, None, None, None, None, None)
    return rows(
        tx,
        FoundException,
        RANKED,
        {
            "kind": kind,
            "nodes": _listed(nodes),
            "snoozed": is_snoozed,
            "person": assigned_to,
            "house": house,
            "pressing": pressing,
            "unknown": BEHIND,
            "since": since,
            "after_kind": rest[0],
            "subject": rest[1],
            "detail": rest[2],
            "limit": limit,
        }
        | _rank(sort, currency, money, due, house),
    )


def _rank(
    sort: Sort, currency: str | None, money: int | None, due: str | None, house: str
) -> dict[str, Any]:
    """How rows are ranked, and where the row stands that a page goes on from."""
    if sort is Sort.OLDEST:
        return {"urgent": False, "by_money": False, "purse": "", "rank": 0, "due": "-infinity"}
    return {
        "urgent": sort is Sort.URGENT,
        "by_money": True,
        "purse": "" if currency == house else currency or BEHIND,
        "rank": -int(money or 0),
        "due": due or "infinity",
    }


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
                count(*) filter (where snoozed_until is not null) as snoozed,
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
            select subject, facts ->> 'order' as order_id, currency, count(*) as exceptions,
                max(money_cents) as cents
            from ({FOUND}) as found
            where snoozed_until is null
            group by subject, facts ->> 'order', currency
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
    """How many exceptions wait for somebody now: without those that may wait until later."""
    found = tx.execute(
        """
        with asleep as materialized (
            select kind, subject from exception_care where snoozed_until > noria_now()
        ), standing as materialized (
            select kind, subject
            from every_exception as every
            where (%(nodes)s::text[] is null or node = any(%(nodes)s))
        )
        select count(*)
        from standing
        where (kind, subject) not in (select kind, subject from asleep)
        """,
        {"nodes": _listed(nodes)},
    ).fetchone()
    assert found is not None, "an aggregate has a row"
    return int(found[0])


def places(tx: Connection, about: Sequence[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Of these (kind, subject), those that are exceptions now, each with its nodes."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, subject, node in tx.execute(
        """
        select distinct kind, subject, coalesce(node, '')
        from every_exception as every
        where (kind, subject) in (
            select * from unnest(%s::text[], %s::text[])
        )
        """,
        [[kind for kind, _ in about], [subject for _, subject in about]],
    ):
        found.setdefault((kind, subject), set()).add(node)
    return found


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
