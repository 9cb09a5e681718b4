"""What the worker does with carriers: make the calls that are due, ask where boxes are."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from noria.carriage import actions, call_actions, views
from noria.carriage.model import CALL_JOB, Account
from noria.carriage.port import Ability, Declined, NotKnownYet, Trouble
from noria.connectors.carriers import rules
from noria.connectors.carriers.calls import drain
from noria.connectors.carriers.model import POLL_JOB, short
from noria.connectors.carriers.ports import connect
from noria.fulfilment import tracking_actions as tracking
from noria.fulfilment.tracking_model import Outcome, Reply
from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.ids import uuid7
from noria.kit.jobs import Progress, periodic, task

log = logging.getLogger("noria.carriers")

POLLED = timedelta(hours=2)
POLLS_AT_ONCE = 200
REFUSALS = 3
"""After so many in a row a carrier is not asked on: it knows us no more, say."""


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


@periodic("carriers.poll", f"*/{rules.POLL_EVERY_MINUTES} * * * *")
def poll(db: Database) -> None:
    """Ask carriers where boxes are of which they do not tell by themselves.

    What was asked in vain is asked again after all others.
    """
    with db.transaction() as tx:
        plans = {one.code: one for one in views.accounts(tx) if one.is_active}
        found = views.to_poll(tx, list(plans), before=clock.wall() - POLLED, limit=POLLS_AT_ONCE)
    _ask(db, plans, found)


@task(POLL_JOB, attempts=3)
def poll_again(progress: Progress, *, account: str) -> dict[str, int]:
    """Ask one carrier now, because a person wants to know whether it answers again.

    Of whom nothing is under way any more, nobody waits for an answer: its silence is over.
    """
    db = progress.db
    with db.transaction() as tx:
        plans = {one.code: one for one in views.accounts(tx) if one.code == account}
        found = views.to_poll(tx, list(plans), before=clock.wall(), limit=POLLS_AT_ONCE)
    if not found and account in plans:
        as_whom = call_actions.tracked_as(plans[account])
        db.run(lambda tx: tracking.answers(tx, as_whom, account, now=clock.now(tx)))
    return {"asked": _ask(db, plans, found)}


def _ask(db: Database, plans: Mapping[str, Account], found: Sequence[tuple[str, str, str]]) -> int:
    """Ask for boxes, as (label, account, number), and take in what is said; how many were asked.

    What they say is kept and read as if they had sent it; that they refuse, or do not answer, is
    kept too. One that is in trouble is left alone until the next time, and so is one that refuses
    `REFUSALS` times in a row. A number that it does not know yet is no refusal.
    """
    refusals: Counter[str] = Counter()
    asked = 0
    for label, account, number in found:
        if refusals[account] >= REFUSALS:
            continue
        body, reply = b"", None
        asked += 1
        try:
            carrier = connect(plans[account])
            if Ability.TRACK in carrier.abilities:
                body = carrier.track(number)
                reply = rules.read(call_actions.tracked_as(plans[account]), body, number)
            refusals[account] = 0
        except NotKnownYet:
            refusals[account] = 0
        except Declined as refusal:
            refusals[account] += 1
            reply = Reply(outcome=Outcome.REFUSED, detail=short(refusal))
        except Trouble as trouble:
            log.info("%s does not say where %s is: %s", account, number, trouble)
            refusals[account] = REFUSALS
            reply = Reply(outcome=Outcome.UNANSWERED, detail=short(trouble))
        db.run(partial(_heard, label=label, plan=plans[account], body=body, reply=reply))
    return asked


def _heard(tx: Connection, *, label: str, plan: Account, body: bytes, reply: Reply | None) -> None:
    """Take in an answer as if it had been sent to us; None: it knows the number not yet."""
    call_actions.mark_polled(tx, label, now=clock.wall())
    if reply is None:
        tracking.answers(tx, call_actions.tracked_as(plan), plan.code, now=clock.now(tx))
        return
    tracking.receive(
        tx, call_actions.tracked_as(plan), uuid7(int(clock.wall().timestamp() * 1000)), body, reply,
        actor=SYSTEM.id, now=clock.now(tx), account=plan.code,
    )  # fmt: skip
