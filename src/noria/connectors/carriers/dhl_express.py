"""DHL Express: JSON of MyDHL."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import Codes, NotUnderstood, heard, instant, read, refused
from noria.fulfilment.tracking_model import Heard, Reply
from noria.orders.carried_model import Progress

CODES: Codes = {
    "SA": Progress.HANDED_OVER,
    "PU": Progress.HANDED_OVER,
    "PL": Progress.IN_TRANSIT,
    "DF": Progress.IN_TRANSIT,
    "AF": Progress.IN_TRANSIT,
    "AR": Progress.IN_TRANSIT,
    "TR": Progress.IN_TRANSIT,
    "TP": Progress.IN_TRANSIT,
    "FD": Progress.IN_TRANSIT,
    "MS": Progress.IN_TRANSIT,
    "CR": Progress.IN_TRANSIT,
    "RR": Progress.IN_TRANSIT,
    "IC": Progress.IN_TRANSIT,
    "CD": Progress.IN_TRANSIT,
    "UD": Progress.IN_TRANSIT,
    "OH": Progress.IN_TRANSIT,
    "HP": Progress.IN_TRANSIT,
    "RW": Progress.IN_TRANSIT,
    "AD": Progress.IN_TRANSIT,
    "WC": Progress.OUT_FOR_DELIVERY,
    "CC": Progress.READY,
    "NH": Progress.FAILED,
    "BA": Progress.FAILED,
    "CA": Progress.FAILED,
    "CM": Progress.FAILED,
    "ND": Progress.FAILED,
    "RD": Progress.FAILED,
    "SS": Progress.FAILED,
    "RT": Progress.RETURNING,
    "OK": Progress.DELIVERED,
    "DL": Progress.DELIVERED,
    "DD": Progress.DELIVERED,
}
"""DD: delivered, damaged. CC: the consignee collects it. RD: refused by who should receive it."""


class _Area(Struct, frozen=True):
    description: str = ""


class _Event(Struct, frozen=True, rename="camel"):
    date: str
    time: str
    type_code: str
    description: str = ""
    service_area: Sequence[_Area] = ()
    gmt_offset: str = ""


class _Shipment(Struct, frozen=True, rename="camel"):
    shipment_tracking_number: str = ""
    events: Sequence[_Event] = ()


class _Answer(Struct, frozen=True):
    shipments: Sequence[_Shipment] | None = None
    status: int | str | None = None
    title: str = ""
    detail: str = ""
    documents: Any = None


def answer(body: bytes, asked: str) -> Reply:
    """Events of each shipment; a proof of delivery alone says nothing about where it is."""
    found = trees.from_json(body, _Answer)
    if found.shipments is None:
        if found.documents is not None:
            return read()
        if found.status is None:
            raise NotUnderstood("neither shipments nor a status")
        return refused(found.status, found.detail or found.title)
    return read(
        *(
            _heard(shipment.shipment_tracking_number or asked, event)
            for shipment in found.shipments
            for event in shipment.events
        )
    )


def _heard(number: str, event: _Event) -> Heard:
    return heard(
        number,
        CODES.get(event.type_code, Progress.OTHER),
        instant(f"{event.date}T{event.time}{event.gmt_offset}"),
        event.type_code,
        event.description,
        event.service_area[0].description if event.service_area else "",
    )
