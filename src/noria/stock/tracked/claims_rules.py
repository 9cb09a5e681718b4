"""Decisions about units that holds name: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from noria.catalog.model import Tracking
from noria.stock.model import Place, State
from noria.stock.tracked.claims_model import (
    Broken,
    Claim,
    ClaimKey,
    NotToldApart,
    UnitClaimed,
)
from noria.stock.tracked.model import SerialElsewhere, Unit, WrongLot


def check_told_apart(claims: Iterable[Claim], tracking: Mapping[str, Tracking]) -> None:
    """Refuse to name units of a SKU by what does not tell them apart.

    Raises:
        NotToldApart: it is tracked otherwise, or not at all.
    """
    for claim in claims:
        wanted = Tracking.SERIAL if claim.is_serial else Tracking.LOT
        if tracking.get(claim.sku) is not wanted:
            en, fr = ("serial", "numéro de série") if claim.is_serial else ("lot", "lot")
            raise NotToldApart(sku=claim.sku, what_en=en, what_fr=fr)


def check_free(
    claims: Iterable[Claim],
    places: Mapping[Unit, Place],
    lots: Mapping[ClaimKey, int],
    untold: Mapping[tuple[str, str], int],
    others: Iterable[Claim],
) -> None:
    """Refuse what is not on its shelf, or is somebody else's.

    `untold` are units of a SKU at a node that may turn out to be what is named.

    Raises:
        UnitClaimed, SerialElsewhere, WrongLot: the first of the claims that cannot be.
    """
    taken = claimed(others)
    asked: dict[ClaimKey, int] = defaultdict(int)
    for claim in claims:
        shelf = Place(claim.node, State.AVAILABLE)
        may_be = max(untold.get((claim.sku, claim.node), 0), 0)
        if claim.is_serial:
            at = places.get((claim.sku, claim.code), Place("", State.OUTSIDE))
            if at != shelf and not (at.state is State.OUTSIDE and may_be):
                raise _elsewhere(claim, at)
            if claim.key in taken or claim.key in asked:
                raise UnitClaimed(sku=claim.sku, serial=claim.code, node=claim.node)
        free = lots.get(claim.key, 0) + may_be - taken.get(claim.key, 0) - asked[claim.key]
        if not claim.is_serial and claim.quantity > free:
            raise WrongLot(
                lot=claim.code,
                available=max(free, 0),
                sku=claim.sku,
                state=State.AVAILABLE.value,
                node=claim.node,
                asked=claim.quantity,
            )
        asked[claim.key] += claim.quantity


def _elsewhere(claim: Claim, at: Place) -> SerialElsewhere:
    return SerialElsewhere(
        sku=claim.sku,
        serial=claim.code,
        place=at.node,
        there=at.state.value,
        node=claim.node,
        state=State.AVAILABLE.value,
    )


def claimed(claims: Iterable[Claim]) -> dict[ClaimKey, int]:
    """Units that are claimed, added up."""
    total: dict[ClaimKey, int] = defaultdict(int)
    for claim in claims:
        total[claim.key] += claim.quantity
    return dict(total)


def broken(
    claims: Sequence[Claim], places: Mapping[Unit, Place], lots: Mapping[ClaimKey, int]
) -> list[Broken]:
    """What of the claims is on its shelf no longer; of a lot, those that came last lose first."""
    left = dict(lots)
    lost = []
    for claim in claims:
        if claim.is_serial:
            here = places.get((claim.sku, claim.code)) == Place(claim.node, State.AVAILABLE)
            there = int(here)
        else:
            there = min(max(left.get(claim.key, 0), 0), claim.quantity)
            left[claim.key] = left.get(claim.key, 0) - there
        if there < claim.quantity:
            lost.append(
                Broken(
                    holder=claim.holder,
                    sku=claim.sku,
                    node=claim.node,
                    code=claim.code,
                    quantity=claim.quantity - there,
                )
            )
    return lost


def without(claims: Sequence[Claim], taken: Mapping[str, int], most: int) -> list[Claim]:
    """The claims of one hold when so many units of each code are taken, and so many may stay."""
    left = []
    for claim in claims:
        stays = min(claim.quantity - taken.get(claim.code, 0), most)
        if stays > 0:
            left.append(structs.replace(claim, quantity=stays))
            most -= stays
    return left
