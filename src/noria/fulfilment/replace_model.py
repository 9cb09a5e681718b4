"""Parcels of a leg that left, as far as it can be said what of them does not come."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text


class Box(Struct, frozen=True, kw_only=True):
    """A parcel of a leg that left. `units`, by SKU: what is in it, where that is known."""

    sscc: str
    units: Mapping[str, int] | None
    delivered_at: datetime | None = None
    is_replaced: bool = False

    @property
    def is_under_way(self) -> bool:
        return self.delivered_at is None and not self.is_replaced


class Missed(Struct, frozen=True, kw_only=True):
    """What does not come of a leg: these parcels, and what was in them, by line."""

    parcels: tuple[str, ...]
    units: Mapping[int, int]


class ParcelNotUnderWay(Refusal):
    code = "parcel-not-under-way"
    kind = Kind.CONFLICT
    says = Text(
        "Parcel {parcel} of {leg} has arrived, or was replaced already.",
        "Le colis {parcel} de {leg} est arrivé, ou est déjà remplacé.",
    )
    do = Text(
        "GET /v1/shipments/{{shipment_id}}/tracking says where each parcel is; what has arrived can"
        " be returned.",
        "GET /v1/shipments/{{shipment_id}}/tracking dit où est chaque colis\u202f; ce qui est"
        " arrivé peut être retourné.",
    )


class ContentsUnknown(Refusal):
    code = "contents-unknown"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Nobody said what lies in parcel {parcel} of {leg}, which left in several.",
        "Nul n'a dit ce que contient le colis {parcel} de {leg}, parti en plusieurs.",
    )
    do = Text(
        "Send `units`, by SKU, as the delivery note or the customer says; pack in boxes"
        " (POST /v1/packings/batch), and it is known.",
        "Envoyez `units`, par SKU, d'après le bon de livraison ou le client\u202f; emballez par"
        " carton (POST /v1/packings/batch), et ce sera connu.",
    )
