"""The nouns of a launch: stores that a channel is switched on at together, and how that goes."""

from collections.abc import Sequence
from datetime import date
from enum import Enum

from msgspec import Struct


class Criterion(Enum):
    """What has to be so before the next stores follow."""

    LEGS = "legs"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    ON_TIME = "on_time"
    ACCURACY = "accuracy"


class Measures(Struct, frozen=True, kw_only=True):
    """What stores did with the legs that they were given; shares are null where nothing was done.

    Of all legs the share that was refused; of the units to be picked the share that was not
    found; of the legs that were due the share that left, or lay ready, in time; of the records
    that were sampled the share that is right.
    """

    legs: int
    refused: float | None
    not_found: float | None
    on_time: float | None
    accuracy: float | None


class Judged(Struct, frozen=True, kw_only=True):
    """A criterion with its limit and what was measured; not met or met, or null: nobody knows yet.

    `is_least`: at least `limit` is wanted, else at most.
    """

    criterion: Criterion
    limit: float
    is_least: bool
    value: float | None
    is_met: bool | None


class Launch(Struct, frozen=True, kw_only=True):
    """Stores that serve a channel since a day, by the network of that id; first launched first.

    `may_go_on`: every criterion is met, so the next stores may follow.
    """

    network: str
    channel: str
    reason: str
    valid_from: date | None
    valid_until: date | None
    is_live: bool
    stores: int
    judged: Sequence[Judged]
    may_go_on: bool


class LaunchedStore(Struct, frozen=True, kw_only=True):
    """A store of a launch, with what it did, and the criteria that it misses by itself."""

    node: str
    name: str
    measures: Measures
    missed: Sequence[Criterion]


class Counted(Struct, frozen=True, kw_only=True):
    """What a store did with legs of a network's channel, counted while both were live."""

    network: str
    node: str
    legs: int
    refused: int
    units: int
    not_found: int
    due: int
    on_time: int
    sampled: int
    accurate: int
