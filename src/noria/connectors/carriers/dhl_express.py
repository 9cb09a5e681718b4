"""DHL Express: JSON of MyDHL."""

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import (
    Codes,
    NotUnderstood,
    heard,
    instant,
    read,
    read_each,
    refused,
)
from noria.connectors.carriers.trees import Record
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
    "BL": Progress.IN_TRANSIT,
    "BN": Progress.IN_TRANSIT,
    "CI": Progress.IN_TRANSIT,
    "CS": Progress.IN_TRANSIT,
    "CU": Progress.IN_TRANSIT,
    "ES": Progress.IN_TRANSIT,
    "HI": Progress.IN_TRANSIT,
    "HN": Progress.IN_TRANSIT,
    "HO": Progress.IN_TRANSIT,
    "LV": Progress.IN_TRANSIT,
    "MC": Progress.IN_TRANSIT,
    "MD": Progress.IN_TRANSIT,
    "NA": Progress.IN_TRANSIT,
    "SC": Progress.IN_TRANSIT,
    "SI": Progress.IN_TRANSIT,
    "SM": Progress.IN_TRANSIT,
    "ST": Progress.IN_TRANSIT,
    "TD": Progress.IN_TRANSIT,
    "WX": Progress.IN_TRANSIT,
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


def answer(body: bytes, asked: str) -> Reply:
    """Events of each shipment; a proof of delivery alone says nothing about where it is."""
    found = trees.from_json(body)
    if not found.has("shipments"):
        if found.has("documents"):
            return read()
        if not found.has("status"):
            raise NotUnderstood("neither shipments nor a status")
        return refused(found.text("status"), found.text("detail") or found.text("title"))
    told = [
        (shipment.text("shipmentTrackingNumber") or asked, event)
        for shipment in found.every("shipments")
        for event in shipment.every("events")
    ]
    return read_each(told, _heard)


def _heard(told: tuple[str, Record]) -> Heard:
    number, event = told
    code, hour = event.text("typeCode"), event.text("time")
    at = f"{event.text('date')}T{hour}{event.text('GMTOffset')}" if hour else event.text("date")
    return heard(
        number,
        CODES.get(code.upper(), Progress.OTHER),
        instant(at),
        code,
        event.text("description"),
        event.text("serviceArea", "description"),
    )
