"""Questions over all rooms."""

from collections.abc import Sequence
from typing import Any, LiteralString

from noria.kit import clock
from noria.kit.db import Connection, rows
from noria.orders import views as orders
from noria.promise import views as promises
from noria.stock import views as stock
from noria.tower.model import ExceptionRow, Summary

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
)

TAKEN_BACK = ("declined", "short", "rerouted", "cancelled")

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
) as every"""
"""What the tower knows, what partners have not done, where parcels are, what is held,
and what customers have reported."""


def summary(tx: Connection) -> Summary:
    """Today in figures."""
    counted: dict[str, int] = dict(
        tx.execute(f"select kind, count(*) from {EVERY} group by kind").fetchall()  # noqa: S608 - ours
    )
    return Summary(
        at=clock.now(tx),
        orders=orders.by_stage(tx),
        units=stock.units_by_state(tx),
        promises=promises.score(tx),
        exceptions={kind: counted.get(kind, 0) for kind in KINDS},
        taken_back=dict.fromkeys(TAKEN_BACK, 0) | _taken_back(tx),
        sent_from=_sent_from(tx),
    )


def _sent_from(tx: Connection) -> dict[str, int]:
    return dict(
        tx.execute(
            """
            select node.kind, sum(leg_line.quantity - leg_line.gone)::bigint as units
            from leg
            join leg_line on leg_line.leg_id = leg.id
            join node on node.code = leg.node
            where planned_at > noria_now() - interval '7 days' and withdrawn_at is null
            group by node.kind
            order by units desc, node.kind
            """
        ).fetchall()
    )


def _taken_back(tx: Connection) -> dict[str, int]:
    return dict(
        tx.execute(
            """
            select case
                    when exists (select from leg_answer where leg = id and not is_accepted)
                        then 'declined'
                    when exists (
                        select from timeline
                        where timeline.order_id = leg.order_id and timeline.leg = id
                            and kind = 'withdrawn'
                    ) then 'rerouted'
                    when exists (select from short_pick where leg_id = id) then 'short'
                    else 'cancelled'
                end as why, count(*)
            from leg
            where withdrawn_at > noria_now() - interval '7 days'
            group by why
            """
        ).fetchall()
    )


def exceptions(
    tx: Connection,
    *,
    kind: str | None = None,
    nodes: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 100,
) -> list[ExceptionRow]:
    """What needs a person, the oldest first; `after` is (since as text, kind, subject, detail)."""
    since, *rest = after or (None, None, None, None)
    return rows(
        tx,
        ExceptionRow,
        f"""
        select kind, subject, node, since, detail, money_cents, owner
        from {EVERY}
        where (%(kind)s::text is null or kind = %(kind)s)
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(since)s::timestamptz is null or (since, kind, subject, detail)
                > (%(since)s, %(after_kind)s::text, %(subject)s::text, %(detail)s::text))
        order by since, kind, subject, detail
        limit %(limit)s
        """,  # noqa: S608 - ours
        {
            "kind": kind,
            "nodes": None if nodes is None else list(nodes),
            "since": since,
            "after_kind": rest[0],
            "subject": rest[1],
            "detail": rest[2],
            "limit": limit,
        },
    )
