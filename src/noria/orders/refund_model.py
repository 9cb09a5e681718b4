"""What customers are to be paid back, and what payment systems say that they were."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text


class Refund(Struct, frozen=True, kw_only=True):
    """What a customer is to be paid back of an order; `cause` is kind:id of what brought it about.

    `reason` says what became of the units: cancelled, refused, not_collected, returned.
    """

    id: str
    order: str
    cause: str
    reason: str
    cents: int
    currency: str
    due_at: datetime
    made_at: datetime | None
    reference: str


class RefundPaid(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It was paid back; `reference` is the payment system's own."""

    made_at: Annotated[datetime, Meta(tz=True, examples=["2011-11-03T10:15:00+01:00"])]
    reference: Annotated[str, Meta(max_length=100, examples=["re_9Kx2"])] = ""


class RefundMade(Refusal):
    code = "refund-made"
    kind = Kind.CONFLICT
    says = Text("Refund {id} was made at {at}.", "Le remboursement {id} a été fait le {at}.")
    do = Text("Nothing: it is paid back once.", "Rien\u202f: il n'est fait qu'une fois.")
