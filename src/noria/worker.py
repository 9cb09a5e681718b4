"""The worker: jobs, periodic tasks and webhooks, beside the server and on the same database."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable

import procrastinate
import psycopg

from noria.kit import clock, events, idempotency, jobs, jobs_run, logs
from noria.kit.config import Settings, load
from noria.kit.db import Database
from noria.kit.egress import Rules
from noria.kit.errors import Unavailable
from noria.kit.postgres import serving
from noria.tower import jobs as tower
from noria.tower.standing_model import LOOKED_EVERY
from noria.webhooks.jobs import Dispatcher

log = logging.getLogger("noria.worker")

SLOTS = 4
LOOK_EVERY_S = 1.0
FINISH_S = 10.0
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
AWAY = (Unavailable, psycopg.OperationalError, procrastinate.exceptions.ConnectorException)


def main(settings: Settings | None = None) -> None:
    """Work until SIGTERM or SIGINT; then hand back what can be handed back, and leave."""
    settings = settings or load(os.environ)
    logs.start(settings)
    jobs_run.load()
    with serving(settings) as url:
        db = Database(url, pool_size=settings.pool_size, application="noria-worker")
        try:
            asyncio.run(_work_until_signal(db, settings))
        finally:
            db.close()


async def _work_until_signal(db: Database, settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await work(db, settings, ended)


async def work(db: Database, settings: Settings, ended: asyncio.Event) -> None:
    """Run all parts until `ended`; each is started again, whatever it dies of."""
    stopping = threading.Event()
    dispatcher = Dispatcher(
        db,
        source=settings.public_url,
        reach=Rules(is_open=settings.webhook_allow_private),
    )
    parts = (
        _kept("jobs", lambda: _run_jobs(db, stopping.is_set)),
        _kept("revival", lambda: _revive(db)),
        _kept("webhooks", dispatcher.run),
        _kept("exceptions", lambda: _look(db)),
    )
    tasks = [asyncio.create_task(part) for part in parts]
    log.info("the worker is at work: %d kinds of jobs", len(jobs.TASKS))
    await ended.wait()
    log.info("the worker stops")
    stopping.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _kept(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run a part again and again, with pauses that grow while it dies young."""
    loop, pause_s = asyncio.get_running_loop(), SHORTEST_PAUSE_S
    while True:
        begun = loop.time()
        try:
            await part()
        except AWAY as problem:
            log.warning("%s: PostgreSQL does not answer: %s", name, problem)
        except Exception:
            log.exception("%s stumbled", name)
        has_lived = loop.time() - begun > LONGEST_PAUSE_S
        pause_s = SHORTEST_PAUSE_S if has_lived else min(pause_s * 2, LONGEST_PAUSE_S)
        log.warning("%s is started again in %.1f s", name, pause_s)
        await asyncio.sleep(pause_s)


async def _run_jobs(db: Database, is_stopping: Callable[[], bool]) -> None:
    app = jobs_run.queue(db.url, db, is_stopping=is_stopping, slots=SLOTS)
    async with app.open_async():
        await app.run_worker_async(
            name="noria",
            concurrency=SLOTS,
            fetch_job_polling_interval=LOOK_EVERY_S,
            shutdown_graceful_timeout=FINISH_S,
            update_heartbeat_interval=jobs_run.HEARTBEAT_S,
            stalled_worker_timeout=jobs_run.STALLED_S,
            install_signal_handlers=False,
            delete_jobs="always",
        )


async def _revive(db: Database) -> None:
    while True:
        revived = await asyncio.to_thread(db.run, jobs_run.revive_stalled)
        if revived:
            log.warning("%d jobs of a worker that died go on", revived)
        await asyncio.sleep(jobs_run.HEARTBEAT_S)


async def _look(db: Database) -> None:
    while True:
        await asyncio.to_thread(tower.look, db)
        await asyncio.sleep(LOOKED_EVERY.total_seconds())


@jobs.periodic("kit.forget_old", "17 * * * *")
def forget_old(db: Database) -> None:
    """Drop answers, events and jobs that are older than we promise to keep them."""
    now = clock.wall()
    db.run(idempotency.forget_old)
    db.run(lambda tx: jobs.forget_old(tx, now=now))
    while db.run(lambda tx: events.forget_old(tx, now=now)):
        pass


if __name__ == "__main__":
    main()
