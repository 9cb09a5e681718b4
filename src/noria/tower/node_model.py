"""How a node stands at an instant: whether it is open, what leaves next, and what it has to do."""

from datetime import datetime

from msgspec import Struct

from noria.network.model import NodeKind


class NextCutOff(Struct, frozen=True, kw_only=True):
    """The next departure from a node, over all services that call there."""

    service: str
    at: datetime


class NodeStanding(Struct, frozen=True, kw_only=True):
    """A node now. `is_working`: it works at all; `is_open`: somebody is there at this instant.

    `changes_at` is when it closes, or opens next; null: it never closes, or does not work. `legs`
    and `units` are what it has still to pick, beside what it can handle on this day by its own
    clock (null: no limit is known); `late_legs` should have left by now. A relay point picks
    nothing: there they are null.
    """

    node: str
    name: str
    kind: NodeKind
    town: str
    country: str
    time_zone: str
    is_working: bool
    is_open: bool
    changes_at: datetime | None
    next_cut_off: NextCutOff | None
    legs: int | None
    units: int | None
    late_legs: int | None
    units_today: int | None
    orders_today: int | None
