"""Weeks of the business put together, and the days that are counted next: values in, values out."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from noria.kit.money import Money
from noria.tower.trend_model import Against, DaySum, Level, PromiseSum, TrendWeek

WEEK = timedelta(days=7)
YEAR = 52 * WEEK
COVER_WEEKS = 4
SETTLES = timedelta(days=35)
"""Orders and promises of so long ago still change: they are counted again each day."""
AT_ONCE = timedelta(days=90)
"""So many days are counted in one transaction."""


class _Dated(Protocol):
    @property
    def since(self) -> date: ...


Part = TypeVar("Part", bound=_Dated)


def stretch(through: date | None, first: date | None, today: date) -> tuple[date, date] | None:
    """The first and the last day to count now; None: there is nothing to count."""
    if first is None:
        return None
    if through is None:
        since = first
    elif through < today:
        since = through - SETTLES
    else:
        since = today - timedelta(days=1)
    return since, min(since + AT_ONCE, today)


def mondays(today: date, weeks: int) -> list[date]:
    """The Mondays of the last whole weeks, the oldest first."""
    this = today - timedelta(days=today.weekday())
    return [this - WEEK * back for back in range(weeks, 0, -1)]


def beside(mondays: Sequence[date], against: Against) -> list[date]:
    """The Mondays of the weeks that these are compared with, one by one."""
    back = YEAR if against is Against.YEAR else WEEK * len(mondays)
    return [monday - back for monday in mondays]


def weeks(
    mondays: Sequence[date],
    days: Sequence[DaySum],
    promises: Sequence[PromiseSum],
    levels: Sequence[Level],
    *,
    sees_value: bool,
) -> list[TrendWeek]:
    """These weeks, each with all that is known of it."""
    orders, settled, stood = _by_week(days), _by_week(promises), _by_week(levels)
    found = []
    for monday in mondays:
        here, level = orders.get(monday, []), stood.get(monday)
        sold = sum(
            one.units for back in range(COVER_WEEKS) for one in orders.get(monday - WEEK * back, [])
        )
        judged = settled.get(monday, [])
        stock = None if level is None else sum(one.stock_units for one in level)
        found.append(
            TrendWeek(
                since=monday,
                until=monday + WEEK - timedelta(days=1),
                orders=sum(one.orders for one in here),
                cancelled=sum(one.cancelled for one in here),
                units=sum(one.units for one in here),
                revenue=_money(here, lambda one: one.revenue_cents),
                sent=sum(one.sent for one in here),
                split=sum(one.split for one in here),
                cost=_money(here, lambda one: one.cost_cents),
                settled=sum(one.settled for one in judged),
                kept=sum(one.kept for one in judged),
                at_risk=None if level is None else _money(level, lambda one: one.risk_cents),
                stock_units=stock,
                stock_value=_money(level, lambda one: one.stock_cents)
                if level is not None and sees_value
                else None,
                cover_days=cover(stock, sold),
            )
        )
    return found


def cover(stock: int | None, sold: int) -> float | None:
    """For how many days stock lasts, sold as in the last four weeks; None: nobody can say."""
    if stock is None or sold <= 0:
        return None
    return round(stock * 7 * COVER_WEEKS / sold, 1)


def _by_week(parts: Sequence[Part]) -> dict[date, list[Part]]:
    found: dict[date, list[Part]] = {}
    for one in parts:
        found.setdefault(one.since, []).append(one)
    return found


Summed = TypeVar("Summed", DaySum, Level)


def _money(parts: Sequence[Summed], cents: Callable[[Summed], int]) -> list[Money]:
    """By currency, the largest sum first; what is nothing is left out."""
    sums = [Money(currency=one.currency, cents=cents(one)) for one in parts if cents(one)]
    return sorted(sums, key=lambda one: (-one.cents, one.currency))
