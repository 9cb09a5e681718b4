"""Which service sends a box: the promise is a fence, then the price decides."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from msgspec import structs

from noria.carriage.model import Choice, Priced

AWAY, LATE = "away", "late"


def choose(
    offered: Iterable[Priced], *, due: date | None, away: AbstractSet[str]
) -> tuple[Priced | None, Choice]:
    """The cheapest that keeps the promise, of carriers that answer; ties by day, then by name.

    If none keeps it the earliest goes, and the choice says that it is late. If every carrier is
    away, that is no fence: the label waits for the one it would have been.
    """
    priced = sorted(offered, key=_by_price)
    is_away = {one.account for one in priced} <= away
    judged = [
        structs.replace(one, fence=_fence(one, due, frozenset() if is_away else away))
        for one in priced
    ]
    fit = [one for one in judged if one.fence is None]
    rest = [one for one in judged if one.fence == LATE]
    chosen = fit[0] if fit else min(rest, key=_by_day, default=None)
    return chosen, Choice(due=due, is_late=bool(chosen and chosen.fence), considered=judged)


def _fence(one: Priced, due: date | None, away: AbstractSet[str]) -> str | None:
    if one.account in away:
        return AWAY
    return LATE if due is not None and one.arrives_on > due else None


def _by_price(one: Priced) -> tuple[int, date, str, str]:
    return one.cents, one.arrives_on, one.account, one.service


def _by_day(one: Priced) -> tuple[date, int, str, str]:
    return one.arrives_on, one.cents, one.account, one.service


def merged(grid: Sequence[Priced], live: Sequence[Priced]) -> list[Priced]:
    """What carriers say now, and our own tariffs for services of which they said nothing."""
    said = {(one.account, one.service) for one in live}
    return [*live, *(one for one in grid if (one.account, one.service) not in said)]
