"""What may be wanted otherwise of a purchase order or a transfer, and calling them off."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code

Wanted = Annotated[
    int, Meta(ge=0, le=1_000_000_000, description="Units in all; 0: none of it any more.")
]
Reason = Annotated[str, Meta(min_length=1, max_length=200, examples=["the supplier is out of it"])]


class PurchaseWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU that a purchase order has from now on; a cost that is left out stays."""

    sku: Code
    quantity: Wanted
    cost_cents: Cents | None = None


class TransferWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU that a transfer plans from now on."""

    sku: Code
    quantity: Wanted


class PurchaseChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted otherwise of a purchase order; a day, or a SKU, that is not named stays."""

    expected_on: date | None = None
    lines: Annotated[tuple[PurchaseWanted, ...], Meta(max_length=5000)] = ()


class TransferChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted otherwise of a transfer; a day, or a SKU, that is not named stays."""

    expected_on: date | None = None
    lines: Annotated[tuple[TransferWanted, ...], Meta(max_length=5000)] = ()


class CallOff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nothing more of a purchase order comes, or why a transfer never leaves."""

    reason: Reason


class UnderWay(Refusal):
    code = "under-way"
    kind = Kind.CONFLICT
    says = Text(
        "{asns} of purchase order {id} are under way.",
        "{asns}, de la commande d'achat {id}, est en route.",
    )
    do = Text(
        "Receive what was announced, or call it off first.",
        "Recevez ce qui est annoncé, ou annulez l'avis d'abord.",
    )
