"""Days of the business: the SQL that counts them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from noria.kit.db import Connection
from noria.tower.trend_model import Level


def lock(tx: Connection) -> None:
    """One counts at a time."""
    tx.execute("select pg_advisory_xact_lock(hashtext('trend'))")


def first_day(tx: Connection) -> date | None:
    """The day of the first order there is."""
    found = tx.execute(
        """
        select (placed_at at time zone 'UTC')::date
        from customer_order
        order by placed_at, id
        limit 1
        """
    ).fetchone()
    return found[0] if found else None


def count_orders(tx: Connection, since: date, until: date) -> None:
    """Count the orders of these days, both included, in place of what was counted before."""
    tx.execute(
        """
        with placed as materialized (
            select id, (placed_at at time zone 'UTC')::date as day, currency, stage
            from customer_order
            where placed_at >= %(since)s and placed_at < %(until)s
        ), wanted as (
            select order_id, sum(quantity - cancelled) as units,
                sum((quantity - cancelled) * price_cents) as cents
            from order_line
            where order_id in (select id from placed)
            group by order_id
        ), sent as (
            select order_id, count(*) as legs, sum(cost_cents) as cents
            from leg
            where withdrawn_at is null and order_id in (select id from placed)
            group by order_id
        )
        insert into trend_day (day, currency, orders, cancelled, units, revenue_cents, sent, split,
            cost_cents)
        select day, currency, count(*), count(*) filter (where stage = 'cancelled'),
            coalesce(sum(wanted.units), 0), coalesce(sum(wanted.cents), 0), count(sent.legs),
            count(*) filter (where sent.legs > 1), coalesce(sum(sent.cents), 0)
        from placed
        left join wanted on wanted.order_id = placed.id
        left join sent on sent.order_id = placed.id
        group by day, currency
        order by day, currency
        on conflict (day, currency) do update
        set orders = excluded.orders, cancelled = excluded.cancelled, units = excluded.units,
            revenue_cents = excluded.revenue_cents, sent = excluded.sent, split = excluded.split,
            cost_cents = excluded.cost_cents
        """,
        {"since": _begin(since), "until": _begin(until + timedelta(days=1))},
    )


def count_promises(tx: Connection, since: date, until: date) -> None:
    """Count the promises whose last day is one of these, as far as they are settled."""
    tx.execute(
        """
        insert into trend_promise (day, settled, kept)
        select promised_to, count(*), count(*) filter (where is_kept)
        from promise
        where settled_at is not null and promised_to between %s and %s
        group by promised_to
        order by promised_to
        on conflict (day) do update
        set settled = excluded.settled, kept = excluded.kept
        """,
        [since, until],
    )


def is_looked_at(tx: Connection, day: date) -> bool:
    return (
        tx.execute("select from trend_level where day = %s limit 1", [day]).fetchone() is not None
    )


def save_levels(tx: Connection, levels: Sequence[Level], day: date) -> None:
    """Write how things stand on a day, once."""
    for one in levels:
        tx.execute(
            """
            insert into trend_level (day, currency, risk_cents, stock_units, stock_cents)
            values (%s, %s, %s, %s, %s)
            on conflict do nothing
            """,
            [day, one.currency, one.risk_cents, one.stock_units, one.stock_cents],
        )


def advance(tx: Connection, through: date) -> None:
    tx.execute(
        """
        insert into trend_cursor (through) values (%s)
        on conflict (only_one) do update set through = excluded.through
        """,
        [through],
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
