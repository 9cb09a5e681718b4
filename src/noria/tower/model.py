"""What a person in front of the control tower sees."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from noria.promise.model import Mismatch
from noria.stock.model import Disagreement


class Summary(Struct, frozen=True, kw_only=True):
    """Today in figures: orders by stage, units by state, promises, and what needs a person."""

    at: datetime
    orders: Mapping[str, int]
    units: Mapping[str, int]
    promises: Mapping[str, int]
    exceptions: Mapping[str, int]


class ExceptionRow(Struct, frozen=True, kw_only=True):
    """Something a person must look at. It is gone when its cause is."""

    kind: str
    subject: str
    node: str | None
    since: datetime
    detail: str


class Unaccounted(Struct, frozen=True, kw_only=True):
    """An order's line whose units do not add up to what was ordered."""

    order: str
    line: int
    quantity: int
    accounted: int


class Unheld(Struct, frozen=True, kw_only=True):
    """A leg's line that has still to leave, and the units that are reserved for it."""

    leg: str
    line: int
    due: int
    held: int


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit compared, and everything that did not agree: every list should be empty."""

    at: datetime
    balances: int
    moves: int
    reservations: int
    orders: int
    disagreements: Sequence[Disagreement]
    unbalanced: Sequence[tuple[str, int]]
    mismatches: Sequence[Mismatch]
    unaccounted: Sequence[Unaccounted]
    unheld: Sequence[Unheld]

    @property
    def differences(self) -> int:
        return (
            len(self.disagreements)
            + len(self.unbalanced)
            + len(self.mismatches)
            + len(self.unaccounted)
            + len(self.unheld)
        )
