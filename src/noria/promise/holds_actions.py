"""Verbs on a hold: extend it, confirm it, take from it, give back from it.

A hold is judged when it is touched, whoever swept before: what is over at its shelf lapses first.
Who extends, confirms or takes what has lapsed gets it only while the units are still free. Locks go
in the order of `promise.actions`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.kit import events, trail
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.events import Event
from noria.kit.trail import Change
from noria.promise import actions, store
from noria.promise import claim_actions as claims
from noria.promise import holds_rules as rules
from noria.promise import holds_store as holds
from noria.promise import holds_views as views
from noria.promise.holds_model import Confirm, Extend, GiveBack, Kept, Take
from noria.promise.model import Reservation
from noria.stock.model import MovementKind, State

Ends = Mapping[str, datetime | None]


def extend(
    tx: Connection, wishes: Sequence[Extend], *, actor: str, now: datetime
) -> dict[str, Reservation]:
    """Have holds last longer, all of them or none; by the id of the wish, the hold as it is then.

    Raises:
        NotFound, HeldForOrder, HoldEnded, HoldIsFirm: one of them has no end to move.
        NotEnough, UnitClaimed: one lapsed, and somebody else has its units.
    """
    kept = _gathered(tx, [wish.reservation for wish in wishes], actor=actor, now=now)
    _keep(tx, rules.ends(wishes, kept, now=now), kept, actor=actor, now=now)
    after = _told(tx, "reservation.extended", kept, actor=actor)
    return {wish.id: after[wish.reservation] for wish in wishes}


def confirm(
    tx: Connection, wishes: Sequence[Confirm], *, actor: str, now: datetime
) -> dict[str, Reservation]:
    """Have holds be firm, all of them or none; a firm one stays as it is.

    Raises:
        NotFound, HeldForOrder, HoldEnded: one of them cannot be confirmed.
        NotEnough, UnitClaimed: one lapsed, and somebody else has its units.
    """
    kept = _gathered(tx, [wish.id for wish in wishes], actor=actor, now=now)
    for hold in kept.values():
        rules.check_alive(hold)
    _keep(tx, dict.fromkeys(kept), kept, actor=actor, now=now)
    return _told(tx, "reservation.confirmed", kept, actor=actor)


def take(
    tx: Connection, wishes: Sequence[Take], *, actor: str, now: datetime
) -> dict[str, Reservation]:
    """Units of holds go to the customers, all of them or none; the rest stays held.

    Raises:
        NotFound, HeldForOrder, NotHeld: a hold does not keep so many.
        NotEnough: one lapsed, and somebody else has its units.
        WrongLot, SerialElsewhere: a lot or serial that is named is not on the shelf.
        UnitClaimed: it is another's.
    """
    kept = _gathered(
        tx, [wish.reservation for wish in wishes], also=[State.OUTSIDE], actor=actor, now=now
    )
    draws = rules.takes(wishes, kept)
    actions.hold_again(tx, rules.lapsed_of(draws, kept), actor=actor, now=now)
    actions.draw(tx, draws, to=State.OUTSIDE, kind=MovementKind.SOLD, actor=actor, now=now)
    after = _told(tx, "reservation.taken", kept, actor=actor)
    return {wish.id: after[wish.reservation] for wish in wishes}


def give_back(
    tx: Connection, wishes: Sequence[GiveBack], *, actor: str, now: datetime
) -> dict[str, Reservation]:
    """Units of holds go back to the shelf, all of them or none; the rest stays held.

    Raises:
        NotFound, HeldForOrder, NotHeld: a hold does not keep so many.
    """
    kept = _gathered(tx, [wish.reservation for wish in wishes], actor=actor, now=now)
    draws = rules.given_back(wishes, kept)
    actions.draw(tx, draws, to=State.AVAILABLE, kind=MovementKind.RELEASED, actor=actor, now=now)
    after = _told(tx, "reservation.given_back", kept, actor=actor)
    return {wish.id: after[wish.reservation] for wish in wishes}


def release(tx: Connection, reservation_id: str, *, actor: str, now: datetime) -> Reservation:
    """Give back all that a hold keeps; what lapsed of it is given up, and not held again.

    Raises:
        NotFound, HeldForOrder: it is not to be given back by hand.
    """
    kept = _gathered(tx, [reservation_id], actor=actor, now=now)
    actions.release(tx, reservation_id, actor=actor, now=now)
    return _told(tx, "reservation.given_back", kept, actor=actor)[reservation_id]


def _gathered(
    tx: Connection,
    ids: Sequence[str],
    *,
    also: Sequence[State] = (),
    actor: str,
    now: datetime,
) -> dict[str, Kept]:
    """Holds that may be touched by hand, locked, once what is over at their shelves has lapsed."""
    actions.lapse(tx, store.pairs(tx, ids), also=also, actor=actor, now=now)
    kept = holds.lock(tx, ids)
    for key in ids:
        if key not in kept:
            raise NotFound(what="reservation", id=key)
        rules.check_by_hand(kept[key])
    return kept


def _keep(
    tx: Connection, ends: Ends, kept: Mapping[str, Kept], *, actor: str, now: datetime
) -> None:
    actions.hold_again(tx, rules.lapsed(kept, ends), actor=actor, now=now)
    holds.set_ends(tx, ends)
    naming = [key for key in ends if kept[key].names_units]
    if naming:
        claims.renew(tx, ends, naming, now=now)


def _told(
    tx: Connection, what: str, before: Mapping[str, Kept], *, actor: str
) -> dict[str, Reservation]:
    """Tell who listens of each hold that is not what it was, and write down who changed it."""
    after = views.reservations(tx, sorted(before))
    changed = [
        (key, one)
        for key, one in sorted(after.items())
        if (one.held, one.expires_at) != (before[key].held, before[key].expires_at)
    ]
    trail.record_all(
        tx,
        [
            Change(action=what, subject=key, before=_state(before[key]), after=_state(one))
            for key, one in changed
        ],
        actor=actor,
    )
    events.publish(
        tx, [Event(type=what, subject=key, node=one.node, data=one) for key, one in changed]
    )
    return after


def _state(hold: Kept | Reservation) -> dict[str, int | datetime | None]:
    """What of a hold can change."""
    return {"held": hold.held, "expires_at": hold.expires_at}
