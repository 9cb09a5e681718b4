"""Today as a person watches it: how far orders have come, what is at risk, where the load is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from noria.kit.money import Money


class OldestOrder(Struct, frozen=True, kw_only=True):
    """The order that has stood longest at a stage."""

    order: str
    since: datetime


class FunnelStep(Struct, frozen=True, kw_only=True):
    """A stage of the funnel.

    Of the orders placed since `Today.since`, `reached` have come as far as this stage, or farther.
    `standing` orders, whenever they were placed, stand at it now; of those delivered or cancelled,
    which do not wait for anything, it is null.
    """

    stage: str
    reached: int
    standing: int | None
    oldest: OldestOrder | None


class RiskHour(Struct, frozen=True, kw_only=True):
    """Promises at risk whose next step is due in the hour that begins at `at`."""

    at: datetime
    orders: int
    money: Sequence[Money]


class NodeLoad(Struct, frozen=True, kw_only=True):
    """What a node has still to pick, beside what it can pick in a day (null: nobody has said).

    `late_legs` should have left by now, and have not.
    """

    node: str
    name: str
    kind: str
    latitude: float
    longitude: float
    is_open: bool
    legs: int
    units: int
    late_legs: int
    units_per_day: int | None
    orders_per_day: int | None


class Today(Struct, frozen=True, kw_only=True):
    """The last 24 hours, and what stands open now; at the nodes that the asker may see.

    Orders at risk are those whose promise has a step that is missed, or in danger. `late` are
    those whose day, as their customers know it, is over. Money is told by currency, the largest
    sum first.
    """

    at: datetime
    since: datetime
    orders: int
    cancelled: int
    money: Sequence[Money]
    steps: Sequence[FunnelStep]
    risk: Sequence[RiskHour]
    at_risk: int
    missed: int
    late: int
    risk_money: Sequence[Money]
    units: Mapping[str, int]
    nodes: Sequence[NodeLoad]
    exceptions: int
