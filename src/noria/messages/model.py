"""What a customer is told of an order: where each part is, when it comes, what they can do."""

from collections.abc import Sequence
from datetime import date, datetime, time
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.orders.carried_model import Progress
from noria.orders.model import OrderId


class Step(Enum):
    """How far a part of an order is, in a customer's words; a step is reached for good."""

    WAITING = "waiting"
    PREPARING = "preparing"
    PREPARED = "prepared"
    UNDER_WAY = "under_way"
    OUT = "out"
    READY = "ready"
    DELIVERED = "delivered"
    IN_TROUBLE = "in_trouble"


class Mood(Enum):
    """How a customer will take it; the page says it in colour, with a sign and in words."""

    CALM = "calm"
    GOOD = "good"
    SORRY = "sorry"


class Window(Struct, frozen=True):
    """Days on which something comes, the last included."""

    first: date
    last: date


class Item(Struct, frozen=True, kw_only=True):
    """Units of one SKU, by the name that it is sold under."""

    sku: str
    name: str
    units: int


class Said(Struct, frozen=True, kw_only=True):
    """One thing that a carrier said of a parcel."""

    at: datetime
    progress: Progress
    label: str
    place: str


class Parcel(Struct, frozen=True, kw_only=True):
    """A box with a carrier's number, if the carrier gave one yet."""

    carrier: str
    number: str
    progress: Progress | None = None
    said: Sequence[Said] = ()


class Sent(Struct, frozen=True, kw_only=True):
    """A leg as it stands: what is in it, when it is due, and its parcels. Times are UTC."""

    leg: str
    arrives_on: date
    items: Sequence[Item]
    is_in_store: bool = False
    picked_at: datetime | None = None
    ready_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    parcels: Sequence[Parcel] = ()


class Turn(Struct, frozen=True, kw_only=True):
    """A change of the plan that a customer should know: another day, or another place of sending.

    `window` is the new one, where the day changed; `is_chosen`: the customer wanted it so.
    `is_replaced`: something of it does not come, and is sent again or paid back.
    """

    at: datetime
    window: Window | None = None
    is_chosen: bool = False
    is_replaced: bool = False


class Day(Struct, frozen=True, kw_only=True):
    """When a store is open on a day, by its own clock; never, if `spans` is empty."""

    day: date
    spans: Sequence[tuple[time, time]]


class Pickup(Struct, frozen=True, kw_only=True):
    """Where and when an order is collected; `code` while it waits there, until `keep_until`.

    `ready_by` is the hour by which it should be ready, while that is known. `is_extended`: it is
    kept for longer already; `is_allowed`: somebody else may come; `is_announced`: the customer
    said when they come.
    """

    store: str
    town: str
    time_zone: str
    days: Sequence[Day]
    ready_by: datetime | None = None
    code: str | None = None
    keep_until: datetime | None = None
    remind_at: datetime | None = None
    is_paid: bool = True
    is_extended: bool = False
    is_allowed: bool = False
    is_announced: bool = False


class Paid(Struct, frozen=True, kw_only=True):
    """What a customer was paid back."""

    refund: str
    cents: int
    currency: str


class DayAsked(Struct, frozen=True, kw_only=True):
    """The day that a customer chose last; `is_kept`: its carrier said no, and it comes as told."""

    day: date
    is_open: bool
    is_kept: bool


class Elsewhere(Struct, frozen=True, kw_only=True):
    """Another order that took units of this one: part of it, or (`is_all`) all that was left."""

    order: str
    is_all: bool


class Back(Enum):
    """What became of goods that a customer withdrew from."""

    WANTED = "wanted"
    ANSWERED = "answered"
    RECEIVED = "received"
    CALLED_OFF = "called_off"


class Withdrawn(Struct, frozen=True, kw_only=True):
    """What a customer withdrew from by their link; `goes_to` is empty while nobody knows where."""

    id: str
    at: datetime
    goods: str
    goes_to: str
    back: Back = Back.WANTED


class Bar(Enum):
    """Why law lets nobody withdraw from something that was ordered."""

    DIGITAL = "digital"
    MADE_TO_SPECIFICATION = "made_to_specification"
    PERISHABLE = "perishable"
    SEALED_HYGIENE = "sealed_hygiene"
    SEALED_MEDIA = "sealed_media"
    MIXED = "mixed"
    PRESS = "press"


class Barred(Struct, frozen=True, kw_only=True):
    """What nobody can withdraw from, and why; or, if it `is_sealed`, nobody who broke its seal."""

    item: Item
    bar: Bar
    is_sealed: bool


class Withdrawal(Struct, frozen=True, kw_only=True):
    """What left and is not on its way back (`open`), and what was withdrawn from already.

    What is `barred`, of all that was ordered, is not open, unless it is sealed.
    """

    open: Sequence[Item] = ()
    made: Sequence[Withdrawn] = ()
    barred: Sequence[Barred] = ()
    right_days: int = 14


class Trouble(Enum):
    """What a customer reports."""

    NOT_RECEIVED = "not_received"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    MISSING_ITEM = "missing_item"
    OTHER = "other"


class Answered(Struct, frozen=True, kw_only=True):
    """What a customer reported, and reads as our answer."""

    report: str
    trouble: Trouble
    words: str
    at: datetime


class Facts(Struct, frozen=True, kw_only=True):
    """All that is known of an order, and may be told to whoever has its link.

    `told` is the window of the checkout or of acceptance; `turns` came after, oldest first.
    `stoppable` units can still be cancelled, where it goes still be changed if `can_move`, and the
    street there, of what is brought home, if `can_readdress`. It can come on one of `days` instead;
    `day_asked` was chosen. `is_unsure`: it will hardly come in that window, and nobody can say when
    instead. What other orders took is `elsewhere`, and not among the cancelled. `is_unpaid`: it is
    held until they pay, and cancelled at `pay_by` if they were told so. `waits_until`: so long they
    would rather wait than cancel. `is_promised_since`: it was confirmed without a day, and has one
    now. Names and addresses are not here: a link may be passed on.
    """

    order: str
    time_zone: str
    goes_to: str
    told: Window | None
    is_held: bool
    turns: Sequence[Turn]
    waiting: Sequence[Item]
    cancelled: Sequence[Item]
    sent: Sequence[Sent]
    stoppable: int
    pickup: Pickup | None = None
    is_not_collected: bool = False
    refunded: Sequence[Paid] = ()
    answers: Sequence[Answered] = ()
    can_move: bool = False
    is_unsure: bool = False
    days: Sequence[date] = ()
    day_asked: DayAsked | None = None
    elsewhere: Sequence[Elsewhere] = ()
    is_unpaid: bool = False
    pay_by: datetime | None = None
    can_readdress: bool = False
    waits_until: date | None = None
    withdrawal: Withdrawal = Withdrawal()
    is_promised_since: bool = False


class Headline(Enum):
    """The sentence that answers “where is it, when does it come”."""

    CANCELLED = "cancelled"
    JOINED = "joined"
    DELIVERED = "delivered"
    READY = "ready"
    IN_TROUBLE = "in_trouble"
    OVERDUE = "overdue"
    TODAY = "today"
    UNSURE = "unsure"
    LATER = "later"
    COMING = "coming"
    WAITING = "waiting"
    CHECKED = "checked"
    UNPAID = "unpaid"


class Part(Struct, frozen=True, kw_only=True):
    """What comes together: how far it is, when it comes, and what was said on the way."""

    step: Step
    items: Sequence[Item]
    window: Window | None = None
    delivered_at: datetime | None = None
    parcels: Sequence[Parcel] = ()


class Telling(Struct, frozen=True, kw_only=True):
    """An order as its customer is told of it. `before` is the window that no longer holds.

    `may_choose`: it is late, can still be cancelled, and they have not said that they wait.
    `withdrawable` can be given back, until the end of `withdraw_until` once all of it has come.
    """

    order: str
    headline: Headline
    mood: Mood
    window: Window | None
    before: Window | None
    delivered_on: date | None
    is_part_delivered: bool
    parts: Sequence[Part]
    turns: Sequence[Turn]
    cancelled: Sequence[Item]
    goes_to: str
    time_zone: str
    stoppable: int
    pickup: Pickup | None = None
    is_not_collected: bool = False
    refunded: Sequence[Paid] = ()
    answers: Sequence[Answered] = ()
    can_move: bool = False
    days: Sequence[date] = ()
    day_asked: DayAsked | None = None
    elsewhere: Sequence[Elsewhere] = ()
    can_readdress: bool = False
    may_choose: bool = False
    pay_by: datetime | None = None
    withdrawable: Sequence[Item] = ()
    withdraw_until: date | None = None
    withdrawn: Sequence[Withdrawn] = ()
    barred: Sequence[Barred] = ()


class Report(Struct, frozen=True, kw_only=True):
    """A problem that a customer told us of; `words` are theirs.

    `answer` is what was done, for those who read it here; `told` is what the customer reads of it.
    """

    id: str
    order: OrderId
    trouble: Trouble
    words: str
    reported_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None
    settled_name: str | None = None
    answer: str = ""
    told: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """Where a customer follows an order. Whoever has it can; renewing it closes the one before."""

    order: str
    url: str


class Goes(Struct, frozen=True, kw_only=True):
    """Where an order goes; `needs_name`: nobody is known who would open the door."""

    is_home: bool
    postcode: str
    town: str
    needs_name: bool


class Home(Struct, frozen=True, kw_only=True):
    """An address that a customer typed; `name` if nobody is known there yet."""

    name: str
    street: str
    postcode: str
    town: str


Answer = Annotated[str, Meta(min_length=1, max_length=1000, examples=["a new one is on its way"])]
TellCustomer = Annotated[
    str,
    Meta(
        max_length=2000,
        description="What the customer reads, on their page and by e-mail. Without it they hear"
        " nothing.",
        examples=["We are sorry. A new one leaves today."],
    ),
]


class LinkUnknown(Refusal):
    code = "link-unknown"
    kind = Kind.NOT_FOUND
    says = Text("This link leads to no order.", "Ce lien ne mène à aucune commande.")
    do = Text(
        "Open the link of the latest message that you got from the shop.",
        "Ouvrez le lien du dernier message que le magasin vous a envoyé.",
    )


class NothingToWithdraw(Refusal):
    code = "nothing-to-withdraw"
    kind = Kind.CONFLICT
    says = Text("Nothing of that can be given back.", "Rien de cela ne peut être rendu.")
    do = Text(
        "Choose how many of what you have; or the time for it is over.",
        "Choisissez combien vous renvoyez\u202f; ou le délai est passé.",
    )


class WithdrawalBarred(Refusal):
    code = "withdrawal-barred"
    kind = Kind.CONFLICT
    says = Text(
        "By law there is no right to withdraw from: {goods}.",
        "La loi exclut le droit de rétractation pour\u202f: {goods}.",
    )
    do = Text(
        "If something is wrong with it, tell us: your rights in that case are whole.",
        "Si quelque chose ne va pas, dites-le-nous\u202f: vos droits restent alors entiers.",
    )


class FormTooLong(Refusal):
    code = "form-too-long"
    kind = Kind.TOO_LARGE
    says = Text(
        "This is more than can be sent at once: nothing was taken.",
        "C'est plus qu'on ne peut envoyer en une fois\u202f: rien n'a été pris en compte.",
    )
    do = Text("Send it in several parts.", "Envoyez-le en plusieurs fois.")


class TooManyReports(Refusal):
    code = "too-many-reports"
    kind = Kind.CONFLICT
    says = Text(
        "We have {open} reports of this order already, and are looking into them.",
        "Nous avons déjà {open} signalements pour cette commande et les traitons.",
    )
    do = Text("Please wait for our answer.", "Merci d'attendre notre réponse.")
