"""What a shop's pages ask beside the promise: who waits for a SKU, and what to offer instead."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.messages.outbox_model import Medium, State
from noria.promise.model import Shopper

LONGEST_DAYS = 366


Of = TypeVar("Of")


def read(kind: type[Of], /, **columns: Any) -> Of:
    """A row's columns as a struct, its words as what they name."""
    return msgspec.convert(columns, kind)


class WaitState(Enum):
    """waiting; told, once; ended: they no longer want to know, or it took too long."""

    WAITING = "waiting"
    TOLD = "told"
    ENDED = "ended"


class WaitBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell somebody when a SKU is back: at a `store`, or so that it can reach a `postcode`.

    `email` or `phone` is where; `url` is the page that they are led to. With `hold_minutes` one
    unit is held for the `shopper` when they are told.
    """

    sku: Code
    url: Annotated[
        str,
        Meta(
            pattern=r"^https://[^\s]{3,480}$", examples=["https://shop.example/regency-cakestand"]
        ),
    ]
    channel: Code | None = None
    store: Code | None = None
    postcode: Annotated[str, Meta(pattern=r"^[A-Za-z0-9 -]{1,12}$", examples=["69003"])] | None = (
        None
    )
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", examples=["FR"])] = "FR"
    email: (
        Annotated[
            str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", examples=["camille@example.com"])
        ]
        | None
    ) = None
    phone: (
        Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+33612345678"])] | None
    ) = None
    language: Annotated[str, Meta(pattern="^(en|fr)$", examples=["fr"])] = "fr"
    customer: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    shopper: Shopper | None = None
    hold_minutes: Annotated[
        int, Meta(ge=0, le=2880, description="How long one is held for them; 0: not at all.")
    ] = 0
    until: (
        Annotated[date, Meta(description="After this day they are not told any more.")] | None
    ) = None


class Wait(Struct, frozen=True, kw_only=True):
    """Somebody who waits for a SKU, and what became of it. Where they are told is not shown.

    `node` has the unit that they were told of; it is nobody else's news before `turn_until`.
    """

    id: str
    sku: str
    channel: str | None
    store: str | None
    country: str | None
    postcode: str | None
    medium: Medium
    language: str
    asked_at: datetime
    until: date
    state: WaitState
    told_at: datetime | None
    node: str | None
    turn_until: datetime | None
    reservation: str | None
    ended_at: datetime | None
    delivery: State | None
    attempts: int
    result: str


class Open(Struct, frozen=True, kw_only=True):
    """One who waits, as it is decided whether it is their turn."""

    id: str
    sku: str
    channel: str | None
    store: str | None
    country: str | None
    postcode: str | None
    medium: Medium
    shopper: str | None
    hold_minutes: int


class News(Struct, frozen=True, kw_only=True):
    """What is told to one person, as it leaves."""

    id: str
    medium: Medium
    address: str
    language: str
    url: str
    sku: str
    name: str
    store: str | None
    asked_at: datetime
    held_until: datetime | None
    time_zone: str
    attempts: int


class Place(Struct, frozen=True, kw_only=True):
    """Where something lies, how far that is as the crow flies, and how many can be promised."""

    node: str
    name: str
    km: float
    units: int


class Suggestion(Struct, frozen=True, kw_only=True):
    """A SKU that is near now, nearest place first.

    `orders` had it together with what was asked for, in the last 90 days.
    """

    sku: str
    name: str
    orders: int
    places: Sequence[Place]


class Suggestions(Struct, frozen=True, kw_only=True):
    """`instead`: of the same category, what sells best first. `together`: bought with it."""

    sku: str
    instead: Sequence[Suggestion]
    together: Sequence[Suggestion]


class AlreadyWaiting(Refusal):
    code = "already-waiting"
    kind = Kind.CONFLICT
    says = Text(
        "This address waits for {sku} at this place already.",
        "Cette adresse attend déjà {sku} à cet endroit.",
    )
    do = Text(
        "Nothing more is needed: they will be told once.",
        "Il n'y a rien à faire\u202f: la personne sera prévenue une fois.",
    )


class NoHandOver(Refusal):
    code = "no-hand-over"
    kind = Kind.UNPROCESSABLE
    says = Text("{node} hands nothing over to customers.", "{node} ne remet rien aux clients.")
    do = Text(
        "Name a store that does, or a postcode.",
        "Indiquez un magasin qui le fait, ou un code postal.",
    )
