"""Chronopost: SOAP, the answer to `trackSkybillV2` and its older sisters."""

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
    "DC": Progress.ANNOUNCED,
    "DB": Progress.HANDED_OVER,
    "DY": Progress.HANDED_OVER,
    "PC": Progress.HANDED_OVER,
    "SC": Progress.IN_TRANSIT,
    "SD": Progress.IN_TRANSIT,
    "TS": Progress.IN_TRANSIT,
    "TT": Progress.IN_TRANSIT,
    "TA": Progress.OUT_FOR_DELIVERY,
    "TE": Progress.OUT_FOR_DELIVERY,
    "P": Progress.FAILED,
    "N": Progress.FAILED,
    "RB": Progress.READY,
    "RI": Progress.READY,
    "RE": Progress.RETURNING,
    "D": Progress.DELIVERED,
    "D1": Progress.DELIVERED,
    "D2": Progress.DELIVERED,
    "D3": Progress.DELIVERED,
    "D4": Progress.DELIVERED,
    "D5": Progress.RETURNED,
}


def answer(body: bytes, asked: str) -> Reply:
    """Events of a parcel, which names itself as its `skybillNumber`."""
    tree = trees.from_xml(body)
    if (fault := tree.first("Fault")) is not None:
        return refused(fault.text("faultcode"), fault.text("faultstring"))
    returned = tree.first("return")
    if returned is None:
        raise NotUnderstood("no element “return”")
    code = returned.text("errorCode")
    if code not in {"", "0"}:
        return refused(code, returned.text("errorMessage"))
    number = returned.text("skybillNumber") or asked
    events = list(returned.every("events"))
    if not events and not code:
        raise NotUnderstood("neither events nor an error")
    return read_each(events, lambda event: _heard(event, number))


def _heard(event: Tree, number: str) -> Heard:
    code = event.text("code")
    return heard(
        number,
        CODES.get(code.upper(), Progress.OTHER),
        instant(event.text("eventDate")),
        code,
        event.text("eventLabel"),
        event.text("officeLabel"),
    )
