"""The chance that a leg under way comes today, and on days after it, by what is known of it now.

What is known: what its carrier said last, how many days of its service's rounds it is over the
planned one, and the hour. Each such cell has the share that came the same day, drawn towards that
of all services, and this towards what is believed before anything was measured. News that comes
late is in it: a leg counts as it was known at that hour, and as it really came.
"""

from collections.abc import Iterable
from datetime import date

from noria.network import rules as network
from noria.network.model import Rests, Rounds
from noria.orders.pace_model import HOURS, LATEST, SOONEST, UNHEARD, Cell, Pace

OWN_STRENGTH, EVERY_STRENGTH = 20.0, 20.0
"""How many legs it takes to believe a service as much as all, and all as much as beforehand."""

VANS_LEAVE, VANS_RETURN = 10, 20
"""Between these hours what is delivered that day is in a van; by the second all of it has come."""

DUE = {-1: 0.05, 0: 0.9, 1: 0.6, 2: 0.5, 3: 0.2}
"""Believed of what is on the road in the morning, by delivery days after the planned one."""

IN_THE_VAN = 0.97
MISSED_THE_VAN = 0.1
TROUBLED = {-1: 0.1, 0: 0.1, 1: 0.7, 2: 0.5, 3: 0.3}
"""Believed of what could not be delivered: not again today, but on the next day."""

FETCHED = 0.3
"""Of what waits in a shop, so much is fetched on a day."""


def pace(cells: Iterable[Cell]) -> Pace:
    """What was measured, ready to be asked."""
    own: dict[tuple[str, str, int, int], tuple[float, float]] = {}
    every: dict[tuple[str, int, int], tuple[float, float]] = {}
    for one in cells:
        own[one.service, one.says, one.overdue, one.hour] = (one.seen, one.came)
        seen, came = every.get((one.says, one.overdue, one.hour), (0.0, 0.0))
        every[one.says, one.overdue, one.hour] = (seen + one.seen, came + one.came)
    return Pace(own=own, every=every)


def comes_today(
    known: Pace,
    service: str,
    says: str | None,
    days_over: int,
    hour: int,
    *,
    planned: float | None = None,
) -> float:
    """The chance that a leg has come by tonight, of which no more than that is known at that hour.

    share = (came + strength * share of the wider group) / (seen + strength). `planned` is the
    chance by plan that it comes today if it has not before, where plans say something.
    """
    word = says or UNHEARD
    late = min(max(days_over, SOONEST), LATEST)
    mark = max(each for each in HOURS if each <= hour)
    seen, came = known.every.get((word, late, mark), (0.0, 0.0))
    beforehand = believed(word, late, mark, planned)
    share = (came + EVERY_STRENGTH * beforehand) / (seen + EVERY_STRENGTH)
    seen, came = known.own.get((service, word, late, mark), (0.0, 0.0))
    return (came + OWN_STRENGTH * share) / (seen + OWN_STRENGTH)


def believed(says: str, days_over: int, hour: int, planned: float | None = None) -> float:
    """The same, before anything was measured: vans leave in the morning, and come evenly."""
    left = min(max((VANS_RETURN - hour) / (VANS_RETURN - VANS_LEAVE), 0.0), 1.0)
    if says == "out_for_delivery" and hour > 0:
        return _still(IN_THE_VAN, left)
    if says == "failed":
        return _still(TROUBLED[days_over], left)
    if says == "ready":
        return _still(FETCHED, left)
    if says in {"returning", "returned", "lost"}:
        return 0.0
    missed = 1.0 if hour < VANS_LEAVE else MISSED_THE_VAN
    due = DUE[days_over] if planned is None else planned
    return _still(due * (missed if says != UNHEARD else 1.0), left)


def _still(share: float, left: float) -> float:
    """Of what comes on a day with that chance, the chance that it still does with so much left."""
    return share * left / (1 - share * (1 - left))


def overdue(planned: date, day: date, rests: Rests, rounds: Rounds) -> int:
    """How many delivery days a day is after the planned one, up to `LATEST`; -1: before it."""
    if day < planned:
        return SOONEST
    return min(network.delivery_days(planned, day, rests, rounds), LATEST)
