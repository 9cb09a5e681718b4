"""What nodes can send for an order, what it would cost, and which were chosen."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from noria.network.model import Spot

Units = Mapping[str, int]
"""SKU to whole units."""


class Policy(Struct, frozen=True, kw_only=True):
    """The settings a decision is taken under; a change makes a new version.

    `split_cents`: what each parcel beyond the first is worth avoiding (a second door bell, a second
    pack). `day_cents`: what one more day of waiting for the slowest parcel is worth.
    """

    version: str
    split_cents: int
    day_cents: int
    nodes_tried_first: int


GREEDY = Policy(version="greedy-1", split_cents=250, day_cents=80, nodes_tried_first=6)


class Step(Struct, frozen=True, kw_only=True):
    """A parcel from this node by this service, up to a weight: its price and its day."""

    max_weight_g: int
    cents: int
    arrives_on: date


class Option(Struct, frozen=True, kw_only=True):
    """A service at a node: when it leaves next, the chance that it is on time, what it costs."""

    service: str
    leaves_at: datetime
    chance: float
    steps: Sequence[Step]


class Candidate(Struct, frozen=True, kw_only=True):
    """A node that might send something: what it has of the order, and how that could travel.

    `free_units` is what its people can still handle; None: no limit is known.
    """

    node: str
    km: int
    units: Units
    handling_cents: int
    options: Sequence[Option]
    free_units: int | None = None
    does_ship: bool = True


class Fence(Struct, frozen=True, kw_only=True):
    """Why a node fell out: a stable code, and what it would have taken."""

    node: str
    code: str
    detail: str = ""


class PlannedLeg(Struct, frozen=True, kw_only=True):
    """One node's part of a plan, with each term of its cost in whole cents."""

    node: str
    service: str
    units: Units
    leaves_at: datetime
    arrives_on: date
    chance: float
    freight_cents: int
    handling_cents: int

    @property
    def cost_cents(self) -> int:
        return self.freight_cents + self.handling_cents


class Plan(Struct, frozen=True, kw_only=True):
    """The legs that send an order, and the units for which nobody has stock."""

    legs: Sequence[PlannedLeg]
    short: Units


class Compared(Struct, frozen=True, kw_only=True):
    """A plan that was considered: its nodes, and each term of what it would cost."""

    nodes: Sequence[str]
    short_units: int
    freight_cents: int
    handling_cents: int
    split_cents: int
    waiting_cents: int
    arrives_on: date | None

    @property
    def total_cents(self) -> int:
        return self.freight_cents + self.handling_cents + self.split_cents + self.waiting_cents


class Seen(Struct, frozen=True, kw_only=True):
    """What one candidate had to offer when the decision was taken."""

    node: str
    km: int
    units: int
    of_units: int


class Explanation(Struct, frozen=True, kw_only=True):
    """A decision that can be read: who could have, who fell out and why, what was compared."""

    policy: str
    candidates: Sequence[Seen]
    fences: Sequence[Fence]
    compared: Sequence[Compared]
    chosen: Compared
    sentence_en: str
    sentence_fr: str


class Decision(Struct, frozen=True, kw_only=True):
    """An explanation as it was stored: nothing is ever overwritten."""

    order_id: str
    number: int
    taken_at: datetime
    policy: str
    explanation: Explanation


class Wish(Struct, frozen=True, kw_only=True):
    """An order's units that need nodes: where they go, by when, and who has declined already."""

    order_id: str
    wanted: Units
    spot: Spot
    due: date | None = None
    without: frozenset[str] = frozenset()
    channel: str | None = None
