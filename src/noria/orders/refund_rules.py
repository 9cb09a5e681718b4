"""What of an order is still to be paid back: values in, values out."""

from collections.abc import Sequence

from noria.orders.model import Leg
from noria.orders.refund_model import Paid


def still_due(paid: Paid, units: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Of these (line, units), those that no refund pays back yet; lines without any left out."""
    due: dict[int, int] = {}
    for line, count in units:
        known = paid.lines[line]
        free = known.units - known.refunded - due.get(line, 0)
        if taken := min(count, max(free, 0)):
            due[line] = due.get(line, 0) + taken
    return due


def sent_units(legs: Sequence[Leg]) -> dict[int, int]:
    """Units by line that have reached, or are on their way to, the customer."""
    sent: dict[int, int] = {}
    for leg in legs:
        if leg.shipped_at is None:
            continue
        for line in leg.lines:
            sent[line.line] = sent.get(line.line, 0) + line.due_units
    return sent
