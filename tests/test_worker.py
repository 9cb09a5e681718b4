"""The worker as a process: killed, stopped, and cut off from its database."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from conftest import FAST
from noria import worker
from noria.kit import config, events, idempotency, jobs, jobs_run
from noria.kit.db import Database, migrate
from noria.kit.errors import Unavailable
from noria.kit.event import Event
from noria.kit.jobs import JobState
from noria.kit.postgres import Embedded

SCRIPT = """
import time
from noria import worker
from noria.kit import jobs, jobs_run

jobs_run.STALLED_S, jobs_run.HEARTBEAT_S = 1.0, 0.2

@jobs.task("test.slow")
def slow(progress, steps, wait_s):
    for number in range(progress.cursor or 0, steps):
        with progress.db.transaction() as tx:
            tx.execute("insert into done (n) values (%s)", [number])
            progress.save(tx, number + 1)
        progress.step(number + 1, steps)
        time.sleep(wait_s)
    return {"steps": steps}

worker.main()
"""


@contextmanager
def process(url):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("NORIA_")}
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=environ | {"DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def until(condition, patience_s=60.0):
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return found


def look(db, job_id):
    return db.run(lambda tx: jobs.job(tx, job_id))


def done(db):
    return [n for (n,) in db.run(lambda tx: tx.execute("select n from done order by n").fetchall())]


@pytest.fixture
def book(db):
    db.run(lambda tx: tx.execute("create table done (n int)"))
    return db


def ask(db, steps, wait_s):
    params = {"steps": steps, "wait_s": wait_s}
    return db.run(lambda tx: jobs.enqueue(tx, "test.slow", params))


def test_killed_in_the_middle_of_a_job_another_goes_on_where_it_was(book):
    job_id = ask(book, 12, 0.15)
    with process(book.url) as first:
        until(lambda: len(done(book)) >= 3)
        first.kill()
    assert look(book, job_id).state is JobState.RUNNING
    with process(book.url):
        until(lambda: look(book, job_id).state is JobState.DONE)
    assert done(book) == list(range(12)), "each step once"
    assert look(book, job_id).attempts == 2


def test_asked_to_stop_it_hands_its_job_back_and_leaves(book):
    job_id = ask(book, 200, 0.1)
    with process(book.url) as first:
        until(lambda: len(done(book)) >= 2)
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0
    job = look(book, job_id)
    assert job.state is JobState.WAITING
    assert 2 <= len(done(book)) < 190
    workers = book.run(
        lambda tx: tx.execute("select count(*) from procrastinate_workers").fetchone()
    )
    assert workers == (0,), "it signed off"


def test_every_room_s_jobs_are_found():
    jobs_run.load()
    assert {"kit.forget_old", "webhooks.forget_old"} <= jobs.PERIODIC.keys()
    assert all(len(each.cron.split()) == 5 for each in jobs.PERIODIC.values())


def test_what_is_kept_long_enough_is_forgotten(db):
    db.run(lambda tx: events.publish(tx, [Event(type="a.b", subject="1")]))
    with db.transaction() as tx:
        idempotency.claim(tx, "s", {"k": b"d"})
        tx.execute("update event set written_at = 'epoch'")
        tx.execute("update answer set answered_at = 'epoch'")
        job_id = jobs.enqueue(tx, "test.slow", {})
        jobs.finish(tx, job_id, JobState.DONE)
        tx.execute("update job set finished_at = 'epoch'")
    worker.forget_old(db)
    counted = db.run(
        lambda tx: tx.execute(
            "select (select count(*) from event where type = 'a.b'), (select count(*) from answer),"
            " (select count(*) from job)"
        ).fetchone()
    )
    assert counted == (0, 0, 0)


def test_postgresql_is_killed_and_comes_back(home, monkeypatch):
    """The parts are started again by themselves; what was asked for before and after gets done."""
    monkeypatch.setattr(worker, "SHORTEST_PAUSE_S", 0.1)
    monkeypatch.setattr(jobs, "TASKS", {})
    monkeypatch.setattr("noria.kit.jobs_run.TASKS", jobs.TASKS)
    jobs.task("test.quick")(lambda progress: "quick")
    embedded = Embedded(home, FAST | {"fsync": "on"})
    embedded.start()
    migrate(embedded.url)
    db = Database(embedded.url)
    ended, loop_of = None, []

    async def run():
        nonlocal ended
        ended = asyncio.Event()
        loop_of.append(asyncio.get_running_loop())
        await worker.work(db, config.load({}), ended)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        before = db.run(lambda tx: jobs.enqueue(tx, "test.quick", {}))
        until(lambda: look(db, before).state is JobState.DONE)
        with psycopg.connect(embedded.url) as connection:
            data = connection.execute("show data_directory").fetchone()[0]
        postmaster = int(Path(data, "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        until(lambda: not embedded.is_healthy())
        until(lambda: started(embedded))
        after = until(lambda: asked(db))
        until(lambda: look(db, after).state is JobState.DONE)
        until(
            lambda: (
                db.run(
                    lambda tx: tx.execute(
                        "select seq >= event_horizon() from webhook_cursor"
                    ).fetchone()
                )
                == (True,)
            )
        )
    finally:
        loop_of[0].call_soon_threadsafe(ended.set)
        thread.join(30)
        db.close()
    assert not thread.is_alive()


def started(embedded):
    embedded.ensure()
    return embedded.is_healthy()


def asked(db):
    try:
        return db.run(lambda tx: jobs.enqueue(tx, "test.quick", {}))
    except Unavailable:
        return None
