"""What nodes and carriers' services turned out to be: counts, and what is believed by them."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum

from msgspec import Struct


class Topic(Enum):
    """What is measured. The first three belong to a node, the others to a service on its way."""

    PICK = "pick"
    DEPARTURE = "departure"
    HANDLING = "handling"
    TRANSIT = "transit"
    CONDITION = "condition"


HANDLING_MINUTES = (
    *(5, 10, 15, 20, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480, 600, 720),
    *(960, 1200, 1440, 1920, 2880, 4320, 10_080),
)
"""Upper ends of what handling may take, in open minutes; the last one holds all that is longer."""

LATEST_DAYS = 7
OUTCOMES: Mapping[Topic, Sequence[str]] = {
    Topic.PICK: ("picked", "not_found", "damaged", "refused"),
    Topic.DEPARTURE: ("on_time", "late"),
    Topic.HANDLING: tuple(str(minutes) for minutes in HANDLING_MINUTES),
    Topic.TRANSIT: ("early", "on_time", *(f"{days}_late" for days in range(1, LATEST_DAYS + 1))),
    Topic.CONDITION: ("sound", "damaged"),
}
"""By topic, what can become of one: a line picked, a leg that leaves, a parcel's journey."""

GOOD: Mapping[Topic, int] = {
    Topic.PICK: 1,
    Topic.DEPARTURE: 1,
    Topic.HANDLING: 0,
    Topic.TRANSIT: 2,
    Topic.CONDITION: 1,
}
"""How many of a topic's outcomes, from the first, are as they should be."""


class Observation(Struct, frozen=True, kw_only=True):
    """So many times, something of a node, perhaps with a service to an area, became that."""

    topic: Topic
    node: str
    day: date
    outcome: int
    units: int = 1
    service: str = ""
    area: str = ""


class Cell(Struct, frozen=True, kw_only=True):
    """What one node, or one service from a node to an area, counts by outcome.

    `groups` are the keys of what it belongs to, from the widest to its own. `weights` are the
    counts, of which the old ones are half forgotten.
    """

    topic: Topic
    groups: tuple[str, ...]
    counts: tuple[int, ...]
    weights: tuple[float, ...]


class Estimate(Struct, frozen=True, kw_only=True):
    """What is believed of a group, a node or a service: the share of each outcome.

    shares = (weights + strength * shares of the parent) / (sum of weights + strength): whoever has
    few counts is believed to be like its group, and `strength` is how many observations that is
    worth. It is measured by how much the members of the group differ.
    """

    topic: Topic
    key: str
    parent: str
    counts: tuple[int, ...]
    weights: tuple[float, ...]
    shares: tuple[float, ...]
    strength: float


class Reliability(Struct, frozen=True, kw_only=True):
    """Estimates by topic and key, with the keys that a node or a service falls back on."""

    estimates: Mapping[tuple[Topic, str], Estimate]
    node_groups: Mapping[str, tuple[str, ...]]
    service_groups: Mapping[str, tuple[str, ...]]
    chances: Mapping[str, float]


class Measured(Struct, frozen=True, kw_only=True):
    """What was told of days gone by; `has_more`: of a long past, ask again for the next stretch."""

    source: str
    has_more: bool


class Shown(Struct, frozen=True, kw_only=True):
    """An estimate as it is read: counts and shares by the name of the outcome.

    `good` is the share of what is as it should be, with the interval that holds it with 95 %.
    """

    topic: str
    key: str
    group: str
    counts: Mapping[str, int]
    shares: Mapping[str, float]
    weight: float
    strength: float
    good: float | None
    low: float | None
    high: float | None
