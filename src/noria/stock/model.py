"""The nouns of the ledger: places, moves, movements, and what a fact did not find."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code


class State(Enum):
    """What a unit is free to do. Everything beyond our walls is outside, and balances the rest."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    HOLD = "hold"
    DAMAGED = "damaged"
    IN_TRANSIT = "in_transit"
    RETURNING = "returning"
    OUTSIDE = "outside"

    __hash__ = object.__hash__  # keys of balances are hashed often; an enum's own is slow


NAMES = {state: state.value for state in State}
"""What states are called. Where thousands are written, an enum is slow to say it."""


class MovementKind(Enum):
    RECEIVED = "received"
    SOLD = "sold"
    SHIPPED = "shipped"
    RETURNED = "returned"
    RESERVED = "reserved"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    COUNTED = "counted"
    FOUND = "found"
    LOST = "lost"
    PRODUCED = "produced"
    INSPECTED = "inspected"
    DAMAGED = "damaged"
    SCRAPPED = "scrapped"
    DONATED = "donated"
    CORRECTED = "corrected"


class Place(Struct, frozen=True):
    """Where units are: a node, and what they are free to do there."""

    node: str
    state: State


class LotUnits(Struct, frozen=True, kw_only=True):
    """Units of one lot; `is_assumed` where nobody told which lot it was."""

    lot: str
    quantity: int
    expires_on: date | None = None
    is_assumed: bool = False


class Move(Struct, frozen=True, kw_only=True):
    """`quantity` units of `sku` leave `source` and arrive at `target`.

    A move has two ends, so the units of a SKU, summed over every place, are always zero. Of a
    tracked SKU it may name its lots, or its serials: all of them or some, never more than it moves.
    """

    sku: str
    quantity: int
    source: Place
    target: Annotated[Place, Meta(examples=[{"node": "PAR", "state": "reserved"}])]
    lots: tuple[LotUnits, ...] = ()
    serials: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.quantity > 0
        assert self.source != self.target
        assert sum(lot.quantity for lot in self.lots) <= self.quantity
        assert len(self.serials) <= self.quantity


class Movement(Struct, frozen=True, kw_only=True):
    """Moves that happen together, for one `cause`, written as `kind:id`."""

    id: str
    kind: MovementKind
    cause: str
    happened_at: datetime
    moves: tuple[Move, ...]
    reason: str = ""


Key = tuple[str, str, State]
"""SKU, node, state: what a balance is kept for."""


class Locked(Struct, frozen=True):
    """A balance that is locked: its units, and where its row lies for as long as nothing moves."""

    quantity: int
    row: str


class Aside(Struct, frozen=True):
    """Units of a shelf that are put aside by one movement of a batch: each part for its cause.

    `number` is that of the movement in its batch, `line` that of the first part in its movement.
    """

    number: int
    line: int
    actor: str
    sku: str
    node: str
    causes: Sequence[str]
    parts: Sequence[int]


Balances = Mapping[Key, int]


class Gap(Struct, frozen=True, kw_only=True):
    """Units that a fact took and the book did not know: they were booked as found."""

    sku: str
    node: str
    state: State
    quantity: int
    movement: str
    serial: str | None = None


class Mark(Struct, frozen=True, kw_only=True):
    """Somebody looked: the shelf held `quantity` at `counted_at`, whatever was told since.

    The shelf is what a person finds there: available and reserved units, or the available ones
    alone where a till or a feed speaks. `cause` is what booked it, as `count:…` or `level:…`.
    """

    sku: str
    node: str
    cause: str
    counted_at: datetime
    quantity: int


class Counted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many sellable units of a SKU somebody counted."""

    sku: Code
    quantity: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Shelves(Struct, frozen=True):
    """Sellable units of SKUs that lie at nodes, as somebody says: very many, so a list a field."""

    skus: Sequence[str]
    nodes: Sequence[str]
    quantities: Sequence[int]


class Shift(Struct, frozen=True):
    """What a count of many shelves changes at one of them: `before`, and by how many units."""

    sku: str
    node: str
    before: int
    change: int


class Shifted(Struct, frozen=True):
    """What a count of many shelves changed: how many of them, and units found and lost."""

    shelves: int
    found: int
    lost: int


class Difference(Struct, frozen=True, kw_only=True):
    """What a count changed: the book said `expected`, the shelf held `counted`."""

    sku: str
    expected: int
    counted: int


class Balance(Struct, frozen=True, kw_only=True):
    sku: str
    node: str
    state: State
    quantity: int


class NodeUnits(Struct, frozen=True, kw_only=True):
    """How many units of all SKUs lie at a node, by state; a state without any is left out."""

    node: str
    units: Annotated[Mapping[str, int], Meta(examples=[{"available": 480, "reserved": 12}])]


class Entry(Struct, frozen=True, kw_only=True):
    """One line of a place's history, with the balance that it left behind.

    `happened_at` is when in the world, `recorded_at` when in the book, `seq` the order of the book.
    """

    seq: int
    movement: str
    line: int
    kind: MovementKind
    cause: str
    reason: str
    actor: str
    happened_at: datetime
    recorded_at: datetime
    state: State
    change: int
    before: int
    after: int


class Disagreement(Struct, frozen=True, kw_only=True):
    """A balance that is not what the moves add up to."""

    sku: str
    node: str
    state: State
    balance: int
    moves: int
    last_movement: str | None


class Booked(Struct, frozen=True, kw_only=True):
    """A movement is in the book; `gaps` are units that the book did not know before."""

    id: str
    recorded_at: datetime
    gaps: tuple[Gap, ...] = ()


class NotEnoughStock(Refusal):
    code = "not-enough-stock"
    kind = Kind.CONFLICT
    says = Text(
        "Not enough left: {available} of {sku} {state} at {node}, {asked} asked.",
        "Stock insuffisant\u202f: {available} {sku} ({state}) à {node}, {asked} demandés.",
    )
    do = Text("Ask for fewer, or at another node.", "Demandez-en moins, ou dans un autre site.")


class FromTheFuture(Refusal):
    code = "from-the-future"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "It is said to have happened at {at}, which is still to come.",
        "Cela se serait produit le {at}, qui est encore à venir.",
    )
    do = Text(
        "Check the clock and the time zone of the sender.",
        "Vérifiez l'horloge et le fuseau de l'expéditeur.",
    )
