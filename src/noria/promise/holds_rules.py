"""Decisions about holds that change: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from noria.promise.holds_model import Extend, GiveBack, HoldEnded, HoldIsFirm, Kept, Take
from noria.promise.model import Draw, HeldForOrder, Hold, NotHeld
from noria.stock.tracked.model import lot_units

ORDERS = "order:"
"""How the demand of an order begins: its holds follow the order, and no hand touches them."""


def check_by_hand(kept: Kept) -> None:
    """Refuse to touch by hand what an order holds."""
    if kept.demand.startswith(ORDERS):
        raise HeldForOrder(reservation=kept.id, demand=kept.demand)


def ends(
    wishes: Sequence[Extend], kept: Mapping[str, Kept], *, now: datetime
) -> dict[str, datetime]:
    """Until when each hold is to last: the latest that any wish asks for, and never less than now.

    Raises:
        HoldEnded, HoldIsFirm: it has no end that could be moved.
    """
    latest: dict[str, datetime] = {}
    for wish in wishes:
        hold = kept[wish.reservation]
        check_alive(hold)
        if hold.expires_at is None:
            raise HoldIsFirm(reservation=hold.id)
        asked = max(hold.expires_at, now + timedelta(minutes=wish.minutes))
        latest[hold.id] = max(latest.get(hold.id, asked), asked)
    return latest


def check_alive(kept: Kept) -> None:
    """Refuse what holds nothing, and has nothing that lapsed and could be held again."""
    if not kept.held and not kept.lapsed:
        raise HoldEnded(reservation=kept.id)


def hold_again(kept: Kept, units: int, until: datetime | None) -> Hold:
    """The wish to hold again so many units of a hold that lapsed."""
    return Hold(
        id=kept.id,
        demand=kept.demand,
        sku=kept.sku,
        node=kept.node,
        quantity=units,
        expires_at=until,
        channel=kept.channel,
        shopper=kept.shopper,
    )


def lapsed(kept: Mapping[str, Kept], ends: Mapping[str, datetime | None]) -> list[Hold]:
    """What has to be held again so that these holds last until their new ends."""
    return [
        hold_again(kept[key], kept[key].lapsed, until)
        for key, until in ends.items()
        if kept[key].lapsed
    ]


def lapsed_of(draws: Sequence[Draw], kept: Mapping[str, Kept]) -> list[Hold]:
    """What has to be held again so that it can be drawn; the rest stays free."""
    asked = _added_up([(draw.reservation, draw.units) for draw in draws])
    return [
        hold_again(kept[key], units - kept[key].held, kept[key].expires_at)
        for key, units in asked.items()
        if units > kept[key].held
    ]


def takes(wishes: Sequence[Take], kept: Mapping[str, Kept]) -> list[Draw]:
    """What is drawn for the customers.

    Raises:
        NotHeld: more is asked than a hold keeps, or kept when its time was over.
    """
    _check_units([(wish.reservation, wish.quantity) for wish in wishes], kept, with_lapsed=True)
    return [
        Draw(
            reservation=wish.reservation,
            units=wish.quantity,
            lots=lot_units(wish.lots),
            serials=wish.serials,
        )
        for wish in wishes
    ]


def given_back(wishes: Sequence[GiveBack], kept: Mapping[str, Kept]) -> list[Draw]:
    """What is drawn for the shelf; what has lapsed is there already.

    Raises:
        NotHeld: more is asked than a hold keeps.
    """
    _check_units([(wish.reservation, wish.quantity) for wish in wishes], kept, with_lapsed=False)
    return [Draw(reservation=wish.reservation, units=wish.quantity) for wish in wishes]


def _check_units(
    asked: Sequence[tuple[str, int]], kept: Mapping[str, Kept], *, with_lapsed: bool
) -> None:
    for reservation, units in _added_up(asked).items():
        hold = kept[reservation]
        have = hold.held + (hold.lapsed if with_lapsed else 0)
        if units > have:
            raise NotHeld(reservation=reservation, held=have, asked=units)


def _added_up(asked: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Wishes for one hold are added up first."""
    total: dict[str, int] = {}
    for reservation, units in asked:
        total[reservation] = total.get(reservation, 0) + units
    return total
