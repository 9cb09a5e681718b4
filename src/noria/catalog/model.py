"""What is sold."""

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["White hanging heart"])]
Gtin = Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})$", examples=["04006381333931"])]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Millimetres = Annotated[int, Meta(ge=0, le=100_000, description="Packed; 0 is not known.")]
Category = Annotated[
    str,
    Meta(max_length=100, description="What rules may name instead of SKUs.", examples=["lamps"]),
]


class Tracking(Enum):
    """How units are told apart: not at all, by the lot they came in, or each by its serial."""

    UNTRACKED = "untracked"
    LOT = "lot"
    SERIAL = "serial"


class WithdrawalBar(Enum):
    """Why EU law lets nobody withdraw from what they bought (2011/83, article 16).

    What is sealed can be withdrawn from until its seal is broken. That something is made to order
    is no reason: it has to be made to what this one customer specified.
    """

    NONE = "none"
    MADE_TO_SPECIFICATION = "made_to_specification"
    PERISHABLE = "perishable"
    SEALED_HYGIENE = "sealed_hygiene"
    SEALED_MEDIA = "sealed_media"
    MIXED = "mixed"
    PRESS = "press"


class Barcode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A GTIN that names one unit, or a pack of `units`."""

    gtin: Gtin
    units: Annotated[int, Meta(ge=1, le=100_000)] = 1


class Sku(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The smallest thing we count. Prices are whole cents before tax.

    Its sides are those of a unit as it is packed: which box it fits follows from them or, where
    they are not known, from its volume. With `keeps_upright` its height stays its height; with
    `ships_as_is` its own packaging is its parcel. Nodes and carriers' services say whether they
    take what is hazardous or bulky; what is digital needs no parcel.
    """

    code: Code
    name: Name
    weight_g: Annotated[int, Meta(ge=0, le=10_000_000)] = 0
    volume_cm3: Annotated[int, Meta(ge=0, le=100_000_000)] = 0
    length_mm: Millimetres = 0
    width_mm: Millimetres = 0
    height_mm: Millimetres = 0
    keeps_upright: bool = False
    ships_as_is: bool = False
    price_cents: Cents = 0
    cost_cents: Cents = 0
    currency: Currency = "EUR"
    is_sold: bool = True
    is_hazardous: bool = False
    is_bulky: bool = False
    is_digital: bool = False
    category: Category = ""
    tracking: Tracking = Tracking.UNTRACKED
    withdrawal_bar: WithdrawalBar = WithdrawalBar.NONE
    minimum_days: Annotated[
        int,
        Meta(
            ge=0,
            le=3650,
            description="Days that a lot must still have before it expires, to be sent.",
        ),
    ] = 0
    barcodes: Annotated[tuple[Barcode, ...], Meta(max_length=50)] = ()


class Channel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to sell: the web shop, the tills, a marketplace."""

    code: Code
    name: Name


class BadGtin(Refusal):
    code = "bad-gtin"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{gtin} is not a GTIN: its check digit should be {digit}.",
        "{gtin} n'est pas un GTIN : sa clé devrait être {digit}.",
    )
    do = Text("Scan it again, or correct the number.", "Scannez à nouveau, ou corrigez le numéro.")


class BarcodeTaken(Refusal):
    code = "barcode-taken"
    kind = Kind.CONFLICT
    says = Text(
        "The barcode {gtin} already names SKU {sku}.",
        "Le code-barres {gtin} désigne déjà le SKU {sku}.",
    )
    do = Text(
        "Take it off the other SKU first, or correct the number.",
        "Retirez-le d'abord de l'autre SKU, ou corrigez le numéro.",
    )


class TrackedInside(Refusal):
    code = "tracked-inside"
    kind = Kind.CONFLICT
    says = Text(
        "The tracking of {skus} cannot change: there are units inside our walls.",
        "Le suivi de {skus} ne peut pas changer\u202f: il y a des unités dans nos murs.",
    )
    do = Text(
        "Count them out first, change it, then count them in with their lots or serials.",
        "Sortez-les d'abord du stock, changez-le, puis entrez-les avec leurs lots ou séries.",
    )


class Exclusion(Struct, frozen=True, kw_only=True):
    """A SKU that a channel does not sell, and why; every other one it does."""

    channel: str
    sku: str
    reason: str


class Named(Struct, frozen=True, kw_only=True):
    """What a barcode names: a SKU, and how many units of it."""

    gtin: str
    units: int
    sku: Sku
