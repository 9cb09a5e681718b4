"""How the business goes, week by week, beside other weeks: what a director looks at first."""

from collections.abc import Sequence
from datetime import date
from enum import Enum

from msgspec import Struct

from noria.kit.money import Money


class Against(Enum):
    """Beside which weeks: as many just before, or the same ones of a year ago (52 weeks back)."""

    BEFORE = "before"
    YEAR = "year"


class TrendWeek(Struct, frozen=True, kw_only=True):
    """A week, from Monday to Sunday by UTC.

    `orders` were placed in it, `cancelled` of them wholly; `units` and `revenue` are what is still
    wanted of them, at their prices. Of those that a node was found for (`sent`), `split` go in
    several parcels; `cost` is what all legs cost. Of promises whose last day was in it, `settled`
    are judged and `kept` came in time. The levels are those of the last day that was looked at:
    money at risk, stock inside our walls and its value, and for how many days it lasts, sold as in
    the four weeks to then. What nobody looked at, or the asker may not see, is null.
    """

    since: date
    until: date
    orders: int = 0
    cancelled: int = 0
    units: int = 0
    revenue: Sequence[Money] = ()
    sent: int = 0
    split: int = 0
    cost: Sequence[Money] = ()
    settled: int = 0
    kept: int = 0
    at_risk: Sequence[Money] | None = None
    stock_units: int | None = None
    stock_value: Sequence[Money] | None = None
    cover_days: float | None = None


class Trends(Struct, frozen=True, kw_only=True):
    """Whole weeks, the oldest first, and those beside which they are seen, one by one.

    `through` is the last day that was counted; null: none was yet.
    """

    through: date | None
    weeks: Sequence[TrendWeek]
    before: Sequence[TrendWeek]


class CountedDays(Struct, frozen=True, kw_only=True):
    """How far days are counted, and whether more are to be."""

    through: date | None
    has_more: bool


class DaySum(Struct, frozen=True, kw_only=True):
    """Orders of a week in one currency."""

    since: date
    currency: str
    orders: int
    cancelled: int
    units: int
    revenue_cents: int
    sent: int
    split: int
    cost_cents: int


class PromiseSum(Struct, frozen=True, kw_only=True):
    """Promises of a week."""

    since: date
    settled: int
    kept: int


class Level(Struct, frozen=True, kw_only=True):
    """How things stood at the last look of a week, in one currency."""

    since: date
    currency: str
    risk_cents: int
    stock_units: int
    stock_cents: int
