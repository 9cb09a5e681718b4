"""Partners whose stock we sell: who they are, and on which terms."""

from datetime import date
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code, Quantity


class PartnerKind(Enum):
    """What a partner does for us."""

    SUPPLIER = "supplier"
    PRINTER = "printer"
    THIRD_PARTY = "third_party"
    MARKETPLACE = "marketplace"
    DIGITAL = "digital"


class Partner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody whose stock or work we sell, with the nodes where it is.

    Of one that is not active nothing is promised or sourced, nor are its feeds fetched or awaited.
    `shipping_cents` is what a parcel to our customer costs us beyond the goods; from goods of
    `free_from_cents` on it costs nothing.
    """

    code: Code
    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Atelier Bois"])]
    kind: PartnerKind
    nodes: Annotated[tuple[Code, ...], Meta(max_length=500)] = ()
    is_active: bool = True
    shipping_cents: Cents = 0
    free_from_cents: Cents | None = None


class OddAmounts(Enum):
    """What a partner does with a customer's line below its minimum, or of no whole packs.

    It sends it all the same, and minimum and pack are for purchases alone; or the next amount that
    it sells is paid for; or it does not send it.
    """

    SENT = "sent"
    CHARGED = "charged"
    REFUSED = "refused"


class Term(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a partner charges for a SKU from a day on, and in which amounts it is to be had.

    `reference` is what the partner calls it. Of several, the one that began last counts.
    """

    sku: Code
    price_cents: Cents
    reference: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    minimum_units: Quantity = 1
    pack_units: Quantity = 1
    odd_amounts: OddAmounts = OddAmounts.SENT
    valid_from: date
    valid_until: date | None = None


class PriceAt(Struct, frozen=True, kw_only=True):
    """What a unit of a SKU costs us when a node of a partner sends it, and what its parcel does."""

    node: str
    sku: str
    price_cents: int
    shipping_cents: int
    free_from_cents: int | None
    minimum_units: int = 1
    pack_units: int = 1
    odd_amounts: OddAmounts = OddAmounts.SENT


class NodeTaken(Refusal):
    code = "node-of-another-partner"
    kind = Kind.CONFLICT
    says = Text("{nodes} already belong to {partner}.", "{nodes} appartiennent déjà à {partner}.")
    do = Text(
        "A node has one partner: take it off the other one first.",
        "Un site a un seul partenaire\u202f: retirez-le d'abord de l'autre.",
    )


class AgainstTerms(Refusal):
    code = "against-terms"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{supplier} does not sell it so: {skus}.", "{supplier} ne le vend pas ainsi\u202f: {skus}."
    )
    do = Text(
        "Order whole packs, at least the minimum: an arrow leads to the next amount.",
        "Commandez par colis entiers, au moins le minimum\u202f: suivez la flèche.",
    )
