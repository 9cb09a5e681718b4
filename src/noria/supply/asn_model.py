"""What a supplier says is under way."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.ids import Code, Quantity


class AsnLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sku: Code
    quantity: Quantity


class NewAsn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units under way to a node, due on a day: of a purchase order, or of none that is here."""

    supplier: Annotated[str, Meta(min_length=1, max_length=100, examples=["Atelier Bois"])]
    purchase_order: Code | None = None
    node: Code
    expected_on: date
    lines: Annotated[tuple[AsnLine, ...], Meta(min_length=1, max_length=5000)]


class AsnStatus(Struct, frozen=True, kw_only=True):
    sku: str
    quantity: int
    received: int


class Asn(Struct, frozen=True, kw_only=True):
    """An ASN as it stands; once it is closed nothing more is expected of it."""

    id: str
    supplier: str
    purchase_order: str | None
    node: str
    expected_on: date
    announced_at: datetime
    cancelled_at: datetime | None
    closed_at: datetime | None
    lines: Sequence[AsnStatus] = ()

    @property
    def status(self) -> str:
        """How far it is, in a word."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.closed_at is not None:
            return "closed"
        return "received" if any(line.received for line in self.lines) else "open"
