"""Verbs on units that holds name: claim them, keep some, let facts break the rest.

All of them work on shelves whose balances are locked, so nobody else claims or takes there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.stock.model import Movement, State
from noria.stock.tracked import claims_rules as rules
from noria.stock.tracked import claims_store as store
from noria.stock.tracked import rules as tracked
from noria.stock.tracked.claims_model import Claim
from noria.stock.tracked.model import UNTOLD


def claim(
    tx: Connection, claims: Sequence[Claim], *, now: datetime, may_be_untold: bool = False
) -> None:
    """Claim units for holds, all of them or none; what a hold claimed of them before is replaced.

    With `may_be_untold`, a unit that nobody told may turn out to be the one that is named: it is
    in somebody's hand.

    Raises:
        NotToldApart, UnitClaimed, SerialElsewhere, WrongLot: nothing was claimed.
    """
    if not claims:
        return
    rules.check_told_apart(claims, catalog.tracked(tx, {claim.sku for claim in claims}))
    places, lots = store.lock_units(tx, claims), store.lock_lots(tx, claims)
    untold = {(sku, node): units for (sku, code, node), units in lots.items() if code == UNTOLD}
    others = store.live(
        tx,
        [(claim.sku, claim.code) for claim in claims],
        now=now,
        holders=sorted({claim.holder for claim in claims}),
    )
    rules.check_free(claims, places, lots, untold if may_be_untold else {}, others)
    store.write(tx, claims, now=now)


def keep(tx: Connection, holders: Sequence[str], left: Iterable[Claim]) -> None:
    """Have these holds claim what is left, and no more."""
    if holders:
        store.replace(tx, holders, list(left))


def broke(tx: Connection, movements: Sequence[Movement], *, now: datetime) -> None:
    """Give up the claims on units that facts have taken off their shelves, and tell of each."""
    moves = [
        move
        for movement in movements
        for move in movement.moves
        if tracked.crosses(move) and tracked.shelf(move.source).state is State.AVAILABLE
    ]
    gone = {(move.sku, serial) for move in moves for serial in move.serials}
    claims = [
        claim
        for claim in store.at_shelves(tx, {(m.sku, m.source.node) for m in moves}, now=now)
        if not claim.is_serial or (claim.sku, claim.code) in gone
    ]
    lost = rules.broken(claims, store.lock_units(tx, claims), store.lock_lots(tx, claims))
    if lost:
        store.lower(tx, lost)
        events.publish(
            tx,
            [
                Event(type="reservation.unit.lost", subject=one.holder, node=one.node, data=one)
                for one in lost
            ],
        )
