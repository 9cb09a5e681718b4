"""What the worker does for orders: look again for what waits, learn how long deliveries take."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database, freeze
from noria.kit.jobs import Progress, enqueue, periodic, task
from noria.orders import (
    actions,
    capacity_actions,
    journeys_actions,
    plan_store,
    price_actions,
    reroute_actions,
    trial_actions,
    unpaid_actions,
    waiting_actions,
    watch_actions,
)
from noria.orders.price_actions import PRICES_JOB
from noria.orders.store import Turn
from noria.orders.trial_model import TRIAL_JOB, Comparison

LOOKS_FOR = timedelta(seconds=30)
"""So long at most the worker looks for nodes at a time, each minute."""

REFUSED_KEPT = timedelta(days=7)


@periodic("orders.source_waiting", "* * * * *", is_left_to_replays=True)
def source_waiting(db: Database) -> int:
    """Find nodes for waiting orders, first come first; how many got a new leg.

    Each has its turn, a slice after the other. After `LOOKS_FOR` it ends, and goes on there the
    next minute; so it does behind a slice that failed, whose orders have their turn again later.
    """
    sourced, has_more = 0, True
    until = clock.wall() + LOOKS_FOR
    while has_more:
        turns, has_more = db.run(lambda tx: actions.take_turns(tx, now=clock.now(tx)))
        sourced += db.run(partial(_source, turns=turns))
        has_more = has_more and clock.wall() < until
    return sourced


def _source(tx: Connection, turns: Sequence[Turn]) -> int:
    return actions.source_turns(tx, turns, actor=SYSTEM.id, now=clock.now(tx))


@periodic("orders.promise_waiting", "* * * * *", is_left_to_replays=True)
def promise_waiting(db: Database) -> int:
    """Promise orders that wait a day, as soon as something comes for them; how many."""
    promised, after = 0, ""
    until = clock.wall() + LOOKS_FOR
    while True:
        look = partial(_promise, after=after)
        found, more = db.run(look)
        promised += len(found)
        if more is None or clock.wall() >= until:
            return promised
        after = more


def _promise(tx: Connection, after: str) -> tuple[list[str], str | None]:
    return waiting_actions.promise_waiting(tx, now=clock.now(tx), after=after)


@periodic("orders.leave_closed", "* * * * *")
def leave_closed(db: Database) -> int:
    """Send elsewhere what nodes that were closed have not picked; how many legs."""
    moved = 0
    while found := db.run(
        lambda tx: reroute_actions.leave_closed(tx, actor=SYSTEM.id, now=clock.now(tx))
    ):
        moved += found
    return moved


@periodic("orders.add_up_days", "*/5 * * * *")
def add_up_days(db: Database) -> int:
    """Add up the days of nodes that pick and book nothing; of how many.

    Each is locked by itself, and for no longer than that takes.
    """
    nodes = db.run(capacity_actions.scattered)
    for node in nodes:
        db.run(partial(capacity_actions.add_up, node=node))
    return len(nodes)


@periodic("orders.make_anew", "*/10 * * * *", is_left_to_replays=True)
def make_anew(db: Database) -> int:
    """Find new days for what makers should have made by now; how many legs."""
    return db.run(lambda tx: reroute_actions.make_anew(tx, actor=SYSTEM.id, now=clock.now(tx)))


@periodic("orders.give_up_unpaid", "*/10 * * * *")
def give_up_unpaid(db: Database) -> int:
    """Remind who has not paid, and cancel what nobody paid in time; how many orders."""
    while db.run(lambda tx: unpaid_actions.remind(tx, now=clock.now(tx))):
        pass
    given_up = 0
    while found := db.run(lambda tx: unpaid_actions.give_up(tx, now=clock.now(tx))):
        given_up += found
    return given_up


@periodic("orders.watch", "*/5 * * * *", is_left_to_replays=True)
def watch(db: Database) -> int:
    """Watch over open promises, a slice at a time; how many customers were told another day."""
    told = 0
    while (done := db.run(lambda tx: watch_actions.watch(tx, now=clock.now(tx)))).looked_at:
        told += done.delayed
    return told


@periodic("orders.price_stock", "*/15 * * * *", is_left_to_replays=True)
def price_stock(db: Database) -> str | None:
    """Ask for opportunity prices once a day, and as stock moves; the job's id."""

    def ask(tx: Connection) -> str | None:
        if not price_actions.is_due(tx, now=clock.now(tx)):
            return None
        return enqueue(tx, PRICES_JOB, {}, lock=PRICES_JOB, queueing_lock=PRICES_JOB)

    return db.run(ask)


@task(PRICES_JOB)
def work_out_prices(progress: Progress) -> int:
    """Work opportunity prices out, a future at a time; how many are more than nothing."""
    with progress.db.transaction() as tx:
        now = clock.now(tx)
    return price_actions.run(
        progress.db, now=now, number=progress.cursor, save=progress.save, step=progress.step
    )


@periodic("orders.forget_refused", "50 2 * * *")
def forget_refused(db: Database) -> int:
    """Drop refusals of nodes that have been over for a week: nobody asks for them; how many."""
    return db.run(lambda tx: plan_store.forget_refused(tx, before=clock.now(tx) - REFUSED_KEPT))


@periodic("orders.learn_deliveries", "40 2 * * *", is_left_to_replays=True)
def learn_deliveries(db: Database) -> int:
    """Learn from the installation's own legs how long deliveries take; the run's number."""
    return db.run(lambda tx: journeys_actions.learn(tx, now=clock.now(tx)))


@task(TRIAL_JOB, attempts=3)
def try_policies(progress: Progress, *, sides: list[str], since: str, until: str) -> Comparison:
    """Decide past orders again under each policy; one snapshot, so that it sees one book."""
    with progress.db.transaction() as tx:
        freeze(tx)
        return trial_actions.compare(
            tx,
            sides,
            since=datetime.fromisoformat(since),
            until=datetime.fromisoformat(until),
            step=progress.step,
        )
