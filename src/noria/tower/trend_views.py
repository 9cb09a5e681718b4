"""Questions about how the business goes: read by week from days that were counted."""

from collections.abc import Sequence
from datetime import date, timedelta

from noria.kit import clock
from noria.kit.db import Connection, rows
from noria.tower import trend_rules as rules
from noria.tower.trend_model import Against, DaySum, Level, PromiseSum, Trends, TrendWeek


def trends(tx: Connection, *, weeks: int, against: Against, sees_value: bool) -> Trends:
    """The last whole weeks, beside others; what stock is worth to who `sees_value`."""
    asked = rules.mondays(clock.now(tx).date(), weeks)
    return Trends(
        through=through(tx),
        weeks=_weeks(tx, asked, sees_value=sees_value),
        before=_weeks(tx, rules.beside(asked, against), sees_value=sees_value),
    )


def through(tx: Connection) -> date | None:
    """The last day that was counted."""
    found = tx.execute("select through from trend_cursor").fetchone()
    return found[0] if found else None


def _weeks(tx: Connection, mondays: Sequence[date], *, sees_value: bool) -> list[TrendWeek]:
    since, until = mondays[0], mondays[-1] + timedelta(days=6)
    return rules.weeks(
        mondays,
        _days(tx, since - rules.WEEK * (rules.COVER_WEEKS - 1), until),
        _promises(tx, since, until),
        _levels(tx, since, until),
        sees_value=sees_value,
    )


def _days(tx: Connection, since: date, until: date) -> list[DaySum]:
    return rows(
        tx,
        DaySum,
        """
        select date_trunc('week', day)::date as since, currency, sum(orders)::bigint as orders,
            sum(cancelled)::bigint as cancelled, sum(units)::bigint as units,
            sum(revenue_cents)::bigint as revenue_cents, sum(sent)::bigint as sent,
            sum(split)::bigint as split, sum(cost_cents)::bigint as cost_cents
        from trend_day
        where day between %s and %s
        group by 1, 2
        order by 1, 2
        """,
        [since, until],
    )


def _promises(tx: Connection, since: date, until: date) -> list[PromiseSum]:
    return rows(
        tx,
        PromiseSum,
        """
        select date_trunc('week', day)::date as since, sum(settled)::bigint as settled,
            sum(kept)::bigint as kept
        from trend_promise
        where day between %s and %s
        group by 1
        order by 1
        """,
        [since, until],
    )


def _levels(tx: Connection, since: date, until: date) -> list[Level]:
    """How things stood on the last day of each week that was looked at."""
    return rows(
        tx,
        Level,
        """
        select week as since, currency, risk_cents, stock_units, stock_cents
        from (
            select date_trunc('week', day)::date as week, max(day) as day
            from trend_level
            where day between %s and %s
            group by 1
        ) as last
        join trend_level using (day)
        order by week, currency
        """,
        [since, until],
    )
