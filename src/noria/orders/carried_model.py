"""What carriers say of what we handed them, beside what we did ourselves."""

from datetime import datetime
from enum import Enum

from msgspec import Struct


class Progress(Enum):
    """How far a carrier says that a parcel is.

    announced: it knows of it. handed_over: it has it. in_transit, out_for_delivery. ready: it waits
    at a relay point, locker or agency. failed: an attempt was in vain. returning, returned: on its
    way back to us, and there. delivered. lost: the carrier has given up. other: a code that nobody
    has explained yet; it is kept, and moves nothing.
    """

    ANNOUNCED = "announced"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY = "ready"
    FAILED = "failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    OTHER = "other"


BEHIND = (
    Progress.LOST,
    Progress.RETURNED,
    Progress.RETURNING,
    Progress.FAILED,
    Progress.OTHER,
    Progress.ANNOUNCED,
    Progress.HANDED_OVER,
    Progress.IN_TRANSIT,
    Progress.OUT_FOR_DELIVERY,
    Progress.READY,
    Progress.DELIVERED,
)
"""What several parcels together are said to be: the first of these that one of them is."""


class Carried(Struct, frozen=True, kw_only=True):
    """What the carrier says of a leg: that of its parcel which is furthest behind, or in trouble.

    `number` and `code` are the carrier's own, of the parcel that made it so.
    """

    leg: str
    progress: Progress
    since: datetime
    carrier: str
    number: str
    code: str
