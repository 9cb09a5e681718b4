"""What the worker does with feeds: take those that were sent, and fetch those that are due."""

import asyncio
import logging
import os

from noria.connectors.feeds import pulls
from noria.connectors.feeds.actions import take
from noria.kit import clock, jobs
from noria.kit.auth import SYSTEM
from noria.kit.config import load, secret
from noria.kit.db import Connection, Database
from noria.kit.egress import Rules
from noria.kit.ids import uuid7
from noria.kit.jobs import Progress, periodic, task
from noria.partners import feed_actions as feeds
from noria.partners import feed_views
from noria.partners.feed_model import BOOK_JOB, PULL_JOB

log = logging.getLogger("noria.feeds")


@task(BOOK_JOB)
def take_feed(progress: Progress, *, feed: str) -> dict[str, object]:
    """Read, compare and book a feed that was sent."""
    done = take(progress.db, feed, cursor=progress.cursor, save=progress.save, step=progress.step)
    return {"state": done.state.value, "skus": done.booked_skus, "faults": done.fault_count}


@task(PULL_JOB, attempts=2)
def pull_feed(progress: Progress, *, partner: str) -> dict[str, str]:
    """Fetch a partner's feed, and hand it on as if it had been sent. One try after another."""
    db = progress.db
    with db.transaction() as tx:
        _, plan = feeds.plan_of(tx, partner)
        counted_at = clock.now(tx)
    if plan.pull is None:
        return {}  # since it was asked for, somebody said that it is sent to us
    settings = load(os.environ)
    reach = Rules(is_open=settings.webhook_allow_private, timeout_s=pulls.TIMEOUT_S)
    token = secret(os.environ, plan.pull.secret)
    content = asyncio.run(pulls.fetch(plan.pull, token, reach))
    name = plan.pull.url.rpartition("/")[2][:100]
    feed_id = f"pull-{uuid7(int(clock.wall().timestamp() * 1000))}"

    def send(tx: Connection) -> None:
        feeds.send(
            tx,
            feed_id,
            partner,
            content,
            name=name,
            is_full=None,
            is_preview=False,
            counted_at=counted_at,
            actor=SYSTEM.id,
            now=clock.now(tx),
        )

    db.run(send)
    return {"feed": feed_id}


@periodic("feeds.pull", "* * * * *", is_left_to_replays=True)
def pull_when_due(db: Database) -> None:
    """Ask for every feed that is due; one that is slow is not fetched twice at once."""

    def ask(tx: Connection) -> None:
        now = clock.wall()
        due = [
            partner
            for partner, pull, last in feed_views.pulled(tx)
            if pulls.is_due(pull, last, now)
        ]
        feeds.note_asked(tx, due, now=now)
        for partner in due:
            lock = f"pull:{partner}"
            jobs.enqueue(tx, PULL_JOB, {"partner": partner}, lock=lock, queueing_lock=lock)

    db.run(ask)
