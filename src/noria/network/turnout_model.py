"""How nodes, carriers and lanes turned out lately, week by week, from what is counted each day."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum

from msgspec import Struct

from noria.network.reliability_model import Topic


class By(Enum):
    """Of whom: a node, a carrier with all its services, or a service from a node to an area."""

    NODE = "node"
    CARRIER = "carrier"
    LANE = "lane"


MAIN: Mapping[By, Topic] = {
    By.NODE: Topic.DEPARTURE,
    By.CARRIER: Topic.TRANSIT,
    By.LANE: Topic.TRANSIT,
}
"""What a list is sorted by, and of what its weeks tell."""


class Member(Struct, frozen=True, kw_only=True):
    """Whom a line is about; `late` of what it sent lately was not as it should be."""

    key: str
    name: str
    carrier: str = ""
    service: str = ""
    node: str = ""
    area: str = ""
    late: int = 0


class Count(Struct, frozen=True, kw_only=True):
    """How much of a topic there was in one week, and how much of it was good."""

    key: str
    topic: Topic
    weeks_ago: int
    units: int
    good: int


class Turned(Struct, frozen=True, kw_only=True):
    """How much there was lately and in as many weeks before, and how much of it was good."""

    units: int = 0
    good: int = 0
    units_before: int = 0
    good_before: int = 0


class TurnedWeek(Struct, frozen=True, kw_only=True):
    """Seven days from `since` on."""

    since: date
    units: int
    good: int


class Turnout(Struct, frozen=True, kw_only=True):
    """How a node, a carrier or a lane turned out.

    `topics` are those of reliability: lines picked, legs that left on time, parcels that came on
    time and sound. `weeks` are those of its main one, from the oldest on. `believed` is the share
    that is counted on by it all, within `low` and `high` with 95 %; null: nothing was measured.
    """

    key: str
    name: str
    carrier: str
    service: str
    node: str
    area: str
    late: int
    topics: Mapping[str, Turned]
    weeks: Sequence[TurnedWeek]
    believed: float | None
    low: float | None
    high: float | None
