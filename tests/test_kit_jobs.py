"""Jobs: asked for with their cause, done once, resumed after a crash, cancelled when wished."""

import asyncio
import threading
import time
from datetime import timedelta
from importlib import resources

import psycopg
import pytest
from litestar import Litestar, Response
from litestar.di import Provide
from litestar.testing import TestClient
from procrastinate.schema import SchemaManager

from noria.kit import events, jobs, jobs_api, jobs_run
from noria.kit.auth import Actor, Permission
from noria.kit.clock import wall
from noria.kit.errors import Invalid, NotFound, Refusal, Text, Unavailable
from noria.kit.http import Door, problem
from noria.kit.jobs import JobFinished, JobState


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    monkeypatch.setattr(jobs, "TASKS", {})
    monkeypatch.setattr(jobs_run, "TASKS", jobs.TASKS)
    monkeypatch.setattr(jobs, "PERIODIC", {})
    monkeypatch.setattr(jobs_run, "PERIODIC", jobs.PERIODIC)


def ask(db, kind="test.work", params=None, **more):
    return db.run(lambda tx: jobs.enqueue(tx, kind, params or {}, **more))


def look(db, job_id):
    return db.run(lambda tx: jobs.job(tx, job_id))


def queued(db):
    return db.run(
        lambda tx: tx.execute("select status::text from procrastinate_jobs order by id").fetchall()
    )


def work_off(db, *, is_stopping=lambda: False, slots=2):
    """What the worker does, until nothing is due."""

    async def worker():
        app = jobs_run.queue(db.url, db, is_stopping=is_stopping, slots=slots)
        async with app.open_async():
            await app.run_worker_async(
                concurrency=slots, wait=False, install_signal_handlers=False, delete_jobs="always"
            )

    asyncio.run(worker())


def make_due(db):
    db.run(lambda tx: tx.execute("update procrastinate_jobs set scheduled_at = null"))


def test_the_queue_in_our_migration_is_that_of_the_library_installed():
    """When this fails, Procrastinate was upgraded: docs/decisions says what to do."""
    ours = resources.files("noria.migrations").joinpath("0008_jobs.sql").read_text()
    assert ours.endswith(SchemaManager.get_schema())
    assert "MIT License" in ours


def test_a_job_is_done_and_its_result_kept(db):
    @jobs.task("test.work")
    def work(progress, units):
        progress.step(1, 2, message=Text("half", "moitié"))
        return {"units": units * 2}

    job_id = ask(db, params={"units": 3}, asked_by="person:1")
    assert look(db, job_id).state is JobState.WAITING
    work_off(db)
    job = look(db, job_id)
    assert (job.state, job.result, job.asked_by, job.attempts) == (
        JobState.DONE, {"units": 6}, "person:1", 1,
    )  # fmt: skip
    assert (job.done, job.total, job.message) == (1, 2, Text("half", "moitié"))
    assert job.asked_at <= job.started_at <= job.finished_at
    assert queued(db) == [], "the queue holds only what is to be done"
    told = db.run(lambda tx: events.after(tx, 0)).events
    assert [(event.type, event.subject) for event in told] == [
        ("job.progressed", job_id),
        ("job.finished", job_id),
    ]


def test_a_job_of_a_transaction_that_failed_never_was(db):
    with db.transaction() as tx:
        job_id = jobs.enqueue(tx, "test.work", {})
        raise_later = psycopg.Rollback()
        raise raise_later
    with pytest.raises(NotFound):
        look(db, job_id)
    assert queued(db) == []


def test_asking_again_while_it_waits_gives_the_one_that_waits(db):
    done = []
    jobs.task("test.work")(lambda progress: done.append(progress.job.id))
    first = ask(db, queueing_lock="audit")
    with db.transaction() as tx:
        assert jobs.enqueue(tx, "test.work", {}, queueing_lock="audit") == first
        assert jobs.enqueue(tx, "test.work", {}, queueing_lock="other") != first
        tx.execute("select 1")  # the refusal of the table did not spoil the transaction
    work_off(db)
    assert first in done
    assert len(done) == 2
    assert ask(db, queueing_lock="audit") != first


def test_two_who_ask_at_once_get_the_same(db):
    asked = []

    def ask_slowly():
        with db.transaction() as tx:
            asked.append(jobs.enqueue(tx, "test.work", {}, queueing_lock="audit"))
            time.sleep(0.1)

    threads = [threading.Thread(target=ask_slowly) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 4
    assert len(set(asked)) == 1


def test_not_before_its_time(db):
    jobs.task("test.work")(lambda progress: None)
    job_id = ask(db, at=wall() + timedelta(hours=1))
    work_off(db)
    assert look(db, job_id).state is JobState.WAITING
    make_due(db)
    work_off(db)
    assert look(db, job_id).state is JobState.DONE


def test_jobs_of_one_lock_run_one_after_the_other(db):
    running, most = [], []

    @jobs.task("test.work")
    def work(progress):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()

    for _ in range(4):
        ask(db, lock="one")
    while queued(db):
        work_off(db, slots=4)
    assert most == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("because", "trouble", "tries", "state", "code"),
    [
        ("a refusal is an answer", Invalid(), 1, JobState.FAILED, "invalid"),
        ("a database that is away comes back", Unavailable(), 3, JobState.FAILED, "unavailable"),
        ("what nobody foresaw is tried again", ZeroDivisionError(), 3, JobState.FAILED, "job-broken"),
    ],
)  # fmt: skip
def test_failure(db, because, trouble, tries, state, code):
    tried = []

    @jobs.task("test.work", attempts=3)
    def work(progress):
        tried.append(1)
        raise trouble

    job_id = ask(db)
    for _ in range(5):
        work_off(db)
        make_due(db)
    job = look(db, job_id)
    assert (len(tried), job.state, job.error.code) == (tries, state, code), because
    assert job.error.says.fr
    assert job.error.do.en
    assert queued(db) == []


def test_waits_between_attempts_grow_up_to_a_bound():
    assert [jobs_run.again_in(attempts).total_seconds() for attempts in (1, 2, 3, 4, 5, 99)] == [
        5, 20, 80, 320, 600, 600,
    ]  # fmt: skip


def test_a_kind_that_nobody_knows_fails_in_words(db):
    job_id = ask(db, "test.stranger")
    work_off(db)
    assert look(db, job_id).error.code == "job-unknown"


def test_a_killed_worker_s_job_goes_on_where_it_was(db):
    """The worker dies after two of four steps; another goes on from the third."""
    done = []
    dies_at = 2

    @jobs.task("test.work")
    def work(progress):
        for number in range(progress.cursor or 0, 4):
            if number == dies_at:
                raise SystemExit  # what a kill leaves behind is made below
            with db.transaction() as tx:
                done.append(number)
                progress.save(tx, number + 1)
            progress.step(number + 1, 4)

    job_id = ask(db)
    with pytest.raises(SystemExit):
        jobs_run.run(db, job_id, lambda: False)
    with db.transaction() as tx:
        worker = tx.execute("insert into procrastinate_workers default values returning id")
        tx.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s", worker.fetchone()
        )
    assert look(db, job_id).state is JobState.RUNNING
    assert db.run(jobs_run.revive_stalled) == 0, "its worker was heard a moment ago"
    db.run(
        lambda tx: tx.execute(
            "update procrastinate_workers set last_heartbeat = now() - interval '21 s'"
        )
    )
    assert db.run(jobs_run.revive_stalled) == 1
    assert db.run(jobs_run.revive_stalled) == 0
    dies_at = None
    work_off(db)
    assert done == [0, 1, 2, 3]
    assert look(db, job_id).state is JobState.DONE
    assert look(db, job_id).attempts == 2


def test_a_job_that_kills_its_worker_each_time_is_given_up(db):
    @jobs.task("test.work", attempts=2)
    def work(progress):
        raise SystemExit

    job_id = ask(db)
    for _ in range(2):
        with pytest.raises(SystemExit):
            jobs_run.run(db, job_id, lambda: False)
    jobs_run.run(db, job_id, lambda: False)
    assert look(db, job_id).error.code == "job-deadly"


def test_a_worker_that_stops_hands_its_job_back(db):
    stopping = threading.Event()

    @jobs.task("test.work", attempts=1)
    def work(progress):
        if progress.cursor is None:
            with db.transaction() as tx:
                progress.save(tx, "half")
            stopping.set()
        progress.step(5, 10)
        return progress.cursor

    job_id = ask(db)
    for _ in range(3):
        work_off(db, is_stopping=stopping.is_set)
        stopping.clear()
        make_due(db)
    job = look(db, job_id)
    assert (job.state, job.result) == (JobState.DONE, "half")
    assert job.attempts == 1, "an interruption costs no attempt"


def test_a_job_that_waits_is_cancelled_at_once(db):
    jobs.task("test.work")(lambda progress: pytest.fail("it was cancelled"))
    job_id = ask(db)
    assert (
        db.run(lambda tx: jobs.cancel(tx, job_id, asked_by="person:1")).state is JobState.CANCELLED
    )
    assert queued(db) == []
    work_off(db)
    again = db.run(lambda tx: jobs.cancel(tx, job_id, asked_by="person:1"))
    assert again.state is JobState.CANCELLED, "cancelling twice is cancelling once"


def test_a_job_that_runs_is_cancelled_at_its_next_step(db, monkeypatch):
    monkeypatch.setattr(jobs, "WRITE_EVERY_S", 0)

    @jobs.task("test.work")
    def work(progress):
        for number in range(100):
            if number == 3:
                db.run(lambda tx: jobs.cancel(tx, job_id, asked_by="person:1"))
            progress.step(number, 100)

    job_id = ask(db)
    work_off(db)
    job = look(db, job_id)
    assert (job.state, job.done) == (JobState.CANCELLED, 3)


def test_what_has_ended_cannot_be_cancelled(db):
    jobs.task("test.work")(lambda progress: None)
    job_id = ask(db)
    work_off(db)
    with pytest.raises(JobFinished):
        db.run(lambda tx: jobs.cancel(tx, job_id, asked_by="person:1"))


def test_progress_is_written_at_most_twice_a_second(db):
    @jobs.task("test.work")
    def work(progress):
        for number in range(2000):
            progress.step(number + 1, 2000)

    job_id = ask(db)
    work_off(db)
    told = db.run(lambda tx: events.after(tx, 0)).events
    assert 1 <= sum(event.type == "job.progressed" for event in told) <= 3
    assert look(db, job_id).done == 2000, "the last word is always written"


def test_progress_inside_the_task_s_own_transaction_does_not_wait_for_itself(db, monkeypatch):
    monkeypatch.setattr(jobs, "WRITE_EVERY_S", 0)

    @jobs.task("test.work")
    def work(progress):
        with db.transaction() as tx:
            progress.save(tx, 1)
            progress.step(1)

    job_id = ask(db)
    work_off(db)
    assert look(db, job_id).state is JobState.DONE


def test_a_second_run_does_not_overwrite_the_first_one_s_end(db):
    @jobs.task("test.work")
    def work(progress):
        if progress.job.attempts == 1:
            jobs_run.run(db, job_id, lambda: False)  # revived while it still ran
            return "late"
        return "first"

    job_id = ask(db)
    jobs_run.run(db, job_id, lambda: False)
    assert look(db, job_id).result == "first"
    told = db.run(lambda tx: events.after(tx, 0)).events
    assert [event.type for event in told] == ["job.finished"]


def test_periodic_tasks_run_and_their_failure_stops_nothing(db):
    ran = []
    jobs.periodic("test.often", "* * * * * *")(lambda db: ran.append("often"))

    @jobs.periodic("test.broken", "* * * * * *")
    def broken(db):
        ran.append("broken")
        raise ZeroDivisionError

    async def worker():
        app = jobs_run.queue(db.url, db, is_stopping=lambda: False, slots=2)
        async with app.open_async():
            task = asyncio.create_task(
                app.run_worker_async(install_signal_handlers=False, delete_jobs="always")
            )
            async with asyncio.timeout(10):
                while set(ran) != {"often", "broken"}:  # noqa: ASYNC110 - what is waited for has no event
                    await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(worker())


def test_jobs_that_ended_long_ago_are_forgotten(db):
    jobs.task("test.work")(lambda progress: None)
    old, waiting = ask(db), ask(db, at=wall() + timedelta(days=1))
    work_off(db)
    later = wall() + timedelta(days=31)
    assert db.run(lambda tx: jobs.forget_old(tx, now=wall())) == 0
    assert db.run(lambda tx: jobs.forget_old(tx, now=later)) == 1
    assert [job.id for job in db.run(jobs.jobs)] == [waiting]
    assert old != waiting


def client(db, actor_id="person:1", *, may_import=False):
    reach = {Permission.JOBS_READ: None} | ({Permission.IMPORT: None} if may_import else {})
    actor = Actor(id=actor_id, name="A", reach=reach)

    def door() -> Door:
        return Door(db=db, actor=actor, request_id="r", route="PUT /v1/jobs")

    def answer(_, refusal):
        said = problem(refusal)
        return Response(said, status_code=said.status)

    return TestClient(
        Litestar(
            jobs_api.routes,
            dependencies={"door": Provide(door, sync_to_thread=False)},
            exception_handlers={Refusal: answer},
            openapi_config=None,
        )
    )


def test_jobs_over_http(db):
    ids = [ask(db, params={"n": number}, asked_by="person:1") for number in range(5)]
    with client(db) as http:
        first = http.get("/jobs", params={"limit": 3}).json()
        rest = http.get("/jobs", params={"limit": 3, "cursor": first["next"]}).json()
        assert [job["id"] for job in first["items"] + rest["items"]] == ids[::-1]
        assert rest["next"] is None
        assert http.get(f"/jobs/{ids[0]}").json()["params"] == {"n": 0}
        assert http.get("/jobs/none").status_code == 404
        assert http.get("/jobs", params={"state": "done"}).json()["items"] == []
        assert len(http.get("/jobs", params={"state": ["done", "waiting"]}).json()["items"]) == 5
        assert http.get("/jobs", params={"kind": "other.kind"}).json()["items"] == []
        assert http.get("/jobs", params={"cursor": "WyJ4IiwieSJd"}).status_code == 400
        assert http.put(f"/jobs/{ids[0]}/cancellation").json()["state"] == "cancelled"


def test_who_may_cancel(db):
    job_id = ask(db, asked_by="person:1")
    with client(db, "person:2") as http:
        assert http.put(f"/jobs/{job_id}/cancellation").status_code == 403
    with client(db, "person:3", may_import=True) as http:
        assert http.put(f"/jobs/{job_id}/cancellation").status_code == 200
