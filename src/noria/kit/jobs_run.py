"""How the worker runs jobs: Procrastinate's queue, our tasks, and what becomes of the killed."""

import importlib
import logging
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import procrastinate
from procrastinate.jobs import Job as Queued

import noria
from noria.kit import clock
from noria.kit.db import Connection, Database, rows
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.jobs import (
    PERIODIC,
    QUEUE,
    TASK,
    TASKS,
    Failure,
    Job,
    JobCancelled,
    JobInterrupted,
    JobState,
    Periodic,
    Progress,
    Task,
    finish,
    read,
)

log = logging.getLogger("noria.jobs")

STALLED_S = 20.0
HEARTBEAT_S = 5.0
LONGEST_WAIT = timedelta(minutes=10)
PASSING = frozenset({Kind.UNAVAILABLE, Kind.TOO_MANY})

BROKEN = Failure(
    code="job-broken",
    says=Text(
        "The job met an error that it does not know.",
        "La tâche a rencontré une erreur qu'elle ne connaît pas.",
    ),
    do=Text(
        "The log of the worker tells more, under the id of the job.",
        "Le journal du processus de fond en dit plus, sous l'identifiant de la tâche.",
    ),
)
UNKNOWN = Failure(
    code="job-unknown",
    says=Text(
        "This version does not know this kind of job.",
        "Cette version ne connaît pas ce type de tâche.",
    ),
    do=Text(
        "Start server and worker of the same version, then ask again.",
        "Démarrez serveur et processus de fond dans la même version, puis redemandez.",
    ),
)

DEADLY = Failure(
    code="job-deadly",
    says=Text(
        "Each attempt at the job ended with the death of the worker.",
        "Chaque essai de la tâche s'est fini par la mort du processus de fond.",
    ),
    do=Text(
        "Most often memory is short: ask for less at once.",
        "Le plus souvent, la mémoire manque\N{NARROW NO-BREAK SPACE}: demandez-en moins à la fois.",
    ),
)


class Again(Exception):  # noqa: N818 - an order to the queue
    """The job is to be run again, after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"again in {wait}")


class _Retry(procrastinate.BaseRetryStrategy):
    """`run` decides when a job is over; whatever else comes out of it is the database's trouble."""

    def get_retry_decision(
        self, *, exception: BaseException, job: Queued
    ) -> procrastinate.RetryDecision:
        del job
        wait = exception.wait if isinstance(exception, Again) else timedelta(seconds=5)
        return procrastinate.RetryDecision(retry_at=clock.wall() + wait)


def load() -> None:
    """Import every room's `jobs`, which registers its tasks."""
    for module in pkgutil.walk_packages(noria.__path__, "noria."):
        if module.name.endswith(".jobs") and module.name != "noria.kit.jobs":
            importlib.import_module(module.name)


def queue(
    url: str, db: Database, *, is_stopping: Callable[[], bool], slots: int
) -> procrastinate.App:
    """Procrastinate's app with every task that is registered by now."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=url,
            min_size=1,
            max_size=slots + 3,
            timeout=30.0,
            kwargs={"application_name": "noria-jobs"},
        )
    )

    @app.task(name=TASK, queue=QUEUE, retry=_Retry())
    def run_job(job: str) -> None:
        run(db, job, is_stopping)

    for name, each in PERIODIC.items():
        timed = app.task(name=name, queue=QUEUE, queueing_lock=name)(_timed(name, each, db))
        app.periodic(cron=each.cron, periodic_id=name)(timed)
    return app


def _timed(name: str, each: Periodic, db: Database) -> Callable[[int], None]:
    def run_periodic(timestamp: int) -> None:
        del timestamp
        try:
            if not (each.is_left_to_replays and db.run(clock.is_driven)):
                each.run(db)
        except Exception:  # whatever it was, next time comes
            log.exception("the periodic task %s failed", name)

    return run_periodic


def run(db: Database, job_id: str, is_stopping: Callable[[], bool]) -> None:
    """Run a job to its end, or raise `Again` with the time to wait. One that has ended is left."""
    with db.transaction() as tx:
        job, cursor, is_cancelled = _begin(tx, job_id)
    if job is None:
        return
    progress = Progress(db, job, cursor, is_stopping)
    task = TASKS.get(job.kind)
    if is_cancelled:
        _end(progress, JobState.CANCELLED)
    elif task is None:
        _end(progress, JobState.FAILED, error=UNKNOWN)
    elif job.attempts > task.attempts:
        _end(progress, JobState.FAILED, error=DEADLY)
    else:
        _do(progress, task)


def _do(progress: Progress, task: Task) -> None:
    job = progress.job
    is_last = job.attempts >= task.attempts
    try:
        result = task.run(progress, **job.params)
    except JobCancelled:
        _end(progress, JobState.CANCELLED)
    except JobInterrupted:
        _wait(progress, timedelta())
    except Refusal as refusal:
        if refusal.kind in PASSING and not is_last:
            _wait(progress, again_in(job.attempts))
        _end(progress, JobState.FAILED, error=_failure(refusal))
    except Exception:
        log.exception("job %s (%s) failed, attempt %d", job.id, job.kind, job.attempts)
        if not is_last:
            _wait(progress, again_in(job.attempts))
        _end(progress, JobState.FAILED, error=BROKEN)
    else:
        _end(progress, JobState.DONE, result=result)


def again_in(attempts: int) -> timedelta:
    """5 s after the first attempt, then four times as long each time, ten minutes at most."""
    return min(timedelta(seconds=5 << 2 * min(attempts - 1, 10)), LONGEST_WAIT)


def _begin(tx: Connection, job_id: str) -> tuple[Job | None, Any, bool]:
    begun = rows(
        tx,
        read,
        """
        update job
        set state = 'running', attempts = attempts + 1, heartbeat_at = now(),
            started_at = coalesce(started_at, now())
        where id = %s and state in ('waiting', 'running')
        returning *
        """,
        [job_id],
    )
    if not begun:
        return None, None, False
    found = tx.execute(
        """
        select (select cursor from job_cursor where job = %(job)s),
            exists (select from job_cancellation where job = %(job)s)
        """,
        {"job": job_id},
    ).fetchone()
    assert found is not None
    return begun[0], found[0], found[1]


def _end(
    progress: Progress, state: JobState, *, result: Any = None, error: Failure | None = None
) -> None:
    with progress.db.transaction() as tx:
        finish(
            tx,
            progress.job.id,
            state,
            result=result,
            error=error,
            done=progress.done,
            total=progress.total,
        )


def _wait(progress: Progress, wait: timedelta) -> None:
    """Hand the job back to the queue. An interruption is nobody's fault, and costs no attempt."""
    with progress.db.transaction() as tx:
        tx.execute(
            "update job set state = 'waiting', attempts = attempts - %s, done = %s where id = %s",
            [0 if wait else 1, progress.done, progress.job.id],
        )
    raise Again(wait)


def _failure(refusal: Refusal) -> Failure:
    return Failure(
        code=refusal.code,
        says=Text(refusal.sentence("en"), refusal.sentence("fr")),
        do=Text(refusal.remedy("en"), refusal.remedy("fr")),
    )


def revive_stalled(tx: Connection) -> int:
    """Give the jobs of workers that died back to the queue; return how many.

    A worker that lives says so every `HEARTBEAT_S`.
    """
    return tx.execute(
        """
        select procrastinate_retry_job_v2(id, null, null, null, null)
        from (
            select id
            from procrastinate_jobs
            where status = 'doing' and not exists (
                select from procrastinate_workers
                where id = worker_id and last_heartbeat > now() - %s
            )
            for update skip locked
        ) as stalled
        """,
        [timedelta(seconds=STALLED_S)],
    ).rowcount
