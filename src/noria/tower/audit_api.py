"""The audit at the door: what was found last, every run before it, and the wish for another."""

from datetime import datetime
from typing import Annotated

import litestar
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from noria.kit import jobs, metrics
from noria.kit.auth import Permission
from noria.kit.checks import Finding
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    reads,
)
from noria.tower import audit_page, audit_views
from noria.tower.audit_model import AUDIT_JOB, Audit, Run, RunAsked, RunBody, RunShown
from noria.tower.checks import CHECKS

QueryCheck = Annotated[
    str | None,
    QueryParameter(
        name="check", description="Only this check.", enum=[check.name for check in CHECKS]
    ),
]


@reads("/audit", Permission.AUDIT_READ)
def get_audit(door: NamedDependency[Door]) -> Audit:
    """What the auditor last found; `last` is null as long as nothing has been audited."""
    door.actor.must_everywhere(Permission.AUDIT_READ)
    return door.read(audit_views.audit)


@reads("/audit/runs", Permission.AUDIT_READ)
def get_audit_runs(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[Run]:
    """Audits, newest first, also those that are under way or have failed."""
    door.actor.must_everywhere(Permission.AUDIT_READ)
    after = cursor(page_cursor, 2)
    found = door.read(lambda tx: audit_views.runs(tx, after=after, limit=limit + 1))
    return page(found, limit, lambda run: (run.began_at.isoformat(), run.id))


@posts("/audit/runs", Permission.AUDIT_READ, status_code=202)
def post_audit_run(data: JSONBody[RunBody], door: NamedDependency[Door]) -> Response[RunAsked]:
    """Ask for an audit. While one waits to begin, asking again gives that one."""
    door.actor.must_everywhere(Permission.AUDIT_READ)

    def ask(tx: Connection, now: datetime) -> RunAsked:
        del now
        job = jobs.enqueue(
            tx,
            AUDIT_JOB,
            {"is_full": data.is_full},
            asked_by=door.actor.id,
            lock=AUDIT_JOB,
            queueing_lock=AUDIT_JOB,
        )
        return RunAsked(id=job, job=f"/v1/jobs/{job}")

    return door.act(data, ask, status=202)


@reads("/audit/runs/{run_id:str}", Permission.AUDIT_READ)
def get_audit_run(run_id: PathCode, door: NamedDependency[Door]) -> RunShown:
    """An audit, and what each of its checks compared."""
    door.actor.must_everywhere(Permission.AUDIT_READ)
    return door.read(
        lambda tx: RunShown(run=audit_views.run(tx, run_id), checks=audit_views.results(tx, run_id))
    )


@reads("/audit/runs/{run_id:str}/findings", Permission.AUDIT_READ)
def get_audit_findings(
    run_id: PathCode,
    door: NamedDependency[Door],
    check: QueryCheck = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Finding]:
    """What did not agree in an audit: where, what was expected, what was found, by which movement.

    At most a thousand of each check in each slice are written down; all of them are counted.
    """
    door.actor.must_everywhere(Permission.AUDIT_READ)
    after = cursor(page_cursor, 1)

    def ask(tx: Connection) -> list[tuple[int, Finding]]:
        run = audit_views.run(tx, run_id)
        return audit_views.findings(
            tx, run.id, check=check, after=int(after[0]) if after else None, limit=limit + 1
        )

    found = page(door.read(ask), limit, lambda row: (row[0],))
    return Page([finding for _, finding in found.items], found.next)


@litestar.get("/docs/audit", sync_to_thread=False, opt={"public": True}, include_in_schema=False)
def get_audit_page() -> Response[str]:
    """The page that shows it to people; what it shows, it asks for like everybody."""
    return Response(audit_page.PAGE, media_type="text/html", headers=audit_page.HEADERS)


@litestar.get(
    "/docs/assets/audit.js", sync_to_thread=False, opt={"public": True}, include_in_schema=False
)
def get_audit_script() -> Response[bytes]:
    """What that page does."""
    return Response(audit_page.SCRIPT.encode(), media_type="text/javascript")


metrics.gauge(
    "noria_audit_differences",
    "Differences that the last finished audit found, by check.",
    audit_views.told_differences,
    labels=("check",),
)
metrics.gauge(
    "noria_audit_age_seconds",
    "Since the last finished audit ended; +Inf if there was none.",
    audit_views.told_age,
)
metrics.gauge(
    "noria_audit_duration_seconds",
    "How long the last finished audit took.",
    audit_views.told_duration,
)

routes = [get_audit, get_audit_runs, post_audit_run, get_audit_run, get_audit_findings]
outside_routes = [get_audit_page, get_audit_script]
