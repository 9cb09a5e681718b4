"""What the worker does for orders: look again for what waits, since stock may have come in."""

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Database
from noria.kit.jobs import periodic
from noria.orders import actions, reroute_actions


@periodic("orders.source_waiting", "* * * * *")
def source_waiting(db: Database) -> int:
    """Find nodes for waiting orders, first come first; how many got a new leg.

    Where a replay drives the clock it also decides when this happens, so that it stays repeatable.
    """
    with db.transaction() as tx:
        if clock.is_driven(tx):
            return 0
    return db.run(
        lambda tx: actions.source_waiting(tx, actor=SYSTEM.id, now=clock.now(tx), limit=200)
    )


@periodic("orders.leave_closed", "* * * * *")
def leave_closed(db: Database) -> int:
    """Send elsewhere what nodes that were closed have not picked; how many legs."""
    moved = 0
    while found := db.run(
        lambda tx: reroute_actions.leave_closed(tx, actor=SYSTEM.id, now=clock.now(tx))
    ):
        moved += found
    return moved


@periodic("orders.reoptimise", "* * * * *")
def reoptimise(db: Database) -> int:
    """Look again at plans that nobody has begun, where the policy lets them change."""
    with db.transaction() as tx:
        if clock.is_driven(tx):
            return 0
    return db.run(lambda tx: reroute_actions.reoptimise(tx, actor=SYSTEM.id, now=clock.now(tx)))
