"""GLS: JSON of its track and trace service, several parcels an answer."""

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import (
    Codes,
    NotUnderstood,
    heard,
    instant,
    read_each,
    refused,
)
from noria.connectors.carriers.trees import Record
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

STATUSES: Codes = {
    "PLANNEDPICKUP": Progress.ANNOUNCED,
    "INPICKUP": Progress.ANNOUNCED,
    "PREADVICE": Progress.ANNOUNCED,
    "INTRANSIT": Progress.IN_TRANSIT,
    "INWAREHOUSE": Progress.IN_TRANSIT,
    "INDELIVERY": Progress.OUT_FOR_DELIVERY,
    "NOTDELIVERED": Progress.FAILED,
    "NOTPICKEDUP": Progress.FAILED,
    "DELIVEREDPS": Progress.READY,
    "DELIVERED": Progress.DELIVERED,
    "FINAL": Progress.DELIVERED,
}
"""What a parcel is as a whole. DELIVEREDPS: it waits in a parcel shop."""

EVENTS: Codes = {
    "INTIAL.PREADVICE": Progress.ANNOUNCED,
    "INTIAL.NORMAL": Progress.HANDED_OVER,
    "INBOUND": Progress.IN_TRANSIT,
    "OUTBOUND": Progress.IN_TRANSIT,
    "EXPORT": Progress.IN_TRANSIT,
    "IMPORT": Progress.IN_TRANSIT,
    "WAREHOUSE": Progress.IN_TRANSIT,
    "INDELIVERY": Progress.OUT_FOR_DELIVERY,
    "NOTDELIVERD": Progress.FAILED,
    "NOTDELIVERED": Progress.FAILED,
    "DELIVERD.PARCELSHOP": Progress.READY,
    "DELIVERED.PARCELSHOP": Progress.READY,
    "DELIVERD": Progress.DELIVERED,
    "DELIVERED": Progress.DELIVERED,
    "RETURN": Progress.RETURNING,
    "RETURNED": Progress.RETURNING,
}
"""Codes are words between dots; the longest known beginning decides. Misspellings are GLS's own."""


_Said = tuple[str, Progress, Record]
"""A parcel's number, what is said of it, and how GLS says it."""


def answer(body: bytes, asked: str) -> Reply:
    """Events of each parcel, and what it is as a whole where GLS knows more than its events say."""
    found = trees.from_json(body)
    if not found.has("parcels"):
        raise NotUnderstood("no “parcels”")
    parcels = list(found.every("parcels"))
    told = [parcel for parcel in parcels if not parcel.text("errorCode")]
    if parcels and not told:
        return refused(parcels[0].text("errorCode"), parcels[0].text("errorMessage"))
    return read_each([one for parcel in told for one in _said(parcel, asked)], _heard)


def _said(parcel: Record, asked: str) -> list[_Said]:
    """The events of a parcel; what it is as a whole is one more, if none of them says so."""
    number = _number(parcel, asked)
    events = list(parcel.every("events"))
    said: list[_Said] = [(number, _progress(event.text("code")), event) for event in events]
    code = parcel.text("status").upper()
    whole = STATUSES.get(code, Progress.OTHER)
    ways = {progress for _, progress, _ in said}
    if code == "FINAL" and Progress.RETURNING in ways:
        whole = Progress.RETURNED
    if code and whole not in ways:
        latest = max((event.text("eventDateTime") for event in events), default="")
        at = parcel.text("statusDateTime") or latest
        said.append((number, whole, Record({"code": code, "eventDateTime": at})))
    return said


def _number(parcel: Record, asked: str) -> str:
    """The number that we asked about is the one that we know: its own may have a check digit."""
    names = [parcel.text("unitno"), parcel.text("requested")]
    return asked if asked and asked in names else next(filter(None, names), asked)


def _heard(said: _Said) -> Heard:
    number, progress, event = said
    return heard(
        number,
        progress,
        instant(event.text("eventDateTime")),
        event.text("code"),
        event.text("description"),
        " ".join(filter(None, (event.text("city"), event.text("country")))),
    )


def _progress(code: str) -> Progress:
    words = code.upper().split(".")
    for length in range(len(words), 0, -1):
        if (found := EVENTS.get(".".join(words[:length]))) is not None:
            return found
    return Progress.OTHER
