"""What carriers are asked for, and what they answer: accounts, labels, documents, pickups."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity, Sscc
from noria.network.model import Country, LocalTime, Name

CALL_JOB, PAPER_JOB = "carriers.call", "carriage.paper"

Words = Annotated[str, Meta(max_length=200)]
Millimetres = Annotated[int, Meta(ge=0, le=10_000)]
SecretName = Annotated[str, Meta(pattern=r"^[A-Z0-9_]{1,60}$", examples=["COLISSIMO_PASSWORD"])]


class Connector(Enum):
    """How a carrier is spoken with. Webhook: any carrier that answers our own signed requests."""

    WEBHOOK = "webhook"
    MONDIAL_RELAY = "mondial_relay"
    COLISSIMO = "colissimo"
    CHRONOPOST = "chronopost"
    DPD = "dpd"
    GLS = "gls"
    UPS = "ups"
    DHL_EXPRESS = "dhl_express"


class Format(Enum):
    PDF = "pdf"
    ZPL = "zpl"
    PNG = "png"


class Sender(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends, where a node's own address does not say so."""

    name: Name
    street: Words
    phone: Annotated[str, Meta(max_length=30)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    tax_number: Annotated[str, Meta(max_length=40, examples=["EORI FR12345678900012"])] = ""


class Account(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one carrier is called under one contract.

    `services` says what the carrier calls ours; `settings` are its plain fields (a contract
    number), `secrets` name variables NORIA_SECRET_…, `senders` those of nodes that differ. What
    was not answered is looked for `settle_s` seconds later. `url` replaces the carrier's own,
    `relay_prefix` is taken off relay points' codes; one that `speaks` as another tells so.
    `does_move_days`: customers may choose another day for what it carries.
    """

    code: Code
    connector: Connector
    url: Annotated[str, Meta(max_length=2000)] = ""
    services: Annotated[Mapping[str, Annotated[str, Meta(max_length=64)]], Meta(max_length=100)]
    settings: Annotated[Mapping[str, Words], Meta(max_length=50)] = {}
    secrets: Annotated[Mapping[str, SecretName], Meta(max_length=20)] = {}
    sender: Sender
    senders: Annotated[Mapping[str, Sender], Meta(max_length=5000)] = {}
    label_format: Format = Format.PDF
    relay_prefix: Annotated[str, Meta(max_length=20)] = ""
    timeout_s: Annotated[int, Meta(ge=1, le=120)] = 20
    settle_s: Annotated[int, Meta(ge=0, le=86_400)] = 120
    at_once: Annotated[int, Meta(ge=1, le=16)] = 4
    does_rate: bool = False
    does_move_days: bool = False
    speaks: Connector | None = None
    is_active: bool = True


class Packed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box as it stands on the bench. Without a weight, it weighs what is in it.

    `units`, by SKU, are in it; without them all of the leg is.
    """

    units: Annotated[Mapping[str, Quantity], Meta(max_length=2000)] = {}
    sscc: Sscc | None = None
    weight_g: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    length_mm: Millimetres = 0
    width_mm: Millimetres = 0
    height_mm: Millimetres = 0


class AskLabel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label for one box of a leg.

    Without an account, the cheapest service that keeps the promise is chosen when it is bought.
    """

    id: Code
    leg: Code
    box: Annotated[int, Meta(ge=1, le=1000)] = 1
    packed: Packed = Packed()
    account: Code | None = None
    service: Code | None = None


class LabelState(Enum):
    """How far a label is. Stuck: nobody knows whether the carrier made it; a person has to look."""

    ASKED = "asked"
    BOUGHT = "bought"
    DECLINED = "declined"
    STUCK = "stuck"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Priced(Struct, frozen=True, kw_only=True):
    """What a service would cost and when it would arrive; `fence` says why it fell out.

    `is_live`: the carrier said so just now; else it is our own tariff's.
    """

    account: str
    service: str
    cents: int
    arrives_on: date
    is_live: bool
    fence: str | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """Which service was chosen among which, and the day it has to keep."""

    due: date | None
    is_late: bool
    considered: Sequence[Priced]


class Label(Struct, frozen=True, kw_only=True):
    """A label for one box: what was asked, what the carrier calls it, what it costs."""

    id: str
    leg: str
    box: int
    order: str
    node: str
    account: str | None
    service: str | None
    state: LabelState
    state_since: datetime
    packed: Packed
    number: str | None
    cents: int | None
    choice: Choice | None
    detail: str
    asked_at: datetime
    actor: str


class Resolution(Enum):
    """What a person found out about a call whose outcome nobody knew."""

    WAS_MADE = "was_made"
    WAS_NOT_MADE = "was_not_made"


class Resolve(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` is what the carrier calls what it made."""

    outcome: Resolution
    number: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/-]{1,64}$")] | None = None


class PaperKind(Enum):
    LABEL = "label"
    CUSTOMS = "customs"
    DELIVERY_NOTE = "delivery_note"
    PICK_LIST = "pick_list"
    MANIFEST = "manifest"
    INVOICE = "invoice"


class PaperState(Enum):
    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"
    ERASED = "erased"


class AskedKind(Enum):
    """Documents that we make ourselves."""

    LABEL = "label"
    CUSTOMS = "customs"
    DELIVERY_NOTE = "delivery_note"
    PICK_LIST = "pick_list"


class AskPaper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document of one leg or, if it is a list of picks, of several of one node."""

    id: Code
    kind: AskedKind
    language: Annotated[str, Meta(pattern=r"^(en|fr)$")] = "fr"
    legs: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=200)]


class Paper(Struct, frozen=True, kw_only=True):
    """A document, without its content."""

    id: str
    kind: PaperKind
    format: Format
    language: str
    node: str
    legs: Sequence[str]
    state: PaperState
    detail: str
    asked_at: datetime
    actor: str


class AskPickup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A van for a node on a day, between two times on the node's own clock."""

    id: Code
    account: Code
    node: Code
    day: date
    ready_from: Annotated[LocalTime, Meta(examples=["09:00:00"])]
    ready_until: LocalTime
    boxes: Annotated[int, Meta(ge=1, le=10_000)]
    weight_g: Annotated[int, Meta(ge=1, le=1_000_000_000)]

    def __post_init__(self) -> None:
        if self.ready_until <= self.ready_from:
            raise ValueError("ready_until is not later than ready_from: no van would find it open")


class AskState(Enum):
    """How far a pickup or a manifest is."""

    ASKED = "asked"
    BOOKED = "booked"
    MADE = "made"
    DECLINED = "declined"
    STUCK = "stuck"


class Pickup(Struct, frozen=True, kw_only=True):
    id: str
    account: str
    node: str
    day: date
    ready_from: LocalTime
    ready_until: LocalTime
    boxes: int
    weight_g: int
    state: AskState
    number: str
    detail: str
    asked_at: datetime
    actor: str


class AskManifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of what a carrier takes from a node: all labels that were bought and not listed."""

    id: Code
    account: Code
    node: Code


class Manifest(Struct, frozen=True, kw_only=True):
    id: str
    account: str
    node: str
    labels: int
    state: AskState
    document: str | None
    detail: str
    asked_at: datetime
    actor: str


class CustomsGood(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What customs want to know of a SKU: its code in the harmonised system, where it was made."""

    sku: Code
    hs_code: Annotated[str, Meta(pattern=r"^[0-9]{6,10}$", examples=["691200"])]
    origin: Country
    description: Annotated[str, Meta(min_length=1, max_length=100, examples=["Ceramic mug"])]


class CallKind(Enum):
    CHOOSE = "choose"
    BUY = "buy"
    CANCEL = "cancel"
    PICKUP = "pickup"
    MANIFEST = "manifest"
    DAY = "day"


class CallState(Enum):
    """Stuck: a person has to look. Dropped: nobody wants it any more."""

    WAITING = "waiting"
    DONE = "done"
    DECLINED = "declined"
    STUCK = "stuck"
    DROPPED = "dropped"


class Call(Struct, frozen=True, kw_only=True):
    """An intent, written before the carrier is called.

    `maybe_sent`: it was about to be sent, and nobody knows yet what became of it. `attempts` is how
    often it was, `looks` how often it was looked for since.
    """

    id: str
    kind: CallKind
    subject: str
    account: str | None
    reference: str
    state: CallState = CallState.WAITING
    maybe_sent: bool = False
    attempts: int = 0
    looks: int = 0
    detail: str = ""


class Health(Struct, frozen=True, kw_only=True):
    """Troubles in a row with an account, and until when nobody is sent there."""

    failures: int = 0
    closed_until: datetime | None = None


class NoSuchService(Refusal):
    code = "account-has-no-service"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The account {account} does not offer the service {service}.",
        "Le compte {account} ne propose pas le service {service}.",
    )
    do = Text(
        "Name a service of the account, or neither of the two.",
        "Indiquez un service de ce compte, ou aucun des deux.",
    )


class BoxHasLabel(Refusal):
    code = "box-has-label"
    kind = Kind.CONFLICT
    says = Text(
        "Box {box} of {leg} has the label {label} already.",
        "Le carton {box} de {leg} a déjà l'étiquette {label}.",
    )
    do = Text("Print that one, or cancel it first.", "Imprimez celle-là, ou annulez-la d'abord.")


class NoRecipient(Refusal):
    code = "no-recipient"
    kind = Kind.CONFLICT
    says = Text(
        "Nobody is known at whose door {leg} should arrive.",
        "On ne sait pas à la porte de qui {leg} doit arriver.",
    )
    do = Text(
        "Give the order a recipient with a street, or a relay point.",
        "Donnez à la commande un destinataire avec une rue, ou un point relais.",
    )


class CustomsMissing(Refusal):
    code = "customs-missing"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{leg} passes customs, and these SKUs have no customs data: {skus}.",
        "{leg} passe la douane, et ces SKU n'ont pas de données douanières\u202f: {skus}.",
    )
    do = Text(
        "Send their codes and origins to POST /v1/customs-goods/batch.",
        "Envoyez leurs codes et origines à POST /v1/customs-goods/batch.",
    )


class ContentsMissing(Refusal):
    code = "contents-missing"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{leg} passes customs in several boxes, and it is not said what is in box {box}.",
        "{leg} passe la douane en plusieurs cartons, et rien ne dit ce que contient le {box}.",
    )
    do = Text(
        "Send the units of each box, as packed.units.",
        "Envoyez les unités de chaque carton, dans packed.units.",
    )


class NotStuck(Refusal):
    code = "call-not-stuck"
    kind = Kind.CONFLICT
    says = Text("{subject} does not wait for anybody.", "{subject} n'attend personne.")
    do = Text("Read it again.", "Relisez-le.")


class NumberMissing(Refusal):
    code = "number-missing"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "What the carrier made has a number, and it is not given.",
        "Ce que le transporteur a fait porte un numéro, et il n'est pas donné.",
    )
    do = Text(
        "Send `number`, as the carrier shows it.",
        "Envoyez `number`, tel que le transporteur l'affiche.",
    )


class NotBought(Refusal):
    code = "label-not-bought"
    kind = Kind.CONFLICT
    says = Text(
        "The label {label} cannot be cancelled: it is {state}.",
        "L'étiquette {label} ne peut pas être annulée\u202f: {state}.",
    )
    do = Text(
        "Wait until it is bought, or until a person has looked.",
        "Attendez qu'elle soit achetée, ou qu'une personne ait vérifié.",
    )


class NoServiceFits(Refusal):
    code = "no-service-fits"
    kind = Kind.CONFLICT
    says = Text(
        "No account has a service that takes {leg} where it goes.",
        "Aucun compte n'a de service qui emporte {leg} là où il va.",
    )
    do = Text(
        "Add a service or a tariff, or split the parcel.",
        "Ajoutez un service ou un tarif, ou divisez le colis.",
    )


class NothingToList(Refusal):
    code = "nothing-to-list"
    kind = Kind.CONFLICT
    says = Text(
        "No label of {account} at {node} waits to be listed.",
        "Aucune étiquette de {account} à {node} n'attend d'être listée.",
    )
    do = Text("Buy labels first.", "Achetez d'abord des étiquettes.")


class VanComesAlready(Refusal):
    code = "van-comes-already"
    kind = Kind.CONFLICT
    says = Text(
        "{account} comes to {node} on {day} already.",
        "{account} passe déjà à {node} le {day}.",
    )
    do = Text("Hand everything to that van.", "Remettez tout à ce passage.")
