"""The nouns of value: what stock cost, where that cost comes from, and what it adds up to."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.stock.model import MovementKind, State

Key = tuple[str, str]
"""SKU and node: what an average cost is kept for."""


class CostFrom(Enum):
    """Where the value of an entry comes from."""

    PURCHASE = "purchase"
    LEFT_AT = "left_at"
    MIRRORED = "mirrored"
    CARRIED = "carried"
    AVERAGE = "average"
    LAST_AVERAGE = "last_average"
    CATALOG = "catalog"
    LANDED = "landed"


class Worth(Struct, frozen=True, kw_only=True):
    """Units of a SKU inside our walls at a node, and their value; and when there were any last."""

    units: int = 0
    value_cents: int = 0
    last_units: int = 0
    last_value_cents: int = 0


class Crossing(Struct, frozen=True, kw_only=True):
    """A move that crosses our walls, or goes from node to node: all that value has to know of it.

    `source` is the node it leaves, None if it comes from outside; `target` likewise.
    """

    seq: int
    movement: str
    line: int
    kind: MovementKind
    cause: str
    recorded_at: datetime
    sku: str
    quantity: int
    source: str | None
    target: str | None


class Costs(Struct, frozen=True, kw_only=True):
    """What is known of costs beforehand.

    `purchases`: cents a unit, by cause and SKU. `catalog`: cents a unit, by SKU. `orders`: the
    cause under which returned units left, by the cause under which they come back. `left`: (units,
    cents) that left, by cause and SKU. `booked`: (units, cents) of a line of a movement.
    """

    purchases: dict[tuple[str, str], int]
    catalog: dict[str, int]
    orders: dict[str, str]
    left: dict[tuple[str, str], tuple[int, int]]
    booked: dict[tuple[str, int], tuple[int, int]]


class NewEntry(Struct, frozen=True, kw_only=True):
    """One line of the ledger of value, as it is written; `at` never falls."""

    move_seq: int | None
    movement_id: str | None
    line: int | None
    cause: str
    sku: str
    node: str
    units: int
    value_cents: int
    cost_from: CostFrom
    units_after: int
    value_after_cents: int
    at: datetime


class Entry(NewEntry, frozen=True, kw_only=True):
    """One line of the ledger of value, with its place in it."""

    seq: int


class Booked(Struct, frozen=True, kw_only=True):
    """How far value is booked: moves up to `seq`, the last of them recorded at `at`."""

    seq: int
    at: datetime | None
    is_current: bool


class By(Enum):
    """What stock value is added up by."""

    SKU = "sku"
    NODE = "node"
    STATE = "state"
    GRADE = "grade"


class Line(Struct, frozen=True, kw_only=True):
    """Units and their value. By grade, `worth_cents` is what they are worth in their condition."""

    key: str
    currency: str
    units: int
    value_cents: int
    worth_cents: int | None = None


class Total(Struct, frozen=True, kw_only=True):
    """All lines of one currency, added up."""

    currency: str
    units: int
    value_cents: int


class StockValue(Struct, frozen=True, kw_only=True):
    """A page of what stock is worth; the first page has the totals of all of them."""

    items: Sequence[Line]
    next: str | None
    totals: Sequence[Total] | None
    at: datetime | None
    booked: Booked


class NodeCost(Struct, frozen=True, kw_only=True):
    """What a SKU costs at a node: average = value / units, to a hundredth of a cent."""

    node: str
    currency: str
    units: int
    value_cents: int
    average_cents: float | None


class Spread(Enum):
    """By what a cost is spread over the lines of a receipt."""

    VALUE = "value"
    WEIGHT = "weight"
    UNITS = "units"


class LandedKind(Enum):
    FREIGHT = "freight"
    DUTY = "duty"
    HANDLING = "handling"
    INSURANCE = "insurance"
    OTHER = "other"


class NewLandedCost(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it cost to get the goods of a receipt here, beyond their price."""

    receipt: Code
    kind: LandedKind
    amount_cents: Annotated[
        int, Meta(ge=1, le=10**12, description="Whole cents.", examples=[12900])
    ]
    spread_by: Spread = Spread.VALUE


class ReceivedUnits(Struct, frozen=True, kw_only=True):
    """A line of a receipt: what a cost is spread over."""

    sku: str
    quantity: int
    cost_cents: int
    weight_g: int


class Share(Struct, frozen=True, kw_only=True):
    """A line's share of a landed cost; `in_stock_cents` of it is for units still there."""

    sku: str
    amount_cents: int
    in_stock_cents: int


class LandedCost(Struct, frozen=True, kw_only=True):
    """A landed cost as it was booked; its shares add up to it."""

    id: str
    receipt: str
    kind: LandedKind
    amount_cents: int
    spread_by: Spread
    recorded_at: datetime
    lines: Sequence[Share]


class GradeWorth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a returned unit of this condition is worth, in percent of its cost."""

    percent: Annotated[int, Meta(ge=0, le=100, examples=[70])]


class Part(Struct, frozen=True, kw_only=True):
    """Units of a SKU at a node in one state, of one grade if they came back."""

    state: State
    grade: str | None
    units: int


class ValueFault(Struct, frozen=True, kw_only=True):
    """A cost balance that is not what its entries, or the units, say."""

    sku: str
    node: str
    what: str
    expected: int
    found: int
    last_movement: str | None


class NothingReceived(Refusal):
    code = "nothing-received"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Receipt {receipt} holds no units that a cost could be spread over.",
        "La réception {receipt} ne contient aucune unité sur laquelle répartir un coût.",
    )
    do = Text("Name the receipt that the goods came with.", "Citez la réception de la marchandise.")
