"""What is known of how long each stage of a delivery takes, and what is promised of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.kit.errors import Text
from noria.network.model import Hours
from noria.network.scene_model import Traits

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

    A row asks of an order that was not bought yet, or, with days below zero, of one of so long
    ago; `plans` are by stage, as in Journeys.
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
    With `whole_days` moments are no finer than their day.
    """

    moments: tuple[Numbers, ...]
    keys: Keys
    numbers: Mapping[str, Numbers]
    plans: tuple[Numbers | None, ...] = ()
    whole_days: bool = False

    @property
    def rows(self) -> int:
        return len(self.moments[0])


class Learned(Struct, frozen=True, kw_only=True):
    """Everything a promise is made of: stages, on what weekdays parcels come, how honest it was.

    `ranks` are where outcomes of late lay in what had been foreseen for them, in order and equally
    likely: if all was honest they are even between 0 and 1. `weekdays` are the shares of arrivals,
    Monday first, 1 on average. `late_days` is how many days a broken promise is worth, so that what
    is wanted came out for the orders of a year.
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
    Both are averages over a year: the same days are worth waiting for in slow weeks and in fast.
    """

    chance: float = 0.95
    patience_days: float = 22.0


class Foresight(Struct, frozen=True, kw_only=True):
    """What was learned, by which run (None: what is believed beforehand), and curves made of it."""

    learned: Learned
    run: int | None = None
    curves: dict[tuple[object, ...], Numbers] = {}


class OptionKind(Enum):
    """How an order can reach a customer."""

    HOME_STANDARD = "home_standard"
    HOME_EXPRESS = "home_express"
    RELAY = "relay"
    PICK_UP = "pick_up"
    SHIP_TO_STORE = "ship_to_store"
    MADE_FOR_YOU = "made_for_you"
    DIGITAL = "digital"


class LegPlan(Struct, frozen=True, kw_only=True):
    """A leg as calendars plan it, and the groups that it belongs to, as (grouping, level)."""

    departs_on: date
    arrives_on: date
    groups: tuple[tuple[str, str], ...]


class Window(Struct, frozen=True, kw_only=True):
    """The days between which everything comes, and the chance that it has by the last of them."""

    first: date
    last: date
    chance: float


class Calibration(Struct, frozen=True, kw_only=True):
    """Promises that were told a chance from `from_percent` to five points more: `told` on average.

    If promises are honest, `share_kept` is about `told`.
    """

    from_percent: int
    settled: int
    kept: int
    told: float
    share_kept: float


class PromiseRecord(Struct, frozen=True, kw_only=True):
    """How often promises of one node, carrier or option were kept, beside the chance told."""

    key: str
    kept: int
    broken: int
    open: int
    told: float | None


class Basket(Struct, frozen=True, kw_only=True, eq=False):
    """What is asked for, at which stores it might be picked up, and who has it.

    `units` is what each node of the grid may give of each SKU, in key order, [SKU, node]; `weights`
    and `volumes` are grams and cm³ a unit; `traits` are what goods ask of whoever sends them.
    """

    wanted: Mapping[str, int]
    weights: Mapping[str, int]
    traits: Mapping[str, Traits]
    units: NDArray[np.int64]
    volumes: Mapping[str, int] = {}
    stores: tuple[str, ...] = ()


class Part(Struct, frozen=True, kw_only=True):
    """One parcel of a way: from where, by what, what it costs, and the days that are planned."""

    node: str
    service: str
    units: Mapping[str, int]
    cents: int
    departs_on: date | None = None
    planned_on: date | None = None


class Way(Struct, frozen=True, kw_only=True):
    """One option: the window, the chance that all has come by its last day, and what it costs.

    The window holds for what is ordered until `order_by`, which is `order_within` (hours and
    minutes) from now; what is fetched in a store is ready, or leaves for it, on the same day until
    then. What can be picked up is ready at `ready_at`. `relay` is the point it goes to.
    """

    option: OptionKind
    first: date
    last: date
    chance: float
    cents: int
    order_by: datetime | None = None
    order_within: str | None = None
    ready_at: datetime | None = None
    store: str | None = None
    relay: str | None = None
    parts: tuple[Part, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(part.node for part in self.parts)


class RelayPoint(Struct, frozen=True, kw_only=True):
    """A relay point that can be chosen: where it is, and when it is open."""

    node: str
    name: str
    km: float
    hours: tuple[Hours, ...]


class Felt(Struct, frozen=True, kw_only=True):
    """A group that a leg belongs to, and how much slower (or, below zero, faster) it makes it."""

    group: str
    level: str
    percent: float


class StageTold(Struct, frozen=True, kw_only=True):
    """A stage of a leg: what calendars plan, and what was learned of it.

    `minutes` is open time, `until` when the stage is over; `rows` is how much past spoke, in legs
    of today. `because` says in words what is not as usual.
    """

    stage: str
    until: datetime | None = None
    day: date | None = None
    minutes: int | None = None
    rows: float | None = None
    felt: tuple[Felt, ...] = ()
    because: Text | None = None


class LegTold(Struct, frozen=True, kw_only=True):
    """Why a leg is foreseen so: its stages, and the day by which it has come with each chance."""

    node: str
    service: str
    carrier: str
    cut_off: datetime | None
    stages: tuple[StageTold, ...]
    days: Mapping[str, date]


class WayTold(Struct, frozen=True, kw_only=True):
    """Why a way was told so."""

    option: OptionKind
    relay: str | None
    legs: tuple[LegTold, ...]


class Narrowed(Struct, frozen=True, kw_only=True):
    """A node that could have, and the first reason why it gives nothing, or not all.

    `why` says it in words.
    """

    node: str
    code: str
    detail: str = ""
    why: Text
