"""Why an order is promised no day yet, and what would change it."""

from collections.abc import Sequence
from datetime import date
from enum import Enum

from msgspec import Struct


class Unknown(Enum):
    """Why nobody knows when an order comes.

    nothing_comes: no node has a SKU of it, and no document brings it. late: what should have
    brought it has no new day. spoken_for: what comes is for those who wait longer. too_late: it
    cannot come by the day that was asked. unreachable: what lies or comes cannot be sent there.
    """

    NOTHING_COMES = "nothing_comes"
    LATE = "late"
    SPOKEN_FOR = "spoken_for"
    TOO_LATE = "too_late"
    UNREACHABLE = "unreachable"


class Missing(Struct, frozen=True, kw_only=True):
    """A SKU that an order waits for: units, and those that others have waited for longer.

    `lying` are on shelves of open nodes, `coming` have a day still to come, `late` had one that has
    passed; `is_made`: it is made to order.
    """

    sku: str
    waiting: int
    ahead: int = 0
    lying: int = 0
    coming: int = 0
    late: int = 0
    is_made: bool = False


class Unpromised(Struct, frozen=True, kw_only=True):
    """Why an order is promised no day yet: the SKUs that it hangs on, and words for it.

    The words say what would change it; then it is promised within a minute, and its customer told.
    """

    reason: Unknown
    skus: Sequence[str]
    asked: date | None
    en: str
    fr: str
