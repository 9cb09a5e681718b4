"""Which nodes serve a channel, and what it sells from where: fences, with dates and a reason."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from noria.catalog.model import Category
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.network.model import NodeKind

Reason = Annotated[
    str, Meta(min_length=1, max_length=200, examples=["drop-ship is for the web alone"])
]


class ChannelNetwork(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The only nodes that serve a channel in that time: those named, and all of the kinds named.

    Several networks of one channel add up. A channel without one is served by every node.
    """

    id: Code
    channel: Code
    nodes: Annotated[tuple[Code, ...], Meta(max_length=1000)] = ()
    node_kinds: Annotated[tuple[NodeKind, ...], Meta(max_length=50)] = ()
    reason: Reason
    valid_from: date | None = None
    valid_until: date | None = None


class AssortmentRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that a channel sells, or does not, from these places in that time.

    What is left out means all. The most specific rule wins: goods say more than places; so
    `is_sold` opens again what a wider rule has closed.
    """

    id: Code
    channel: Code
    sku: Code | None = None
    category: Category | None = None
    node: Code | None = None
    node_kind: NodeKind | None = None
    is_sold: bool
    reason: Reason
    valid_from: date | None = None
    valid_until: date | None = None


class Trust(Struct, frozen=True, kw_only=True):
    """Units of each SKU that a node does not promise, because its figures may be wrong, and why."""

    node: str
    units: int
    reason: str


class Missed(Struct, frozen=True, kw_only=True):
    """Units that somebody did not find on a shelf of ours, though the book had them there."""

    sku: str
    node: str
    units: int


class Doubt(Struct, frozen=True, kw_only=True):
    """Units more that a shelf does not promise until it is counted."""

    sku: str
    node: str
    units: int


class Barred(Struct, frozen=True, kw_only=True):
    """A node that has a SKU and may not send it for a channel: by which rule, and its reason."""

    node: str
    sku: str
    purpose: str
    rule: str | None
    reason: str


class ChannelOpens(Refusal):
    code = "channel-opens"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing else says today which nodes serve {channel}: all of them would.",
        "Rien d'autre ne dit aujourd'hui quels sites servent {channel}\u202f: tous le feraient.",
    )
    do = Text(
        "Save another network of the channel first; or say opens=true, if every node is to serve.",
        "Enregistrez d'abord un autre réseau du canal\u202f; ou dites opens=true, si tous doivent"
        " servir.",
    )
