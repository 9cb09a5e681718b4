"""Available to promise: what is there, what is kept back, what is expected, and when."""

from collections.abc import Sequence
from datetime import date
from enum import Enum

from msgspec import Struct

from noria.kit.errors import Text
from noria.promise.keep_back_model import Because


class Stocked(Struct, frozen=True):
    """A SKU at a node as one statement reads it; its fields are that statement's columns.

    `own` is what whoever asks holds there, `named` the demand that only this node may send,
    `unsellable` units of lots that are not sent to customers any more.
    """

    sku: str
    node: str
    on_shelf: int
    expired: int
    own: int
    named: int
    unsellable: int
    is_made: bool
    category: str
    node_kind: str
    buffer_units: int
    sold: int
    accuracy: float | None
    latitude: float
    longitude: float


class Expected(Struct, frozen=True, kw_only=True):
    """Units of a line that was accepted and that no node sends yet, in one channel."""

    demand: str
    line: int
    sku: str
    units: int
    channel: str
    node: str | None = None
    due: date | None = None


class SupplyKind(Enum):
    """How units come, or, for a transfer that is planned, leave."""

    PURCHASE = "purchase"
    ASN = "asn"
    TRANSFER = "transfer"
    PRODUCTION = "production"
    LEAVING = "leaving"


class Supply(Struct, frozen=True, kw_only=True):
    """Units of a SKU that a document brings to a node on a day; fewer than none take some away."""

    kind: SupplyKind
    document: str
    sku: str
    node: str
    day: date
    units: int


class Step(Struct, frozen=True, kw_only=True):
    """From `day` on, `units` more can be promised than before: `cumulative` in all."""

    day: date
    units: int
    cumulative: int


class Term(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One term of the sum: what it is, units as they count, and who says so.

    `day` is when they count; without one they count now. `is_late` supply should have come before
    today: nobody knows when it will, so it is shown and does not count. `why` is the reason in
    words: those of rules that nobody wrote are codes.
    """

    term: str
    units: int
    node: str | None = None
    day: date | None = None
    document: str | None = None
    rule: str | None = None
    reason: str = ""
    is_late: bool = False
    why: Text | None = None


class Curve(Struct, frozen=True, kw_only=True):
    """What can be promised of a SKU, at a node or (null) over all of them, day by day."""

    sku: str
    node: str | None
    channel: str | None
    steps: Sequence[Step]
    terms: Sequence[Term] | None = None


class Whereabouts(Struct, frozen=True):
    """Which node it is, and where."""

    code: str
    name: str
    kind: str
    does_hand_over: bool
    latitude: float
    longitude: float


class Near(Struct, frozen=True, kw_only=True):
    """A node that has a SKU, and how far it is as the crow flies."""

    node: str
    name: str
    kind: str
    km: float
    does_hand_over: bool
    units: int


class Free(Struct, frozen=True, kw_only=True):
    """A shelf's sum now; below zero where more is kept back than there is."""

    shelf: Stocked
    because: Sequence[Because]
    units: int
