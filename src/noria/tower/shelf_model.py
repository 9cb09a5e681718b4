"""What lies where, SKU by SKU: at a node, and at all of them together."""

from datetime import datetime

from msgspec import Struct


class NodeShelf(Struct, frozen=True, kw_only=True):
    """A SKU at a node: units by state, and whether the book may be wrong there.

    `gaps` are facts that took more than the book knew, `refused` picks that found none, both since
    somebody looked (`looked_at`). `value_cents` is at weighted average cost, and null for whoever
    may not see values.
    """

    sku: str
    name: str
    available: int
    reserved: int
    hold: int
    damaged: int
    in_transit: int
    returning: int
    value_cents: int | None
    currency: str
    looked_at: datetime | None
    gaps: int
    refused: int


class SkuShelves(Struct, frozen=True, kw_only=True):
    """A SKU at all nodes together that the reader may see: units by state, `nodes` with any.

    `price_cents` is null for whoever may not see the catalog.
    """

    sku: str
    name: str
    category: str
    price_cents: int | None
    currency: str
    available: int
    reserved: int
    hold: int
    damaged: int
    in_transit: int
    returning: int
    nodes: int
