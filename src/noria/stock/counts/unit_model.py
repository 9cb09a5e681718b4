"""Counts by unit: which serials, or how many of which lot, somebody saw on a shelf."""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.http import Instant
from noria.kit.ids import Code
from noria.stock.model import State
from noria.stock.tracked.model import NamedLots, Serials, check_named


class UnitsSeen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All units of a SKU on a shelf, held ones too; those that bear no name are not named."""

    sku: Code
    quantity: Annotated[int, Meta(ge=0, le=1_000_000_000, examples=[6])]
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class UnitCountBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody saw at a node, unit by unit."""

    node: Code
    counted_at: Instant
    lines: Annotated[tuple[UnitsSeen, ...], Meta(min_length=1, max_length=1000)]


class Differs(Enum):
    """Not there; there, and not in the book; there, and in the book somewhere else."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    ELSEWHERE = "elsewhere"


class UnitDifference(Struct, frozen=True, kw_only=True):
    """Units that were not as the book had them; `node` and `state` say where it had them.

    Without a code they are units whose lot or serial nobody knows. `is_booked` is false for what is
    missing and held for somebody: which hold goes without is not for a count to decide.
    """

    sku: str
    code: str | None
    differs: Differs
    quantity: int
    node: str | None = None
    state: State | None = None
    is_booked: bool = True


class UnitCountBooked(Struct, frozen=True, kw_only=True):
    id: str
    differences: tuple[UnitDifference, ...]
