"""What has expired is put on hold, so that nobody picks it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.stock import actions as stock
from noria.stock.model import LotUnits, Move, Movement, MovementKind, Place, State
from noria.stock.tracked import views
from noria.stock.tracked.model import Expired

AT_ONCE = 500


def hold_expired(tx: Connection, *, actor: str, now: datetime) -> int:
    """Move units of expired lots from their shelves to hold, with an event each; how many lots.

    They were not promised any more from the day after their last: this only tidies up. Units that
    are reserved stay where they are; which of them are good is for a person to see.
    """
    seen = views.expired(tx, limit=AT_ONCE)
    if not seen:
        return 0
    ends = (State.AVAILABLE, State.HOLD)
    balances = stock.lock(tx, [(one.sku, one.node, state) for one in seen for state in ends])
    left: dict[tuple[str, str], int] = defaultdict(int)
    left |= {(sku, node): units for (sku, node, at), units in balances.items() if at is ends[0]}
    taken = []
    for one in views.expired(tx, limit=AT_ONCE, pairs=sorted(left)):
        units = min(one.units, left[one.sku, one.node])
        if units > 0:
            left[one.sku, one.node] -= units
            taken.append((one, units))
    movements = [_movement(one, units, now=now) for one, units in taken]
    stock.shift(tx, movements, actor=actor, now=now)
    _tell(tx, taken)
    return len(taken)


def _movement(one: Expired, units: int, *, now: datetime) -> Movement:
    return Movement(
        id=uuid7(int(now.timestamp() * 1000)),
        kind=MovementKind.INSPECTED,
        cause=f"lot:{one.lot}",
        happened_at=now,
        moves=(
            Move(
                sku=one.sku,
                quantity=units,
                source=Place(one.node, State.AVAILABLE),
                target=Place(one.node, State.HOLD),
                lots=(LotUnits(lot=one.lot, quantity=units),),
            ),
        ),
        reason=f"expired on {one.expires_on}",
    )


def _tell(tx: Connection, taken: Sequence[tuple[Expired, int]]) -> None:
    events.publish(
        tx,
        [
            Event(
                type="lot.expired",
                subject=one.sku,
                node=one.node,
                data={"lot": one.lot, "expires_on": str(one.expires_on), "quantity": units},
            )
            for one, units in taken
        ],
    )
