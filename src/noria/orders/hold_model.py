"""Why an order is given to no node yet, who lifts that, and who said that it is paid."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.auth import Permission
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.orders.model import FraudScore, OrderId

Reason = Annotated[str, Meta(min_length=1, max_length=500, examples=["the flat has no number"])]


class HoldKind(Enum):
    """What has to be settled first.

    payment: it is not paid yet. fraud: it looks like one. address: it cannot be delivered as it is
    addressed. manual: somebody said so.
    """

    PAYMENT = "payment"
    FRAUD = "fraud"
    ADDRESS = "address"
    MANUAL = "manual"


LIFTED_BY: Mapping[HoldKind, Permission] = {
    HoldKind.PAYMENT: Permission.ORDERS_PAY,
    HoldKind.FRAUD: Permission.ORDERS_CLEAR,
    HoldKind.ADDRESS: Permission.ORDERS_WRITE,
    HoldKind.MANUAL: Permission.ORDERS_WRITE,
}
"""Who may lift a hold: those who may settle what it is for."""


class HoldBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep an order from its nodes. Its units stay held for it; `score` is that of a fraud."""

    order: OrderId
    kind: HoldKind
    reason: Reason
    score: FraudScore | None = None


class LiftBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the order may go on."""

    reason: Reason


class PaymentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order was paid; `reference` is the payment's, wherever that is kept."""

    order: OrderId
    paid_at: Annotated[datetime, Meta(tz=True, examples=["2026-11-27T09:30:00+01:00"])]
    reference: Annotated[str, Meta(max_length=100, examples=["pay_3Nf8"])] = ""


class OrderHold(Struct, frozen=True, kw_only=True):
    """Why an order is given to no node, since when, and, once it is lifted, by whom and why."""

    id: Code
    order: str
    kind: HoldKind
    reason: str
    score: float | None
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_because: str | None = None


class Released(Struct, frozen=True, kw_only=True):
    """An order after one of its holds was lifted, or it was paid; `holds` are still open."""

    order: str
    is_held: bool
    holds: int


class Paid(Struct, frozen=True, kw_only=True):
    """Who said that an order is paid, and by what reference."""

    id: str
    order: str
    paid_at: datetime
    reference: str
    is_held: bool


class OrderHeld(Refusal):
    code = "order-held"
    kind = Kind.CONFLICT
    says = Text(
        "Order {order} is held ({kinds}): no node may work on it yet.",
        "La commande {order} est bloquée ({kinds})\u202f: aucun site ne peut encore la traiter.",
    )
    do = Text(
        "GET /v1/order-holds says why, and who lifts it.",
        "GET /v1/order-holds dit pourquoi, et qui peut la débloquer.",
    )


class HoldLifted(Refusal):
    code = "hold-lifted"
    kind = Kind.CONFLICT
    says = Text(
        "The hold {id} was lifted at {at} already.", "Le blocage {id} est déjà levé depuis {at}."
    )
    do = Text("Read the order again.", "Relisez la commande.")


class NothingToHold(Refusal):
    code = "nothing-to-hold"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing of order {order} can be held any more: it is {stage}.",
        "Plus rien de la commande {order} ne peut être bloqué\u202f: {stage}.",
    )
    do = Text(
        "What has left can be returned once it has arrived.",
        "Ce qui est parti pourra être retourné après réception.",
    )


class PaidAlready(Refusal):
    code = "paid-already"
    kind = Kind.CONFLICT
    says = Text("Order {order} is paid already.", "La commande {order} est déjà payée.")
    do = Text(
        "Check the order; a second payment has to be given back where it was made.",
        "Vérifiez la commande\u202f; un second paiement se rembourse là où il a été fait.",
    )


class PaidInNoStore(Refusal):
    code = "paid-in-no-store"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Order {order} is paid in the store, and would be collected in none.",
        "La commande {order} se paie au magasin, et ne serait retirée dans aucun.",
    )
    do = Text(
        "Name the store in `delivery`, or have it paid first.",
        "Indiquez le magasin dans `delivery`, ou faites-la payer d'abord.",
    )


class NotPaidYet(Refusal):
    code = "not-paid-yet"
    kind = Kind.CONFLICT
    says = Text(
        "Order {order} is paid where it is collected, and it is not paid yet.",
        "La commande {order} se paie au retrait, et elle ne l'est pas encore.",
    )
    do = Text(
        "Take the payment, PUT /v1/payments/{{payment_id}}, then hand it over.",
        "Encaissez, PUT /v1/payments/{{payment_id}}, puis remettez-la.",
    )
