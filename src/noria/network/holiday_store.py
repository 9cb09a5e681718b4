"""Public holidays as rows: the SQL that writes, and what it compares."""

from collections.abc import Sequence
from datetime import date

from noria.kit.db import Connection

Row = tuple[str, str, date]
"""Country, region (empty: all of the country), day."""


def places(tx: Connection) -> list[tuple[str, str, str]]:
    """Where nodes lie, as (country, postcode, region)."""
    return tx.execute("select distinct country, postcode, region from node").fetchall()


def days(tx: Connection, of: Sequence[tuple[str, str]], *, first: date, last: date) -> set[Row]:
    """The rows of these (country, region), from a day to another."""
    found = tx.execute(
        """
        select country, region, day
        from public_holiday
        join unnest(%s::text[], %s::text[]) as given (country, region) using (country, region)
        where day between %s and %s
        """,
        [[country for country, _ in of], [region for _, region in of], first, last],
    )
    return set(found.fetchall())


def change(tx: Connection, *, new: Sequence[Row], gone: Sequence[Row]) -> int:
    """Write rows, and delete others; how many there were."""
    if new:
        tx.execute(
            """
            insert into public_holiday (country, region, day)
            select * from unnest(%s::text[], %s::text[], %s::date[])
            on conflict do nothing
            """,
            [[row[place] for row in new] for place in range(3)],
        )
    if gone:
        tx.execute(
            """
            delete from public_holiday
            using unnest(%s::text[], %s::text[], %s::date[]) as given (country, region, day)
            where (public_holiday.country, public_holiday.region, public_holiday.day)
                = (given.country, given.region, given.day)
            """,
            [[row[place] for row in gone] for place in range(3)],
        )
    return len(new) + len(gone)


def set_regions(tx: Connection, starts: Sequence[tuple[str, str, str]]) -> int:
    """Write in which regions postcodes lie that begin so; how many were new or otherwise."""
    return tx.execute(
        """
        insert into holiday_region as known (country, starts, region)
        select * from unnest(%s::text[], %s::text[], %s::text[])
        on conflict (country, starts) do update
        set region = excluded.region
        where known.region <> excluded.region
        """,
        [[one[place] for one in starts] for place in range(3)],
    ).rowcount
