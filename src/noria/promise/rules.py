"""Decisions about promises: values in, values out."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime, timedelta

from noria.promise.model import Arrival, Draw, Hold, NotHeld, Promise, Reservation
from noria.stock.model import Move, Place, State

PRIOR_WEIGHT = 50
"""How many settled promises a service's stated chance is worth against measured ones."""


def moves_to_hold(holds: Sequence[Hold], made: Mapping[str, int]) -> dict[str, list[Move]]:
    """By demand: available units become reserved; what is made to order comes from outside."""
    moves: dict[str, list[Move]] = defaultdict(list)
    for hold in holds:
        origin = State.OUTSIDE if hold.node in made else State.AVAILABLE
        moves[hold.demand].append(
            Move(
                sku=hold.sku,
                quantity=hold.quantity,
                source=Place(hold.node, origin),
                target=Place(hold.node, State.RESERVED),
            )
        )
    return moves


def check_held(draws: Sequence[Draw], reservations: Mapping[str, Reservation]) -> None:
    """Refuse to take more out of a reservation than it holds, over all draws together."""
    asked: dict[str, int] = defaultdict(int)
    for draw in draws:
        asked[draw.reservation] += draw.units
    for reservation, units in asked.items():
        known = reservations.get(reservation)
        held = known.held if known else 0
        if units > held:
            raise NotHeld(reservation=reservation, held=held, asked=units)


def moves_to_draw(
    draws: Sequence[Draw],
    reservations: Mapping[str, Reservation],
    to: State,
    makers: Container[str],
) -> dict[str, list[Move]]:
    """By demand: reserved units go to `to`."""
    moves: dict[str, list[Move]] = defaultdict(list)
    for draw in draws:
        held = reservations[draw.reservation]
        moves[held.demand].append(
            Move(
                sku=held.sku,
                quantity=draw.units,
                source=Place(held.node, State.RESERVED),
                target=Place(held.node, end(held.node, makers, to)),
                lots=draw.lots,
                serials=draw.serials,
            )
        )
    return moves


def end(node: str, makers: Container[str], to: State) -> State:
    """Where units drawn at a node end up: what was never made cannot go back to a shelf."""
    return State.OUTSIDE if node in makers and to is State.AVAILABLE else to


def chance(prior: float, kept: int, settled: int) -> float:
    """The chance of being on time: measured, drawn towards what is believed while data is scarce.

    A Beta prior of weight `PRIOR_WEIGHT`: (prior * weight + kept) / (weight + settled).
    """
    return (prior * PRIOR_WEIGHT + kept) / (PRIOR_WEIGHT + settled)


def promise(order: str, arrivals: Sequence[Arrival], *, now: datetime) -> Promise | None:
    """The window for a whole order: from its slowest leg's day to the working day after it.

    Legs are taken as independent: the chance is the product of theirs. The promise is laid at the
    door of the slowest leg. Without legs there is nothing to promise.
    """
    if not arrivals:
        return None
    slowest = max(arrivals, key=lambda arrival: (arrival.arrives_on, arrival.node))
    together = 1.0
    for arrival in arrivals:
        together *= arrival.chance
    return Promise(
        order_id=order,
        node=slowest.node,
        service=slowest.service,
        made_at=now,
        promised_from=slowest.arrives_on,
        promised_to=_next_working_day(slowest.arrives_on),
        chance=round(together, 4),
    )


def _next_working_day(day: date) -> date:
    """Monday to Saturday: parcels are delivered six days a week."""
    following = day + timedelta(days=1)
    return following + timedelta(days=1) if following.weekday() == 6 else following
