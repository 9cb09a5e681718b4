"""Orders that nobody pays: their customers are reminded, then they are cancelled."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from noria.kit import events
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.orders import actions, hold_rules, hold_store, hold_views, store
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope

AT_ONCE = 100
NOT_PAID = "not paid in time"


def remind(tx: Connection, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Tell whoever has not paid until when they can, each once; how many orders.

    That is when the policy has their order cancelled, and never sooner than they can act on it.
    """
    reminded = 0
    for channel, country, length in _lengths(tx, now):
        notice = hold_rules.notice(length)
        before = (channel, country, now - length + notice)
        holds = [hold for _, hold in hold_views.unpaid(tx, [before], limit=limit - reminded)]
        told = hold_store.remind(tx, holds, length=length, earliest=now + notice)
        events.publish(
            tx,
            [
                Event(
                    type="order.payment_reminded",
                    subject=f"order:{order}",
                    data={"order": order, "pay_by": pay_by},
                )
                for order, pay_by in told
            ],
        )
        reminded += len(told)
        if reminded >= limit:
            break
    return reminded


def give_up(tx: Connection, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Cancel what was to be paid by now, the longest due first; how many orders.

    Whose customer was not reminded, or was told a later time, stays: the policy may be newer.
    """
    befores = [(channel, country, now - length) for channel, country, length in _lengths(tx, now)]
    if not befores:
        return 0
    found = hold_views.unpaid(tx, befores, told_until=now, limit=limit)
    locked = store.lock(tx, [order for order, _ in found])
    over = dict(hold_views.unpaid(tx, befores, told_until=now, orders=locked, limit=limit))
    for order, hold in over.items():
        actions.cancel(
            tx, order, None, reason=NOT_PAID, actor=SYSTEM.id, now=now, cause=f"hold:{hold}"
        )
    return len(over)


def _lengths(tx: Connection, now: datetime) -> Iterator[tuple[str, str, timedelta]]:
    """How long an order waits for its payment, by channel and country, where it does not for ever.

    Only those that have orders which wait.
    """
    book = policies.rulebook(live.live(tx).content, now.date())
    for channel, country in hold_views.unpaid_from(tx):
        under = policies.applied(book, Scope(channel=channel, country=country)).settings
        if days := under.unpaid_days:
            yield channel, country, timedelta(days=days)
