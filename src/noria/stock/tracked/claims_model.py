"""Units that a hold names: which serial, or how many of which lot, until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Quantity
from noria.stock.tracked.model import Serial, check_fits

ClaimKey = tuple[str, str, str]
"""SKU, code of a lot or serial, node."""


class WantedLot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of a lot."""

    lot: Serial
    quantity: Quantity


WantedLots = Annotated[
    tuple[WantedLot, ...],
    Meta(max_length=100, description="Lots that it is to be; of the others, any."),
]
WantedSerials = Annotated[
    tuple[Serial, ...],
    Meta(max_length=1000, description="Units that it is to be; of the others, any."),
]


def check_wanted(quantity: int, lots: Sequence[WantedLot], serials: Sequence[str]) -> None:
    """Refuse to read what wants more units than it holds, or one of them twice.

    Raises:
        ValueError: in words, for the door to say which line it was.
    """
    check_fits(quantity, [lot.quantity for lot in lots], serials)
    if len(set(serials)) < len(serials) or len({lot.lot for lot in lots}) < len(lots):
        raise ValueError("a lot or serial is there twice")


class Claim(Struct, frozen=True, kw_only=True):
    """Units of a lot, or the one of a serial, that a hold wants at a node; without `until`, firm.

    `is_standing` is false when its time was over and another hold has named the unit since.
    """

    holder: str
    sku: str
    code: str
    node: str
    is_serial: bool
    quantity: int = 1
    until: datetime | None = None
    is_standing: bool = True

    @property
    def key(self) -> ClaimKey:
        return self.sku, self.code, self.node


class Broken(Struct, frozen=True, kw_only=True):
    """A claim that a fact broke: the unit is gone, the hold is for any other one now."""

    holder: str
    sku: str
    node: str
    code: str
    quantity: int


class UnitClaimed(Refusal):
    code = "unit-claimed"
    kind = Kind.CONFLICT
    says = Text(
        "{sku} {serial} at {node} is held for somebody else.",
        "{sku} {serial} à {node} est réservé pour quelqu'un d'autre.",
    )
    do = Text(
        "Take another unit: GET /v1/serials shows what is there.",
        "Prenez-en une autre\u202f: GET /v1/serials montre ce qu'il y a.",
    )


class NotToldApart(Refusal):
    code = "not-told-apart"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Units of {sku} are not told apart by {what_en}.",
        "Les unités de {sku} ne sont pas distinguées par {what_fr}.",
    )
    do = Text(
        "Ask for a quantity alone, or change the SKU's tracking while it has no stock.",
        "Demandez une quantité seule, ou changez le suivi du SKU quand il n'a pas de stock.",
    )
