"""Questions about counts: tasks and their progress, lines, shelves worth counting, accuracy."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound, UnknownCodes
from noria.stock.counts.model import (
    Accuracy,
    Learned,
    Line,
    Odds,
    Policy,
    RootCause,
    Shelf,
    Shortlist,
    Task,
)


def task(tx: Connection, task_id: str) -> Task:
    """A task with its progress.

    Raises:
        NotFound: there is none of this id.
    """
    found = tasks(tx, ids=[task_id], limit=1)
    if not found:
        raise NotFound(what="count", id=task_id)
    return found[0]


def tasks(
    tx: Connection,
    *,
    ids: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    is_open: bool | None = None,
    after: Sequence[object] | None = None,
    limit: int = 100,
) -> list[Task]:
    """Tasks, the newest first; `after` is the (opened_at, id) to go on from."""
    found = tx.execute(
        """
        select to_jsonb(task) || jsonb_build_object(
            'lines', coalesce(line.total, 0), 'done', coalesce(line.done, 0),
            'stages', coalesce(line.stages, '{}')
        )
        from (
            select *
            from count_task
            where (%(ids)s::text[] is null or id = any(%(ids)s))
                and (%(nodes)s::text[] is null or node = any(%(nodes)s))
                and (%(is_open)s::boolean is null or (ended_at is null) = %(is_open)s)
                and (%(at)s::timestamptz is null
                     or (opened_at, id) < (%(at)s::timestamptz, %(after)s::text))
            order by opened_at desc, id desc
            limit %(limit)s
        ) as task
        left join lateral (
            select sum(units)::bigint as total, jsonb_object_agg(stage, units) as stages,
                sum(units) filter (
                    where stage in ('settled', 'booked', 'superseded', 'dropped')
                )::bigint as done
            from (
                select stage, count(*) as units from count_line where task = task.id group by stage
            ) as by_stage
        ) as line on true
        order by task.opened_at desc, task.id desc
        """,
        {
            "ids": None if ids is None else list(ids),
            "nodes": None if nodes is None else list(nodes),
            "is_open": is_open,
            "at": None if after is None else after[0],
            "after": None if after is None else after[1],
            "limit": limit,
        },
    )
    return [msgspec.convert(one, Task) for (one,) in found]


def lines(
    tx: Connection,
    task_id: str,
    *,
    stage: str | None = None,
    skus: Sequence[str] | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Line]:
    """Lines of a task by SKU, beyond `after`."""
    found = tx.execute(
        """
        select to_jsonb(count_line) - 'why' || jsonb_build_object('currency', currency)
        from count_line
        join sku as good on good.code = count_line.sku
        where task = %(task)s and sku > %(after)s
            and (%(stage)s::text is null or stage = %(stage)s)
            and (%(skus)s::text[] is null or sku = any(%(skus)s))
        order by sku
        limit %(limit)s
        """,
        {
            "task": task_id,
            "stage": stage,
            "after": after,
            "limit": limit,
            "skus": None if skus is None else list(skus),
        },
    )
    return [msgspec.convert(line, Line) for (line,) in found]


def shelves(
    tx: Connection, node: str, skus: Sequence[str] | None = None, *, with_counted: bool = True
) -> list[Shelf]:
    """Everything a node has, or has had, or these SKUs of it.

    Without what is being counted just now if not `with_counted`.
    """
    return rows(
        tx,
        Shelf,
        """
        with shelf as (
            select sku, sum(quantity)::bigint as units
            from balance
            where node = %(node)s and state in ('available', 'reserved')
                and (%(skus)s::text[] is null or sku = any(%(skus)s))
            group by sku
        ), being as (
            select line.sku
            from count_task as task
            join count_line as line on line.task = task.id
            where task.node = %(node)s and task.ended_at is null
                and line.stage in ('open', 'recount', 'approval', 'settled')
        ), past as (
            select line.sku, count(*) filter (where difference <> 0) as wrong,
                sum(exposure) as exposure
            from count_task as task
            join count_line as line on line.task = task.id
            where task.node = %(node)s and line.stage = 'booked'
            group by line.sku
        )
        select shelf.sku, shelf.units, currency, mark.counted_at, record.since,
            case when cost_cents > 0 then cost_cents else price_cents end as unit_cents,
            coalesce(record.moves, 0) as moves, coalesce(record.refused, 0) as refused,
            coalesce(record.gaps, 0) as gaps, coalesce(past.wrong, 0) as wrong,
            coalesce(past.exposure, 0) as exposure
        from shelf
        join sku on sku.code = shelf.sku
        left join shelf_mark as mark on (mark.sku, mark.node) = (shelf.sku, %(node)s)
        left join shelf_record as record on (record.sku, record.node) = (shelf.sku, %(node)s)
        left join past on past.sku = shelf.sku
        where %(with_counted)s or shelf.sku not in (select sku from being)
        order by shelf.sku
        """,
        {
            "node": node,
            "skus": None if skus is None else list(skus),
            "with_counted": with_counted,
        },
    )


def shortlist(tx: Connection, node: str) -> Shortlist | None:
    """Among which shelves to choose: those kept, and all with signals; None before any are."""
    found = tx.execute(
        """
        select rate, off_units, signal_right,
            case when skus is not null then skus::text[] || array(
                select sku::text from shelf_record
                where node = %(node)s and (refused > 0 or gaps > 0) and not sku = any(skus)
            ) end
        from count_shortlist
        where node = %(node)s
        """,
        {"node": node},
    ).fetchone()
    if found is None:
        return None
    rate, off_units, signal_right, skus = found
    return Shortlist(
        skus=None if skus is None else tuple(skus),
        odds=Odds(rate=rate, off_units=off_units, signal_right=signal_right),
    )


def due_for_shortlist(tx: Connection, *, since: datetime, until: datetime) -> str | None:
    """The node without a shortlist, or with the oldest from outside of these instants."""
    found = tx.execute(
        """
        select node.code
        from node
        left join count_shortlist as kept on kept.node = node.code
        where kept.node is null or not kept.looked_at between %s and %s
        order by kept.looked_at nulls first, node.code
        limit 1
        """,
        [since, until],
    ).fetchone()
    return None if found is None else found[0]


def stocked(tx: Connection, node: str) -> list[str]:
    """The SKUs that the book says are there: the population of a sample, and of a full count."""
    found = tx.execute(
        """
        select sku
        from balance
        where node = %s and state in ('available', 'reserved')
        group by sku
        having sum(quantity) > 0
        order by sku
        """,
        [node],
    )
    return [sku for (sku,) in found]


def learned(tx: Connection, node: str | None = None) -> Learned:
    """What booked counts add up to, at a node or everywhere."""
    found = row(
        tx,
        Learned,
        """
        select count(*) as counts, count(*) filter (where difference <> 0) as wrong,
            coalesce(sum(abs(difference)), 0)::bigint as units,
            coalesce(sum(exposure), 0)::double precision as exposure,
            count(*) filter (where signals > 0) as signalled,
            count(*) filter (where signals > 0 and difference <> 0) as signalled_wrong
        from count_line as line
        join count_task as task on task.id = line.task
        where line.stage = 'booked' and (%(node)s::text is null or task.node = %(node)s)
        """,
        {"node": node},
    )
    assert found is not None
    return found


def policy(tx: Connection, node: str) -> tuple[Policy, int]:
    """The limits of a node and their version; the usual ones, at version 0, if it has none."""
    found = tx.execute(
        "select policy, version from count_policy where node = %s", [node]
    ).fetchone()
    return (Policy(), 0) if found is None else (msgspec.convert(found[0], Policy), found[1])


def unit_cents(tx: Connection, skus: Sequence[str]) -> dict[str, int]:
    """What a unit is worth: its cost, or its price where no cost is known."""
    found = tx.execute(
        "select code, case when cost_cents > 0 then cost_cents else price_cents end"
        " from sku where code = any(%s)",
        [list(skus)],
    )
    return dict(found.fetchall())


def accuracies(
    tx: Connection, node: str, *, after: Sequence[object] | None = None, limit: int = 100
) -> list[Accuracy]:
    """What samples said of a node, the newest first; `after` is (measured_at, task)."""
    return rows(
        tx,
        Accuracy,
        """
        select task, node, measured_at, population, sampled, accurate, estimate, lower, upper
        from accuracy_sample
        where node = %(node)s
            and (%(at)s::timestamptz is null
                 or (measured_at, task) < (%(at)s::timestamptz, %(after)s::text))
        order by measured_at desc, task desc
        limit %(limit)s
        """,
        {
            "node": node,
            "at": None if after is None else after[0],
            "after": None if after is None else after[1],
            "limit": limit,
        },
    )


def root_causes(tx: Connection) -> list[RootCause]:
    return rows(tx, RootCause, "select code, en, fr, is_offered from root_cause order by code", [])


def check_root_cause(tx: Connection, code: str) -> None:
    """Refuse a root cause that is not on the list.

    Raises:
        UnknownCodes: it is not, or no longer offered.
    """
    known = tx.execute("select from root_cause where code = %s and is_offered", [code]).fetchone()
    if known is None:
        raise UnknownCodes(codes=f"root cause {code}")


def learned_up_to(tx: Connection) -> datetime | None:
    """Until when the worker has learned what happened on shelves."""
    found = tx.execute("select learned_up_to from shelf_record_progress").fetchone()
    return None if found is None else found[0]
