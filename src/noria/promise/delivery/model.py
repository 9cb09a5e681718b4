"""What is known of how long each stage of a delivery takes, and what is promised of it."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Keys = Mapping[str, Sequence[str | None]]
"""By grouping: the group of each row; None where it is not known."""


class Grouping(Struct, frozen=True, kw_only=True):
    """Rows that share something, and may be slower or faster for it.

    A group's own effect is believed by half once `shrink` rows speak for it. With `fades_days` the
    effect is that of today: a row that many days before or after feels half of it.
    """

    name: str
    shrink: float
    fades_days: float | None = None

    @property
    def key(self) -> str:
        return self.name if self.fades_days is None else f"{self.name} lately"


class Number(Struct, frozen=True, kw_only=True):
    """A number that slows or speeds up a stage; what it does is `believed` until rows say more.

    Most are counted in deviations from their own mean; a plain one stands as it is.
    """

    name: str
    believed: float = 0.0
    shrink: float = 2.0
    is_plain: bool = False


class Shape(Struct, frozen=True, kw_only=True):
    """How a stage is learned: by which groups and numbers, and how fast its past is forgotten.

    What is modelled is log(`plus_days` + days); a row of age `half_life_days` counts by half.
    `centre_days` and `spread` (in logs) are believed before anything was measured, as strongly as
    `prior_rows` rows.
    """

    name: str
    groups: tuple[Grouping, ...] = ()
    numbers: tuple[Number, ...] = ()
    plus_days: float = 0.1
    half_life_days: float = 60.0
    spread_half_life_days: float = 120.0
    centre_days: float = 3.0
    spread: float = 0.6
    prior_rows: float = 4.0


class Past(Struct, frozen=True, kw_only=True):
    """A stage of many orders: how long each took, or has taken so far where it is still open.

    `expected_days`, where a plan said something, is what the stage is measured against.
    """

    days: Numbers
    is_over: NDArray[np.bool_]
    age_days: Numbers
    keys: Keys
    numbers: Mapping[str, Numbers]
    expected_days: Numbers | None = None


class Slope(Struct, frozen=True, kw_only=True):
    """What one standard deviation more of a number does, in logs."""

    mean: float
    deviation: float
    slope: float


class Stage(Struct, frozen=True, kw_only=True):
    """A stage as learned: log(plus + days) = centre + effects + slopes + one of `spread`.

    `spread` holds equally likely residuals in order; `rows` is how much past spoke, in rows of
    today.
    """

    name: str
    plus_days: float
    centre: float
    effects: Mapping[str, Mapping[str, float]]
    fades_days: Mapping[str, float]
    slopes: Mapping[str, Slope]
    spread: tuple[float, ...]
    rows: float
    is_measured_against_plan: bool = False


class Asked(Struct, frozen=True, kw_only=True):
    """Rows of which the days are wanted: how long after all was learned, and what plans give.

    A row asks of an order that was not bought yet; `plans` are by stage, as in Journeys.
    """

    rows: int
    keys: Keys
    numbers: Mapping[str, Numbers]
    plans: tuple[Numbers | None, ...] = ()
    ahead_days: Numbers | None = None


class Journeys(Struct, frozen=True, kw_only=True):
    """Orders on their way through the stages, one row each.

    `moments[0]` is when each was bought, `moments[k]` when it left stage k; days since 1970, NaN
    where that has not happened. `plans[k]` is how many days a plan gave stage k, where one did.
    """

    moments: tuple[Numbers, ...]
    keys: Keys
    numbers: Mapping[str, Numbers]
    plans: tuple[Numbers | None, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.moments[0])


class Learned(Struct, frozen=True, kw_only=True):
    """Everything a promise is made of: stages, on what weekdays parcels come, how honest it was.

    `ranks` are where outcomes lay in what had been foreseen for them, in order and equally likely:
    if all was honest they are even between 0 and 1. `weekdays` are the shares of arrivals, Monday
    first, 1 on average. `late_days` is how many days a broken promise is worth, so that what is
    wanted came out for the youngest orders.
    """

    stages: tuple[Stage, ...]
    weekdays: tuple[float, ...]
    ranks: tuple[float, ...]
    late_days: float
    learned_at_days: float
    rows: int


class Wanted(Struct, frozen=True, kw_only=True):
    """How promises are made: kept with `chance` on average, in as few days as that takes.

    Beyond `patience_days` on average nobody waits: then the chance gives way, and is told as it is.
    """

    chance: float = 0.95
    patience_days: float = 22.0
