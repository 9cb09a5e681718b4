"""Questions about what needs a person, in whatever room it came up."""

from collections.abc import Sequence
from typing import Any, LiteralString

from noria.kit.db import Connection, row, rows
from noria.tower.exception_model import AtRisk, Cause, ExceptionRow, Note, Sort

KINDS = (
    "order.waiting",
    "promise.late",
    "stock.gap",
    "pick.short",
    "receipt.discrepancy",
    "count.unusual",
    "count.held_short",
    "audit.difference",
    "partner.not_accepted",
    "partner.not_shipped",
    "partner.not_delivered",
    "feed.silent",
    "feed.held",
    "parcel.silent",
    "parcel.failed",
    "parcel.returning",
    "parcel.returned",
    "parcel.lost",
    "carrier.unreadable",
    "order.held",
    "milestone.missed",
    "milestone.endangered",
    "order.reported",
    "task.late",
    "task.untaken",
    "work.conflict",
    "collect.late",
    "collect.endangered",
    "collect.to_receive",
    "collect.to_put_back",
    "collect.code_tried",
    "collect.unproven",
    "collect.handed_over_late",
    "collect.unpaid",
)

GROUPS = tuple(dict.fromkeys(kind.partition(".")[0] for kind in KINDS))

EVERY: LiteralString = """(
    select kind, subject, node, since, detail, null::bigint as money_cents, null::text as owner
    from exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from partner_exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from parcel_exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from order_exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from customer_exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from work_exception
    union all
    select kind, subject, node, since, detail, money_cents, owner
    from collect_exception
) as every"""
"""What the tower knows, what partners have not done, where parcels are, what is held,
what customers have reported, what is late or clashes in the nodes, and what waits in stores."""


FOUND: LiteralString = f"""
    select every.kind, every.subject, every.node, every.since, every.detail,
        coalesce(every.money_cents, (
            select sum((quantity - cancelled) * price_cents)::bigint
            from order_line
            where every.subject like 'order:%%' and order_id = substr(every.subject, 7) collate "C"
        )) as money_cents, every.owner, care.person as assigned_to, person.name as assigned_name,
        case when snoozed_until > noria_now() then snoozed_until end as snoozed_until,
        coalesce(comments, 0) as comments
    from {EVERY}
    left join exception_care as care
        on (care.kind, care.subject) = (every.kind, every.subject)
    left join person on 'person:' || person.id = care.person
"""  # noqa: S608 - ours
"""Exceptions with who looks after them; one that may wait until later says so.

What is about a whole order and does not say what is at risk, risks the order.
"""


def exceptions(
    tx: Connection,
    *,
    kind: str | None = None,
    nodes: Sequence[str] | None = None,
    is_snoozed: bool | None = None,
    assigned_to: str | None = None,
    sort: Sort = Sort.OLDEST,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[ExceptionRow]:
    """What needs a person, the oldest or the dearest first.

    `after` is (money, since as text, kind, subject, detail) of the row to go on from.
    """
    money, since, *rest = after or (None, None, None, None, None)
    return rows(
        tx,
        ExceptionRow,
        f"""
        select kind, subject, node, since, detail, money_cents, owner, assigned_to, assigned_name,
            snoozed_until, comments
        from (
            select found.*, case when %(by_money)s then -coalesce(money_cents, 0) else 0 end as rank
            from ({FOUND}) as found
        ) as ranked
        where (%(kind)s::text is null or kind = %(kind)s or kind like %(kind)s || '.%%')
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(snoozed)s::boolean is null or (snoozed_until is not null) = %(snoozed)s)
            and (%(person)s::text is null or assigned_to = %(person)s)
            and (%(since)s::timestamptz is null or (rank, since, kind, subject, detail)
                > (%(rank)s, %(since)s, %(after_kind)s::text, %(subject)s::text, %(detail)s::text))
        order by rank, since, kind, subject, detail
        limit %(limit)s
        """,  # noqa: S608 - ours
        {
            "by_money": sort is Sort.MONEY,
            "kind": kind,
            "nodes": _listed(nodes),
            "snoozed": is_snoozed,
            "person": assigned_to,
            "rank": -int(money or 0) if sort is Sort.MONEY else 0,
            "since": since,
            "after_kind": rest[0],
            "subject": rest[1],
            "detail": rest[2],
            "limit": limit,
        },
    )


def causes(tx: Connection, *, nodes: Sequence[str] | None = None) -> list[Cause]:
    """How much there is of each cause that there is any of, the most money first."""
    return rows(
        tx,
        Cause,
        f"""
        select kind, count(*) as exceptions,
            count(*) filter (where snoozed_until is not null) as snoozed,
            count(*) filter (where assigned_to is null) as unassigned,
            sum(money_cents)::bigint as money_cents, min(since) as oldest
        from ({FOUND}) as found
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
        group by kind
        order by sum(money_cents) desc nulls last, count(*) desc, kind
        """,  # noqa: S608 - ours
        {"nodes": _listed(nodes)},
    )


def at_risk(tx: Connection, *, nodes: Sequence[str] | None = None) -> AtRisk:
    """What waits for somebody now, and the money that it puts at risk, each order once."""
    found = row(
        tx,
        AtRisk,
        f"""
        with awake as materialized (
            select subject, count(*) as exceptions, max(money_cents) as money_cents
            from ({FOUND}) as found
            where snoozed_until is null and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            group by subject
        ),
        told as (
            select awake.*, coalesce(leg.order_id::text,
                case when subject like 'order:%%' then substr(subject, 7) end) as order_id
            from awake
            left join leg on subject like 'leg:%%' and leg.id = substr(subject, 5) collate "C"
        ),
        worth as (
            select order_id, sum(exceptions) as exceptions, greatest(
                max(money_cents) filter (where subject like 'order:%%'),
                sum(money_cents) filter (where subject not like 'order:%%')
            ) as money_cents
            from told
            group by order_id, coalesce(order_id, subject)
        )
        select coalesce(sum(exceptions), 0)::bigint as exceptions,
            case when count(distinct currency) < 2 then sum(money_cents)::bigint end
                as money_cents,
            coalesce(array_agg(distinct currency) filter (where currency is not null), '{{}}')
                as currencies
        from worth
        left join customer_order
            on customer_order.id = order_id collate "C" and money_cents is not null
        """,  # noqa: S608 - ours
        {"nodes": _listed(nodes)},
    )
    assert found is not None, "an aggregate has a row"
    return found


def count(tx: Connection, *, nodes: Sequence[str] | None = None) -> int:
    """How many exceptions wait for somebody now: without those that may wait until later."""
    found = tx.execute(
        f"""
        select count(*)
        from {EVERY}
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (kind, subject) not in (
                select kind, subject from exception_care where snoozed_until > noria_now()
            )
        """,  # noqa: S608 - ours
        {"nodes": _listed(nodes)},
    ).fetchone()
    assert found is not None, "an aggregate has a row"
    return int(found[0])


def places(tx: Connection, about: Sequence[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Of these (kind, subject), those that are exceptions now, each with its nodes."""
    found: dict[tuple[str, str], set[str]] = {}
    for kind, subject, node in tx.execute(
        f"""
        select distinct kind, subject, coalesce(node, '')
        from {EVERY}
        where (kind, subject) in (
            select * from unnest(%s::text[], %s::text[])
        )
        """,  # noqa: S608 - ours
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
