"""What a person may ask of the connection to a carrier."""

from datetime import datetime

from noria.carriage import views
from noria.connectors.carriers import rules
from noria.connectors.carriers.model import POLL_JOB, PollAsked
from noria.kit import jobs
from noria.kit.db import Connection
from noria.kit.errors import NotFound


def ask_again(tx: Connection, account: str, *, asked_by: str, wall: datetime) -> PollAsked:
    """Have this carrier asked at once where boxes are; while that waits to begin, it is that one.

    Raises:
        NotFound: we have no account of that name with a carrier, or use it no more.
    """
    known = views.account(tx, account)
    if known is None or not known[0].is_active:
        raise NotFound(what="carrier account", id=account)
    lock = f"{POLL_JOB}:{account}"
    job = jobs.enqueue(
        tx, POLL_JOB, {"account": account}, asked_by=asked_by, lock=lock, queueing_lock=lock
    )
    return PollAsked(account=account, job=f"/v1/jobs/{job}", next_at=rules.next_poll(wall))
