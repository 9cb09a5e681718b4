"""What may still be changed of an order, until when, and what somebody changes."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import LARGEST_QUANTITY
from noria.orders.model import (
    Accepted,
    Delivery,
    Destination,
    Editable,
    EditKind,
    NewLine,
    OrderId,
)

Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["wrote the wrong number"])]
LineNumber = Annotated[int, Meta(ge=1, le=4000)]


class LineEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many units of a line are wanted from now on, all told; 0 cancels it."""

    line: LineNumber
    quantity: Annotated[int, Meta(ge=0, le=LARGEST_QUANTITY)]


class RecipientEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known anew of who opens the door: what is left out stays, an empty text is erased."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    street: Annotated[str, Meta(max_length=200)] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=30)] | None = None


class EditBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change an order: what is left out stays as it is. All of it is done, or none.

    `delivery` replaces what was there, `recipient` only what it names; `lines` say how many units
    are wanted of lines by their number, `added` are lines more.
    """

    order: OrderId
    recipient: RecipientEdit | None = None
    destination: Destination | None = None
    delivery: Delivery | None = None
    lines: Annotated[tuple[LineEdit, ...], Meta(max_length=2000)] = ()
    added: Annotated[tuple[NewLine, ...], Meta(max_length=2000)] = ()
    reason: Reason


class Edited(Struct, frozen=True, kw_only=True):
    """What becomes of an order that was changed, and what may still be changed of it."""

    order: Accepted
    changes: Sequence[EditKind]
    editable: Sequence[Editable]


class TooLateToEdit(Refusal):
    code = "too-late-to-edit"
    kind = Kind.CONFLICT
    says = Text(
        "This of order {order} can no longer be changed: {en}.",
        "Ceci ne peut plus être modifié dans la commande {order}\u202f: {fr}.",
    )
    do = Text(
        "GET /v1/orders/{{order_id}} says what can still be changed, and until when.",
        "GET /v1/orders/{{order_id}} dit ce qui peut encore être modifié, et jusqu'à quand.",
    )


class LineUnknown(Refusal):
    code = "line-unknown"
    kind = Kind.UNPROCESSABLE
    says = Text("Order {order} has no line {line}.", "La commande {order} n'a pas de ligne {line}.")
    do = Text("Read the order's lines again.", "Relisez les lignes de la commande.")


class TooManyLines(Refusal):
    code = "too-many-lines"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Order {order} would have {lines} lines; {most} is the most.",
        "La commande {order} aurait {lines} lignes\u202f; {most} au plus.",
    )
    do = Text("Make a second order of them.", "Faites-en une seconde commande.")
