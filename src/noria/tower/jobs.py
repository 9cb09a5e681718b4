"""What the worker does for the tower: audit, follow exceptions, count days."""

import logging
import os
from datetime import timedelta

from noria.kit import clock, jobs
from noria.kit.config import load
from noria.kit.db import Connection, Database
from noria.kit.errors import Unavailable
from noria.kit.jobs import JobCancelled, JobInterrupted, JobState, Progress, periodic, task
from noria.tower import (
    actions,
    audit_rules,
    audit_views,
    escalation_actions,
    standing_actions,
    trend_actions,
)
from noria.tower.audit_model import AUDIT_JOB
from noria.tower.standing_model import LOOKED_EVERY

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


@periodic("tower.exceptions", "*/5 * * * *")
def follow_exceptions(db: Database) -> int:
    """Send on what nobody took, and tell what is not told yet; how many in all."""
    minutes = load(os.environ).escalate_minutes
    every = timedelta(minutes=minutes) if minutes else None
    standing_actions.keep(db)
    done = db.run(lambda tx: escalation_actions.follow(tx, every=every, now=clock.now(tx)))
    return done.opened + done.closed + done.escalated


def look(db: Database) -> None:
    """Look at every exception, unless somebody has just done so, and tell what came and went.

    The worker asks for it often.
    """
    standing_actions.keep(db, fresh=LOOKED_EVERY / 2)
    db.run(lambda tx: escalation_actions.tell(tx, now=clock.now(tx)))
