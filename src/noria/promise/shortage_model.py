"""What is sold and not there: demand that waits, and what comes for it."""

from datetime import date, datetime

from msgspec import Struct


class Shortage(Struct, frozen=True, kw_only=True):
    """A SKU of which accepted demand waits: units, of how many orders or other demands, since when.

    `lying` units are on shelves of nodes that ship, and wait for something else: a whole order, or
    a fence. `coming` units are brought by documents from `next_on` on; what is late is not
    counted, for nobody knows when it comes. `uncovered` is what is left: somebody has to buy it.
    """

    sku: str
    name: str
    waiting: int
    demands: int
    since: datetime
    lying: int
    coming: int
    next_on: date | None
    uncovered: int
