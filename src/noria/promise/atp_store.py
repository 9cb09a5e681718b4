"""Demand that is accepted and at no node yet: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.promise.atp_model import Expected


def expect(
    tx: Connection, demands: Sequence[str], expected: Sequence[Expected], *, now: datetime
) -> None:
    """What these demands still wait for is this, and nothing else; one statement."""
    tx.execute(
        """
        with given as (
            select *
            from unnest(%(demand)s::text[], %(line)s::smallint[], %(sku)s::text[],
                %(units)s::bigint[], %(channel)s::text[], %(node)s::text[], %(due)s::date[])
                as given (demand, line, sku, units, channel, node, due)
        ), gone as (
            delete from expected_demand
            where demand = any(%(demands)s)
                and not exists (
                    select from given
                    where (given.demand, given.line)
                        = (expected_demand.demand, expected_demand.line)
                )
        )
        insert into expected_demand (demand, line, sku, units, channel, node, due, since)
        select demand, line, sku, units, channel, node, due, %(now)s
        from given
        order by demand, line
        on conflict (demand, line) do update
        set units = excluded.units
        where expected_demand.units <> excluded.units
        """,
        {
            "demands": list(demands),
            "now": now,
            "demand": [one.demand for one in expected],
            "line": [one.line for one in expected],
            "sku": [one.sku for one in expected],
            "units": [one.units for one in expected],
            "channel": [one.channel for one in expected],
            "node": [one.node for one in expected],
            "due": [one.due for one in expected],
        },
    )
