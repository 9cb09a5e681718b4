"""DPD: SOAP, the answer to `getTrackingData`, which does not name the parcel that it is about."""

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import (
    Codes,
    NotUnderstood,
    heard,
    instant,
    read,
    refused,
    stamped,
)
from noria.connectors.carriers.trees import Tree
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

CODES: Codes = {
    "Accepted": Progress.ANNOUNCED,
    "PickedUp": Progress.HANDED_OVER,
    "PickUp": Progress.HANDED_OVER,
    "AtSendingDepot": Progress.HANDED_OVER,
    "BetweenDepots": Progress.IN_TRANSIT,
    "OnTheRoad": Progress.IN_TRANSIT,
    "Depot": Progress.IN_TRANSIT,
    "AtDeliveryDepot": Progress.IN_TRANSIT,
    "ReturningFromDelivery": Progress.IN_TRANSIT,
    "Courier": Progress.OUT_FOR_DELIVERY,
    "DeliveryFailure": Progress.FAILED,
    "ParcelShop": Progress.READY,
    "ReturnToSender": Progress.RETURNING,
    "Delivered": Progress.DELIVERED,
}
"""ReturningFromDelivery: back at the depot after an attempt in vain, to go out again."""

FORM = "%m/%d/%Y %I:%M:%S %p"
NOT_YET = "false"


def answer(body: bytes, asked: str) -> Reply:
    """The statuses that a parcel has reached; those still to come are left out."""
    tree = trees.from_xml(body)
    if (fault := tree.first("Fault")) is not None:
        code = fault.text("errorCode") or fault.text("faultcode")
        return refused(code, fault.text("errorMessage") or fault.text("faultstring"))
    found = tree.first("trackingresult")
    if found is None:
        raise NotUnderstood("no element “trackingresult”")
    reached = [
        status
        for status in found.every("statusInfo")
        if status.text("statusHasBeenReached") != NOT_YET and status.text("date", "content")
    ]
    return read(*(_heard(status, asked) for status in reached))


def _heard(status: Tree, asked: str) -> Heard:
    code, at = status.text("status"), status.text("date", "content")
    return heard(
        asked,
        CODES.get(code, Progress.OTHER),
        instant(at) if at[:4].isdecimal() else stamped(at, FORM),
        code,
        status.text("description", "content", "content"),
        status.text("location", "content"),
    )
