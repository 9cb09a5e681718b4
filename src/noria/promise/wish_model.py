"""Wishes: lines that are held together, what they are decided on, and what they are answered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, LiteralString

from msgspec import Meta, Struct

from noria.kit.ids import Code, Quantity
from noria.promise.keep_back_model import Terms
from noria.promise.model import Demand, Draw, Hold, Shopper
from noria.stock.tracked.claims_model import WantedLots, WantedSerials

LINES = 100
"""A wish has no more lines than this."""

WISHES = 1000
"""A batch has no more wishes than this."""

Pair = tuple[str, str]
"""SKU and node."""

WishId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{1,60}$",
        description="Yours. With several lines, line 2 is held as ID.2, and so on.",
        examples=["0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44"],
    ),
]


class Take(Enum):
    """All lines whole, or of each line as much as there is."""

    ALL = "all"
    AVAILABLE = "available"


class WishLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Units of a SKU at a node; where units are told apart, perhaps which."""

    sku: Code
    node: Code
    quantity: Quantity
    lots: WantedLots = ()
    serials: WantedSerials = ()


class WishBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep units for a while: all lines together, for instance while a customer pays."""

    id: WishId
    demand: Demand
    lines: Annotated[tuple[WishLine, ...], Meta(min_length=1, max_length=LINES)]
    channel: Code | None = None
    shopper: Shopper | None = None
    minutes: Annotated[int, Meta(ge=1, le=43_200, description="How long it is held.")] = 15
    take: Take = Take.ALL


class WishBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wishes that know nothing of each other: each is answered by itself, in this order."""

    items: Annotated[tuple[WishBody, ...], Meta(min_length=1, max_length=WISHES)]


class KeptLine(Struct, frozen=True, kw_only=True):
    """One line as it was kept; without a reservation where there was nothing of it."""

    reservation: str | None
    sku: str
    node: str
    asked: int
    held: int


class Kept(Struct, frozen=True, kw_only=True):
    """What is held for a wish, until when."""

    id: str
    demand: str
    made_at: datetime
    expires_at: datetime
    lines: tuple[KeptLine, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """A wish, who asks, and the fingerprint of what was sent."""

    body: WishBody
    actor: str
    digest: bytes


class Wish(Struct, frozen=True):
    """Holds that belong together: all of them, or of each as much as there is."""

    holds: Sequence[Hold]
    is_partial: bool = False


class Own(Struct, frozen=True):
    """Units that a shopper holds already, for a while: a new wish of theirs may have them."""

    reservation: str
    units: int


class Shelves(Struct, frozen=True, kw_only=True):
    """What wishes are decided on: what is there, and what of it they may not have.

    `kept` is kept back from each channel; `named` is demand that only this node may send; `spare`,
    where demand waits that is nowhere yet, is what a channel may have of a SKU over all nodes.
    `made` is the capacity of nodes that make to order, and `makes` what they make.
    """

    available: Mapping[Pair, int]
    kept: Mapping[str | None, Mapping[Pair, int]]
    made: Mapping[str, int] = {}
    makes: Collection[Pair] = frozenset()
    closed: Collection[str] = frozenset()
    named: Mapping[Pair, int] = {}
    spare: Mapping[tuple[str | None, str], int] = {}
    own: Mapping[tuple[str, str, str], Sequence[Own]] = {}


class Granted(Struct, frozen=True):
    """Holds as they are kept, and what is taken for them out of the shopper's own."""

    holds: Sequence[Hold]
    draws: Sequence[Draw] = ()


class Settled(Struct, frozen=True):
    """A wish that is granted: what is held for which of its lines, and what its sender is told.

    `head` and `tail` are the told `Kept` as JSON, but for the two instants between them.
    """

    asked: Asked
    held: Sequence[tuple[str, WishLine, int]]
    head: str
    tail: str

    @property
    def is_by_its_id(self) -> bool:
        """Whether something is held under the id of the wish: then that says what was told."""
        return self.held[0][0] == self.asked.body.id

    @property
    def node(self) -> str:
        """The one node that all of it leaves from, if there is one; else nothing."""
        if len(self.held) == 1:
            return self.held[0][1].node
        nodes = {line.node for _, line, _ in self.held}
        return nodes.pop() if len(nodes) == 1 else ""

    def told(self, made_at: str, ends_at: str) -> bytes:
        """What its sender is told; the instants as JSON has them."""
        return f"{self.head}{made_at}{UNTIL}{ends_at}{self.tail}".encode()


UNTIL: LiteralString = '","expires_at":"'
"""What stands between the two instants of `Kept`."""


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of the codes that wishes name beside what lies there; mostly exceptions."""

    now: datetime
    terms: Terms
    makers: frozenset[str]
    closed: frozenset[str]
    unknown_skus: frozenset[str]
    unknown_nodes: frozenset[str]
    unknown_channels: frozenset[str]
    waited_for: frozenset[str]
    named: Mapping[Pair, int]
    own: Mapping[tuple[str, str, str], Sequence[Own]]
