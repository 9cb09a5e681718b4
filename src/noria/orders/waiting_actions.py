"""Promises for orders of which units wait: by what comes for them, as soon as that is known."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.orders import foreseen_actions as foreseen
from noria.orders import plan_actions, store, views, waiting_store, windows
from noria.orders.model import Accepted
from noria.promise import actions as promises

AT_ONCE = 100


def promise_at_first(
    tx: Connection, taken: dict[str, Accepted], *, now: datetime
) -> dict[str, Accepted]:
    """New orders, with a promise for those of which units wait and that were told nothing.

    Those that nodes send as a whole were promised with their legs, and cost nothing here.
    """
    waiting = [order for order, one in taken.items() if one.waiting and one.promised_to is None]
    if not waiting or not _promise(tx, waiting, now=now):
        return taken
    return taken | views.accepted(tx, waiting)


def promise_waiting(
    tx: Connection,
    *,
    actor: str = SYSTEM.id,
    now: datetime,
    after: str = "",
    limit: int = AT_ONCE,
) -> tuple[list[str], str | None]:
    """Promise waiting orders beyond `after` for which something comes by now, and tell of it.

    The orders that were promised, and where to go on; None: there are no more.
    """
    found = waiting_store.to_promise(tx, after=after, limit=limit, now=now)
    locked = store.lock(tx, found)
    promised = _promise(tx, waiting_store.unpromised(tx, [*locked], now=now), now=now)
    plan_actions.tell_of_promises(tx, promised, actor=actor, now=now)
    return promised, found[-1] if len(found) == limit else None


def _promise(tx: Connection, orders: Sequence[str], *, now: datetime) -> list[str]:
    """Promise locked orders by their legs and those that what waits would get; which could be.

    Whose promise it is is known once nodes are chosen for all of it.
    """
    coming = foreseen.legs(tx, orders, now=now) if orders else {}
    if not coming:
        return []
    sent = views.legs(tx, coming)
    arrivals = {
        order: plan_actions.expected([*sent[order], *legs]) for order, legs in coming.items()
    }
    made = windows.made(tx, arrivals, now=now)
    promises.promise(tx, [structs.replace(one, node=None, service=None) for one in made])
    return [one.order_id for one in made]
