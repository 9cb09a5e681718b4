"""The SQL of counting that writes, and the reads that a decision locks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import structs

from noria.kit.db import Connection, columns, rows
from noria.stock.counts.model import (
    Accuracy,
    Candidate,
    Expected,
    Line,
    Policy,
    Reading,
    RootCause,
    Shortlist,
    Stage,
    Task,
)

CLOCKS_MAY_DIFFER = timedelta(minutes=5)


def insert_task(tx: Connection, task: Task) -> None:
    tx.execute(
        """
        insert into count_task
            (id, node, kind, is_blind, policy, seed, population, opened_at, opened_by)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            task.id,
            task.node,
            task.kind.value,
            task.is_blind,
            msgspec.json.encode(task.policy).decode(),
            task.seed,
            task.population,
            task.opened_at,
            task.opened_by,
        ],
    )


def keep_open(tx: Connection, task: str) -> None:
    """Keep a task from ending; many may do so at once."""
    tx.execute("select from count_task where id = %s for share", [task])


def lock_task(tx: Connection, task: str) -> None:
    """Be the only one who works on a task; to be taken after balances and before lines."""
    tx.execute("select from count_task where id = %s for update", [task])


def insert_lines(
    tx: Connection, task: str, skus: Sequence[str], why: Sequence[Candidate | None]
) -> None:
    """Lines to count; one that is there already stays."""
    tx.execute(
        """
        insert into count_line (task, sku, why, stage)
        select %s, sku, why, 'open' from unnest(%s::text[], %s::jsonb[]) as given (sku, why)
        order by sku
        on conflict do nothing
        """,
        [
            task,
            list(skus),
            [None if one is None else msgspec.json.encode(one).decode() for one in why],
        ],
    )


def lock_lines(tx: Connection, task: str, skus: Iterable[str] | None = None) -> dict[str, Line]:
    """Lines of a task (all of them, if none is named), locked in order."""
    found = tx.execute(
        """
        select to_jsonb(line) - 'why'
        from (
            select count_line.*, currency
            from count_line
            join sku as good on good.code = count_line.sku
            where task = %(task)s and (%(skus)s::text[] is null or sku = any(%(skus)s))
            order by sku
            for update of count_line
        ) as line
        """,
        {"task": task, "skus": None if skus is None else sorted(set(skus))},
    )
    lines = [msgspec.convert(line, Line) for (line,) in found]
    return {line.sku: line for line in lines}


def insert_readings(tx: Connection, readings: Sequence[Reading], *, now: datetime) -> set[str]:
    """Write readings; return the ids that were new."""
    found = tx.execute(
        """
        insert into count_reading
            (id, task, sku, round, location, quantity, is_last, counted_at, recorded_at, actor)
        select id, task, sku, round, location, quantity, is_last, counted_at, %s, actor
        from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
                %s::text[], %s::smallint[], %s::text[], %s::boolean[])
            as given (id, task, sku, quantity, counted_at, actor, round, location, is_last)
        on conflict do nothing
        returning id
        """,
        [now, *(columns(readings) or [[]] * 9)],
    )
    return {key for (key,) in found}


def readings(tx: Connection, task: str, skus: Iterable[str]) -> dict[str, list[Reading]]:
    """Everything that was read of these lines."""
    asked = sorted(set(skus))
    found = rows(
        tx,
        Reading,
        """
        select id, task, sku, quantity, counted_at, actor, round, location, is_last
        from count_reading
        where task = %s and sku = any(%s)
        order by counted_at, id
        """,
        [task, asked],
    )
    by_sku: dict[str, list[Reading]] = {sku: [] for sku in asked}
    for one in found:
        by_sku[one.sku].append(one)
    return by_sku


def expected(
    tx: Connection, node: str, instants: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Expected]:
    """What the book says that shelves held at these instants, in one statement, so as of one state.

    Units there now, less what happened after the instant. What happened after it was told after it,
    but for clocks that differ a little: that bounds the part of the ledger which is read.
    """
    asked = sorted(set(instants))
    if not asked:
        return {}
    found = rows(
        tx,
        Expected,
        """
        with asked as (
            select sku, at from unnest(%(skus)s::text[], %(instants)s::timestamptz[])
                as given (sku, at)
        ), shelf as (
            select sku, sum(quantity)::bigint as units
            from balance
            where sku = any(%(skus)s) and node = %(node)s and state in ('available', 'reserved')
            group by sku
        ), told as (
            select move.sku, movement.happened_at, movement.kind = 'counted' as is_count, quantity
                * ((target_node = %(node)s and target_state in ('available', 'reserved'))::int
                - (source_node = %(node)s and source_state in ('available', 'reserved'))::int
            ) as change
            from movement
            join move on move.movement_id = movement.id
            where movement.recorded_at >= %(since)s and movement.happened_at > %(first)s
                and move.sku = any(%(skus)s)
                and (move.source_node = %(node)s or move.target_node = %(node)s)
        )
        select asked.sku, asked.at, (coalesce(shelf.units, 0) - coalesce(sum(told.change), 0)
            )::bigint as units, coalesce(bool_or(is_count and change <> 0), false) as was_recounted
        from asked
        left join shelf on shelf.sku = asked.sku
        left join told on told.sku = asked.sku and told.happened_at > asked.at
        group by asked.sku, asked.at, shelf.units
        """,
        {
            "skus": [sku for sku, _ in asked],
            "instants": [at for _, at in asked],
            "node": node,
            "first": min(at for _, at in asked),
            "since": min(at for _, at in asked) - CLOCKS_MAY_DIFFER,
        },
    )
    return {(one.sku, one.at): one for one in found}


def save_lines(tx: Connection, lines: Sequence[Line]) -> None:
    """Write what became of lines that are locked."""
    if not lines:
        return
    known = dict(zip(Line.__struct_fields__, columns(lines), strict=True))
    del known["currency"]  # its SKU's
    known["stage"] = [value.value for value in known["stage"]]
    tx.execute(
        """
        update count_line
        set stage = given.stage, round = given.round, expected = given.expected,
            counted = given.counted, difference = given.difference,
            value_cents = given.value_cents, counted_at = given.counted_at,
            counted_by = given.counted_by, approved_at = given.approved_at,
            approved_by = given.approved_by, root_cause = given.root_cause, note = given.note,
            booked_at = given.booked_at, movement = given.movement,
            held_short = given.held_short, exposure = given.exposure, signals = given.signals,
            chance = given.chance, is_unusual = given.is_unusual
        from unnest(%s::text[], %s::text[], %s::text[], %s::smallint[], %s::bigint[], %s::bigint[],
                %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[],
                %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::bigint[],
                %s::double precision[], %s::bigint[], %s::double precision[], %s::boolean[])
            as given (task, sku, stage, round, expected, counted, difference, value_cents,
                counted_at, counted_by, approved_at, approved_by, root_cause, note, booked_at,
                movement, held_short, exposure, signals, chance, is_unusual)
        where (count_line.task, count_line.sku) = (given.task, given.sku)
        """,
        list(known.values()),
    )


def end_task(
    tx: Connection, task: str, *, actor: str, now: datetime, is_cancelled: bool = False
) -> bool:
    """End a task that is open, with all its lines over or dropped; False if it was over."""
    if is_cancelled:
        tx.execute(
            "update count_line set stage = 'dropped' where task = %s and stage = any(%s)",
            [task, [stage.value for stage in (Stage.OPEN, Stage.RECOUNT, Stage.APPROVAL,
                                              Stage.SETTLED)]],
        )  # fmt: skip
    found = tx.execute(
        "update count_task set ended_at = %s, ended_by = %s, is_cancelled = %s"
        " where id = %s and ended_at is null returning id",
        [now, actor, is_cancelled, task],
    )
    return found.fetchone() is not None


def begin_records_anew(tx: Connection, node: str, looked: Sequence[tuple[str, datetime]]) -> None:
    """What is learned of these shelves begins again: somebody has looked."""
    tx.execute(
        """
        insert into shelf_record (sku, node, since, moves, refused, gaps)
        select sku, %s, at, 0, 0, 0
        from unnest(%s::text[], %s::timestamptz[]) as given (sku, at)
        order by sku
        on conflict (sku, node) do update
        set since = excluded.since, moves = 0, refused = 0, gaps = 0
        """,
        [node, [sku for sku, _ in looked], [at for _, at in looked]],
    )


def learn(tx: Connection, *, up_to: datetime) -> int:
    """Add what was told until then to what is known of the shelves; return how many changed.

    Holds and releases move nothing on a shelf, and counts begin it anew. Movements that commit
    late may be missed: this steers who looks where, never what the book says.
    """
    tx.execute(
        "insert into shelf_record_progress (learned_up_to) values ('1970-01-01 00:00:00Z')"
        " on conflict do nothing"
    )
    is_due = tx.execute(
        "select from shelf_record_progress where learned_up_to < %s for update", [up_to]
    ).fetchone()
    if is_due is None:
        return 0
    found = tx.execute(
        """
        with told as (
            select entry.sku, entry.node, movement.id, movement.happened_at, sum(change) as change,
                bool_or(movement.kind = 'lost' and movement.reason = 'not_found') as is_refused,
                bool_or(movement.kind = 'found' and movement.reason = 'not in the book') as is_gap
            from movement
            join entry on entry.movement_id = movement.id
            where movement.recorded_at > (select learned_up_to from shelf_record_progress)
                and movement.recorded_at <= %(up_to)s
                and movement.kind <> 'counted'
                and entry.state in ('available', 'reserved')
            group by entry.sku, entry.node, movement.id
        )
        insert into shelf_record (sku, node, since, moves, refused, gaps)
        select told.sku, told.node, min(told.happened_at), count(*),
            count(*) filter (where is_refused), count(*) filter (where is_gap)
        from told
        left join shelf_mark using (sku, node)
        where told.change <> 0
            and (shelf_mark.counted_at is null or told.happened_at > shelf_mark.counted_at)
        group by told.sku, told.node
        order by told.sku, told.node
        on conflict (sku, node) do update
        set moves = shelf_record.moves + excluded.moves,
            refused = shelf_record.refused + excluded.refused,
            gaps = shelf_record.gaps + excluded.gaps
        """,
        {"up_to": up_to},
    ).rowcount
    tx.execute("update shelf_record_progress set learned_up_to = %s", [up_to])
    return found


def keep_shortlist(tx: Connection, node: str, among: Shortlist, *, now: datetime) -> None:
    tx.execute(
        """
        insert into count_shortlist (node, looked_at, skus, rate, off_units, signal_right)
        values (%(node)s, %(now)s, %(skus)s, %(rate)s, %(off_units)s, %(signal_right)s)
        on conflict (node) do update
        set looked_at = excluded.looked_at, skus = excluded.skus, rate = excluded.rate,
            off_units = excluded.off_units, signal_right = excluded.signal_right
        """,
        {
            "node": node,
            "now": now,
            "skus": None if among.skus is None else list(among.skus),
            **structs.asdict(among.odds),
        },
    )


def insert_accuracy(tx: Connection, measured: Accuracy) -> None:
    tx.execute(
        """
        insert into accuracy_sample (task, node, measured_at, population, sampled, accurate,
            estimate, lower, upper)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [getattr(measured, name) for name in Accuracy.__struct_fields__],
    )


def save_policy(tx: Connection, node: str, policy: Policy, believed: int, *, now: datetime) -> bool:
    """Write the limits of a node, if they still have this version; whether they had."""
    written = tx.execute(
        """
        insert into count_policy (node, policy, changed_at)
        values (%(node)s, %(policy)s, %(now)s)
        on conflict (node) do nothing
        """
        if believed == 0
        else """
        update count_policy
        set policy = %(policy)s, version = version + 1, changed_at = %(now)s
        where node = %(node)s and version = %(believed)s
        """,
        {
            "node": node,
            "policy": msgspec.json.encode(policy).decode(),
            "believed": believed,
            "now": now,
        },
    )
    return written.rowcount == 1


def save_root_cause(tx: Connection, cause: RootCause) -> None:
    tx.execute(
        """
        insert into root_cause (code, en, fr, is_offered) values (%s, %s, %s, %s)
        on conflict (code) do update
        set en = excluded.en, fr = excluded.fr, is_offered = excluded.is_offered
        """,
        [cause.code, cause.en, cause.fr, cause.is_offered],
    )
