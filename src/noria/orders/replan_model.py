"""Orders that somebody has looked at again by hand: other nodes, another day."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.orders.model import OrderId


class SourcingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Orders that wait, to be looked at again now.

    `asks_refusing`: nodes that refused them today are asked too, for they have agreed since.
    """

    orders: Annotated[tuple[OrderId, ...], Meta(min_length=1, max_length=200)]
    asks_refusing: bool = False


class Resourced(Struct, frozen=True, kw_only=True):
    """Which of the orders got a node for something, and which still wait for units."""

    sourced: Sequence[str]
    waiting: Sequence[str]


class NewDayBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The order whose customer is to be told when it comes."""

    order: OrderId


class NewDay(Struct, frozen=True, kw_only=True):
    """The window that the customer knows now; `is_told`: it is new, and they are told of it."""

    order: str
    promised_from: date
    promised_to: date
    chance: float
    is_told: bool


class NoDayKnown(Refusal):
    code = "no-day-known"
    kind = Kind.CONFLICT
    says = Text(
        "Nobody can say when {order} comes: units of it wait, or are lost or on their way back;"
        " or all of it has come.",
        "Nul ne sait quand {order} arrivera\u202f: des unités attendent, sont perdues ou"
        " reviennent\u202f; ou tout est arrivé.",
    )
    do = Text(
        "Source what waits (PUT /v1/sourcings/{{id}}), replace what is lost"
        " (PUT /v1/replacements/{{id}}).",
        "Affectez ce qui attend (PUT /v1/sourcings/{{id}}), remplacez ce qui est perdu"
        " (PUT /v1/replacements/{{id}}).",
    )
