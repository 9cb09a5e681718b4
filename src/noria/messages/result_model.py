"""What became of a message after it left, as whoever carries messages says."""

from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text


class Arrival(Enum):
    """delivered: it is with its reader. bounced: it came back, or will never come."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"


class ResultBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a message, and when; `says` is the carrier's reason, without an address."""

    outcome: Arrival
    at: Annotated[datetime, Meta(tz=True, examples=["2026-11-28T18:00:00Z"])]
    says: Annotated[str, Meta(max_length=200, examples=["550 no such mailbox"])] = ""


class MessageNotSent(Refusal):
    code = "message-not-sent"
    kind = Kind.CONFLICT
    says = Text(
        "Message {message} has not left: nothing can have become of it.",
        "Le message {message} n'est pas parti\u202f: il n'a pu ni arriver ni revenir.",
    )
    do = Text(
        "GET /v1/messages shows how it stands; check the id that the result was for.",
        "GET /v1/messages dit où il en est\u202f; vérifiez l'identifiant du résultat.",
    )
