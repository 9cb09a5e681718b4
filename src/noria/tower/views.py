"""Questions over all rooms; the tower reads, and never writes."""

from collections.abc import Sequence
from typing import Any, LiteralString

from noria.kit import clock
from noria.kit.db import Connection, rows
from noria.orders import views as orders
from noria.promise import views as promises
from noria.stock import views as stock
from noria.tower.model import Audit, ExceptionRow, Summary, Unaccounted, Unheld

KINDS = ("order.waiting", "promise.late", "stock.gap", "pick.short", "receipt.discrepancy")


def summary(tx: Connection) -> Summary:
    """Today in figures."""
    counted: dict[str, int] = dict(
        tx.execute("select kind, count(*) from exception group by kind").fetchall()
    )
    return Summary(
        at=clock.now(tx),
        orders=orders.by_stage(tx),
        units=stock.units_by_state(tx),
        promises=promises.score(tx),
        exceptions={kind: counted.get(kind, 0) for kind in KINDS},
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
        """
        select kind, subject, node, since, detail
        from exception
        where (%(kind)s::text is null or kind = %(kind)s)
            and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(since)s::timestamptz is null or (since, kind, subject, detail)
                > (%(since)s, %(after_kind)s::text, %(subject)s::text, %(detail)s::text))
        order by since, kind, subject, detail
        limit %(limit)s
        """,
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


def audit(tx: Connection) -> Audit:
    """Compare everything that is said twice. Ask in one snapshot, so that nothing moves meanwhile.

    Balances with the replayed moves, their sum over all places with zero, open reservations with
    the reserved balances, lines with what became of their units, legs with what is held for them.
    """
    return Audit(
        at=clock.now(tx),
        balances=_count(tx, "select count(*) from balance where quantity <> 0"),
        moves=_count(tx, "select count(*) from move"),
        reservations=_count(tx, "select count(*) from reservation where held > 0"),
        orders=_count(tx, "select count(*) from customer_order"),
        disagreements=stock.disagreements(tx),
        unbalanced=stock.unbalanced(tx),
        mismatches=promises.mismatches(tx),
        unaccounted=_unaccounted(tx),
        unheld=_unheld(tx),
    )


def _unaccounted(tx: Connection) -> list[Unaccounted]:
    return rows(
        tx,
        Unaccounted,
        """
        select order_line.order_id as order, order_line.line, order_line.quantity,
            waiting + cancelled + coalesce(sent.units, 0)::bigint as accounted
        from order_line
        left join (
            select leg.order_id, leg_line.line, sum(leg_line.quantity - leg_line.gone) as units
            from leg_line
            join leg on leg.id = leg_line.leg_id
            group by leg.order_id, leg_line.line
        ) as sent using (order_id, line)
        where waiting + cancelled + coalesce(sent.units, 0) <> order_line.quantity
        order by order_line.order_id, order_line.line
        limit 1000
        """,
    )


def _unheld(tx: Connection) -> list[Unheld]:
    return rows(
        tx,
        Unheld,
        """
        with due as (
            select leg_line.leg_id || '.' || leg_line.line as id, leg_line.leg_id, leg_line.line,
                leg_line.quantity - leg_line.gone as units
            from leg_line
            join leg on leg.id = leg_line.leg_id
            where leg.shipped_at is null and leg_line.quantity > leg_line.gone
        ), kept as (
            select id, held from reservation where held > 0 and demand like 'order:%%'
        )
        select coalesce(due.leg_id, id) as leg, coalesce(due.line, 0) as line,
            coalesce(due.units, 0) as due, coalesce(kept.held, 0) as held
        from due
        full join kept using (id)
        where coalesce(due.units, 0) <> coalesce(kept.held, 0)
        order by id
        limit 1000
        """,
        [],
    )


def _count(tx: Connection, query: LiteralString) -> int:
    found = tx.execute(query).fetchone()
    assert found is not None
    return int(found[0])
