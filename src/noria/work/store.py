"""Waves, their claims, locations: the SQL that writes, and the reads that it locks."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from noria.kit.db import Connection
from noria.work.model import Draft, Location, WaveKind, WorkSetting


def save_locations(tx: Connection, locations: Sequence[Location]) -> None:
    """Write locations, and what lies there: nothing else any more."""
    keys = [[one.node for one in locations], [one.code for one in locations]]
    tx.execute(
        """
        insert into location (node, code, aisle, bay, level)
        select * from unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::int[])
        on conflict (node, code) do update
        set aisle = excluded.aisle, bay = excluded.bay, level = excluded.level
        """,
        [
            *keys,
            [one.aisle for one in locations],
            [one.bay for one in locations],
            [one.level for one in locations],
        ],
    )
    tx.execute(
        """
        delete from location_sku
        using unnest(%s::text[], %s::text[]) as given (node, code)
        where location_sku.node = given.node and location = given.code
        """,
        keys,
    )
    lies = [(one.node, one.code, sku) for one in locations for sku in sorted(set(one.skus))]
    tx.execute(
        """
        insert into location_sku (node, location, sku)
        select * from unnest(%s::text[], %s::text[], %s::text[])
        """,
        [[one[position] for one in lies] for position in range(3)],
    )


def delete_location(tx: Connection, node: str, code: str) -> bool:
    """Take a location away; whether there was one."""
    gone = tx.execute("delete from location where node = %s and code = %s", [node, code])
    return gone.rowcount > 0


def save_setting(tx: Connection, node: str, setting: WorkSetting, version: int) -> None:
    """Write how a node works, over that version of it."""
    tx.execute(
        """
        insert into work_setting (node, content, version) values (%s, %s, %s)
        on conflict (node) do update set content = excluded.content, version = excluded.version
        """,
        [node, msgspec.json.encode(setting).decode(), version + 1],
    )


def lock_node(tx: Connection, node: str) -> None:
    """Whoever makes waves for a node, or changes how it works, holds this lock."""
    tx.execute("select pg_advisory_xact_lock(hashtextextended('work ' || %s, 0))", [node])


def insert_waves(
    tx: Connection, node: str, drafts: Sequence[tuple[str, Draft]], *, actor: str, now: datetime
) -> None:
    """Write waves with their tasks, each task in its slot; what was in a wave that is over moves.

    `drafts` are (id, wave).
    """
    tx.execute(
        """
        insert into wave (id, node, kind, deadline, made_at, actor)
        select id, %s, kind, deadline, %s, %s
        from unnest(%s::text[], %s::text[], %s::timestamptz[]) as given (id, kind, deadline)
        """,
        [
            node,
            now,
            actor,
            [key for key, _ in drafts],
            [draft.kind.value for _, draft in drafts],
            [draft.deadline for _, draft in drafts],
        ],
    )
    inside = [
        (task, key, slot) for key, draft in drafts for slot, task in enumerate(draft.tasks, 1)
    ]
    tx.execute(
        """
        insert into wave_task (task, wave, slot)
        select * from unnest(%s::text[], %s::text[], %s::int[])
        on conflict (task) do update set wave = excluded.wave, slot = excluded.slot
        """,
        [[one[position] for one in inside] for position in range(3)],
    )


def next_free(tx: Connection, node: str, kinds: Sequence[WaveKind], *, now: datetime) -> str | None:
    """Lock the most urgent wave that nobody has; those that somebody takes just now are passed."""
    found = tx.execute(
        """
        select id
        from wave
        where node = %s and closed_at is null and (taken_until is null or taken_until <= %s)
            and (%s or kind = any((select %s::text[])::text[]))
            and exists (
                select from wave_task join work_task using (task) where wave_task.wave = wave.id
            )
        order by deadline, id
        limit 1
        for update skip locked
        """,
        [node, now, not kinds, [kind.value for kind in kinds]],
    ).fetchone()
    return None if found is None else str(found[0])


def lock_waves(tx: Connection, ids: Sequence[str]) -> None:
    """Lock waves in key order: whoever takes, gives back or closes one holds this lock."""
    tx.execute("select from wave where id = any(%s) order by id for update", [sorted(set(ids))])


def claim(
    tx: Connection,
    wave: str,
    claim_id: str,
    *,
    person: str,
    actor: str,
    until: datetime,
    now: datetime,
) -> bool:
    """A locked wave is somebody's now; a claim whose time was over ends. False: that id is used."""
    end_claims(tx, [wave], how="lapsed", now=now)
    made = tx.execute(
        """
        insert into wave_claim (id, wave, person, actor, taken_at) values (%s, %s, %s, %s, %s)
        on conflict (id) do nothing
        """,
        [claim_id, wave, person, actor, now],
    )
    if not made.rowcount:
        return False
    tx.execute(
        "update wave set claim = %s, taken_by = %s, taken_until = %s where id = %s",
        [claim_id, person, until, wave],
    )
    return True


def end_claims(tx: Connection, waves: Sequence[str], *, how: str, now: datetime) -> None:
    """Locked waves are nobody's any more."""
    tx.execute(
        """
        update wave_claim
        set ended_at = %s, ended_as = %s
        from wave
        where wave_claim.id = wave.claim and wave.id = any(%s) and ended_at is null
        """,
        [now, how, list(waves)],
    )
    tx.execute(
        "update wave set claim = null, taken_by = null, taken_until = null where id = any(%s)",
        [list(waves)],
    )


def extend(tx: Connection, waves: Sequence[str], person: str, *, until: datetime) -> None:
    """Who has these waves was heard of."""
    tx.execute(
        """
        update wave set taken_until = %s
        where id = any(%s) and taken_by = %s and taken_until < %s
        """,
        [until, sorted(set(waves)), person, until],
    )


def close_done(tx: Connection, ids: Sequence[str], *, now: datetime) -> list[str]:
    """Close those of these locked waves of which nothing is left to do."""
    found = tx.execute(
        """
        update wave
        set closed_at = %s
        where id = any((select %s::text[])::text[]) and closed_at is null and not exists (
            select from wave_task join work_task using (task) where wave_task.wave = wave.id
        )
        returning id
        """,
        [now, list(ids)],
    )
    closed = sorted(row[0] for row in found)
    if closed:
        end_claims(tx, closed, how="done", now=now)
    return closed


def dissolve(tx: Connection, wave: str, *, now: datetime) -> None:
    """A locked wave is no more; its tasks that are left are in none."""
    end_claims(tx, [wave], how="dissolved", now=now)
    tx.execute(
        """
        delete from wave_task
        where wave = %s and task in (select task from work_task)
        """,
        [wave],
    )
    tx.execute("update wave set closed_at = %s where id = %s", [now, wave])
