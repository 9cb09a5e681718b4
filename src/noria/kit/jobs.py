"""Jobs: work asked for inside a transaction, done by the worker, with progress that all can see."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

import msgspec
import psycopg
from msgspec import Struct

from noria.kit import clock, events
from noria.kit.db import Connection, Database, rows, savepoint
from noria.kit.errors import Kind, NotFound, Refusal, Text
from noria.kit.events import Event
from noria.kit.ids import uuid7

QUEUE = "noria"
TASK = "noria.job"
KEPT = timedelta(days=30)
WRITE_EVERY_S = 0.5

Run = TypeVar("Run", bound=Callable[..., Any])


class JobState(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Failure(Struct, frozen=True, kw_only=True):
    """Why a job failed: the refusal's code, what it says, and what to do about it."""

    code: str
    says: Text
    do: Text


class Job(Struct, frozen=True, kw_only=True):
    """Work that was asked for, and how far it is: `done` of `total`, in units of its own."""

    id: str
    kind: str
    params: dict[str, Any]
    asked_by: str
    state: JobState
    done: int
    total: int | None
    message: Text | None
    result: Any
    error: Failure | None
    attempts: int
    asked_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None


class JobFinished(Refusal):
    code = "job-finished"
    kind = Kind.CONFLICT
    says = Text(
        "The job {id} has ended ({state}): there is nothing left to cancel.",
        "La tâche {id} est terminée ({state})\N{NARROW NO-BREAK SPACE}: rien à annuler.",
    )
    do = Text("Look at its result.", "Consultez son résultat.")


class JobCancelled(Exception):  # noqa: N818 - somebody's wish
    """Raised in a task by `step`, because somebody cancelled it. Let it pass."""


class JobInterrupted(Exception):  # noqa: N818 - the worker's wish
    """Raised in a task by `step`, because the worker stops; the job goes on later. Let it pass."""


class Task(Struct, frozen=True):
    """What the worker does for one kind of job, and how often it tries before it gives up."""

    run: Callable[..., Any]
    attempts: int


class Periodic(Struct, frozen=True):
    """What the worker does at the times that `cron` names, machine time, UTC.

    With `is_left_to_replays` it does nothing where a replay drives the clock: the replay decides
    when that happens, so that it stays repeatable.
    """

    cron: str
    run: Callable[[Database], Any]
    is_left_to_replays: bool = False


TASKS: dict[str, Task] = {}
PERIODIC: dict[str, Periodic] = {}


def task(kind: str, *, attempts: int = 5) -> Callable[[Run], Run]:
    """Register `run(progress, **params)` for jobs of a kind; what it returns is the job's result.

    It may be run again after a crash, so it goes on from `progress.cursor` and repeats nothing
    that shows. A refusal ends the job; any other exception, or an unavailable database, is tried
    again, `attempts` times in all.
    """

    def register(run: Run) -> Run:
        assert kind not in TASKS, f"two tasks are called {kind}"
        TASKS[kind] = Task(run, attempts)
        return run

    return register


def periodic(name: str, cron: str, *, is_left_to_replays: bool = False) -> Callable[[Run], Run]:
    """Register `run(db)` for the times of `cron`. What fails is logged, and next time comes."""

    def register(run: Run) -> Run:
        assert name not in PERIODIC, f"two periodic tasks are called {name}"
        PERIODIC[name] = Periodic(cron, run, is_left_to_replays)
        return run

    return register


def enqueue(
    tx: Connection,
    kind: str,
    params: dict[str, Any],
    *,
    asked_by: str = "system:noria",
    lock: str | None = None,
    queueing_lock: str | None = None,
    at: datetime | None = None,
    priority: int = 0,
) -> str:
    """Ask for a job; it exists when this transaction commits, and not otherwise. Return its id.

    Jobs of one `lock` run one after the other. While a job of one `queueing_lock` waits, asking
    again gives that one. `at` is machine time: not before.
    """
    job_id = uuid7(int(clock.wall().timestamp() * 1000))
    while True:
        try:
            with savepoint(tx):
                _insert(tx, job_id, kind, params, asked_by)
                _queue(tx, job_id, lock, queueing_lock, at, priority)
                return job_id
        except psycopg.errors.UniqueViolation:
            waiting = tx.execute(
                """
                select args ->> 'job'
                from procrastinate_jobs
                where queueing_lock = %s and status = 'todo'
                """,
                [queueing_lock],
            ).fetchone()
            if waiting is not None:
                return str(waiting[0])


def _insert(tx: Connection, job_id: str, kind: str, params: dict[str, Any], asked_by: str) -> None:
    tx.execute(
        "insert into job (id, kind, params, asked_by) values (%s, %s, %s, %s)",
        [job_id, kind, msgspec.json.encode(params).decode(), asked_by],
    )


def _queue(
    tx: Connection,
    job_id: str,
    lock: str | None,
    queueing_lock: str | None,
    at: datetime | None,
    priority: int,
) -> None:
    """What Procrastinate does when it defers a job, on our connection."""
    tx.execute(
        """
        update job
        set task = (procrastinate_defer_jobs_v1(array[
            row(%s, %s, %s, %s, %s, jsonb_build_object('job', id), %s)
                ::procrastinate_job_to_defer_v1
        ]))[1]
        where id = %s
        """,
        [QUEUE, TASK, priority, lock, queueing_lock, at, job_id],
    )


def job(tx: Connection, job_id: str) -> Job:
    """A job as it stands.

    Raises:
        NotFound: there is none, or it was forgotten.
    """
    found = rows(tx, read, "select * from job where id = %s", [job_id])
    if not found:
        raise NotFound(what="job", id=job_id)
    return found[0]


def jobs(
    tx: Connection,
    *,
    states: Sequence[JobState] | None = None,
    kinds: Sequence[str] | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Job]:
    """Jobs, newest first; `after` is the (asked_at, id) to go on from."""
    return rows(
        tx,
        read,
        """
        select *
        from job
        where (%(states)s::job_state[] is null or state = any(%(states)s::job_state[]))
            and (%(kinds)s::text[] is null or kind = any(%(kinds)s))
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(id)s))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        {
            "states": None if states is None else [state.value for state in states],
            "kinds": None if kinds is None else list(kinds),
            "at": after and after[0],
            "id": after and after[1],
            "limit": limit,
        },
    )


def cancel(tx: Connection, job_id: str, *, asked_by: str) -> Job:
    """End a job that waits; ask one that runs to end, which it does at its next step.

    Raises:
        NotFound: there is no such job.
        JobFinished: it has ended already, in another way.
    """
    now = tx.execute("select state::text, task from job where id = %s for update", [job_id])
    state, queued = now.fetchone() or (None, None)
    if state in {"done", "failed"}:
        raise JobFinished(id=job_id, state=state)
    if state in {"waiting", "running"}:
        tx.execute(
            "insert into job_cancellation (job, asked_by) values (%s, %s) on conflict do nothing",
            [job_id, asked_by],
        )
    if state == "waiting":
        tx.execute("select procrastinate_cancel_job_v1(%s, false, true)", [queued])
        finish(tx, job_id, JobState.CANCELLED)
    return job(tx, job_id)


def finish(
    tx: Connection,
    job_id: str,
    state: JobState,
    *,
    result: Any = None,
    error: Failure | None = None,
    done: int | None = None,
    total: int | None = None,
) -> None:
    """Write how a job ended, unless it has ended before, and tell."""
    ended = tx.execute(
        """
        update job
        set state = %s, result = %s, error = %s, task = null, finished_at = now(),
            done = coalesce(%s, done), total = coalesce(%s, total)
        where id = %s and finished_at is null
        returning kind
        """,
        [state.value, _json(result), _json(error), done, total, job_id],
    ).fetchall()
    events.publish(
        tx,
        [
            Event(type="job.finished", subject=job_id, data={"kind": kind, "state": state.value})
            for (kind,) in ended
        ],
    )


def forget_old(tx: Connection, *, now: datetime, kept: timedelta = KEPT) -> int:
    """Drop jobs that ended longer ago than that. `now` is machine time."""
    return tx.execute("delete from job where finished_at < %s", [now - kept]).rowcount


class Progress:
    """A running job's handle: where to go on, how far it is, and whether it should stop."""

    def __init__(
        self, db: Database, job: Job, cursor: Any, is_stopping: Callable[[], bool]
    ) -> None:
        self.db = db
        self.job = job
        self.cursor = cursor
        self.done = job.done
        self.total = job.total
        self._message: Text | None = None
        self._is_stopping = is_stopping
        self._written_at = float("-inf")

    def step(self, done: int, total: int | None = None, *, message: Text | None = None) -> None:
        """Say how far the work is, as often as you like: it is written at most twice a second.

        Call it between the task's transactions.

        Raises:
            JobCancelled: somebody cancelled the job.
            JobInterrupted: the worker stops; the job goes on later, from its cursor.
        """
        self.done = done
        self.total = self.total if total is None else total
        self._message = message or self._message
        if self._is_stopping():
            raise JobInterrupted
        if time.monotonic() - self._written_at >= WRITE_EVERY_S:
            self._written_at = time.monotonic()
            with self.db.transaction() as tx:
                self._write(tx)

    def _write(self, tx: Connection) -> None:
        cancelled = tx.execute(
            """
            update job
            set done = %s, total = %s, message = coalesce(%s, message), heartbeat_at = now()
            where id = %s
            returning exists (select from job_cancellation where job = id)
            """,
            [self.done, self.total, _json(self._message), self.job.id],
        ).fetchone()
        if cancelled is None or cancelled[0]:
            raise JobCancelled
        events.publish(
            tx,
            [
                Event(
                    type="job.progressed",
                    subject=self.job.id,
                    data={"kind": self.job.kind, "done": self.done, "total": self.total},
                )
            ],
        )

    def save(self, tx: Connection, cursor: Any) -> None:
        """Remember, in the transaction that did the work, where to go on after a crash."""
        self.cursor = cursor
        tx.execute(
            """
            insert into job_cursor (job, cursor) values (%s, %s)
            on conflict (job) do update set cursor = excluded.cursor
            """,
            [self.job.id, msgspec.json.encode(cursor).decode()],
        )


def read(**columns: Any) -> Job:
    """A row of the table as a job."""
    return msgspec.convert(columns, Job)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
