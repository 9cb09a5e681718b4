"""What is kept back: units that are there, and are not promised to everybody, and why."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

from msgspec import Meta, Struct

from noria.catalog.model import Category
from noria.kit.ids import LARGEST_QUANTITY, Code
from noria.network.model import NodeKind

Kept = Annotated[int, Meta(ge=0, le=LARGEST_QUANTITY, description="Whole units of each SKU.")]
Days = Annotated[int, Meta(ge=0, le=365, description="Days of sales of each SKU at its node.")]
Share = Annotated[float, Meta(gt=0, le=1, examples=[0.95])]

MEASURED_DAYS = 28
"""Sales of so many days are what a mean day is told from."""


class Purpose(Enum):
    """Why units are kept back. The most specific rule wins for each purpose by itself.

    A buffer: the book may be wrong. Safety: more of it, where counts have shown that it is wrong.
    A protection: kept for one channel, so that the others do not see it. A threshold: who sees
    fewer than so many sees none. Trust: a partner's figures are old, or were wrong before, or
    somebody did not find what the book says of a shelf. Network and assortment: these nodes do not
    serve the channel, or not with these goods; either keeps all or nothing.
    """

    BUFFER = "buffer"
    SAFETY = "safety"
    PROTECTION = "protection"
    THRESHOLD = "threshold"
    TRUST = "trust"
    NETWORK = "network"
    ASSORTMENT = "assortment"


ADDED = (Purpose.TRUST, Purpose.NETWORK, Purpose.ASSORTMENT)
"""What is kept back beside buffers: none of them can be overruled by a rule of another purpose."""

OWN_BUFFER = "own-buffer"
"""The reason of a node's own buffer, in no language (`fence_rules.REASONS`)."""

FENCES = frozenset({Purpose.NETWORK, Purpose.ASSORTMENT})
EVERYTHING = LARGEST_QUANTITY
"""Units that keep all of a shelf back, whatever lies on it; the view `kept_rule` says the same."""


class KeepBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule: so many units, or days of sales, of these goods at these places, for a reason.

    What is left out means all: without `sku` and `category` all goods, without `node` and
    `node_kind` all places. `channel` is whom a protection is for, and whom any other rule is about.
    """

    id: Code
    purpose: Purpose
    sku: Code | None = None
    category: Category | None = None
    node: Code | None = None
    node_kind: NodeKind | None = None
    channel: Code | None = None
    units: Kept | None = None
    days: Days | None = None
    below_accuracy: Share | None = None
    reason: Annotated[
        str, Meta(min_length=1, max_length=200, examples=["thefts in the entrance hall"])
    ]
    valid_from: date | None = None
    valid_until: date | None = None


class Shelf(Struct, frozen=True, kw_only=True):
    """What rules look at: a SKU at a node, what it sold, and how often the book is right there."""

    sku: str
    node: str
    category: str = ""
    node_kind: NodeKind
    buffer_units: int = 0
    sold: int = 0
    accuracy: float | None = None


class Because(Struct, frozen=True, kw_only=True):
    """Units kept back for a purpose: by which rule, whose reason it gives, and for which channel.

    Without a rule it is the node's own buffer.
    """

    purpose: Purpose
    units: int
    rule: str | None = None
    reason: str = ""
    channel: str | None = None


class Terms(Struct, frozen=True):
    """Rules that hold now, the nodes' own buffers, and units that are not sent any more."""

    rules: list[Any] | None
    buffers: dict[str, int] | None
    unsellable: list[tuple[str, str, int]] | None
