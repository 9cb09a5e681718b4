"""Messages to customers: which there are, by which way they go, and what became of each."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text


class MessageKind(Enum):
    """What a message tells. Each is sent once for an order, or once for each of its parts."""

    CONFIRMED = "confirmed"
    PROMISED = "promised"
    PREPARED = "prepared"
    ON_ITS_WAY = "on_its_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY = "ready"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    UNSURE = "unsure"
    IN_TROUBLE = "in_trouble"
    CANCELLED = "cancelled"
    PICKUP_REMINDER = "pickup_reminder"
    NOT_COLLECTED = "not_collected"
    REFUNDED = "refunded"
    WITHDRAWN = "withdrawn"
    PAYMENT_REMINDER = "payment_reminder"
    DAY_CHOSEN = "day_chosen"
    DAY_KEPT = "day_kept"
    ANSWERED = "answered"


class Medium(Enum):
    """How a message goes: by e-mail, or in short through an HTTP port.

    sms: a text to their phone. chat: a messenger that knows them by their phone. push: a
    line in the shop's own app, which knows them by their customer reference.
    """

    EMAIL = "email"
    SMS = "sms"
    CHAT = "chat"
    PUSH = "push"


class Due(Struct, frozen=True, order=True):
    """A message that an order's customer should have had by now: `part` is a leg, or a day."""

    kind: str
    part: str = ""


class Choices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the customer of an order wants to hear of it. Beside e-mails, only by what they chose.

    Without a language it is that of the country it goes to.
    """

    email: bool = True
    sms: bool = False
    chat: bool = False
    push: bool = False
    language: Annotated[str, Meta(pattern="^(en|fr)$", examples=["fr"])] | None = None

    def wants(self, medium: Medium) -> bool:
        """Whether they want to hear by this way."""
        ways = {
            Medium.EMAIL: self.email,
            Medium.SMS: self.sms,
            Medium.CHAT: self.chat,
            Medium.PUSH: self.push,
        }
        return ways[medium]


class State(Enum):
    """waiting: it goes at `due_at`. sent. dropped: overtaken, or nobody to send it to. failed."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


class Message(Struct, frozen=True, kw_only=True):
    """A message and what became of it. Neither its address nor its text is kept.

    `asked_by` is who sent it; null: it followed from what happened. When it was with its reader, or
    came back, is known where whoever carries it says so.
    """

    id: str
    order: str
    kind: MessageKind
    part: str
    medium: Medium
    language: str
    state: State
    planned_at: datetime
    due_at: datetime
    attempts: int
    ended_at: datetime | None
    result: str
    asked_by: str | None = None
    delivered_at: datetime | None = None
    bounced_at: datetime | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """A message as it leaves: `text` for every reader, `html` for those who show it.

    `short` is its one sentence, and where to see more.
    """

    id: str
    to: str
    subject: str
    text: str
    html: str
    short: str
    picture: bytes = b""
    """PNG that the HTML shows as cid:code, if any."""


class Outcome(Struct, frozen=True):
    """What came of an attempt; one that is `is_final` is not tried again."""

    is_sent: bool
    is_final: bool
    told: str


class NoSuchMessage(Refusal):
    code = "no-such-message"
    kind = Kind.NOT_FOUND
    says = Text(
        "There is no message of the kind “{kind}”.", "Aucun message de type «\u202f{kind}\u202f»."
    )
    do = Text("Use one of {known}.", "Utilisez l'un de {known}.")
