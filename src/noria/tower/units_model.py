"""The life of one unit, and who got the units of a lot."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from noria.stock.model import MovementKind, State


class Step(Struct, frozen=True, kw_only=True):
    """Something that happened to a unit; what it says beyond the ledger depends on its cause.

    `supplier` it was bought from, `customer` (a reference) it was sold to or came back from,
    `reason` why, `grade` and `disposition` what an inspection found.
    """

    seq: int
    movement: str
    line: int
    kind: MovementKind
    happened_at: datetime
    recorded_at: datetime
    actor: str
    cause: str
    source_node: str
    source_state: State
    target_node: str
    target_state: State
    reason: str = ""
    supplier: str | None = None
    customer: str | None = None
    grade: str | None = None
    disposition: str | None = None


class Life(Struct, frozen=True, kw_only=True):
    """Where a unit is, its grade if it was ever inspected, and its life, the latest step first."""

    sku: str
    serial: str
    node: str
    state: State
    since: datetime | None
    grade: str | None
    steps: Sequence[Step]
    next: str | None = None


class Recipient(Struct, frozen=True, kw_only=True):
    """Units of a lot that left our walls for one cause; `is_assumed`: nobody scanned the lot."""

    cause: str
    customer: str | None
    node: str
    quantity: int
    last_at: datetime
    is_assumed: bool


class Recall(Struct, frozen=True, kw_only=True):
    """Who got the units of a lot, and how much of it has not left."""

    sku: str
    lot: str
    expires_on: date | None
    inside: int
    items: Sequence[Recipient]
    next: str | None = None
