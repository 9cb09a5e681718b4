"""UPS: JSON of its tracking service."""

from collections.abc import Sequence

from msgspec import Struct, field

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
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

TYPES: Codes = {
    "M": Progress.ANNOUNCED,
    "P": Progress.HANDED_OVER,
    "I": Progress.IN_TRANSIT,
    "O": Progress.OUT_FOR_DELIVERY,
    "D": Progress.DELIVERED,
    "RS": Progress.RETURNING,
    "W": Progress.IN_TRANSIT,
    "DO": Progress.DELIVERED,
    "DD": Progress.DELIVERED,
}
"""The kind of an activity. X, an exception, says little by itself: its code decides."""

CODES: Codes = {
    "OT": Progress.OUT_FOR_DELIVERY,
    "OF": Progress.OUT_FOR_DELIVERY,
    "ZP": Progress.READY,
    "ZC": Progress.READY,
    "RP": Progress.READY,
    "2Q": Progress.READY,
    "KB": Progress.DELIVERED,
    "FS": Progress.DELIVERED,
    "RS": Progress.RETURNING,
    "SR": Progress.IN_TRANSIT,
    "IH": Progress.IN_TRANSIT,
    "NH": Progress.FAILED,
    "RF": Progress.FAILED,
    "48": Progress.FAILED,
    "49": Progress.FAILED,
}


class _Place(Struct, frozen=True, rename="camel"):
    city: str = ""
    country_code: str = ""


class _Location(Struct, frozen=True):
    address: _Place = _Place()


class _Status(Struct, frozen=True):
    kind: str = field(default="", name="type")
    code: str = ""
    description: str = ""


class _Activity(Struct, frozen=True, rename="camel"):
    date: str
    time: str
    status: _Status
    location: _Location = _Location()
    gmt_date: str = ""
    gmt_time: str = ""


class _Package(Struct, frozen=True, rename="camel"):
    tracking_number: str = ""
    activity: Sequence[_Activity] = ()


class _Word(Struct, frozen=True):
    code: str = ""
    message: str = ""


class _Shipment(Struct, frozen=True, rename="camel"):
    inquiry_number: str = ""
    package: Sequence[_Package] = ()
    warnings: Sequence[_Word] = ()


class _Tracked(Struct, frozen=True):
    shipment: Sequence[_Shipment] = ()


class _Errors(Struct, frozen=True):
    errors: Sequence[_Word] = ()


class _Answer(Struct, frozen=True, rename="camel"):
    track_response: _Tracked | None = None
    response: _Errors | None = None


def answer(body: bytes, asked: str) -> Reply:
    """Activities of each package of each shipment."""
    found = trees.from_json(body, _Answer)
    if found.response is not None and found.response.errors:
        return refused(found.response.errors[0].code, found.response.errors[0].message)
    if found.track_response is None:
        raise NotUnderstood("neither trackResponse nor errors")
    shipments = found.track_response.shipment
    warned = [word for shipment in shipments for word in shipment.warnings]
    if warned and not any(shipment.package for shipment in shipments):
        return refused(warned[0].code, warned[0].message)
    return read(
        *(
            _heard(package.tracking_number or shipment.inquiry_number or asked, activity)
            for shipment in shipments
            for package in shipment.package
            for activity in package.activity
        )
    )


def _heard(number: str, activity: _Activity) -> Heard:
    status, place = activity.status, activity.location.address
    progress = CODES.get(status.code) or TYPES.get(status.kind) or Progress.OTHER
    if activity.gmt_date and activity.gmt_time:
        at = instant(f"{activity.gmt_date}T{activity.gmt_time.replace(':', '')}+00:00")
    else:
        at = stamped(activity.date + activity.time, "%Y%m%d%H%M%S")
    return heard(
        number,
        progress,
        at,
        status.code or status.kind,
        status.description,
        " ".join(filter(None, (place.city, place.country_code))),
    )
