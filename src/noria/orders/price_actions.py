"""Opportunity prices from what was ordered: what sourcing, which does not know orders, asks for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from noria.kit.db import Connection, Database
from noria.orders import trial_views
from noria.sourcing import price_actions as prices
from noria.sourcing.model import PriceRun, Wish

PRICES_JOB = "sourcing.prices"
LOOKS_BACK = timedelta(days=28)
MOST_ORDERS = 20_000


def past(tx: Connection, *, now: datetime) -> list[tuple[datetime, Wish]]:
    """The orders of the last four weeks, the youngest `MOST_ORDERS` if there are more."""
    found = tx.execute(
        "select placed_at from customer_order where placed_at < %s"
        " order by placed_at desc offset %s limit 1",
        [now, MOST_ORDERS],
    ).fetchone()
    since = max(now - LOOKS_BACK, found[0]) if found else now - LOOKS_BACK
    orders = trial_views.orders(tx, since, now, limit=MOST_ORDERS)
    return [(one.placed_at, one.wish) for one in orders]


def is_due(tx: Connection, *, now: datetime) -> bool:
    """Whether prices should be worked out again, and there are orders to work them out from."""
    [(has_orders,)] = tx.execute("select exists (select from customer_order)").fetchall()
    return bool(has_orders) and prices.is_due(tx, now=now)


def run(
    db: Database,
    *,
    now: datetime,
    number: int | None = None,
    save: Callable[[Connection, int], None] = lambda _tx, _number: None,
    step: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Work prices out, future by future, each in a transaction of its own; how many there are.

    Before the first order nothing is worked out: it would say that no unit is worth anything.

    With the `number` of a run it goes on where that one was stopped, with the shelves of now if
    they have the same shape, else from the start. `save` is told the number once it is known.
    """
    with db.transaction() as tx:
        orders = past(tx, now=now)
        if not orders:
            return 0
        market = prices.gather(tx, orders, now=now)

    def begin(tx: Connection) -> PriceRun:
        known = prices.last_run(tx, number, market)
        if known is not None:
            return known
        begun = prices.begin(tx, market, now=now)
        save(tx, begun.number)
        return begun

    begun = db.run(begin)
    for future in range(begun.done, begun.futures):
        step(future, begun.futures)
        db.run(partial(prices.work, run=begun, market=market, number=future))
    step(begun.futures, begun.futures)
    return db.run(lambda tx: prices.publish(tx, begun, market, now=now))
