"""What of an order is still to be paid back: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from noria.orders.model import Leg, Line
from noria.orders.refund_model import Paid

PAID_WITHIN = timedelta(days=14)
"""So soon after its customer said that they want it, EU law has a refund paid (2011/83, 13)."""


def pay_by(asked_at: datetime) -> datetime:
    return asked_at + PAID_WITHIN


def keeps_nothing(lines: Sequence[Line], paid: Paid, back: Mapping[int, int]) -> bool:
    """Whether its customer keeps nothing of an order once these units by line came back too."""
    return all(
        one.quantity - one.cancelled <= paid.lines[one.line].returned + back.get(one.line, 0)
        for one in lines
    )


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
