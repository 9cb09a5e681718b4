"""Questions about work in the node."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any, LiteralString

import msgspec

from noria.kit.db import Connection, rows
from noria.work.model import (
    Location,
    Part,
    Places,
    Task,
    Wave,
    WaveKind,
    WorkSetting,
    kind_of,
)


class Whose(Enum):
    """Which tasks or waves a list shows: nobody's, mine, somebody's, what is late, or all."""

    FREE = "free"
    MINE = "mine"
    TAKEN = "taken"
    LATE = "late"
    ALL = "all"


def setting(tx: Connection, node: str) -> tuple[WorkSetting, int]:
    """How a node works, and its version; as usual, at version 0, if nobody said otherwise."""
    found = tx.execute(
        "select content, version from work_setting where node = %s", [node]
    ).fetchone()
    return (
        (WorkSetting(), 0) if found is None else (msgspec.convert(found[0], WorkSetting), found[1])
    )


def turns(tx: Connection) -> list[tuple[str, str, WorkSetting]]:
    """The nodes that put tasks in waves at times of their own: (node, time zone, how it works)."""
    found = tx.execute(
        """
        select node, time_zone, content
        from work_setting
        join node on node.code = work_setting.node
        where jsonb_array_length(coalesce(content -> 'wave_times', '[]')) > 0
        order by node
        """
    )
    return [(node, zone, msgspec.convert(said, WorkSetting)) for node, zone, said in found]


def locations(
    tx: Connection,
    node: str,
    *,
    codes: Sequence[str] | None = None,
    sku: str | None = None,
    after: str = "",
    limit: int | None = 100,
) -> list[Location]:
    """Locations of a node by code, beyond `after`: some of them, or those where a SKU lies."""
    return rows(
        tx,
        _location,
        """
        select node, code, aisle, bay, level, coalesce((
            select array_agg(sku::text order by sku) from location_sku
            where location_sku.node = location.node and location = location.code
        ), '{}') as skus
        from location
        where node = %(node)s and code > %(after)s
            and (%(codes)s::text[] is null or code = any(%(codes)s))
            and (%(sku)s::text is null or exists (
                select from location_sku as here
                where here.node = location.node and here.location = location.code
                    and here.sku = %(sku)s
            ))
        order by code
        limit %(limit)s
        """,
        {
            "node": node,
            "codes": None if codes is None else list(codes),
            "sku": sku,
            "after": after,
            "limit": limit,
        },
    )


def _location(**values: Any) -> Location:
    return Location(**{**values, "skus": tuple(values["skus"])})


def lies(tx: Connection, node: str, skus: Sequence[str]) -> Places:
    """Where SKUs lie at a node, nearest to the entrance first."""
    found: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
    for sku, *place in tx.execute(
        """
        select sku, location, aisle, bay, level
        from location_sku
        join location on (location.node, location.code) = (location_sku.node, location)
        where location_sku.node = %s and sku = any(%s)
        order by sku, aisle, bay, level, location
        """,
        [node, sorted(set(skus))],
    ):
        found[sku].append((place[0], place[1], place[2], place[3]))
    return found


def last_bay(tx: Connection, node: str) -> int:
    """The last bay of a node's aisles."""
    found = tx.execute("select coalesce(max(bay), 0) from location where node = %s", [node])
    [(bay,)] = found.fetchall()
    return int(bay)


TASKS: LiteralString = """
    select work_task.task as id, work_task.node, transfer is not null as is_transfer,
        is_pickup, work_task.deadline, since, "order", service, part.skus, part.units,
        wave.id as wave,
        case when taken_until > %(now)s then taken_by end as taken_by,
        case when taken_until > %(now)s then taken_until end as taken_until,
        work_task.deadline < %(now)s as is_late
    from work_task
    left join wave_task on wave_task.task = work_task.task
    left join wave on wave.id = wave_task.wave and wave.closed_at is null
    cross join lateral (
        select count(distinct sku) as skus, sum(units)::bigint as units
        from (
            select sku, quantity - gone as units from leg_line
            where leg_id = leg and quantity > gone
            union all
            select sku, planned from transfer_line
            where transfer_line.transfer = work_task.transfer
        ) as one
    ) as part
"""


def claimed_wave(tx: Connection, claim: str) -> str | None:
    """The wave that was taken, or given, under this id."""
    found = tx.execute("select wave from wave_claim where id = %s", [claim]).fetchone()
    return None if found is None else str(found[0])


def is_claimed_by(tx: Connection, wave: str, claim: str) -> bool:
    """Whether it is by this claim that somebody has, or had last, a wave that is not over."""
    found = tx.execute("select from wave where id = %s and claim = %s", [wave, claim])
    return found.fetchone() is not None


def task(tx: Connection, key: str, *, now: datetime) -> Task | None:
    """One open task; None: there is none of that id, or nothing of it is left to pick."""
    found = rows(tx, _task, TASKS + " where work_task.task = %(task)s", {"now": now, "task": key})
    return found[0] if found else None


def tasks(
    tx: Connection,
    *,
    now: datetime,
    nodes: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    whose: Whose = Whose.ALL,
    person: str = "",
    waves: Sequence[str] | None = None,
    after: Sequence[Any] | None = None,
    limit: int | None = 100,
) -> list[Task]:
    """Open tasks, the most urgent first; `after` is (deadline as text, id) to go on from."""
    return rows(
        tx,
        _task,
        TASKS
        + """
        where (%(nodes)s::text[] is null or work_task.node = any(%(nodes)s))
            and (%(ids)s::text[] is null or work_task.task = any(%(ids)s))
            and (%(waves)s::text[] is null or wave.id = any(%(waves)s))
            and case %(whose)s
                when 'free' then taken_until is null or taken_until <= %(now)s
                when 'mine' then taken_by = %(person)s and taken_until > %(now)s
                when 'taken' then taken_until > %(now)s
                when 'late' then work_task.deadline < %(now)s
                else true
            end
            and (%(at)s::timestamptz is null
                or (work_task.deadline, work_task.task) > (%(at)s, %(task)s))
        order by work_task.deadline, work_task.task
        limit %(limit)s
        """,
        {
            "now": now,
            "nodes": None if nodes is None else list(nodes),
            "ids": None if ids is None else list(ids),
            "waves": None if waves is None else list(waves),
            "whose": whose.value,
            "person": person,
            "at": after[0] if after else None,
            "task": after[1] if after else None,
            "limit": limit,
        },
    )


def _task(*, is_transfer: bool, is_pickup: bool, **values: Any) -> Task:
    kind = kind_of(is_transfer=is_transfer, is_pickup=is_pickup, skus=values["skus"])
    return Task(kind=kind, **values)


def unplanned(tx: Connection, node: str, *, before: datetime | None = None) -> list[str]:
    """Open tasks of a node that are in no wave that is still worked on."""
    found = tx.execute(
        """
        select task
        from work_task
        where node = %(node)s and (%(before)s::timestamptz is null or deadline < %(before)s)
            and not exists (
                select from wave_task
                join wave on wave.id = wave_task.wave
                where wave_task.task = work_task.task and closed_at is null
            )
        order by deadline, task
        """,
        {"node": node, "before": before},
    )
    return [task for (task,) in found.fetchall()]


def parts(tx: Connection, tasks: Sequence[str]) -> dict[str, list[Part]]:
    """What open tasks want, by SKU."""
    found: dict[str, list[Part]] = defaultdict(list)
    for task, sku, units in tx.execute(
        """
        select task, sku, sum(units)::bigint
        from (
            select task, sku, quantity - gone as units
            from work_task
            join leg_line on leg_id = leg
            where task = any((select %(tasks)s::text[])::text[])
            union all
            select task, sku, planned
            from work_task
            join transfer_line on transfer_line.transfer = work_task.transfer
            where task = any((select %(tasks)s::text[])::text[])
        ) as line
        where units > 0
        group by task, sku
        order by task, sku
        """,
        {"tasks": sorted(set(tasks))},
    ):
        found[task].append(Part(sku=sku, units=units))
    return found


def slots(tx: Connection, wave: str) -> dict[str, int]:
    """The tasks of a wave that are still open, each with its place on the cart."""
    found = tx.execute(
        """
        select task, slot from wave_task join work_task using (task)
        where wave = %s order by slot, task
        """,
        [wave],
    )
    return dict(found.fetchall())


def legs_of(tx: Connection, wave: str) -> list[str]:
    """The legs whose picks are the open tasks of a wave."""
    return [task.removeprefix("leg:") for task in slots(tx, wave) if task.startswith("leg:")]


def in_hand(tx: Connection, orders: Sequence[str], *, now: datetime) -> set[str]:
    """Those of these orders of which somebody has a pick to do now, in a wave that they took."""
    found = tx.execute(
        """
        select distinct order_id
        from leg
        join wave_task on task = 'leg:' || leg.id
        join wave on wave.id = wave
        where order_id = any(%s) and picked_at is null and withdrawn_at is null
            and closed_at is null and taken_until > %s
        """,
        [list(orders), now],
    )
    return {order for (order,) in found.fetchall()}


def waves(
    tx: Connection,
    *,
    now: datetime,
    nodes: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    whose: Whose = Whose.ALL,
    person: str = "",
    is_open: bool = True,
    after: Sequence[Any] | None = None,
    limit: int | None = 100,
) -> list[Wave]:
    """Waves, the most urgent first; `after` is (deadline as text, id) to go on from."""
    return rows(
        tx,
        _wave,
        """
        select id, wave.node, kind, wave.deadline, made_at, closed_at,
            case when taken_until > %(now)s then taken_by end as taken_by,
            case when taken_until > %(now)s then taken_until end as taken_until,
            inside.tasks, inside.tasks_left
        from wave
        cross join lateral (
            select count(*) as tasks, count(work_task.task) as tasks_left
            from wave_task
            left join work_task using (task)
            where wave_task.wave = wave.id
        ) as inside
        where (%(nodes)s::text[] is null or wave.node = any(%(nodes)s))
            and (%(ids)s::text[] is null or id = any(%(ids)s))
            and (not %(open)s or (closed_at is null and tasks_left > 0))
            and case %(whose)s
                when 'free' then taken_until is null or taken_until <= %(now)s
                when 'mine' then taken_by = %(person)s and taken_until > %(now)s
                when 'taken' then taken_until > %(now)s
                when 'late' then wave.deadline < %(now)s
                else true
            end
            and (%(at)s::timestamptz is null or (wave.deadline, id) > (%(at)s, %(wave)s))
        order by wave.deadline, id
        limit %(limit)s
        """,
        {
            "now": now,
            "nodes": None if nodes is None else list(nodes),
            "ids": None if ids is None else list(ids),
            "whose": whose.value,
            "person": person,
            "open": is_open,
            "at": after[0] if after else None,
            "wave": after[1] if after else None,
            "limit": limit,
        },
    )


def _wave(**values: Any) -> Wave:
    return Wave(**{**values, "kind": WaveKind(values["kind"])})


def last_holder(tx: Connection, wave: str) -> str | None:
    """Who has a wave, or had it last, though their time is over or they gave it back."""
    found = tx.execute(
        """
        select person from wave_claim
        where wave = %s
        order by ended_at is null desc, taken_at desc, ended_at desc, id desc
        limit 1
        """,
        [wave],
    ).fetchone()
    return None if found is None else str(found[0])


def waves_of(tx: Connection, tasks: Sequence[str]) -> dict[str, str]:
    """The wave of each of these tasks that is in one which is still worked on."""
    found = tx.execute(
        """
        select task, wave from wave_task join wave on wave.id = wave
        where task = any(%s) and closed_at is null order by task
        """,
        [sorted(set(tasks))],
    )
    return dict(found.fetchall())


def nodes_of(tx: Connection, *, tasks: Sequence[str] = (), waves: Sequence[str] = ()) -> list[str]:
    """The nodes of these tasks, done or not, and of these waves."""
    found = tx.execute(
        """
        select node from leg where id = any(%(legs)s)
        union select source from transfer where id = any(%(transfers)s)
        union select node from wave where id = any(%(waves)s)
        order by 1
        """,
        {
            "legs": [task[4:] for task in tasks if task.startswith("leg:")],
            "transfers": [task[9:] for task in tasks if task.startswith("transfer:")],
            "waves": list(waves),
        },
    )
    return [node for (node,) in found.fetchall()]
