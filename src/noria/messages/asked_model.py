"""Messages that a person sends: those that an order lets be told, and what speaks against."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.messages.outbox_model import Medium, MessageKind
from noria.orders.model import OrderId


class Sendable(Struct, frozen=True, kw_only=True):
    """A message that is true of an order now, by a way that its customer wants to be told by.

    `part` is what it is about: a leg, a day, a refund; all of it, if it is empty. `to` is their
    address, of which only a little is shown. It would leave at `goes_at`: texts wait for the
    morning. `times` counts how often it was planned before; while it `is_waiting` it is not again.
    """

    kind: MessageKind
    part: str
    medium: Medium
    language: str
    to: str
    goes_at: datetime
    subject: str
    short: str
    times: int
    last_at: datetime | None
    is_waiting: bool


class AskMessage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell the customer of an order this, now or in the morning: one of those that are sendable."""

    order: OrderId
    kind: MessageKind
    part: Annotated[str, Meta(max_length=64, examples=["536365.1"])] = ""
    medium: Medium = Medium.EMAIL


class MessageNotTrue(Refusal):
    code = "message-not-true"
    kind = Kind.CONFLICT
    says = Text(
        "Of order {order} a message “{kind}” would not be true now.",
        "De la commande {order}, un message «\u202f{kind}\u202f» ne serait pas vrai maintenant.",
    )
    do = Text(
        "GET /v1/orders/{{order_id}}/sendable-messages lists those that are.",
        "GET /v1/orders/{{order_id}}/sendable-messages donne ceux qui le sont.",
    )


class MessageUnwanted(Refusal):
    code = "message-unwanted"
    kind = Kind.CONFLICT
    says = Text(
        "The customer of order {order} is not told this by {medium}: they did not say yes to it,"
        " left no address for it, or it does not go that way.",
        "Le client de la commande {order} ne reçoit pas cela par {medium}\u202f: il n'y a pas"
        " consenti, n'a pas laissé d'adresse, ou ce message ne part pas ainsi.",
    )
    do = Text(
        "Take another way, or write down what they want:"
        " PUT /v1/orders/{{order_id}}/message-choices.",
        "Prenez une autre voie, ou notez ce qu'il veut\u202f:"
        " PUT /v1/orders/{{order_id}}/message-choices.",
    )


class MessageWaits(Refusal):
    code = "message-waits"
    kind = Kind.CONFLICT
    says = Text(
        "The same message waits to be sent to the customer of order {order} already.",
        "Le même message attend déjà d'être envoyé au client de la commande {order}.",
    )
    do = Text("Nothing more is needed: it leaves by itself.", "Rien à faire\u202f: il part seul.")


class NoWayToSend(Refusal):
    code = "no-way-to-send"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing can be sent by {medium} here: it is not set up.",
        "Rien ne peut partir d'ici par {medium}\u202f: ce n'est pas configuré.",
    )
    do = Text(
        "Set NORIA_SMTP_URL for e-mails, NORIA_SMS_URL for texts, NORIA_MESSAGE_URL for others.",
        "Réglez NORIA_SMTP_URL pour les e-mails, NORIA_SMS_URL pour les textos,"
        " NORIA_MESSAGE_URL pour le reste.",
    )
