"""Another day for a delivery that is under way: what can be chosen, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.network.model import Rounds
from noria.orders.model import OrderId


class DayState(Enum):
    """Its carrier is asked, has agreed, or will not: then it comes as it was said."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"


class DayBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order that is under way is to come on this day."""

    order: OrderId
    day: date


class DayChange(Struct, frozen=True, kw_only=True):
    """Another day that was chosen, and what became of it."""

    id: str
    order: str
    day: date
    state: DayState
    detail: str
    asked_at: datetime
    actor: str


class DayChoice(Struct, frozen=True, kw_only=True):
    """The days that can be chosen for an order; of none, why."""

    order: str
    days: Sequence[date]
    en: str = ""
    fr: str = ""


class Fixed(Enum):
    """Why the day of an order cannot be changed."""

    OVER = "over"
    COLLECTED = "collected"
    WAITS = "waits"
    NO_LABEL = "no_label"
    CANNOT = "cannot"
    TOO_LATE = "too_late"
    ASKED = "asked"


class Moving(Struct, frozen=True, kw_only=True):
    """A leg that is still to come, as far as its day can be changed.

    `labels` are those of all of its boxes that are still to come, none if one has none;
    `does_move`: every account that they were bought under moves days.
    """

    arrives_on: date
    carrier_says: str | None
    labels: Sequence[tuple[str, str]]
    does_move: bool
    rounds: Rounds


class DayFixed(Refusal):
    code = "day-fixed"
    kind = Kind.CONFLICT
    says = Text(
        "The day of {order} cannot be changed: {en}.",
        "Le jour de {order} ne peut pas être changé\u202f: {fr}.",
    )
    do = Text(
        "GET /v1/orders/{{order_id}}/days says whether it can; what has not left can go elsewhere"
        " (PUT /v1/order-edits/{{id}}).",
        "GET /v1/orders/{{order_id}}/days dit si c'est possible\u202f; ce qui n'est pas parti peut"
        " aller ailleurs (PUT /v1/order-edits/{{id}}).",
    )


class DayNotOffered(Refusal):
    code = "day-not-offered"
    kind = Kind.UNPROCESSABLE
    says = Text("{order} cannot come on {day}.", "{order} ne peut pas arriver le {day}.")
    do = Text("Choose one of: {days}.", "Choisissez l'un de ces jours\u202f: {days}.")
