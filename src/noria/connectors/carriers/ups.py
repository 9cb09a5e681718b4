"""UPS: JSON of its tracking service."""

from datetime import datetime

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import (
    HOME,
    ZONES,
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

TYPES: Codes = {
    "M": Progress.ANNOUNCED,
    "P": Progress.HANDED_OVER,
    "I": Progress.IN_TRANSIT,
    "O": Progress.OUT_FOR_DELIVERY,
    "D": Progress.DELIVERED,
    "RS": Progress.RETURNING,
    "W": Progress.IN_TRANSIT,
    "DO": Progress.IN_TRANSIT,
    "DD": Progress.IN_TRANSIT,
}
"""The kind of an activity. X, an exception, says little by itself: its code decides.

DO, DD: freight has reached a container station, at its origin or its destination: nobody has it.
"""

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


def answer(body: bytes, asked: str) -> Reply:
    """Activities of each package of each shipment."""
    found = trees.from_json(body)
    if (error := found.first("response", "errors")) is not None:
        return refused(error.text("code"), error.text("message"))
    if found.first("trackResponse") is None:
        raise NotUnderstood("neither trackResponse nor errors")
    shipments = list(found.every("trackResponse", "shipment"))
    packages = [(ship, package) for ship in shipments for package in ship.every("package")]
    warning = next((word for ship in shipments for word in ship.every("warnings")), None)
    if warning is not None and not packages:
        return refused(warning.text("code"), warning.text("message"))
    told = [
        (package.text("trackingNumber") or ship.text("inquiryNumber") or asked, activity)
        for ship, package in packages
        for activity in package.every("activity")
    ]
    return read_each(told, _heard)


def _heard(told: tuple[str, Record]) -> Heard:
    number, activity = told
    kind, code = activity.text("status", "type"), activity.text("status", "code")
    town = activity.text("location", "address", "city")
    country = activity.text("location", "address", "countryCode")
    return heard(
        number,
        CODES.get(code.upper()) or TYPES.get(kind.upper()) or Progress.OTHER,
        _happened_at(activity, ZONES.get(country, HOME)),
        code or kind,
        activity.text("status", "description"),
        " ".join(filter(None, (town, country))),
    )


def _happened_at(activity: Record, zone: str) -> datetime:
    """By Greenwich's clock where it is told, else by that of the place; a day alone will do."""
    day, hour = activity.text("gmtDate"), activity.text("gmtTime").replace(":", "")
    if day and hour:
        return instant(f"{day}T{hour}+00:00")
    day, hour = activity.text("date"), activity.text("time").replace(":", "")
    return instant(f"{day}{hour.zfill(6) if hour else ''}", zone)
