"""What past orders would have cost under one policy and under another."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.sourcing.model import Wish

TRIAL_JOB = "policies.trial"

Side = Annotated[
    str,
    Meta(
        pattern=r"^(draft:)?[A-Za-z0-9][A-Za-z0-9._-]{0,29}$",
        description="A version's id, draft:ID, or live.",
        examples=["draft:winter-sales-2"],
    ),
]


class Past(Struct, frozen=True, kw_only=True):
    """An order as it was asked for, whatever became of it.

    `due` is the day that was asked; its wish is for that one, or for the one that it was told.
    """

    placed_at: datetime
    wish: Wish
    due: date | None = None


class Shift(Struct, frozen=True, kw_only=True):
    """Units that came to a shelf, or left it, for another cause than an order."""

    at: datetime
    sku: str
    node: str
    units: int


class Figures(Struct, frozen=True, kw_only=True):
    """What a day, or all days, came to under a policy.

    `splits` are orders of several parcels; `on_time` of `sent` orders come by the day that was
    asked, or with the chance that their carriers have; `waiting` orders are still without a node
    at its end; `drained` shelves of stores went empty.
    """

    day: date | None = None
    orders: int = 0
    sent: int = 0
    parcels: int = 0
    splits: int = 0
    on_time: float = 0.0
    waiting: int = 0
    drained: int = 0
    terms: Mapping[str, int] = {}

    @property
    def cents(self) -> int:
        return sum(self.terms.values())


class Trial(Struct, frozen=True, kw_only=True):
    """One policy over all days, and day by day."""

    policy: str
    total: Figures
    days: Sequence[Figures]


class Comparison(Struct, frozen=True, kw_only=True):
    """Policies side by side, on the same orders and the same stock."""

    since: datetime
    until: datetime
    orders: int
    trials: Sequence[Trial]
