"""What has to be done by when for a promise to be kept."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum

from msgspec import Struct

from noria.kit.auth import Role
from noria.network.model import Node, Rests, Rounds
from noria.orders.model import Leg
from noria.orders.pace_model import Pace
from noria.promise.delivery.model import Foresight


class Step(Enum):
    """A milestone, in the order in which they come."""

    SOURCE = "source"
    ACCEPT = "accept"
    PICK = "pick"
    PACK = "pack"
    HAND_OVER = "hand_over"
    DELIVER = "deliver"


class Milestone(Struct, frozen=True, kw_only=True):
    """What has to be done by when at the latest, and when it was."""

    step: Step
    leg: str | None
    node: str | None
    due_at: datetime
    done_at: datetime | None


class Danger(Struct, frozen=True, kw_only=True):
    """The step that endangers a promise, and the role that it is for.

    It was missed, or what is left of the way is likely to take too long.
    """

    step: Step
    leg: str | None
    node: str | None
    due_at: datetime
    is_missed: bool
    owner: Role


class Watched(Struct, frozen=True, kw_only=True):
    """An open promise as it is now: the chance it has, its milestones, and what endangers it.

    `is_unsure`: it will hardly be kept, and nobody can say when all of it comes instead.
    """

    order: str
    promised_to: date
    chance: float
    milestones: Sequence[Milestone]
    danger: Danger | None
    is_unsure: bool


class Watching(Struct, frozen=True, kw_only=True):
    """How many orders were looked at, planned anew, told a day, and told that none is known."""

    looked_at: int
    planned_anew: int
    delayed: int
    unsure: int = 0


class Course(Struct, frozen=True, kw_only=True):
    """What an open promise depends on: the order's legs, its nodes, and what is usual.

    `waits`: no node has all of it; `foreseen` are the legs that what waits would get by what comes,
    if that is known; `is_in_window`: it waits to be decided with others.

    `closed` are holidays where each node is; `rests_there` the days on
    which nothing comes to where the order goes. `minutes` is how long each
    node takes, `accepted` when a partner said that it sends a leg; `partners` are those who are to
    say so, `packing` the nodes that pack apart from picking. `pace` is how what is under way turned
    out so far.
    """

    order: str
    promised_from: date
    promised_to: date
    waits: bool
    is_in_window: bool
    legs: Sequence[Leg]
    nodes: Mapping[str, Node]
    carriers: Mapping[str, str]
    rounds: Mapping[str, Rounds]
    minutes: Mapping[str, int]
    closed: Mapping[str, frozenset[date]]
    rests_there: Rests
    region: str
    accepted: Mapping[str, datetime]
    partners: frozenset[str]
    packing: frozenset[str]
    foresight: Foresight
    pace: Pace = Pace()
    foreseen: Sequence[Leg] = ()
