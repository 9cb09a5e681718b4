"""How what waits in orders would reach its customers, by all that is known to come."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.kit.db import Connection
from noria.orders import capacity_views, plan_actions, rules, store, views
from noria.orders.model import Leg
from noria.sourcing import coming_actions as coming


def legs(tx: Connection, orders: Sequence[str], *, now: datetime) -> dict[str, list[Leg]]:
    """The legs that what waits in these orders would get once its units are there.

    Orders of which nobody knows it are left out. Nothing is written or locked, and no leg has an
    id: another plan may be better by then.
    """
    heads = store.heads(tx, orders)
    lines = views.lines(tx, orders)
    wishes = plan_actions.wishes(tx, orders, heads, without={}, told={}, lines=lines)
    if not wishes:
        return {}
    plans = coming.foresee(tx, wishes, load=capacity_views.load(tx), now=now)
    return {
        order: [
            structs.replace(leg, id="")
            for leg in rules.legs(order, plan, lines[order], planned_before=0, now=now)
        ]
        for order, plan in plans.items()
    }
