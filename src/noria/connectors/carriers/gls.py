"""GLS: JSON of its track and trace service, several parcels an answer."""

from collections.abc import Sequence

from msgspec import Struct

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import Codes, heard, instant, read, refused
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
}
"""Codes are words between dots; the longest known beginning decides. Misspellings are GLS's own."""


class _Event(Struct, frozen=True, rename="camel"):
    code: str
    event_date_time: str
    description: str | None = None
    city: str | None = None
    country: str | None = None


class _Parcel(Struct, frozen=True, rename="camel"):
    requested: str = ""
    unitno: str = ""
    status: str = ""
    status_date_time: str = ""
    error_code: str = ""
    error_message: str = ""
    events: Sequence[_Event] = ()


class _Answer(Struct, frozen=True):
    parcels: Sequence[_Parcel]


def answer(body: bytes, asked: str) -> Reply:
    """Events of each parcel, and what it is as a whole where GLS knows more than its events say."""
    del asked
    parcels = trees.from_json(body, _Answer).parcels
    told = [parcel for parcel in parcels if not parcel.error_code]
    if parcels and not told:
        return refused(parcels[0].error_code, parcels[0].error_message)
    return read(*(one for parcel in told for one in _heard(parcel)))


def _heard(parcel: _Parcel) -> list[Heard]:
    number = parcel.unitno or parcel.requested
    said = [
        heard(
            number,
            _progress(event.code),
            instant(event.event_date_time),
            event.code,
            event.description,
            " ".join(filter(None, (event.city, event.country))),
        )
        for event in parcel.events
    ]
    whole = STATUSES.get(parcel.status)
    if whole and parcel.status_date_time and whole not in {one.progress for one in said}:
        said.append(heard(number, whole, instant(parcel.status_date_time), parcel.status))
    return said


def _progress(code: str) -> Progress:
    words = code.split(".")
    for length in range(len(words), 0, -1):
        if (found := EVENTS.get(".".join(words[:length]))) is not None:
            return found
    return Progress.OTHER
