"""Jobs at the door: how far they are, how they ended, and the wish to stop one."""

from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from noria.kit import jobs
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.kit.jobs import Job, JobState

QueryStates = Annotated[
    list[JobState] | None,
    QueryParameter(name="state", max_items=5, description="Only these. May be repeated."),
]
QueryKinds = Annotated[
    list[str] | None,
    QueryParameter(name="kind", max_items=50, description="Only these. May be repeated."),
]


@reads("/jobs", Permission.JOBS_READ)
def get_jobs(
    door: NamedDependency[Door],
    states: QueryStates = None,
    kinds: QueryKinds = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Job]:
    """Jobs, newest first."""
    after = _after(page_cursor)
    found = door.read(
        lambda tx: jobs.jobs(tx, states=states, kinds=kinds, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda job: (job.asked_at.isoformat(), job.id))


@reads("/jobs/{job_id:str}", Permission.JOBS_READ)
def get_job(job_id: PathCode, door: NamedDependency[Door]) -> Job:
    """A job: its state, how far it is, and its result."""
    return door.read(lambda tx: jobs.job(tx, job_id))


@puts("/jobs/{job_id:str}/cancellation", Permission.JOBS_READ)
def put_job_cancellation(job_id: PathCode, door: NamedDependency[Door]) -> Response[Job]:
    """Cancel a job: one that waits ends now, one that runs at its next step.

    Whoever asked for it may, and whoever may import files at every node.
    """

    def cancel(tx: Connection, now: datetime) -> Job:
        del now
        if jobs.job(tx, job_id).asked_by != door.actor.id:
            door.actor.must_everywhere(Permission.IMPORT)
        return jobs.cancel(tx, job_id, asked_by=door.actor.id)

    return door.act({"job": job_id}, cancel)


def _after(token: str | None) -> tuple[datetime, str] | None:
    key = cursor(token, 2)
    if key is None:
        return None
    try:
        return datetime.fromisoformat(str(key[0])), str(key[1])
    except ValueError:
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")]) from None


routes = [get_jobs, get_job, put_job_cancellation]
