"""What the worker does for the tower: audit, as often as the settings say."""

import logging
import os

from noria.kit import clock, jobs
from noria.kit.config import load
from noria.kit.db import Connection, Database
from noria.kit.errors import Unavailable
from noria.kit.jobs import JobCancelled, JobInterrupted, JobState, Progress, periodic, task
from noria.tower import actions, audit_rules, audit_views, trend_actions
from noria.tower.audit_model import AUDIT_JOB

log = logging.getLogger("noria.tower")

UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


@task(AUDIT_JOB, attempts=3)
def run_audit(progress: Progress, *, is_full: bool) -> dict[str, int]:
    """Audit; after a crash it goes on where it was, under the same id."""
    job = progress.job
    try:
        run = actions.audit(
            progress.db, job.id, is_full=is_full, asked_by=job.asked_by, step=progress.step
        )
    except (JobInterrupted, Unavailable):
        raise  # it is taken up again, and goes on
    except JobCancelled:
        actions.fail(progress.db, job.id, audit_rules.CANCELLED)
        raise
    except Exception:
        log.exception("audit %s failed", job.id)
        actions.fail(progress.db, job.id, audit_rules.BROKEN)
        raise
    return {"differences": run.differences}


@periodic("tower.audit", "* * * * *")
def audit_when_due(db: Database) -> None:
    """Ask for an audit when it is time for one, unless one waits or has just been taken up."""
    minutes = load(os.environ).audit_minutes

    def ask(tx: Connection) -> None:
        if jobs.jobs(tx, kinds=[AUDIT_JOB], states=UNDER_WAY, limit=1):
            return
        last, last_full = audit_views.began(tx)
        is_full = audit_rules.due(clock.wall(), minutes=minutes, last=last, last_full=last_full)
        if is_full is not None:
            jobs.enqueue(
                tx, AUDIT_JOB, {"is_full": is_full}, lock=AUDIT_JOB, queueing_lock=AUDIT_JOB
            )

    db.run(ask)


@periodic("tower.forget", "23 3 * * *")
def forget(db: Database) -> None:
    """Drop audits that are older than we promise to keep them."""
    db.run(lambda tx: actions.forget_old(tx, now=clock.wall()))


@periodic("tower.trends", "7 * * * *")
def count_days(db: Database) -> None:
    """Count what is not counted yet, then yesterday and today again."""
    while db.run(lambda tx: trend_actions.count(tx, now=clock.now(tx))).has_more:
        pass
