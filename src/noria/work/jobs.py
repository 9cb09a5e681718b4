"""What the worker does in nodes: make waves when they want them, move what nobody has in hand."""

from noria.kit import clock
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection, Database
from noria.kit.jobs import periodic
from noria.orders import reroute_actions
from noria.work import actions, views

LOOKS_A_MINUTE = 200
"""Plans that are looked at again at most each minute; the longest ago comes first."""


@periodic("work.waves", "*/5 * * * *")
def make_waves(db: Database) -> int:
    """Waves at the times that nodes set; how many nodes had some made."""
    return db.run(lambda tx: actions.plan_in_turn(tx, now=clock.now(tx)))


@periodic("orders.reoptimise", "* * * * *", is_left_to_replays=True)
def reoptimise(db: Database) -> int:
    """Look again at plans that nobody has begun, a few at a time; how many changed.

    Orders know what is picked and what partners accepted; who walks with a wave is known here.
    """
    changed = 0
    for _ in range(LOOKS_A_MINUTE // reroute_actions.LOOKS_AT_ONCE):
        looked, some = db.run(_look_again)
        changed += some
        if not looked:
            break
    return changed


def _look_again(tx: Connection) -> tuple[int, int]:
    now = clock.now(tx)
    return reroute_actions.reoptimise(
        tx,
        in_hand=lambda orders: views.in_hand(tx, orders, now=now),
        actor=SYSTEM.id,
        now=now,
    )
