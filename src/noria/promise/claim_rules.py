"""Decisions about holds that name units: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.promise.model import Draw, Hold
from noria.stock.model import LotUnits
from noria.stock.tracked import claims_rules
from noria.stock.tracked.claims_model import Claim


def wanted(holds: Iterable[Hold]) -> list[Claim]:
    """What holds claim."""
    return [
        Claim(
            holder=hold.id,
            sku=hold.sku,
            code=code,
            node=hold.node,
            is_serial=is_serial,
            quantity=quantity,
            until=hold.expires_at,
        )
        for hold in holds
        for code, quantity, is_serial in (
            *((serial, 1, True) for serial in hold.serials),
            *((lot.lot, lot.quantity, False) for lot in hold.lots),
        )
    ]


def given_way(claim: Claim, units: int) -> Draw:
    """The draw that takes so many claimed units out of their hold, back to the shelf."""
    return Draw(
        reservation=claim.holder,
        units=units,
        serials=(claim.code,) if claim.is_serial else (),
        lots=() if claim.is_serial else (LotUnits(lot=claim.code, quantity=units),),
    )


def until(claims: Iterable[Claim], ends_at: datetime | None) -> list[Claim]:
    """The claims as they stand when their hold lasts until then."""
    return [structs.replace(claim, until=ends_at, is_standing=True) for claim in claims]


def drawn(
    draws: Sequence[Draw],
    claims: Mapping[str, Sequence[Claim]],
    most: Mapping[str, int],
    *,
    is_chosen: bool,
) -> tuple[list[Draw], list[Claim]]:
    """The draws, with the units that their holds name, and what those claim afterwards.

    Who takes units and does not say which, or not all, takes those that the hold names, in key
    order. What goes back, or is lost, says nothing of which it was. No hold claims more than `most`
    units once it is drawn: the last in key order are given up.
    """
    taken: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    named = []
    for draw in draws:
        mine = taken[draw.reservation]
        for serial in draw.serials:
            mine[serial] += 1
        for lot in draw.lots:
            mine[lot.lot] += lot.quantity
        is_filled = is_chosen and draw.reservation in claims
        named.append(_filled(draw, claims[draw.reservation], mine) if is_filled else draw)
    left = [
        claim
        for holder, several in claims.items()
        for claim in claims_rules.without(several, taken[holder], most[holder])
    ]
    return named, left


def _filled(draw: Draw, claims: Sequence[Claim], taken: dict[str, int]) -> Draw:
    """The draw with what its hold names, as far as it says nothing itself."""
    open_units = draw.units - len(draw.serials) - sum(lot.quantity for lot in draw.lots)
    serials, lots = list(draw.serials), list(draw.lots)
    for claim in claims:
        units = min(claim.quantity - taken[claim.code], open_units)
        if units <= 0:
            continue
        taken[claim.code] += units
        open_units -= units
        if claim.is_serial:
            serials.append(claim.code)
        else:
            lots.append(LotUnits(lot=claim.code, quantity=units))
    return structs.replace(draw, serials=tuple(serials), lots=tuple(lots))
