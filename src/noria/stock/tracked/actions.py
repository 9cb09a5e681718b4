"""Verbs beneath the ledger: lock the lots and serials that movements touch, and write them.

The order of locks goes on from `stock.actions`: balances, reservations, then lots and serials,
each in key order.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from noria.catalog import views as catalog
from noria.catalog.model import Tracking
from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.stock.model import Key, Move, Movement, Place, State
from noria.stock.tracked import claims_rules, claims_store, rules, store, views
from noria.stock.tracked.model import UNTOLD, Known, LotKey, LotStatus, Unit

NOTHING = Known(tracking={}, lots={}, serials={}, expiry={}, barred=frozenset())


def elsewhere(tx: Connection, movements: Sequence[Movement]) -> set[Key]:
    """The places where facts may have to correct a serial that they name; nothing is locked."""
    named = [(move.sku, serial) for move in _moves(movements) for serial in move.serials]
    if not named:
        return set()
    return {
        key
        for (sku, _), place in store.places(tx, named).items()
        if place.state is not State.OUTSIDE
        for key in _with_outside(sku, place)
    }


def lock(tx: Connection, movements: Sequence[Movement], *, now: datetime) -> Known:
    """Lock what movements touch of tracked SKUs, and read it; their balances are locked already."""
    moves = [move for move in _moves(movements) if rules.crosses(move)]
    if not moves:
        return NOTHING
    tracking = catalog.tracked(tx, {move.sku for move in moves})
    moves = [move for move in moves if move.sku in tracking]
    if not moves:
        return NOTHING
    serials = store.lock_serials(tx, _units(tx, moves, tracking))
    keys = _keys(tx, moves, tracking, serials)
    told = {
        (move.sku, lot.lot): lot.expires_on
        for move in sorted(moves, key=lambda move: move.sku)
        for lot in move.lots
        if tracking[move.sku] is Tracking.LOT
    }
    lots = dict.fromkeys((sku, lot) for sku, lot, _, _ in keys) | told
    expiry = store.open_lots(tx, lots, now=now)
    nodes = sorted({node for _, _, node, _ in keys})
    shelves = {
        (move.sku, move.source.node)
        for move in moves
        if rules.shelf(move.source).state is State.AVAILABLE
    }
    claims = claims_store.at_shelves(tx, shelves, now=now) if shelves else []
    return Known(
        tracking=tracking,
        lots=store.lock_lots(tx, keys),
        serials=serials,
        expiry=expiry,
        barred=store.barred(tx, sorted(tracking), nodes) if expiry else frozenset(),
        claimed=claims_rules.claimed(claims),
    )


def set_expiry(
    tx: Connection,
    sku: str,
    lot: str,
    expires_on: date | None,
    *,
    actor: str,
    request_id: str = "",
) -> LotStatus:
    """Say when a lot expires. Units that are no longer to be sent are not promised from now on.

    Raises:
        NotFound: there is no such lot.
    """
    before = views.lot(tx, sku, lot)
    if lot == UNTOLD or before is None or not store.set_expiry(tx, sku, lot, expires_on):
        raise NotFound(what="lot", id=f"{sku}/{lot}")
    after = views.lot(tx, sku, lot)
    assert after is not None
    if before != after:
        change = Change(action="lot.changed", subject=f"{sku}:{lot}", before=before, after=after)
        trail.record_all(tx, [change], actor=actor, request_id=request_id)
        data = {"lot": lot, "expires_on": expires_on.isoformat() if expires_on else None}
        events.publish(tx, [Event(type="lot.changed", subject=sku, data=data)])
    return after


def places(known: Known) -> set[Key]:
    """The balances that correcting the known serials may shift."""
    return {
        key
        for (sku, _), place in known.serials.items()
        if place.state is not State.OUTSIDE
        for key in _with_outside(sku, place)
    }


def write(tx: Connection, movements: Sequence[Movement]) -> None:
    """Write the lots and serials that movements name: all of them are locked, and told."""
    if any(move.lots or move.serials for move in _moves(movements)):
        changes, units = rules.lot_changes(movements), rules.serial_places(movements)
        store.write(tx, movements, changes, units)


def _units(tx: Connection, moves: Sequence[Move], tracking: dict[str, Tracking]) -> dict[Unit, str]:
    """The units that moves name, or might mean: by the node where a new one is first seen."""
    units: dict[Unit, str] = {}
    taken: dict[Key, int] = defaultdict(int)
    vague: set[Key] = set()
    for move in moves:
        if tracking[move.sku] is not Tracking.SERIAL:
            continue
        units |= {(move.sku, serial): move.source.node for serial in move.serials}
        place = _key(move.sku, rules.shelf(move.source))
        taken[place] += move.quantity
        if len(move.serials) < move.quantity and move.source.state is not State.OUTSIDE:
            vague.add(place)
    there = store.serials_at(tx, {place: taken[place] for place in vague}) if vague else []
    return {(sku, serial): node for sku, serial, node in there} | units


def _keys(
    tx: Connection,
    moves: Sequence[Move],
    tracking: dict[str, Tracking],
    serials: dict[Unit, Place],
) -> set[LotKey]:
    """Every lot at every place that the moves may shift."""
    lots: dict[Key, set[str]] = defaultdict(set)
    sources = {_key(move.sku, rules.shelf(move.source)) for move in moves}
    for sku, lot, node, state in store.lots_at(
        tx, [key for key in sources if key[2] is not State.OUTSIDE]
    ):
        lots[sku, node, state].add(lot)
    keys: set[LotKey] = set()
    for move in moves:
        source, target = rules.shelf(move.source), rules.shelf(move.target)
        named = {UNTOLD}
        if tracking[move.sku] is Tracking.LOT:
            named |= {lot.lot for lot in move.lots} | lots[_key(move.sku, source)]
            if target.state is not State.OUTSIDE:
                lots[_key(move.sku, target)] |= named  # a later move may take them on from there
        for place in (source, target, Place(source.node, State.OUTSIDE)):
            keys |= {(move.sku, lot, place.node, place.state) for lot in named}
    for (sku, _), place in serials.items():
        keys |= {(each, UNTOLD, node, state) for each, node, state in _with_outside(sku, place)}
    return keys


def _with_outside(sku: str, place: Place) -> list[Key]:
    return [(sku, place.node, place.state), (sku, place.node, State.OUTSIDE)]


def _key(sku: str, place: Place) -> Key:
    return sku, place.node, place.state


def _moves(movements: Sequence[Movement]) -> list[Move]:
    return [move for movement in movements for move in movement.moves]
