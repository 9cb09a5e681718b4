"""Orders that nobody pays: after as many days as the policy says they are cancelled."""

from datetime import datetime, timedelta

from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.orders import actions, hold_views, store
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Scope

AT_ONCE = 100
NOT_PAID = "not paid in time"


def give_up(tx: Connection, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Cancel what was to be paid by now, the longest due first; how many orders."""
    book = policies.rulebook(live.live(tx).content, now.date())
    befores = []
    for channel, country in hold_views.unpaid_from(tx):
        under = policies.applied(book, Scope(channel=channel, country=country)).settings
        if days := under.unpaid_days:
            befores.append((channel, country, now - timedelta(days=days)))
    if not befores:
        return 0
    found = hold_views.unpaid(tx, befores, limit=limit)
    locked = store.lock(tx, [order for order, _ in found])
    over = dict(hold_views.unpaid(tx, befores, orders=locked, limit=limit))
    for order, hold in over.items():
        actions.cancel(
            tx, order, None, reason=NOT_PAID, actor=SYSTEM.id, now=now, cause=f"hold:{hold}"
        )
    return len(over)
