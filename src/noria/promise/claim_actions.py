"""Holds that name units: they claim them, and have them when they are taken.

`promise.actions` calls these with balances and reservations locked. A hold without names costs
nothing here.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.kit.db import Connection
from noria.promise import claim_rules as rules
from noria.promise import claim_store as store
from noria.promise.model import Draw, Hold, Reservation
from noria.stock.model import MovementKind
from noria.stock.tracked import claims_actions as claims
from noria.stock.tracked import claims_views as views

CHOSEN = frozenset({MovementKind.SOLD, MovementKind.SHIPPED})
"""Who takes units as these has them in hand; what is lost or given back is any of them."""


def keep(tx: Connection, holds: Sequence[Hold], *, now: datetime) -> None:
    """Claim what new holds name.

    Raises:
        NotToldApart, UnitClaimed, SerialElsewhere, WrongLot: nothing was claimed.
    """
    wanted = rules.wanted(holds)
    if wanted:
        claims.claim(tx, wanted, now=now)
        store.mark(tx, sorted({claim.holder for claim in wanted}))


def pick(tx: Connection, holds: Sequence[Hold], *, now: datetime) -> None:
    """Claim for holds that exist what is in somebody's hand, beside what they claimed before.

    Raises:
        NotToldApart, UnitClaimed, SerialElsewhere, WrongLot: nothing was claimed.
    """
    wanted = rules.wanted(holds)
    if wanted:
        claims.claim(tx, wanted, now=now, may_be_untold=True)
        store.mark(tx, sorted({claim.holder for claim in wanted}))


def draw(
    tx: Connection, draws: Sequence[Draw], held: Mapping[str, Reservation], kind: MovementKind
) -> Sequence[Draw]:
    """The draws with the units that their holds name; those claim them no longer."""
    holders = [key for key, one in held.items() if one.names_units]
    if not holders:
        return draws
    left = store.left(tx, holders)
    for one in draws:
        if one.reservation in left:
            left[one.reservation] -= one.units
    named, stay = rules.drawn(draws, views.of(tx, holders), left, is_chosen=kind in CHOSEN)
    claims.keep(tx, holders, stay)
    return named


def renew(
    tx: Connection, ends: Mapping[str, datetime | None], naming: Iterable[str], *, now: datetime
) -> None:
    """Have holds that name units claim them until their new ends.

    Raises:
        UnitClaimed, SerialElsewhere, WrongLot: one lapsed, and somebody else has its unit.
    """
    for holder, several in views.of(tx, sorted(naming)).items():
        claims.claim(tx, rules.until(several, ends[holder]), now=now)


def forgo(tx: Connection, held: Mapping[str, Reservation]) -> None:
    """Nothing of these holds is ever held again: they claim nothing."""
    claims.keep(tx, [key for key, one in held.items() if one.names_units], ())
