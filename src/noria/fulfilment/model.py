"""Work in the node: picks, shipments, parcels, deliveries."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import LARGEST_QUANTITY, Code, Quantity
from noria.stock.tracked.model import NamedLots, Proposal, Serials, check_named

LegId = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="A leg.", examples=["536365.1"])
]


class ShortReason(Enum):
    """Why units were not picked; each has its effect on the book.

    not_found: they are not there, and are booked as lost; a count of the shelf is called. damaged:
    they are there, and cannot be sold. expired: they are there, and wait on hold to be looked at.
    too_busy: they are there, and somebody else should send; the node can do as much less that day.
    """

    NOT_FOUND = "not_found"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    TOO_BUSY = "too_busy"


class ShortLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU that were not picked, and why."""

    sku: Code
    quantity: Quantity
    reason: ShortReason


class OutOfTurn(Struct, frozen=True, kw_only=True):
    """Units of a lot that were picked while others, that expire earlier, were there to be sent.

    `is_barred`: the lot is too old to be sent at all, or has expired.
    """

    sku: str
    lot: str
    quantity: int
    is_barred: bool


class Picked(Struct, frozen=True, kw_only=True):
    """What a pick came to; `short` units went back to sourcing, `out_of_turn` are to be seen."""

    id: str
    units: int
    short: int
    out_of_turn: tuple[OutOfTurn, ...] = ()


class PickLine(Struct, frozen=True, kw_only=True):
    """What to take for a SKU of a leg: lots in the order in which they expire.

    `lots` and `serials` that are named already are this leg's own. `short` units must not be sent:
    too old, or named by somebody else's hold.
    """

    sku: str
    quantity: int
    lots: tuple[Proposal, ...]
    serials: tuple[str, ...]
    short: int


class PackedUnits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which units of a SKU were packed, by the lots or serials that were scanned."""

    sku: Code
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(LARGEST_QUANTITY, self.lots, self.serials)


class UnitWeight(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit of a SKU weighs as it was picked, on the average: goods by weight differ."""

    sku: Code
    weight_g: Annotated[int, Meta(ge=1, le=10_000_000)]


class Pick(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leg was picked: all of it, but for what is `short`.

    Of tracked SKUs, `units` says which were taken: nobody else takes them, and they are what leaves
    unless the parcel says otherwise. `weights` are what parcels are reckoned with, instead of what
    the catalog says.
    """

    id: LegId
    short: Annotated[tuple[ShortLine, ...], Meta(max_length=2000)] = ()
    units: Annotated[tuple[PackedUnits, ...], Meta(max_length=2000)] = ()
    weights: Annotated[tuple[UnitWeight, ...], Meta(max_length=2000)] = ()

    def __post_init__(self) -> None:
        if len({one.sku for one in self.weights}) < len(self.weights):
            raise ValueError("a SKU is weighed twice")


class Ship(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picked leg was packed and handed to the carrier, in so many parcels.

    Of tracked SKUs, `units` says which; else what the pick named has gone, else the first
    to expire.
    """

    id: LegId
    parcels: Annotated[int, Meta(ge=1, le=1000)] = 1
    units: Annotated[tuple[PackedUnits, ...], Meta(max_length=2000)] = ()


class Parcel(Struct, frozen=True, kw_only=True):
    """One box: its SSCC (18 digits, GS1), what it weighs, and what is in it, by SKU.

    `units` are known of what was packed in boxes, and of the only parcel of a leg.
    """

    sscc: str
    weight_g: int
    units: Mapping[str, int] | None = None


class Shipment(Struct, frozen=True, kw_only=True):
    """What left a node together."""

    id: str
    leg: str
    order: str
    node: str
    service: str
    shipped_at: datetime
    parcels: Sequence[Parcel]
    delivered_at: datetime | None = None


class Deliver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shipment has reached its customer."""

    id: LegId
    delivered_at: Annotated[datetime, Meta(tz=True, examples=["2011-11-03T10:15:00+01:00"])]


class Delivered(Struct, frozen=True, kw_only=True):
    id: str
    delivered_at: datetime


class PickedLeg(Struct, frozen=True, kw_only=True):
    """A leg that was picked, as reliability counts it; `reasons` are of its short lines."""

    node: str
    planned_at: datetime
    picked_at: datetime
    is_empty: bool
    lines: int
    reasons: Sequence[str]


class ShippedLeg(Struct, frozen=True, kw_only=True):
    """When a leg had to leave, and when it did; or until when it lay there (`is_left`: in vain)."""

    node: str
    leaves_at: datetime
    shipped_at: datetime
    is_left: bool = False


class Journey(Struct, frozen=True, kw_only=True):
    """A shipment's way to its customer: as planned, and as it was."""

    node: str
    service: str
    country: str
    postcode: str
    time_zone: str
    leaves_at: datetime
    arrives_on: date
    shipped_at: datetime
    delivered_at: datetime
    recorded_at: datetime
    point: str | None = None


class LostShipment(Struct, frozen=True, kw_only=True):
    """A shipment of which something was declared lost, and when."""

    node: str
    service: str
    country: str
    postcode: str
    at: datetime


class ShortTooMuch(Refusal):
    code = "short-too-much"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Leg {leg} has {due} of {sku} to pick; {asked} cannot be missing.",
        "La tâche {leg} demande {due} {sku}\u202f; il ne peut pas en manquer {asked}.",
    )
    do = Text("Check the SKU and the count.", "Vérifiez le SKU et le nombre.")


class PackedOtherwise(Refusal):
    code = "packed-otherwise"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Leg {leg} has {due} of {sku} to send; {asked} are named.",
        "La tâche {leg} expédie {due} {sku}\u202f; {asked} sont nommés.",
    )
    do = Text(
        "Name the units in the parcels, each once.",
        "Nommez les unités des colis, une seule fois.",
    )


class CollectedInStore(Refusal):
    code = "collected-in-store"
    kind = Kind.CONFLICT
    says = Text(
        "{leg} is collected in the store {store}.", "{leg} est à retirer au magasin {store}."
    )
    do = Text(
        "Say that it is ready there, and hand it over to its customer: PUT /v1/hand-overs/{{id}}.",
        "Dites qu'il y est prêt, puis remettez-le au client\u202f: PUT /v1/hand-overs/{{id}}.",
    )


class DeliveredBeforeShipped(Refusal):
    code = "delivered-before-shipped"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Shipment {shipment} left at {shipped} and cannot have arrived at {delivered}.",
        "L'envoi {shipment} est parti à {shipped} et n'a pas pu arriver à {delivered}.",
    )
    do = Text("Check the time and its offset.", "Vérifiez l'heure et son décalage.")
