"""What the worker does with carriers: make the calls that are due, ask where boxes are."""

import logging
from datetime import timedelta

from noria.carriage import actions, call_actions, views
from noria.carriage.model import CALL_JOB
from noria.carriage.port import Ability, Trouble
from noria.connectors.carriers import rules
from noria.connectors.carriers.calls import drain
from noria.connectors.carriers.ports import connect
from noria.fulfilment import tracking_actions as tracking
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.ids import uuid7
from noria.kit.jobs import Progress, periodic, task

log = logging.getLogger("noria.carriers")

POLLED = timedelta(hours=2)
POLLS_AT_ONCE = 200


@task(CALL_JOB, attempts=3)
def make_calls(progress: Progress, *, account: str | None) -> dict[str, int]:
    """Make the calls of one account that are due; None: choose carriers for labels."""
    return {"calls": drain(progress.db, account, connect, wall=clock.wall)}


@periodic("carriers.ring", "* * * * *")
def ring_when_due(db: Database) -> None:
    """Wake the accounts that have calls to make again; what went wrong is tried so."""

    def ring(tx: Connection) -> None:
        actions.ring(tx, set(views.due(tx, now=clock.wall())), asked_by=SYSTEM.id)

    db.run(ring)


@periodic("carriers.link", "* * * * *")
def link(db: Database) -> None:
    """Tell tracking the numbers of boxes that have left since they were labelled."""
    while db.run(lambda tx: call_actions.link(tx, now=clock.now(tx))):
        pass


@periodic("carriers.poll", "*/15 * * * *")
def poll(db: Database) -> None:
    """Ask carriers where boxes are of which they do not tell by themselves.

    What they say is kept and read as if they had sent it. One that is in trouble is left alone.
    """
    with db.transaction() as tx:
        plans = {one.code: one for one in views.accounts(tx) if one.is_active}
        found = views.to_poll(tx, list(plans), before=clock.wall() - POLLED, limit=POLLS_AT_ONCE)
    troubled: set[str] = set()
    for label, account, number in found:
        if account in troubled:
            continue
        try:
            carrier = connect(plans[account])
            body = carrier.track(number) if Ability.TRACK in carrier.abilities else None
        except Trouble as trouble:
            log.info("%s does not say where %s is: %s", account, number, trouble)
            troubled.add(account)
            continue
        name = call_actions.tracked_as(plans[account])
        db.run(lambda tx, key=label, said=(name, number, body): _heard(tx, key, *said))  # type: ignore[misc]


def _heard(tx: Connection, label: str, carrier: str, number: str, body: bytes | None) -> None:
    """Take in an answer as if it had been sent to us; None: this one cannot be asked."""
    call_actions.mark_polled(tx, label, now=clock.wall())
    if body is None:
        return
    now = clock.now(tx)
    reply = rules.read(carrier, body, number)
    key = uuid7(int(clock.wall().timestamp() * 1000))
    tracking.receive(tx, carrier, key, body, reply, actor=SYSTEM.id, now=now)
