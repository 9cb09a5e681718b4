"""How large a retailer is, and what is poured into one table of its database."""

from typing import NamedTuple

from msgspec import Struct


class Size(Struct, frozen=True, kw_only=True):
    """A retailer: its orders of a year, those of them that are open, its goods and its places."""

    orders: int = 1_000_000
    open: int = 10_000
    skus: int = 100_000
    nodes: int = 300
    nodes_of_a_sku: int = 20

    @property
    def values(self) -> dict[str, int]:
        """What the statements are given."""
        return {
            "orders": self.orders,
            "open": self.open,
            "skus": self.skus,
            "nodes": self.nodes,
            "width": self.nodes_of_a_sku,
            "share": max(1, self.orders // 1000),
        }


class Pour(NamedTuple):
    """Rows for one table, `(columns) select …`, made by the values of a size alone."""

    table: str
    statement: str
