"""Verbs of orders that wait a while, so that they are decided together."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from noria.kit.db import Connection
from noria.orders import capacity_views, plan_actions, plan_store, rules, store
from noria.orders.model import TimelineEntry
from noria.policies import views as policies
from noria.promise.model import Promise
from noria.sourcing import actions as sourcing
from noria.sourcing.telling import WINDOW


def hold(
    tx: Connection,
    ids: Sequence[str],
    *,
    promised: Mapping[str, Promise],
    actor: str,
    now: datetime,
) -> set[str]:
    """Let new orders wait where the policy says so and nothing is lost by it; which do.

    Their units count against what can be promised, and a promise that no checkout told is made from
    the plan that they would get now. They wait no longer than that plan's departures would still
    be met by.
    """
    if not rules.has_windows(policies.live(tx).content):
        return set()
    heads = store.lock(tx, ids)
    wishes = plan_actions.wishes(tx, ids, heads, without={}, told=promised)
    settings = sourcing.settings(tx, wishes, now=now)
    asked = [wish for wish in wishes if settings[wish.order_id].window_minutes]
    plans = sourcing.decide(tx, asked, load=capacity_views.load(tx), now=now, notes=(WINDOW,))
    until = {}
    for order, (plan, _) in plans.items():
        limit = sourcing.may_wait(
            tx,
            plan,
            most=timedelta(minutes=settings[order].window_minutes),
            margin=timedelta(minutes=settings[order].window_margin_minutes),
            now=now,
        )
        if limit and plan.legs and not plan.short:
            until[order] = now + limit
    if not until:
        return set()
    held = {order: plans[order] for order in until}
    plan_store.hold(tx, list(until.items()), policy=policies.live(tx).id, now=now)
    sourcing.keep(tx, [(order, why) for order, (_, why) in held.items()], now=now)
    plan_actions.expect(tx, list(held), now=now)
    arrivals = {order: plan_actions.arrivals_of(plan) for order, (plan, _) in held.items()}
    plan_actions.promise(tx, arrivals, now=now)
    store.note(
        tx,
        [
            (order, TimelineEntry(at=now, kind="held", actor=actor, reason=end.isoformat()))
            for order, end in until.items()
        ],
    )
    return set(until)
