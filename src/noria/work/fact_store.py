"""What was told in the node: the SQL that writes."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.kit.db import Connection
from noria.work.fact_model import Fact, Finish, Laid, Meant, Missing, Scan


def lock_tasks(tx: Connection, tasks: Sequence[str]) -> None:
    """Whoever confirms units of a task holds its lock, taken in key order."""
    tx.execute(
        """
        select pg_advisory_xact_lock(hashtextextended('task ' || task, 0))
        from (select distinct task from unnest(%s::text[]) as asked (task) order by task) as one
        """,
        [list(tasks)],
    )


def insert_scan(
    tx: Connection,
    scan: Scan,
    meant: Meant,
    laid: Sequence[Laid],
    *,
    node: str,
    wave: str | None,
    actor: str,
    now: datetime,
) -> None:
    tx.execute(
        """
        insert into scan (id, task, node, wave, sku, quantity, lot, expires_on, serial, weight_g,
            location, code, happened_at, recorded_at, actor)
        select %s, task, %s, %s, %s, units, %s, %s, %s, %s, %s, %s, %s, %s, %s
        from unnest(%s::text[], %s::bigint[]) as given (task, units)
        """,
        [
            *(scan.id, node, wave, meant.sku, meant.lot, meant.expires_on, meant.serial),
            *(meant.weight_g, scan.location, scan.code or "", scan.happened_at, now, actor),
            [one.task for one in laid],
            [one.units for one in laid],
        ],
    )


def free_serials(tx: Connection, sku: str, serial: str) -> None:
    """A serial that was confirmed for a task which is over since is in nobody's hand."""
    tx.execute(
        """
        update scan set is_open = false
        where sku = %s and serial = %s and is_open and task not in (select task from work_task)
        """,
        [sku, serial],
    )


def void(tx: Connection, scan: str, *, now: datetime) -> list[str]:
    """The units of a scan were put back; the tasks that have them no more."""
    found = tx.execute(
        """
        update scan set is_open = false, voided_at = %s
        where id = %s and is_open
        returning task
        """,
        [now, scan],
    )
    return sorted(task for (task,) in found)


def void_wave(tx: Connection, wave: str, *, now: datetime) -> None:
    """All that was confirmed for tasks of a wave that are not picked was put back."""
    tx.execute(
        """
        update scan set is_open = false, voided_at = %s
        where is_open and task in (select task from wave_task where wave = %s)
        """,
        [now, wave],
    )


def close(tx: Connection, task: str) -> None:
    """A task is picked: its scans have had their effect."""
    tx.execute("update scan set is_open = false where task = %s and is_open", [task])


def insert_missing(tx: Connection, one: Missing, *, node: str, actor: str, now: datetime) -> None:
    tx.execute(
        """
        insert into missing (id, task, node, sku, quantity, reason, location, happened_at,
            recorded_at, actor)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            *(one.id, one.task, node, one.sku, one.quantity, one.reason.value, one.location),
            *(one.happened_at, now, actor),
        ],
    )


def stage(tx: Connection, one: Finish, *, node: str, actor: str) -> None:
    tx.execute(
        """
        insert into staging (task, node, location, put_at, actor) values (%s, %s, %s, %s, %s)
        on conflict (task) do update
        set location = excluded.location, put_at = excluded.put_at, actor = excluded.actor
        """,
        [one.task, node, one.put_at, one.happened_at, actor],
    )


def keep_conflict(
    tx: Connection,
    fact: Fact,
    *,
    task: str | None,
    node: str | None,
    refusal: tuple[str, str, str],
    actor: str,
    now: datetime,
) -> bool:
    """Keep a fact that clashed as it was told last, and why, in both languages.

    Whether it is open: what somebody settled stays so, unless the fact is another by now.
    """
    code, english, french = refusal
    kept = tx.execute(
        """
        insert into work_conflict (id, node, task, refusal, en, fr, fact, happened_at, recorded_at,
            actor)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (id) do update
        set node = excluded.node, task = excluded.task, refusal = excluded.refusal,
            en = excluded.en, fr = excluded.fr, fact = excluded.fact,
            happened_at = excluded.happened_at, actor = excluded.actor, settled_at = null,
            settled_by = null
        where work_conflict.settled_at is null or work_conflict.fact <> excluded.fact
        """,
        [
            *(fact.id, node, task, code, english, french, msgspec.json.encode(fact).decode()),
            *(fact.happened_at, now, actor),
        ],
    )
    return kept.rowcount > 0


def settle(
    tx: Connection, ids: Sequence[str], *, nodes: Sequence[str] | None, actor: str, now: datetime
) -> None:
    """Somebody has seen to these conflicts, or they went through, at these nodes (None: any).

    What the actor told is settled wherever it was; what others told at another node is not.
    """
    tx.execute(
        """
        update work_conflict set settled_at = %(now)s, settled_by = %(actor)s
        where id = any(%(ids)s) and settled_at is null
            and (node is null or actor = %(actor)s
                or %(nodes)s::text[] is null or node = any(%(nodes)s))
        """,
        {
            "ids": list(ids),
            "nodes": None if nodes is None else list(nodes),
            "actor": actor,
            "now": now,
        },
    )
