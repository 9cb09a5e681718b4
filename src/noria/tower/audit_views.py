"""Questions about audits: what to look at next, what was found, and the last result."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from noria.kit.checks import Finding, Scope
from noria.kit.db import Connection, rows
from noria.kit.errors import NotFound
from noria.kit.metrics import Reading
from noria.tower.audit_model import Audit, CheckResult, NoAuditUnderWay, Run
from noria.tower.audit_rules import says
from noria.tower.checks import CHECKS

RUN = """
    select id, is_full, asked_by, at, since, began_at, ended_at, skus, skus_done, failure, (
        select coalesce(sum(differences), 0)::bigint from audit_check where run = audit_run.id
    ) as differences
    from audit_run
"""
TOUCHED = """
    select distinct move.sku
    from movement
    join move on move.movement_id = movement.id
    where movement.recorded_at >= %(since)s and (%(low)s::text is null or move.sku > %(low)s)
"""


class Slice(Struct, frozen=True):
    """The next SKUs to look at, and how many they are. It is the last one if `high` is None."""

    scope: Scope
    high: str | None
    skus: int


def next_slice(tx: Connection, low: str | None, since: datetime | None, *, size: int) -> Slice:
    """The SKUs after `low`: all that there are, or only those that moved since."""
    if since is None:
        found = tx.execute(
            "select code from sku where %(low)s::text is null or code > %(low)s"
            " order by code limit %(limit)s",
            {"low": low, "limit": size + 1},
        ).fetchall()
        high = found[size - 1][0] if len(found) > size else None
        return Slice(Scope(low=low, high=high), high, min(len(found), size))
    found = tx.execute(
        TOUCHED + " order by move.sku limit %(limit)s",
        {"low": low, "since": since, "limit": size},
    ).fetchall()
    skus = [sku for (sku,) in found]
    return Slice(Scope(skus=skus), skus[-1] if len(skus) == size else None, len(skus))


def last_of_slice(tx: Connection, low: str | None, *, size: int) -> str | None:
    """The last of so many nodes after `low`; None: there are no more behind them."""
    found = tx.execute(
        "select code from node where %(low)s::text is null or code > %(low)s"
        " order by code limit %(limit)s",
        {"low": low, "limit": size + 1},
    ).fetchall()
    return found[size - 1][0] if len(found) > size else None


def count_nodes(tx: Connection) -> int:
    """How many nodes there are."""
    row = tx.execute("select count(*) from node").fetchone()
    assert row is not None
    return int(row[0])


def count_skus(tx: Connection, since: datetime | None) -> int:
    """How many SKUs an audit will look at."""
    row = tx.execute(
        f"select count(*) from ({TOUCHED}) as touched"  # noqa: S608
        if since is not None
        else "select count(*) from sku",
        {"since": since, "low": None},
    ).fetchone()
    assert row is not None
    return int(row[0])


def guess_balances(tx: Connection) -> int:
    """How many balances there are, as PostgreSQL remembers it: counting them takes too long."""
    row = tx.execute("select reltuples::bigint from pg_class where oid = 'balance'::regclass")
    found = row.fetchone()
    assert found is not None
    return max(int(found[0]), 0)


def touched_orders(tx: Connection, since: datetime) -> list[str]:
    """Orders for which something moved since."""
    found = tx.execute(
        """
        select distinct substring(cause from 7)
        from movement
        where recorded_at >= %s and starts_with(cause, 'order:')
        """,
        [since],
    )
    return [order for (order,) in found]


def runs(
    tx: Connection,
    *,
    after: Sequence[Any] | None = None,
    has_ended: bool = False,
    limit: int = 100,
) -> list[Run]:
    """Runs, newest first; `after` is the (began_at as text, id) to go on from."""
    began_at, run_id = after or (None, None)
    return rows(
        tx,
        _run,
        RUN
        + """
        where (%(began_at)s::timestamptz is null or (began_at, id) < (%(began_at)s, %(id)s))
            and (not %(has_ended)s or (ended_at is not null and failure is null))
        order by began_at desc, id desc
        limit %(limit)s
        """,
        {"began_at": began_at, "id": run_id, "has_ended": has_ended, "limit": limit},
    )


def run(tx: Connection, run_id: str) -> Run:
    """A run as it stands.

    Raises:
        NotFound: there is none of this id.
    """
    found = rows(tx, _run, RUN + " where id = %s", [run_id])
    if not found:
        raise NotFound(what="audit run", id=run_id)
    return found[0]


def left_at_a_terminal(tx: Connection) -> str:
    """The newest run that has not ended and that no job goes on with.

    Raises:
        NoAuditUnderWay: there is none.
    """
    found = tx.execute(
        """
        select id
        from audit_run
        where ended_at is null and not exists (select from job where job.id = audit_run.id)
        order by began_at desc, id desc
        limit 1
        """
    ).fetchone()
    if found is None:
        raise NoAuditUnderWay
    return str(found[0])


def results(tx: Connection, run_id: str) -> list[CheckResult]:
    """What each check of a run compared, in the order of the table of checks."""
    done = {
        name: numbers
        for name, *numbers in tx.execute(
            "select name, compared, differences, milliseconds from audit_check where run = %s",
            [run_id],
        )
    }
    return [
        CheckResult(
            name=check.name,
            severity=check.severity,
            question=check.question,
            of=check.of,
            compared=done[check.name][0],
            differences=done[check.name][1],
            milliseconds=done[check.name][2],
        )
        for check in CHECKS
        if check.name in done
    ]


def findings(
    tx: Connection,
    run_id: str,
    *,
    check: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[tuple[int, Finding]]:
    """What did not agree in a run, each with its number; `after` is the number to go on from."""
    found = tx.execute(
        """
        select number, name, subject, sku, node, expected, found, movement
        from audit_finding
        where run = %(run)s and (%(check)s::text is null or name = %(check)s)
            and (%(after)s::bigint is null or number > %(after)s)
        order by number
        limit %(limit)s
        """,
        {"run": run_id, "check": check, "after": after, "limit": limit},
    )
    fields = Finding.__struct_fields__
    return [
        (number, Finding(**dict(zip(fields, columns, strict=True)))) for number, *columns in found
    ]


def audit(tx: Connection) -> Audit:
    """What the auditor last found, with the first differences."""
    latest = runs(tx, limit=1)
    last = next(iter(runs(tx, has_ended=True, limit=1)), None)
    return Audit(
        says=says(last),
        is_clean=None if last is None else last.differences == 0,
        last=last,
        checks=[] if last is None else results(tx, last.id),
        findings=[] if last is None else [one for _, one in findings(tx, last.id)],
        latest=latest[0] if latest else None,
    )


def began(tx: Connection) -> tuple[datetime | None, datetime | None]:
    """When the latest audit began, and the latest full one, whatever became of them."""
    row = tx.execute(
        "select max(began_at), max(began_at) filter (where is_full) from audit_run"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def told_differences(tx: Connection) -> Reading:
    """Differences of the last finished audit, by check; nothing at all if there was none."""
    last = next(iter(runs(tx, has_ended=True, limit=1)), None)
    if last is None:
        return {}
    return {(one.name,): one.differences for one in results(tx, last.id)}


def told_age(tx: Connection) -> Reading:
    """Seconds since the last finished audit ended; endless if there was none."""
    row = tx.execute(
        """
        select coalesce(extract(epoch from now() - max(ended_at)), 'infinity')
        from audit_run
        where ended_at is not null and failure is null
        """
    ).fetchone()
    assert row is not None
    return {(): float(row[0])}


def told_duration(tx: Connection) -> Reading:
    """Seconds that the last finished audit took; nothing if there was none."""
    last = next(iter(runs(tx, has_ended=True, limit=1)), None)
    if last is None or last.ended_at is None:
        return {}
    return {(): (last.ended_at - last.began_at).total_seconds()}


def _run(**columns: Any) -> Run:
    return msgspec.convert(columns, Run)
