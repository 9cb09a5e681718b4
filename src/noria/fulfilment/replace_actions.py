"""Verbs of parcels that left and do not come: of several of a leg, those alone are replaced."""

from datetime import datetime

from noria.fulfilment import (
    actions,
    replace_rules,
    replace_store,
    tracking_rules,
    tracking_views,
)
from noria.fulfilment.model import Deliver
from noria.kit.db import Connection
from noria.orders import actions as orders
from noria.orders import carried_actions as carried
from noria.orders import replace_actions as replacements
from noria.orders import views as order_views
from noria.orders.replace_model import ReplaceBody, Replacement


def replace(
    tx: Connection, key: str, asked: ReplaceBody, *, actor: str, now: datetime
) -> Replacement:
    """Parcels of a leg do not come: what was in them is sent again, or due back, and owed for.

    What else is in the leg goes on; with all of that arrived, it is delivered.

    Raises:
        NotFound: there is no such leg.
        NotUnderWay, NotOfShipment, ParcelNotUnderWay, ContentsUnknown, PackedOtherwise, Invalid,
        IdReused: nothing was replaced.
    """
    replace_store.lock(tx, asked.leg)
    leg = orders.legs(tx, [asked.leg])[asked.leg]
    replacements.check_under_way(leg)
    gone = replace_rules.missed(leg, replace_store.boxes(tx, leg.id), asked)
    done = replacements.replace(
        tx, key, asked, leg=leg, units=gone.units, parcels=gone.parcels, actor=actor, now=now
    )
    if replacements.is_all(leg, gone.units.values()):
        return done
    _say_of_the_rest(tx, leg.id, actor=actor, now=now)
    return _with_the_rest(tx, done, actor=actor, now=now)


def _say_of_the_rest(tx: Connection, leg: str, *, actor: str, now: datetime) -> None:
    """What carriers say of a leg is what they say of the parcels that it still has."""
    said = tracking_rules.of_legs(tracking_views.carried(tx, [leg]))
    if said:
        carried.say(tx, said, actor=actor, now=now)
    else:
        carried.unsay(tx, [leg])


def _with_the_rest(tx: Connection, done: Replacement, *, actor: str, now: datetime) -> Replacement:
    """A leg of which all the rest has come is delivered; in a store, once that has received it."""
    at = replace_rules.came_at(replace_store.boxes(tx, done.leg))
    if at is None or order_views.stores(tx, [done.order]):
        return done
    leg = orders.legs(tx, [done.leg])[done.leg]
    assert leg.shipped_at is not None, "it is under way"
    arrived = Deliver(id=leg.id, delivered_at=min(max(at, leg.shipped_at), now))
    actions.deliver(tx, [arrived], actor=actor, now=now)
    return replacements.known(tx, done.id)
