"""Stock on its way to us: bought, or moved between nodes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code, Quantity
from noria.stock.tracked.model import NamedLots, Serials, check_named

Instant = Annotated[datetime, Meta(tz=True, examples=["2011-11-07T07:30:00+01:00"])]


class PurchaseLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sku: Code
    quantity: Quantity
    cost_cents: Cents = 0


class NewPurchase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units asked from a supplier, for a node, expected on a day."""

    supplier: Annotated[str, Meta(min_length=1, max_length=100, examples=["Atelier Bois"])]
    node: Code
    ordered_at: Instant
    expected_on: date
    lines: Annotated[tuple[PurchaseLine, ...], Meta(min_length=1, max_length=5000)]


class UnitLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU; where units are told apart, perhaps which."""

    sku: Code
    quantity: Quantity
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class ReceivedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU counted in; a `reason` is needed where they are not what was expected."""

    sku: Code
    quantity: Annotated[int, Meta(ge=0, le=1_000_000_000, examples=[6])]
    reason: Annotated[str, Meta(max_length=200, examples=["one carton crushed"])] = ""
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class NewTransfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units to be moved from node to node."""

    source: Code
    target: Code
    expected_on: date
    lines: Annotated[tuple[UnitLine, ...], Meta(min_length=1, max_length=5000)]


class Dispatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was loaded of a transfer; without lines, all that was planned.

    With `is_partial`, a shelf that holds less gives what it has, instead of a refusal.
    """

    is_partial: bool = False
    lines: Annotated[tuple[UnitLine, ...], Meta(min_length=1, max_length=5000)] | None = None


class NewReceipt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was counted in, of a purchase order, of a transfer, or of an ASN.

    With `is_last` nothing more is expected: what has not come is closed, as a discrepancy.
    """

    purchase_order: Code | None = None
    transfer: Code | None = None
    asn: Code | None = None
    received_at: Instant
    lines: Annotated[tuple[ReceivedLine, ...], Meta(min_length=1, max_length=5000)]
    is_last: bool = True


class PurchaseStatus(Struct, frozen=True, kw_only=True):
    sku: str
    quantity: int
    received: int
    cost_cents: int


class CalledOff(Struct, frozen=True, kw_only=True):
    """Nothing more is expected: since when, by whom, and why."""

    at: datetime
    actor: str
    actor_name: str | None = None
    reason: str


class Purchase(Struct, frozen=True, kw_only=True):
    """A purchase order as it stands."""

    id: str
    supplier: str
    node: str
    ordered_at: datetime
    expected_on: date
    closed_at: datetime | None
    cancelled: CalledOff | None = None
    lines: Sequence[PurchaseStatus] = ()


class TransferStatus(Struct, frozen=True, kw_only=True):
    sku: str
    planned: int
    dispatched: int
    received: int


class Transfer(Struct, frozen=True, kw_only=True):
    """A transfer as it stands; between dispatch and receipt its units are in transit."""

    id: str
    source: str
    target: str
    planned_at: datetime
    expected_on: date
    dispatched_at: datetime | None
    received_at: datetime | None
    cancelled: CalledOff | None = None
    lines: Sequence[TransferStatus] = ()


class Discrepancy(Struct, frozen=True, kw_only=True):
    """Units expected and units counted in, where they differ, and why."""

    sku: str
    expected: int
    received: int
    reason: str


class Received(Struct, frozen=True, kw_only=True):
    """A receipt is in the book."""

    id: str
    node: str
    units: int
    discrepancies: Sequence[Discrepancy]


class ReceivedUnits(Struct, frozen=True, kw_only=True):
    sku: str
    quantity: int


class Receipt(Struct, frozen=True, kw_only=True):
    """What was counted in once, of a purchase order, a transfer or an ASN; what differed, and why.

    `discrepancies` counts the SKUs that came otherwise than expected; `differed` says which.
    """

    id: str
    node: str
    purchase_order: str | None
    transfer: str | None
    asn: str | None
    received_at: datetime
    recorded_at: datetime
    actor: str
    units: int
    discrepancies: int
    lines: Sequence[ReceivedUnits] = ()
    differed: Sequence[Discrepancy] = ()


class NeedsReason(Refusal):
    code = "discrepancy-needs-reason"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{sku}: {expected} were expected and {received} counted in, without a reason.",
        "{sku}\u202f: {expected} attendus, {received} reçus, sans motif.",
    )
    do = Text("Count again, or say why they differ.", "Recomptez, ou dites pourquoi ils diffèrent.")


class Outcome(Enum):
    """What became of discrepancies: taken as they are, claimed from the sender, sent again."""

    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    REPLACED = "replaced"


class SettlementBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of the discrepancies of a receipt."""

    outcome: Outcome
    words: Annotated[str, Meta(max_length=500)] = ""


class Settlement(Struct, frozen=True, kw_only=True):
    """The discrepancies of a receipt are settled."""

    receipt: str
    outcome: Outcome
    discrepancies: int
    settled_at: datetime


class Settled(Struct, frozen=True, kw_only=True):
    """How a receipt was settled, as it is kept."""

    outcome: str
    words: str
    at: datetime


class NothingToSettle(Refusal):
    code = "nothing-to-settle"
    kind = Kind.CONFLICT
    says = Text(
        "Receipt {receipt} came as it was expected.", "La réception {receipt} est sans écart."
    )
    do = Text("Nothing has to be done.", "Il n'y a rien à faire.")


class AlreadyDone(Refusal):
    code = "already-done"
    kind = Kind.CONFLICT
    says = Text("{what} {id} is {status} already.", "{what} {id} est déjà {status}.")
    do = Text("Read it again: somebody was faster.", "Relisez\u202f: quelqu'un a été plus rapide.")

    def __init__(self, *, what: str, id: str, status: str) -> None:  # noqa: A002 - as it is said
        super().__init__(what=what, id=id, status=status)

    def sentence(self, language: str) -> str:
        what, status = self.details["what"], self.details["status"]
        said = {"what": what[0].upper() + what[1:]}
        if language == "fr":
            named, done = IN_FRENCH[what]
            said = {"what": named, "status": done[status]}
        return self.says.filled(language, self.details | said)


IN_FRENCH: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "purchase order": ("La commande d'achat", {"closed": "close", "cancelled": "annulée"}),
    "transfer": (
        "Le transfert",
        {"dispatched": "parti", "received": "reçu", "cancelled": "annulé"},
    ),
    "ASN": (
        "L'avis d'expédition",
        {"received": "reçu en partie", "closed": "clos", "cancelled": "annulé"},
    ),
}
"""What is on its way, with its article, and how it can stand, in its gender."""


class NotPlanned(Refusal):
    code = "not-planned"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{id} has {planned} of {sku}; {asked} cannot leave with it.",
        "{id} prévoit {planned} {sku}\u202f; {asked} ne peuvent pas partir avec.",
    )
    do = Text("Plan a transfer for the rest.", "Prévoyez un transfert pour le reste.")


class NotDispatched(Refusal):
    code = "not-dispatched"
    kind = Kind.CONFLICT
    says = Text(
        "Transfer {id} has not left {source} yet.",
        "Le transfert {id} n'a pas encore quitté {source}.",
    )
    do = Text("Dispatch it first.", "Enregistrez d'abord son départ.")
