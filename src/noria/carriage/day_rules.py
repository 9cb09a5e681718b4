"""Which other days a delivery may come on, or why none: values in, values out."""

from collections.abc import Sequence
from datetime import date
from itertools import islice

from noria.carriage.day_model import DayState, Fixed, Moving
from noria.kit.errors import Text
from noria.network import rules as network
from noria.network.model import USUAL_ROUNDS, Rests
from noria.orders.carried_model import Progress

MOST_DAYS = 6
"""So many days on which its carriers all deliver, after the day on which it is expected."""
FARTHEST_DAYS = 60

SETTLED = frozenset(
    {
        Progress.OUT_FOR_DELIVERY.value,
        Progress.READY.value,
        Progress.DELIVERED.value,
        Progress.RETURNING.value,
        Progress.RETURNED.value,
        Progress.LOST.value,
    }
)
"""What a carrier says of a parcel whose day is its own affair by then."""

SAYS = {
    Fixed.OVER: Text("nothing of it is still to come", "il n'en reste rien à livrer"),
    Fixed.COLLECTED: Text(
        "it goes to a store or a relay point, where it waits",
        "elle va en magasin ou en point relais, où elle attendra",
    ),
    Fixed.WAITS: Text("part of it waits for stock", "une partie attend du stock"),
    Fixed.NO_LABEL: Text(
        "its carrier does not have it yet, or has it without a label of ours",
        "son transporteur ne l'a pas encore, ou l'a sans étiquette de notre part",
    ),
    Fixed.CANNOT: Text(
        "its carrier changes no day over its interface",
        "son transporteur ne change pas de jour par son interface",
    ),
    Fixed.TOO_LATE: Text(
        "its carrier says that it comes today, waits, or comes back",
        "son transporteur dit qu'elle arrive aujourd'hui, attend ou revient",
    ),
    Fixed.ASKED: Text("another day is being asked for", "un autre jour est déjà demandé"),
}


def fixed(
    legs: Sequence[Moving], *, is_collected: bool, waits: bool, last: DayState | None
) -> Fixed | None:
    """Why the day of an order is fixed; None: it can be asked for."""
    sentences = (
        (is_collected, Fixed.COLLECTED),
        (waits, Fixed.WAITS),
        (not legs, Fixed.OVER),
        (last is DayState.ASKED, Fixed.ASKED),
        (any(leg.carrier_says in SETTLED for leg in legs), Fixed.TOO_LATE),
        (any(not leg.labels for leg in legs), Fixed.NO_LABEL),
        (any(not leg.does_move for leg in legs), Fixed.CANNOT),
    )
    return next((why for holds, why in sentences if holds), None)


def days(legs: Sequence[Moving], rests: Rests, today: date) -> list[date]:
    """The next days on which all of it can come, after the day on which the last is expected."""
    after = max([today, *(leg.arrives_on for leg in legs)])
    coming = (after + count * network.DAY for count in range(1, FARTHEST_DAYS + 1))
    every = {leg.rounds for leg in legs} or {USUAL_ROUNDS}
    shared = (
        day
        for day in coming
        if all(network.is_delivery_day(day, rests, rounds) for rounds in every)
    )
    return list(islice(shared, MOST_DAYS))
