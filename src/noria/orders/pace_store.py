"""How legs under way turn out: the SQL that measures a day, and writes it."""

from datetime import date
from typing import LiteralString

from noria.kit.db import Connection
from noria.orders.pace_model import HOURS, LATEST, SOONEST, UNHEARD

FADES = 0.98
"""What a day is worth one day later: half of it after five weeks."""

LONGEST_DAYS = 30
"""Legs that left longer ago say nothing any more."""


ADD_DAY: LiteralString = """
with under_way as (
    select leg.id, leg.order_id, leg.service, leg.shipped_at, node.time_zone as zone,
        (leg.delivered_at at time zone node.time_zone)::date as came_on,
        case
            when leg.arrives_on > %(day)s::date then %(soonest)s
            else least(
                %(day)s::date - leg.arrives_on - (%(day)s::date - date '1970-01-04') / 7
                    + (leg.arrives_on - date '1970-01-04') / 7,
                %(latest)s
            )
        end as overdue
    from leg
    join node on node.code = leg.node
    where leg.withdrawn_at is null and leg.shipped_at > %(day)s::date - %(longest)s::int
        and leg.shipped_at < %(day)s::date + 2
        and (leg.delivered_at is null or leg.delivered_at >= %(day)s::date - 3)
), known as (
    select under_way.service, under_way.overdue, hour,
        coalesce(said.says, %(unheard)s) as says,
        coalesce(came_on <= %(day)s::date, false) as came
    from under_way
    cross join unnest(%(hours)s::int[]) as hour
    cross join lateral (
        select (%(day)s::date + make_interval(hours => hour)) at time zone zone as at
    ) as moment
    left join lateral (
        select substr(kind, 9) as says
        from timeline
        where timeline.order_id = under_way.order_id and timeline.leg = under_way.id
            and kind like 'carrier\\_%%' and timeline.at <= moment.at
        order by timeline.at desc, number desc
        limit 1
    ) as said on true
    where under_way.shipped_at <= moment.at
        and not exists (
            select from timeline
            where timeline.order_id = under_way.order_id and timeline.leg = under_way.id
                and kind = 'delivered' and timeline.at <= moment.at
        )
)
insert into arrival_pace as pace (service, says, overdue, hour, seen, came)
select service, says, overdue, hour, count(*), count(*) filter (where came)
from known
group by service, says, overdue, hour
order by service, says, overdue, hour
on conflict (service, says, overdue, hour) do update
set seen = pace.seen + excluded.seen, came = pace.came + excluded.came
"""


def lock_through(tx: Connection) -> date | None:
    """The last day that was measured; nobody else measures meanwhile."""
    tx.execute("select pg_advisory_xact_lock(hashtext('arrival_pace'))")
    found = tx.execute("select through from arrival_pace_day").fetchone()
    return None if found is None else found[0]


def move_through(tx: Connection, day: date) -> None:
    tx.execute(
        "insert into arrival_pace_day (through) values (%s)"
        " on conflict (only_one) do update set through = excluded.through",
        [day],
    )


def add_day(tx: Connection, day: date) -> None:
    """Add how the legs that were under way on a day were known at its hours, and which came.

    A leg counts as it was known then, whatever was heard later of that time. The fourth of January
    1970 was a Sunday: of the days since the planned one, Sundays do not count.
    """
    tx.execute("update arrival_pace set seen = seen * %(by)s, came = came * %(by)s", {"by": FADES})
    tx.execute(
        ADD_DAY,
        {
            "day": day,
            "soonest": SOONEST,
            "latest": LATEST,
            "longest": LONGEST_DAYS,
            "unheard": UNHEARD,
            "hours": list(HOURS),
        },
    )
