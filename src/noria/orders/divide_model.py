"""One order made two, and several made one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Quantity
from noria.orders.model import Accepted, OrderId

SPLIT, MERGE = "split", "merge"
"""What gives units of one order to another."""
Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["half of it by Friday"])]


class SplitLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a line that go to the new order."""

    line: Annotated[int, Meta(ge=1, le=4000)]
    quantity: Quantity


class SplitBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make an order of its own of units of an order that nobody has picked."""

    order: OrderId
    new_order: OrderId
    lines: Annotated[tuple[SplitLine, ...], Meta(min_length=1, max_length=2000)]
    reason: Reason


class MergeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put orders of one customer, that nobody has picked, into one, to be sent together."""

    into: OrderId
    orders: Annotated[tuple[OrderId, ...], Meta(min_length=1, max_length=50)]
    reason: Reason


class Divided(Struct, frozen=True, kw_only=True):
    """The orders after a split or a merge, the one that goes on under its name first."""

    orders: Sequence[Accepted]
    units: int


class Transfer(Struct, frozen=True, kw_only=True):
    """Units that one order's line gave to another's."""

    id: str
    from_order: str
    from_line: int
    to_order: str
    to_line: int
    units: int
    kind: str
    moved_at: datetime
    actor: str
    reason: str


class Alike(Struct, frozen=True, kw_only=True):
    """What orders have to share to be sent as one."""

    channel: str
    customer: str
    currency: str
    country: str
    postcode: str
    town: str
    latitude: float
    longitude: float
    option: str | None
    relay: str | None
    store: str | None
    payment: str
    own_packaging: bool


class CannotSplit(Refusal):
    code = "cannot-split"
    kind = Kind.CONFLICT
    says = Text(
        "Line {line} of order {order} has {left} units that nobody has picked, {asked} asked.",
        "La ligne {line} de la commande {order} a {left} unités non préparées, {asked} demandées.",
    )
    do = Text(
        "Split off less; what is picked leaves with its order.",
        "Séparez-en moins\u202f; ce qui est préparé part avec sa commande.",
    )


class NothingWouldStay(Refusal):
    code = "nothing-would-stay"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Nothing of order {order} would stay in it.", "Il ne resterait rien de la commande {order}."
    )
    do = Text(
        "Leave at least one unit, or edit the order as it is.",
        "Laissez au moins une unité, ou modifiez la commande telle quelle.",
    )


class NotAlike(Refusal):
    code = "orders-not-alike"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Orders {one} and {other} differ in {what}, and cannot be sent as one.",
        "Les commandes {one} et {other} diffèrent ({what}) et ne peuvent partir ensemble.",
    )
    do = Text(
        "Edit one of them first, where that is what the customer wants.",
        "Modifiez d'abord l'une d'elles, si le client le souhaite.",
    )


class PaidInPart(Refusal):
    code = "paid-in-part"
    kind = Kind.CONFLICT
    says = Text(
        "Of order {order} {cents} cents are still to be paid: it can be neither split nor merged.",
        "Il reste {cents} centimes à payer sur la commande {order}\u202f: elle ne peut être ni"
        " séparée ni regroupée.",
    )
    do = Text(
        "PUT /v1/payments/{{payment_id}} once it is paid, or take out what was added.",
        "PUT /v1/payments/{{payment_id}} une fois le solde payé, ou retirez ce qui a été ajouté.",
    )


class TooLateToMerge(Refusal):
    code = "too-late-to-merge"
    kind = Kind.CONFLICT
    says = Text(
        "Order {order} cannot be merged any more: it is {stage}.",
        "La commande {order} ne peut plus être regroupée\u202f: {stage}.",
    )
    do = Text(
        "Only what no node has picked can go into another order.",
        "Seul ce qu'aucun site n'a préparé peut rejoindre une autre commande.",
    )
