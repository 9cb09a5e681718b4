"""Verbs of where things lie that wait for their customers: it is corrected, or they are moved."""

from collections.abc import Sequence

from noria.collect import actions, store, views
from noria.collect.model import Moved
from noria.kit import trail
from noria.kit.db import Connection
from noria.kit.trail import Change
from noria.orders import actions as orders
from noria.orders.model import WrongStage


def move(
    tx: Connection, moved: Sequence[Moved], *, actor: str, request_id: str = ""
) -> dict[str, Moved]:
    """Legs that lie ready lie there from now on; whose place is not new is left alone.

    Raises:
        NotFound: there is no such leg.
        WrongStage: it does not lie ready for its customer. CompartmentUnfit: it is taken, too
            small, or none. Nothing was moved.
    """
    legs = orders.legs(tx, [one.id for one in moved])
    lying = views.spots(tx, list(legs))
    for one in moved:
        leg = legs[one.id]
        if leg.ready_at is None or leg.shipped_at or leg.withdrawn_at or one.id not in lying:
            raise WrongStage(leg=one.id, verb="moved", stage="not ready")
    new = [one for one in moved if lying[one.id] != one.spot]
    actions.check_compartments(tx, new, legs)
    store.set_spots(tx, [(one.id, one.spot) for one in new])
    changes = [
        Change(action="spot.changed", subject=one.id, before=lying[one.id], after=one.spot)
        for one in new
    ]
    trail.record_all(tx, changes, actor=actor, request_id=request_id)
    return {one.id: one for one in moved}
