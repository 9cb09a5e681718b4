"""What customers are to be paid back, and what payment systems say that they were."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code


class RefundLine(Struct, frozen=True, kw_only=True):
    """Units of a line that are paid back."""

    line: int
    units: int


class Refund(Struct, frozen=True, kw_only=True):
    """What a customer is to be paid back of an order; `cause` is kind:id of what brought it about.

    `reason` says what became of the units: cancelled, replaced, refused, not_collected, returned;
    or `edited`, where the delivery became cheaper. `lines` are the units that it pays back,
    `delivery_cents` what of it is for their delivery. `pay_by` is when the law wants it paid,
    `reminded_at` when the payment system was told last that it is still due.
    """

    id: str
    order: str
    cause: str
    reason: str
    cents: int
    delivery_cents: int
    currency: str
    lines: Sequence[RefundLine]
    due_at: datetime
    pay_by: datetime
    reminded_at: datetime | None
    made_at: datetime | None
    reference: str


class PaidLine(Struct, frozen=True, kw_only=True):
    """What was paid for a line: so many units at a price; of them, refunds pay back so many.

    `returned` of those came back after they had been delivered.
    """

    price_cents: int
    units: int
    refunded: int
    returned: int


class Paid(Struct, frozen=True, kw_only=True):
    """What was paid for an order; `delivery_cents`: of its delivery, by no refund paid back yet.

    `owed_cents` is what was added since, and is to be paid still.
    """

    is_paid: bool
    owed_cents: int
    delivery_cents: int
    lines: Mapping[int, PaidLine]


class RefundPaid(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It was paid back; `reference` is the payment system's own."""

    made_at: Annotated[datetime, Meta(tz=True, examples=["2011-11-03T10:15:00+01:00"])]
    reference: Annotated[str, Meta(max_length=100, examples=["re_9Kx2"])] = ""


class RefundReminder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payment system is to hear of these refunds again."""

    refunds: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=1000)]


class RefundMade(Refusal):
    code = "refund-made"
    kind = Kind.CONFLICT
    says = Text("Refund {id} was made at {at}.", "Le remboursement {id} a été fait le {at}.")
    do = Text("Nothing: it is paid back once.", "Rien\u202f: il n'est fait qu'une fois.")
