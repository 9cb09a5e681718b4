"""La Poste, Colissimo among it: JSON of the tracking service "Suivi", version 2."""

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

CODES: Codes = {
    "DR1": Progress.ANNOUNCED,
    "DR2": Progress.ANNOUNCED,
    "PC1": Progress.HANDED_OVER,
    "PC2": Progress.HANDED_OVER,
    "ET1": Progress.IN_TRANSIT,
    "ET2": Progress.IN_TRANSIT,
    "ET3": Progress.IN_TRANSIT,
    "ET4": Progress.IN_TRANSIT,
    "EP1": Progress.IN_TRANSIT,
    "DO1": Progress.IN_TRANSIT,
    "DO2": Progress.IN_TRANSIT,
    "DO3": Progress.FAILED,
    "PB1": Progress.FAILED,
    "PB2": Progress.IN_TRANSIT,
    "MD1": Progress.OUT_FOR_DELIVERY,
    "MD2": Progress.OUT_FOR_DELIVERY,
    "MD3": Progress.OUT_FOR_DELIVERY,
    "ND1": Progress.FAILED,
    "AG1": Progress.READY,
    "RE1": Progress.RETURNING,
    "DI0": Progress.DELIVERED,
    "DI1": Progress.DELIVERED,
    "DI3": Progress.DELIVERED,
    "DI2": Progress.RETURNED,
}
"""DI2: handed back to the sender. DO3, PB1: stopped, and somebody has to act."""


def answer(body: bytes, asked: str) -> Reply:
    """One answer, or a list of them, one for each parcel asked about."""
    answers = list(trees.from_json(body).every())
    shipments = [(one, ship) for one in answers for ship in one.every("shipment")]
    if not shipments:
        code = next((text for one in answers if (text := one.text("returnCode"))), "")
        if not code:
            raise NotUnderstood("neither a shipment nor a return code")
        return refused(code, answers[0].text("returnMessage"))
    told = [
        (ship.text("idShip") or one.text("idShip") or asked, event)
        for one, ship in shipments
        for event in ship.every("event")
    ]
    return read_each(told, _heard)


def _heard(told: tuple[str, Record]) -> Heard:
    number, event = told
    code = event.text("code")
    return heard(
        number,
        CODES.get(code.upper(), Progress.OTHER),
        instant(event.text("date")),
        code,
        event.text("label"),
    )
