"""The port to carriers: what every connector can be asked, and how it says what became of it.

A connector answers, or raises one of four troubles. The difference between them decides whether a
label may be bought again: after `NoAnswer` nobody knows, so it is looked for first.
"""

from collections.abc import Sequence
from datetime import date, time
from enum import Enum
from typing import Protocol

from msgspec import Struct

from noria.carriage.model import Format, Packed, PaperKind

MOST_SHEETS = 20
"""Documents that a carrier gives out with one label, at most; what it sends beyond is no reply."""


class Ability(Enum):
    """What a connector can do.

    repeats: the same reference, sent again, makes nothing new. finds: it knows for certain whether
    a reference was made. searches: it may find one, and is not sure that there is none. days: it
    brings what is under way on another day.
    """

    REPEATS = "repeats"
    FINDS = "finds"
    SEARCHES = "searches"
    RATE = "rate"
    CANCEL = "cancel"
    PICKUP = "pickup"
    MANIFEST = "manifest"
    TRACK = "track"
    DAYS = "days"


class Party(Struct, frozen=True, kw_only=True):
    """Who sends or receives, in full. It is made for a call and kept nowhere."""

    name: str
    company: str = ""
    street: str
    postcode: str
    town: str
    country: str
    phone: str = ""
    email: str = ""
    tax_number: str = ""


class CustomsLine(Struct, frozen=True, kw_only=True):
    """Units of one kind as customs see them."""

    sku: str
    description: str
    hs_code: str
    origin: str
    units: int
    weight_g: int
    value_cents: int


class Consignment(Struct, frozen=True, kw_only=True):
    """One box to be sent. `reference` is ours, unlike any other; `service` the carrier's code."""

    reference: str
    order: str
    service: str
    sender: Party
    recipient: Party
    relay: str | None
    packed: Packed
    weight_g: int
    format: Format
    leaves_on: date
    currency: str
    value_cents: int
    customs: Sequence[CustomsLine] = ()


class Sheet(Struct, frozen=True, kw_only=True):
    """A document that a carrier gave out."""

    kind: PaperKind
    format: Format
    content: bytes


class Bought(Struct, frozen=True, kw_only=True):
    """What a carrier calls the box, its documents, and what it costs, if it says so.

    `label_at` is where a person finds the label, if the carrier has one that could not be fetched.
    """

    number: str
    sheets: Sequence[Sheet] = ()
    cents: int | None = None
    label_at: str = ""


class Rated(Struct, frozen=True, kw_only=True):
    """What a carrier would charge for one of its services, and when it would arrive."""

    service: str
    cents: int
    transit_days: int | None = None
    arrives_on: date | None = None


class Van(Struct, frozen=True, kw_only=True):
    """A pickup to be booked."""

    reference: str
    sender: Party
    day: date
    ready_from: time
    ready_until: time
    boxes: int
    weight_g: int


class Trouble(Exception):  # noqa: N818 - a report of what became of a call
    """A call that was not answered as it should be; the text is for a person."""


class NotSent(Trouble):
    """Nothing reached the carrier: it may be called again."""


class NoAnswer(Trouble):
    """It may have reached the carrier, and no answer came that means anything."""


class Busy(Trouble):
    """The carrier did not take it on, and asks to come back later."""


class Declined(Trouble):
    """The carrier says no, for a reason that another try will not change."""


class NotKnownYet(Trouble):
    """The carrier knows no such number, or none yet: it says nothing against us or the others."""


class Carrier(Protocol):
    """One carrier under one contract. Each verb is one call, made outside any transaction."""

    abilities: frozenset[Ability]

    def rate(self, box: Consignment, /) -> Sequence[Rated]:
        """What its services cost for a box."""

    def buy(self, box: Consignment, /) -> Bought:
        """Make a label under the box's reference."""

    def find(self, box: Consignment, /) -> Bought | None:
        """What was made under the box's reference; None: nothing is seen."""

    def cancel(self, number: str, /) -> None:
        """Take a label back; one that is taken back already is no trouble."""

    def move_day(self, number: str, day: date, /) -> None:
        """Bring a box on that day; asked again, it is as if asked once."""

    def pickup(self, van: Van, /) -> str:
        """Let a van come; the number under which it does."""

    def manifest(self, reference: str, numbers: Sequence[str], sender: Party, /) -> Sheet:
        """The list of what is handed over."""

    def track(self, number: str, /) -> bytes:
        """What it says of a box, as it came; the readers of replies understand it."""
