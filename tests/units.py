"""Lots and serials in tests: to move them by name, and to ask whether all of it adds up."""

from msgspec import structs

import world
from noria.catalog import actions as catalog
from noria.catalog import views as skus
from noria.stock import actions
from noria.stock.model import LotUnits, Move, Movement, MovementKind, Place, State
from noria.stock.tracked import views
from world import ACTOR, MONDAY

SHELF, HELD, HOLD, OUT = State.AVAILABLE, State.RESERVED, State.HOLD, State.OUTSIDE


def track(tx, sku, how, **more):
    known = skus.skus(tx, [sku])[sku]
    catalog.save(tx, [structs.replace(known, tracking=how, **more)], actor=ACTOR, now=MONDAY)


def lot(code, quantity, expires_on=None):
    return LotUnits(lot=code, quantity=quantity, expires_on=expires_on)


def move(quantity, source, target, *, sku="mug", node="PAR", to=None, lots=(), serials=()):
    return Move(
        sku=sku,
        quantity=quantity,
        source=Place(node, source),
        target=Place(to or node, target),
        lots=tuple(lots),
        serials=tuple(serials),
    )


def movement(key, *moves, kind=MovementKind.SOLD, at=MONDAY):
    return Movement(id=key, kind=kind, cause=f"till:{key}", happened_at=at, moves=moves)


def book(tx, *movements, now=MONDAY):
    return actions.book(tx, movements, actor=ACTOR, now=now)


def shift(tx, *movements, now=MONDAY):
    return actions.shift(tx, movements, actor=ACTOR, now=now)


def lots(tx):
    """Units of each lot inside our walls."""
    found = tx.execute(
        "select lot, node, state::text, quantity from lot_balance"
        " where state <> 'outside' and quantity <> 0"
    )
    return {(code, node, State(state)): units for code, node, state, units in found}


def untold(tx):
    found = tx.execute(
        "select sku, node, state::text, quantity from lot_balance"
        " where state <> 'outside' and lot = '?' and quantity <> 0"
    )
    return {(sku, node, state): units for sku, node, state, units in found}


def serials(tx):
    found = tx.execute("select code, node, state::text from serial")
    return {code: (node, State(state)) for code, node, state in found}


def assumed(tx):
    return {key for (key,) in tx.execute("select movement_id from move_lot where is_assumed")}


def audit(tx):
    """All that does not agree, of the ledger and beneath it."""
    return [
        *world.audit(tx),
        *world.asked(tx, "lot.units", "lot.moves", "serial.place"),
        *(f"does not add up to zero: {one}" for one in views.unbalanced(tx)),
    ]
