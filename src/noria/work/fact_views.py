"""Questions about what was told in the node."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from noria.kit.db import Connection, rows
from noria.work.fact_model import Conflict, Fact, Open


def open_scans(tx: Connection, tasks: Sequence[str]) -> list[Open]:
    """Units that were confirmed for tasks and not put back, in the order of their scans."""
    return rows(
        tx,
        Open,
        """
        select id as scan, task, sku, quantity, lot, expires_on, serial, weight_g
        from scan
        where is_open and task = any(%s)
        order by recorded_at, happened_at, id, task
        """,
        [list(tasks)],
    )


def open_scans_of_wave(tx: Connection, wave: str) -> list[Open]:
    """Units that were confirmed for the tasks of a wave, those that are over among them."""
    return rows(
        tx,
        Open,
        """
        select id as scan, task, sku, quantity, lot, expires_on, serial, weight_g
        from scan
        where is_open and task in (select task from wave_task where wave_task.wave = %s)
        order by recorded_at, happened_at, id, task
        """,
        [wave],
    )


def missing(tx: Connection, tasks: Sequence[str]) -> dict[str, dict[str, int]]:
    """Units of transfers that were told to be missing, by task and SKU; a leg has lost its own."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for task, sku, units in tx.execute(
        """
        select task, sku, sum(quantity)::bigint
        from missing
        where task = any(%s) and task like 'transfer:%%'
        group by task, sku
        """,
        [sorted(set(tasks))],
    ):
        found[task][sku] = units
    return found


def was_missed(tx: Connection, task: str) -> bool:
    """Whether units of a task were told to be missing."""
    found = tx.execute("select from missing where task = %s limit 1", [task])
    return found.fetchone() is not None


def hand_of(tx: Connection, sku: str, serial: str) -> str | None:
    """The task that a unit is confirmed for."""
    found = tx.execute(
        "select task from scan where sku = %s and serial = %s and is_open", [sku, serial]
    ).fetchone()
    return None if found is None else str(found[0])


def place_of(tx: Connection, sku: str, serial: str) -> tuple[str, str] | None:
    """Where the book has a unit: node and state; None: it never saw it."""
    found = tx.execute(
        "select node, state::text from serial where sku = %s and code = %s", [sku, serial]
    ).fetchone()
    return None if found is None else (str(found[0]), str(found[1]))


def is_claimed(tx: Connection, sku: str, serial: str, *, but_for: str) -> bool:
    """Whether somebody's hold names a unit, other than those of a leg."""
    found = tx.execute(
        """
        select from live_claim
        where sku = %s and code = %s and is_serial and not starts_with(holder, %s)
        limit 1
        """,
        [sku, serial, f"{but_for}."],
    )
    return found.fetchone() is not None


def scan_at(tx: Connection, scan: str) -> tuple[str, list[str]] | None:
    """The node of a scan, and the tasks that its units are for."""
    found = tx.execute(
        "select min(node), array_agg(task order by task) from scan where id = %s"
        " having count(*) > 0",
        [scan],
    ).fetchone()
    return None if found is None else (str(found[0]), list(found[1]))


def staged(tx: Connection, tasks: Sequence[str]) -> dict[str, str]:
    """Where the units of tasks were put once they were picked."""
    found = tx.execute(
        "select task, location from staging where task = any(%s) order by task", [list(tasks)]
    )
    return dict(found.fetchall())


def conflicts(
    tx: Connection,
    *,
    nodes: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    is_open: bool = True,
    language: str = "en",
    after: Sequence[Any] | None = None,
    limit: int | None = 100,
) -> list[Conflict]:
    """Facts that clashed, the oldest first; `after` is (recorded_at as text, id)."""
    return rows(
        tx,
        _conflict,
        """
        select id, node, task, refusal, case when %(language)s = 'fr' then fr else en end as detail,
            happened_at, recorded_at, actor, fact, settled_at, settled_by
        from work_conflict
        where (%(nodes)s::text[] is null or node = any(%(nodes)s))
            and (%(ids)s::text[] is null or id = any(%(ids)s))
            and (not %(open)s or settled_at is null)
            and (%(at)s::timestamptz is null or (recorded_at, id) > (%(at)s, %(id)s))
        order by recorded_at, id
        limit %(limit)s
        """,
        {
            "nodes": None if nodes is None else list(nodes),
            "ids": None if ids is None else list(ids),
            "open": is_open,
            "language": language,
            "at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


def _conflict(*, fact: Any, happened_at: datetime, **values: Any) -> Conflict:
    told = msgspec.convert(fact, Fact)
    return Conflict(fact=told, happened_at=happened_at, **values)
