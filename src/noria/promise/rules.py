"""Decisions about promises: values in, values out."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

from noria.promise.model import Draw, Hold, NotHeld, Reservation
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
