"""What customers collect in a store: ready where, until when, by which code, and who took it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.fulfilment.model import LegId
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity
from noria.orders.model import OrderId
from noria.returns.model import Grade

Short = Annotated[str, Meta(min_length=1, max_length=40, examples=["A-12"])]
PickupCode = Annotated[str, Meta(max_length=20, examples=["7KM 4QX P"])]
When = Annotated[datetime, Meta(tz=True, examples=["2026-11-28T14:05:00+01:00"])]


class SpotKind(Enum):
    """Where in a store something lies ready."""

    SHELF = "shelf"
    LOCKER = "locker"
    DRIVE = "drive"
    COUNTER = "counter"


class Spot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shelf, a bay of the drive, the counter; or a `compartment` of a locker."""

    kind: SpotKind = SpotKind.SHELF
    name: Short
    compartment: Short | None = None


class Ready(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picked leg lies ready for its customer, since `happened_at` (else since now)."""

    id: LegId
    spot: Spot
    happened_at: When | None = None


class Moved(Struct, frozen=True, kw_only=True):
    """What waits for its customer lies there now."""

    id: str
    spot: Spot


class Missing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that were not in the box."""

    sku: Code
    quantity: Quantity


class Arrive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was sent came to the store: a leg, or any box of it by its SSCC, as it was scanned."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$", examples=["536365.1"])]
    missing: Annotated[tuple[Missing, ...], Meta(max_length=2000)] = ()
    happened_at: When | None = None


class Arrived(Struct, frozen=True, kw_only=True):
    """A leg that came; `into` is the store's own, which is to be made ready."""

    id: str
    leg: str
    order: str
    into: str | None


class Way(Enum):
    """How somebody shows that it is theirs: by the pickup code, or by who they are."""

    SCAN = "scan"
    CODE = "code"
    IDENTITY = "identity"
    PROXY = "proxy"


class Refused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units that the customer does not want, and in which condition they are.

    A and B go back on sale at once, C and D are damaged.
    """

    sku: Code
    quantity: Quantity
    grade: Grade
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["another colour"])]


class TillPayment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It was paid at the till; `reference` is that of the receipt."""

    id: Code
    reference: Annotated[str, Meta(min_length=1, max_length=100, examples=["till-3/004711"])]


class HandOverBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody took what lay ready of an order, but for what is `refused`.

    `scan` and `code` need the `code`; `identity` and `proxy` that `identity_seen` is true, and a
    proxy their `name`. What is not paid yet needs the `payment`.
    """

    order: OrderId
    node: Code
    way: Way
    code: PickupCode | None = None
    identity_seen: bool = False
    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    happened_at: When | None = None
    refused: Annotated[tuple[Refused, ...], Meta(max_length=200)] = ()
    payment: TillPayment | None = None


class HandedOver(Struct, frozen=True, kw_only=True):
    """What became of it: the legs that were taken, how many units were, and were refused."""

    id: str
    order: str
    node: str
    happened_at: datetime
    legs: Sequence[str]
    units: int
    refused: int
    is_proven: bool
    is_late: bool


class SettleHandOver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found out about a hand-over."""

    words: Annotated[str, Meta(max_length=500)] = ""


class HandOverSettled(Struct, frozen=True, kw_only=True):
    """It needs nobody any more."""

    id: str


class WrongCodesSettled(Struct, frozen=True, kw_only=True):
    """So many wrong tries at the store count no more."""

    node: str
    tries: int


class Lying(Struct, frozen=True, kw_only=True):
    """A leg that lies ready, and where."""

    leg: str
    spot: Spot
    ready_at: datetime
    units: int


class Notice(Struct, frozen=True, kw_only=True):
    """When a customer says that they come; `vehicle` and `bay` where they wait in the drive."""

    arrives_at: datetime
    told_at: datetime
    vehicle: str
    bay: str


class Collection(Struct, frozen=True, kw_only=True):
    """What waits in a store for whoever collects an order.

    `is_over`: its time is over, and it goes back on sale unless it is extended. `is_paid` is false
    while it is to be paid at the till; what `is_held` is not handed over. `customer` and `proxy`
    are who may take it.
    """

    order: str
    node: str
    ready_at: datetime
    keep_until: datetime
    is_over: bool
    is_paid: bool
    is_held: bool
    customer: str
    proxy: str | None
    extended: int
    lying: Sequence[Lying]
    notice: Notice | None = None


class Due(Struct, frozen=True, kw_only=True):
    """A leg that a store has to make ready: by when, and when it is expected to be.

    `is_late` once that is later than told; `minutes_left` until `due_at`, negative beyond it.
    """

    leg: str
    order: str
    node: str
    due_at: datetime
    expected_at: datetime
    minutes_left: int
    is_late: bool
    picked_at: datetime | None
    units: int


class Inbound(Struct, frozen=True, kw_only=True):
    """A leg under way to the store where it is collected; `sscc` are its boxes."""

    leg: str
    order: str
    node: str
    source: str
    service: str
    shipped_at: datetime
    arrives_on: str
    carrier_says: str | None
    sscc: Sequence[str]


class Lain(Struct, frozen=True, kw_only=True):
    """Units of a SKU that are to go on their shelf."""

    sku: str
    units: int


class PutBack(Struct, frozen=True, kw_only=True):
    """What lies ready, or was picked for it, and is not wanted there any more: it goes on a shelf.

    `spot` and `units` are known of what lay ready; of a leg that still waits, `units` are those
    that are to be taken out of it.
    """

    leg: str
    order: str
    node: str
    since: datetime
    spot: Spot | None
    units: Sequence[Lain] = ()


class Punctual(Struct, frozen=True, kw_only=True):
    """How many legs a store made ready, how many of them in time, and how many were collected."""

    node: str
    ready: int
    in_time: int
    share: float | None
    handed_over: int
    not_collected: int


class Extension(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep it for so many days more."""

    order: OrderId
    node: Code
    days: Annotated[int, Meta(ge=1, le=30)]
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["is ill"])]


class Extended(Struct, frozen=True, kw_only=True):
    """Until when it is kept now; answers are kept to be repeated, so they name nobody."""

    order: str
    node: str
    keep_until: datetime


class ProxyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may collect it instead of the customer; without a name, nobody any more."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Sacha Petit"])] | None = None


class Allowed(Struct, frozen=True, kw_only=True):
    """Whether somebody else may collect an order; who, the store sees."""

    order: str
    is_allowed: bool


class Announced(Struct, frozen=True, kw_only=True):
    """When the customer of an order comes."""

    order: str
    arrives_at: datetime


class NoticeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer is there, or comes in so many minutes; a plate or a colour, and a bay."""

    in_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0
    vehicle: Annotated[str, Meta(max_length=40, examples=["AB-123-CD"])] = ""
    bay: Annotated[str, Meta(max_length=20, examples=["3"])] = ""


class LookUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find what waits in a store: by the code, the order's number, or a name."""

    node: Code
    code: PickupCode | None = None
    order: OrderId | None = None
    name: Annotated[str, Meta(min_length=2, max_length=200)] | None = None


class Compartment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A compartment of a locker: what it holds and bears."""

    node: Code
    locker: Short
    name: Short
    volume_cm3: Annotated[int, Meta(ge=1, le=10_000_000)]
    most_g: Annotated[int, Meta(ge=1, le=1_000_000)]


class NotForPickup(Refusal):
    code = "not-for-pickup"
    kind = Kind.CONFLICT
    says = Text(
        "Leg {leg} is not collected at its node.",
        "La tâche {leg} n'est pas à retirer sur son site.",
    )
    do = Text("Ship it: POST /v1/shipments/batch.", "Expédiez-la\u202f: POST /v1/shipments/batch.")


class NotComing(Refusal):
    code = "not-coming-here"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{id} is no box or leg under way to a store.",
        "{id} n'est ni un colis ni une tâche en route vers un magasin.",
    )
    do = Text(
        "Scan the SSCC of the box: GET /v1/collections/inbound lists what is expected.",
        "Scannez le SSCC du colis\u202f: GET /v1/collections/inbound liste les arrivées.",
    )


class CompartmentUnfit(Refusal):
    code = "compartment-unfit"
    kind = Kind.CONFLICT
    says = Text(
        "Compartment {compartment} of {locker} cannot take it: {en}.",
        "Le casier {compartment} de {locker} ne convient pas\u202f: {fr}.",
    )
    do = Text(
        "Take a larger or another one: GET /v1/compartments names those that fit.",
        "Prenez-en un autre\u202f: GET /v1/compartments cite ceux qui conviennent.",
    )


class CodeMistyped(Refusal):
    code = "pickup-code-mistyped"
    kind = Kind.UNPROCESSABLE
    says = Text("There is no such pickup code.", "Ce code de retrait n'existe pas.")
    do = Text("Type it again: a sign is wrong.", "Retapez-le\u202f: un signe est faux.")


class CodeUnknown(Refusal):
    code = "pickup-code-unknown"
    kind = Kind.UNPROCESSABLE
    says = Text("Nothing waits here under this code.", "Rien n'attend ici sous ce code.")
    do = Text(
        "Look it up by the order's number or the name, and ask who they are.",
        "Cherchez par numéro de commande ou par nom, et demandez une pièce d'identité.",
    )


class CodeTriedTooOften(Refusal):
    code = "pickup-code-tried-too-often"
    kind = Kind.TOO_MANY
    says = Text(
        "{tries} wrong codes were tried at {node} in the last {minutes} minutes.",
        "{tries} codes faux ont été essayés à {node} en {minutes} minutes.",
    )
    do = Text(
        "Wait, or hand over by the order's number and a proof of identity.",
        "Attendez, ou remettez sur numéro de commande et pièce d'identité.",
    )


class NotProven(Refusal):
    code = "hand-over-not-proven"
    kind = Kind.UNPROCESSABLE
    says = Text("It is not shown whose order {order} is: {en}.", "Pour la commande {order}, {fr}.")
    do = Text(
        "Scan the code, or ask for a proof of identity and say so.",
        "Scannez le code, ou demandez une pièce d'identité et dites-le.",
    )


class NothingWaits(Refusal):
    code = "nothing-waits"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing of order {order} waits at {node}: {en}.",
        "Rien de la commande {order} n'attend à {node}\u202f: {fr}.",
    )
    do = Text(
        "Read the order: it says where it is.", "Lisez la commande\u202f: elle dit où elle est."
    )


class KeptTooLong(Refusal):
    code = "kept-too-long"
    kind = Kind.CONFLICT
    says = Text(
        "Order {order} was kept until {until}, and goes back on sale.",
        "La commande {order} était gardée jusqu'au {until} et retourne en vente.",
    )
    do = Text(
        "Extend it first: PUT /v1/collection-extensions/{{id}}; it works while it is there.",
        "Prolongez-la d'abord\u202f: PUT /v1/collection-extensions/{{id}}.",
    )


class RefusedTooMuch(Refusal):
    code = "refused-too-much"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{due} of {sku} lie ready for order {order}; {asked} cannot be refused.",
        "{due} {sku} attendent pour la commande {order}\u202f; {asked} ne peuvent être refusés.",
    )
    do = Text("Check the SKU and the count.", "Vérifiez le SKU et le nombre.")


class KeptLongEnough(Refusal):
    code = "kept-long-enough"
    kind = Kind.CONFLICT
    says = Text(
        "Order {order} is not kept beyond {most}.",
        "La commande {order} n'est pas gardée après {most}.",
    )
    do = Text("Collect it until {until}.", "Retirez-la avant le {until}.")
