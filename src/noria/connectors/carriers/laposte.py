"""La Poste, Colissimo among it: JSON of the tracking service "Suivi", version 2."""

from collections.abc import Sequence

from msgspec import Struct

from noria.connectors.carriers import trees
from noria.connectors.carriers.model import Codes, NotUnderstood, heard, instant, read, refused
from noria.fulfilment.tracking_model import Reply
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


class _Event(Struct, frozen=True):
    code: str
    date: str
    label: str = ""


class _Shipment(Struct, frozen=True, rename="camel"):
    id_ship: str
    event: Sequence[_Event] = ()


class _Answer(Struct, frozen=True, rename="camel"):
    return_code: int | None = None
    return_message: str = ""
    id_ship: str = ""
    shipment: _Shipment | None = None


def answer(body: bytes, asked: str) -> Reply:
    """One answer, or a list of them, one for each parcel asked about."""
    del asked
    answers = trees.from_json(body, Sequence[_Answer] | _Answer)  # type: ignore[arg-type]
    told = [answers] if isinstance(answers, _Answer) else list(answers)
    shipments = [one.shipment for one in told if one.shipment is not None]
    if not shipments:
        if not told or told[0].return_code is None:
            raise NotUnderstood("neither a shipment nor a return code")
        return refused(told[0].return_code, told[0].return_message)
    return read(
        *(
            heard(
                shipment.id_ship,
                CODES.get(event.code, Progress.OTHER),
                instant(event.date),
                event.code,
                event.label,
            )
            for shipment in shipments
            for event in shipment.event
        )
    )
