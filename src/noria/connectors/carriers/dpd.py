"""DPD: SOAP, the answer to `getTrackingData`, which does not name the parcel that it is about."""

import re

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import (
    Codes,
    NotUnderstood,
    heard,
    instant,
    read_each,
    refused,
)
from noria.connectors.carriers.trees import Tree
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

CODES: Codes = {
    "accepted": Progress.ANNOUNCED,
    "pickedup": Progress.HANDED_OVER,
    "pickup": Progress.HANDED_OVER,
    "atsendingdepot": Progress.HANDED_OVER,
    "betweendepots": Progress.IN_TRANSIT,
    "ontheroad": Progress.IN_TRANSIT,
    "depot": Progress.IN_TRANSIT,
    "atdeliverydepot": Progress.IN_TRANSIT,
    "returningfromdelivery": Progress.IN_TRANSIT,
    "courier": Progress.OUT_FOR_DELIVERY,
    "deliveryfailure": Progress.FAILED,
    "notdelivered": Progress.FAILED,
    "parcelshop": Progress.READY,
    "returntosender": Progress.RETURNING,
    "delivered": Progress.DELIVERED,
    "pickedupbyconsignee": Progress.DELIVERED,
    "pickupbyconsignee": Progress.DELIVERED,
}
"""By letters alone: it writes BetweenDepots and BETWEEN_DEPOTS. ReturningFromDelivery: back at the
depot after an attempt in vain, to go out again."""

MONTHS = 12


def answer(body: bytes, asked: str) -> Reply:
    """The statuses that a parcel has reached; those still to come are left out."""
    tree = trees.from_xml(body)
    if (fault := tree.first("Fault")) is not None:
        code = fault.text("errorCode") or fault.text("faultcode")
        return refused(code, fault.text("errorMessage") or fault.text("faultstring"))
    found = tree.first("trackingresult")
    if found is None:
        raise NotUnderstood("no element “trackingresult”")
    reached = [status for status in found.every("statusInfo") if _is_reached(status)]
    is_month_first = not any(_is_day_first(status) for status in reached)
    return read_each(reached, lambda status: _heard(status, asked, is_month_first=is_month_first))


def _heard(status: Tree, asked: str, *, is_month_first: bool) -> Heard:
    code = status.text("status")
    return heard(
        asked,
        CODES.get("".join(filter(str.isalpha, code)).lower(), Progress.OTHER),
        instant(status.text("date", "content"), is_month_first=is_month_first),
        code,
        status.text("description", "content", "content"),
        status.text("location", "content"),
    )


def _is_reached(status: Tree) -> bool:
    """Steps that are still to come stand in a reply too; where it does not say so, a time does."""
    reached = status.text("statusHasBeenReached").lower()
    return reached == "true" or (not reached and bool(status.text("date", "content")))


def _is_day_first(status: Tree) -> bool:
    """Whether its time can only be meant with the day before the month: languages differ in it.

    With slashes it is an American's, unless one of a reply cannot be.
    """
    first = re.match(r"\d+", at := status.text("date", "content"))
    if first is None or len(first[0]) > 2:
        return False
    return at[first.end() : first.end() + 1] in {".", "-"} or int(first[0]) > MONTHS
