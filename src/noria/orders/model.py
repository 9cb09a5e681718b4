"""What customers asked for, and where each unit of it stands."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Cents, Code, Quantity
from noria.network.model import Country, Latitude, Longitude, Name, Postcode
from noria.orders.unpromised_model import Unpromised
from noria.promise.delivery.model import OptionKind

OrderId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._-]{1,40}$",
        description="The seller's own number: it names the order for ever.",
        examples=["536365"],
    ),
]


TaxCode = Annotated[str, Meta(max_length=30, description="As given.", examples=["FR-20"])]
FraudScore = Annotated[
    float,
    Meta(ge=0, le=1, description="How likely a fraud is, as somebody else reckoned it."),
]


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an order goes. Without coordinates, those of the postcode are taken."""

    country: Country = "FR"
    postcode: Postcode
    town: Name
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Recipient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who opens the door: personal data, kept apart from the order so that it can be erased."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["Camille Martin"])]
    street: Annotated[str, Meta(max_length=200, examples=["3 rue des Lilas"])] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=30)] = ""


class Payment(Enum):
    """Whether the customer has paid: yes, not yet, or when they collect it in a store."""

    PAID = "paid"
    DUE = "due"
    IN_STORE = "in_store"


class NewLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of one SKU, each sold at `price_cents`, perhaps to be sent wrapped.

    `tax_cents` is the tax of all its units together, as the seller reckoned it and contained in
    their prices; `tax_code` is what the seller calls it.
    """

    sku: Code
    quantity: Quantity
    price_cents: Cents = 0
    gift_wrap: bool = False
    tax_cents: Cents = 0
    tax_code: TaxCode = ""


class Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The window that the checkout showed, and the chance that it gave it.

    With `ready_at`, when it was said to wait in the store where it is collected.
    """

    first: date
    last: date
    chance: Annotated[float, Meta(ge=0, le=1)]
    ready_at: Annotated[datetime, Meta(tz=True, examples=["2011-11-01T10:30:00Z"])] | None = None


class Delivery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the customer chose to get it; `told` is what they were promised with that choice.

    `price_cents` is what they pay for it, of which `tax_cents` are tax.

    With `relay` it goes to that relay point, with `store` it is collected in that store, whatever
    the destination says: the promise names those that are near.
    """

    option: OptionKind = OptionKind.HOME_STANDARD
    relay: Code | None = None
    store: Code | None = None
    told: Told | None = None
    price_cents: Cents = 0
    tax_cents: Cents = 0


class NewOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as the seller's channel hands it over. `customer` is a reference, never a name.

    With `own_packaging` only nodes that have our boxes send it. What is not paid yet, or scores too
    high as a fraud, is sourced and its units are held, but no node is given it.
    """

    id: OrderId
    channel: Code
    customer: Annotated[str, Meta(min_length=1, max_length=100, examples=["C-17850"])]
    placed_at: Annotated[
        datetime, Meta(tz=True, description="With its offset.", examples=["2011-11-01T08:26:00Z"])
    ]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    destination: Destination
    recipient: Recipient | None = None
    due: date | None = None
    own_packaging: bool = False
    delivery: Delivery | None = None
    payment: Payment = Payment.PAID
    fraud_score: FraudScore | None = None
    lines: Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=2000)]


class Stage(Enum):
    """How far an order has come: that of its slowest unit which is still wanted."""

    WAITING = "waiting"
    SOURCED = "sourced"
    PICKED = "picked"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class LegLine(Struct, frozen=True, kw_only=True):
    """Units of an order's line that a leg sends; `gone` of them it will not send after all."""

    line: int
    sku: str
    quantity: int
    gone: int = 0

    @property
    def due_units(self) -> int:
        return self.quantity - self.gone


class Leg(Struct, frozen=True, kw_only=True):
    """One node's part of an order, and when each thing happened to it.

    Planned, picked, perhaps packed, ready (it waits in the store where it is collected), shipped,
    delivered is what we know that was done; `carrier_says` what its carrier says of the parcel that
    is furthest behind, or in trouble. `begun_by` is the last day on which the node can begin it, if
    it is known how much it can handle a day.
    """

    id: str
    order: str
    node: str
    service: str
    planned_at: datetime
    leaves_at: datetime
    arrives_on: date
    cost_cents: int
    picked_at: datetime | None = None
    ready_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    withdrawn_at: datetime | None = None
    carrier_says: str | None = None
    carrier_since: datetime | None = None
    packed_at: datetime | None = None
    begun_by: date | None = None
    lines: Sequence[LegLine] = ()


class Line(Struct, frozen=True, kw_only=True):
    """A line as it stands: of `quantity`, so many wait for stock and so many were cancelled.

    Of those cancelled, `moved` are wanted in another order now, by a split or a merge, which took
    their part of `tax_cents` with them.
    """

    line: int
    sku: str
    quantity: int
    price_cents: int
    waiting: int
    cancelled: int
    gift_wrap: bool = False
    tax_cents: int = 0
    tax_code: str = ""
    moved: int = 0


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """Something that happened to an order: who, when, why, and what brought it about.

    `cause` is kind:id of a request, a hold, a carrier's reply; `number` is its place in the book.
    """

    at: datetime
    kind: str
    actor: str
    actor_name: str | None = None
    leg: str | None = None
    reason: str = ""
    cause: str = ""
    number: int = 0


class EditKind(Enum):
    """What can be changed of an order, each until a moment of its own.

    recipient: who opens the door, the street. place: where it goes, and how. quantity: more units,
    other lines. cancel: fewer units.
    """

    RECIPIENT = "recipient"
    PLACE = "place"
    QUANTITY = "quantity"
    CANCEL = "cancel"


class Until(Enum):
    """What ends the time in which something of an order may be changed.

    unplanned: no node has it yet, nothing ends it before one does. held: no node is given it. pick:
    its node picks it, at the latest for the departure. hand_over: the customer collects it.
    departure: it leaves. picked, left: that has happened. over: nothing of it is left to change.
    """

    UNPLANNED = "unplanned"
    HELD = "held"
    PICK = "pick"
    HAND_OVER = "hand_over"
    DEPARTURE = "departure"
    PICKED = "picked"
    LEFT = "left"
    OVER = "over"


class Editable(Struct, frozen=True, kw_only=True):
    """Whether one thing of an order may still be changed, until when at the latest, and why then.

    Who picks or ships early ends it early. `until` is null while nothing ends it; of what is over,
    it is when it ended.
    """

    what: EditKind
    is_open: bool
    until: datetime | None
    reason: Until
    leg: str | None
    en: str
    fr: str


class Order(Struct, frozen=True, kw_only=True):
    """An order in full.

    `owed_cents` is what is still to be paid of an order to which more was added once it was paid.
    `unpromised` is why it is promised no day yet.
    """

    id: str
    channel: str
    customer: str
    placed_at: datetime
    accepted_at: datetime
    currency: str
    destination: Destination
    stage: Stage
    promised_from: date | None
    promised_to: date | None
    chance: float | None
    option: OptionKind | None
    relay: str | None
    store: str | None
    delivery_cents: int
    delivery_tax_cents: int
    payment: Payment
    held_for: Sequence[str]
    carrier_says: str | None
    lines: Sequence[Line]
    legs: Sequence[Leg]
    timeline: Sequence[TimelineEntry]
    editable: Sequence[Editable] = ()
    owed_cents: int = 0
    unpromised: Unpromised | None = None


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order in a list: who, from where, how it moves, how far, and what was promised.

    `nodes` are those that send it, as planned now; `leaves_at` is the next departure of one that
    has not left yet. `is_held`: no node may work on it.
    """

    id: str
    channel: str
    customer: str
    placed_at: datetime
    stage: Stage
    promised_to: date | None
    units: int
    value_cents: int
    currency: str
    town: str = ""
    nodes: Sequence[str] = ()
    services: Sequence[str] = ()
    option: OptionKind | None = None
    leaves_at: datetime | None = None
    is_held: bool = False


class Accepted(Struct, frozen=True, kw_only=True):
    """What becomes of an order that was taken: its legs, and the units that wait for stock."""

    id: str
    stage: Stage
    promised_from: date | None
    promised_to: date | None
    chance: float | None
    legs: Sequence[Leg]
    waiting: int


class Cancelled(Struct, frozen=True, kw_only=True):
    """Units taken out of an order."""

    id: str
    stage: Stage
    units: int


class CancelLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU to be cancelled: of one `line`, or of any that wants it."""

    sku: Code
    quantity: Quantity
    line: Annotated[int, Meta(ge=1, le=4000)] | None = None


class Short(Struct, frozen=True, kw_only=True):
    """Units of a leg that its node will not send."""

    leg: str
    line: int
    units: int


class Reroute(Struct, frozen=True, kw_only=True):
    """Legs to be sent from elsewhere: some by id, or all that a node has not picked."""

    legs: Sequence[str] = ()
    node: str | None = None
    closes_node: bool = False
    reason: str


class Rerouted(Struct, frozen=True, kw_only=True):
    """Legs that were taken off their nodes, of so many orders; `left` are still at the node."""

    legs: int
    orders: int
    left: int


class Look(Struct, frozen=True, kw_only=True):
    """When a plan was last looked at again, and how often it was changed."""

    looked_at: datetime
    changes: int


class NothingToCancel(Refusal):
    code = "too-late-to-cancel"
    kind = Kind.CONFLICT
    says = Text(
        "Only {left} of {sku} in order {order} can still be cancelled, {asked} asked.",
        "Seuls {left} {sku} de la commande {order} peuvent encore être annulés, {asked} demandés.",
    )
    do = Text(
        "What has been shipped can be returned once it has arrived.",
        "Ce qui est expédié pourra être retourné après réception.",
    )


class WrongStage(Refusal):
    code = "wrong-stage"
    kind = Kind.CONFLICT
    says = Text(
        "{leg} cannot be {verb}: it is {stage}.",
        "L'envoi {leg} ne peut pas être {verb}\u202f: il est {stage}.",
    )
    do = Text(
        "Read the order again: somebody was faster.",
        "Relisez la commande\u202f: quelqu'un a été plus rapide.",
    )


class NotInOrder(Refusal):
    code = "not-in-order"
    kind = Kind.UNPROCESSABLE
    says = Text("{what} is not part of {order}.", "{what} ne fait pas partie de {order}.")
    do = Text("Check the lines of the order.", "Vérifiez les lignes de la commande.")


class Work(Struct, frozen=True, kw_only=True):
    """A leg in a list of work: what, where, how much, and by when it has to leave."""

    id: str
    order: str
    node: str
    service: str
    planned_at: datetime
    leaves_at: datetime
    arrives_on: date
    picked_at: datetime | None
    shipped_at: datetime | None
    units: int
    skus: int


class Head(Struct, frozen=True, kw_only=True):
    """Where an order comes from and goes, and what the checkout told.

    `point` is the store or relay point that it goes to, if to one.
    """

    id: str
    channel: str
    country: str
    postcode: str
    option: str | None
    told_from: date | None
    told_to: date | None
    told_chance: float | None
    point: str | None = None


class NotARelay(Refusal):
    code = "not-a-relay"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{relay} is no relay point that is open.", "{relay} n'est pas un point relais ouvert."
    )
    do = Text(
        "Choose one that POST /v1/promises names, with the option relay.",
        "Choisissez-en un que POST /v1/promises cite, avec l'option relay.",
    )


class NotAStore(Refusal):
    code = "not-a-pickup-store"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{store} is no open store where customers collect.",
        "{store} n'est pas un magasin ouvert où l'on retire ses commandes.",
    )
    do = Text(
        "Choose one that hands over, with the option pick_up or ship_to_store.",
        "Choisissez-en un qui remet les commandes, avec l'option pick_up ou ship_to_store.",
    )


class RelayRefuses(Refusal):
    code = "relay-refuses"
    kind = Kind.UNPROCESSABLE
    says = Text("The relay point {relay} does not keep {sku}.", "Le relais {relay} refuse {sku}.")
    do = Text(
        "Send it home, or to a relay point that takes such goods.",
        "Livrez à domicile, ou dans un relais qui accepte ces produits.",
    )


class ToldBackwards(Refusal):
    code = "told-backwards"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The window told for order {order} ends before it begins.",
        "La fenêtre annoncée pour la commande {order} finit avant de commencer.",
    )
    do = Text(
        "Send the window as the checkout got it.",
        "Envoyez la fenêtre telle que la page de paiement l'a reçue.",
    )
