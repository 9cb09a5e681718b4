"""The tally and what is believed by it: the SQL that writes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from noria.kit.db import Connection
from noria.network.reliability_model import Estimate, Observation


def lock_through(tx: Connection, source: str) -> date | None:
    """Up to which day a room's facts are in the tally; nobody else adds to it meanwhile."""
    tx.execute(
        "insert into tallied (source, through) values (%s, '-infinity') on conflict do nothing",
        [source],
    )
    found = tx.execute(
        "select nullif(through, '-infinity') from tallied where source = %s for update", [source]
    ).fetchone()
    assert found is not None
    through: date | None = found[0]
    return through


def move_through(tx: Connection, source: str, day: date) -> None:
    tx.execute("update tallied set through = %s where source = %s", [day, source])


def add(tx: Connection, observations: Sequence[Observation]) -> None:
    """Add to the tally, in key order."""
    units: dict[tuple[object, ...], int] = defaultdict(int)
    for one in observations:
        units[one.topic.value, one.node, one.service, one.area, one.day, one.outcome] += one.units
    if not units:
        return
    keys = sorted(units, key=str)
    tx.execute(
        """
        insert into tally (topic, node, service, area, day, outcome, units)
        select *
        from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::smallint[],
            %s::bigint[])
        on conflict (topic, node, service, area, day, outcome) do update
        set units = tally.units + excluded.units
        """,
        [*([key[place] for key in keys] for place in range(6)), [units[key] for key in keys]],
    )


def lock_estimates(tx: Connection) -> None:
    """One estimates at a time: who waits for it sees what the other one has counted."""
    tx.execute("lock table estimate in share row exclusive mode")


def replace_estimates(tx: Connection, estimates: Sequence[Estimate]) -> None:
    """Write what is believed now; whoever reads sees all of it or none."""
    tx.execute("delete from estimate")
    with tx.cursor().copy(
        "copy estimate (topic, key, parent, counts, weights, shares, strength) from stdin"
    ) as copy:
        for one in estimates:
            copy.write_row(
                (
                    one.topic.value,
                    one.key,
                    one.parent,
                    list(one.counts),
                    list(one.weights),
                    list(one.shares),
                    one.strength,
                )
            )
