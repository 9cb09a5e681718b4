"""Which units are made on which day: the SQL that writes."""

from collections.abc import Sequence
from datetime import date

from noria.kit.db import Connection
from noria.promise.model import Draw


def insert(tx: Connection, rows: Sequence[tuple[str, date, str, int]]) -> None:
    """Book (reservation, day, node, units)."""
    tx.execute(
        """
        insert into production (reservation, day, node, units)
        select * from unnest(%s::text[], %s::date[], %s::text[], %s::bigint[])
        """,
        [list(column) for column in zip(*rows, strict=True)],
    )


def take_out(tx: Connection, draws: Sequence[Draw], *, today: date, is_made: bool) -> None:
    """Free the days that drawn units were booked on, the latest first.

    Of what is made and leaves, only what was booked after `today` is free again.
    """
    tx.execute(
        """
        with drawn as (
            select * from unnest(%(reservations)s::text[], %(units)s::bigint[])
                as given (reservation, units)
        ), counted as (
            select reservation, day, production.units, drawn.units as out,
                sum(production.units) over (
                    partition by reservation order by day desc
                ) as until
            from production
            join drawn using (reservation)
            where day > %(today)s::date or not %(is_made)s
        ), rest as (
            select reservation, day, least(greatest(until - out, 0), units) as units
            from counted
            where until - units < out
        ), gone as (
            delete from production
            using rest
            where (production.reservation, production.day) = (rest.reservation, rest.day)
                and rest.units = 0
        )
        update production
        set units = rest.units
        from rest
        where (production.reservation, production.day) = (rest.reservation, rest.day)
            and rest.units > 0 and rest.units <> production.units
        """,
        {
            "reservations": [draw.reservation for draw in draws],
            "units": [draw.units for draw in draws],
            "today": today,
            "is_made": is_made,
        },
    )
