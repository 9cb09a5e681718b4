"""How legs under way turn out: the SQL that measures a day, and writes it."""

from collections.abc import Mapping
from datetime import date
from typing import LiteralString

from noria.kit.db import Connection, rows
from noria.orders.pace_model import HOURS, UNHEARD, Bound

FADES = 0.98
"""What a day is worth one day later: half of it after five weeks."""

LONGEST_DAYS = 30
"""Legs that left longer ago say nothing any more."""


UNDER_WAY: LiteralString = """
with under_way as (
    select leg.id, leg.order_id, leg.service, leg.shipped_at, leg.arrives_on,
        node.time_zone as zone,
        (leg.delivered_at at time zone node.time_zone)::date as came_on,
        customer_order.country, customer_order.postcode,
        coalesce(customer_order.store, customer_order.relay) as point
    from leg
    join node on node.code = leg.node
    join customer_order on customer_order.id = leg.order_id
    where leg.withdrawn_at is null and leg.shipped_at > %(day)s::date - %(longest)s::int
        and leg.shipped_at < %(day)s::date + 2
        and (leg.delivered_at is null or leg.delivered_at >= %(day)s::date - 3)
)
"""

BOUND: LiteralString = f"""
{UNDER_WAY}
select distinct service, country, postcode, point, arrives_on
from under_way
order by service, country, postcode, point, arrives_on
"""  # noqa: S608 - ours

ADD_DAY: LiteralString = f"""
{UNDER_WAY}, bound as (
    select *
    from unnest(%(services)s::text[], %(countries)s::text[], %(postcodes)s::text[],
        %(points)s::text[], %(planned)s::date[], %(overdue)s::int[])
        as given (service, country, postcode, point, arrives_on, overdue)
), known as (
    select under_way.service, bound.overdue, hour,
        coalesce(said.says, %(unheard)s) as says,
        coalesce(came_on <= %(day)s::date, false) as came
    from under_way
    join bound on bound.service = under_way.service
        and bound.country = under_way.country and bound.postcode = under_way.postcode
        and bound.point is not distinct from under_way.point
        and bound.arrives_on = under_way.arrives_on
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
"""  # noqa: S608 - ours


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


def bound(tx: Connection, day: date) -> list[Bound]:
    """What was under way on a day, alike only once."""
    return rows(tx, Bound, BOUND, {"day": day, "longest": LONGEST_DAYS})


def add_day(tx: Connection, day: date, overdue: Mapping[Bound, int]) -> None:
    """Add how the legs that were under way on a day were known at its hours, and which came.

    A leg counts as it was known then, whatever was heard later of that time, and by the days that
    it was `overdue`; what is not in there is left out.
    """
    alike = list(overdue)
    tx.execute("update arrival_pace set seen = seen * %(by)s, came = came * %(by)s", {"by": FADES})
    tx.execute(
        ADD_DAY,
        {
            "day": day,
            "services": [one.service for one in alike],
            "countries": [one.country for one in alike],
            "postcodes": [one.postcode for one in alike],
            "points": [one.point for one in alike],
            "planned": [one.arrives_on for one in alike],
            "overdue": list(overdue.values()),
            "longest": LONGEST_DAYS,
            "unheard": UNHEARD,
            "hours": list(HOURS),
        },
    )
