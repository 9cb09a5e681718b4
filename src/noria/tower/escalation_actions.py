"""Verbs about exceptions as they come and go: tell of them, and let them go on to the next role."""

from datetime import datetime, timedelta

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.event import Event
from noria.tower import escalation_rules, escalation_store, standing_actions
from noria.tower.escalation_model import Followed, Turn


def follow(tx: Connection, *, every: timedelta | None, now: datetime) -> Followed:
    """Tell which exceptions came and which are gone; what nobody takes goes on to the next role.

    `every`: how long a role has them to itself. None: they go on to nobody.
    """
    turns = tell(tx, now=now)
    untaken = [] if every is None else escalation_store.untaken(tx, before=now - every, now=now)
    gone_on = escalation_rules.escalations(untaken)
    if gone_on:
        escalation_store.escalate(tx, gone_on, now=now)
    events.publish(
        tx,
        [
            Event(
                type="exception.escalated",
                subject=one.subject,
                node=one.node,
                data={"kind": one.kind, "from": one.from_role, "to": one.to_role},
            )
            for one in gone_on
        ],
    )
    opened = sum(one.is_open for one in turns)
    return Followed(opened=opened, closed=len(turns) - opened, escalated=len(gone_on))


def tell(tx: Connection, *, now: datetime) -> list[Turn]:
    """Tell what the last look found that was not told yet: what came, and what is gone.

    An erasure drops rows until the next look: they are not gone, and nothing is told till then.
    """
    if not standing_actions.hold(tx):
        return []
    turns = escalation_store.turn(tx, now=now)
    events.publish(
        tx,
        [
            Event(
                type="exception.opened" if one.is_open else "exception.closed",
                subject=one.subject,
                node=one.node,
                data={
                    "kind": one.kind,
                    "owner": one.owner,
                    "since": one.since,
                    "money_cents": one.money_cents,
                    "currency": one.currency,
                },
            )
            for one in turns
        ],
    )
    return turns
