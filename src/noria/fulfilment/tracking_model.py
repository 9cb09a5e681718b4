"""What carriers say of parcels: events, where a parcel is, and replies as they came."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Sscc
from noria.orders.carried_model import Progress

ParcelNumber = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._/-]{1,64}$",
        description="What the carrier calls the parcel.",
        examples=["6A12345678901"],
    ),
]
Label = Annotated[str, Meta(max_length=500)]


class Heard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a carrier said of one parcel: its own code and words are kept beside ours."""

    number: ParcelNumber
    progress: Progress
    happened_at: Annotated[datetime, Meta(tz=True, examples=["2026-11-27T09:30:00+01:00"])]
    code: Annotated[str, Meta(min_length=1, max_length=100, examples=["DI1"])]
    label: Label = ""
    place: Label = ""


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Where a parcel is, by all that its carrier said: the same whatever order it came in.

    `since` is when it got there; `heard_at` the latest thing said; `attempts` were in vain.
    """

    progress: Progress
    since: datetime
    heard_at: datetime
    code: str
    label: str
    place: str
    attempts: int = 0
    delivered_at: datetime | None = None


class TrackedParcel(Struct, frozen=True, kw_only=True):
    """A parcel with its carrier's number, where it is, and how it got there.

    With a `replacement`, what was in it is sent again or paid back: nobody waits for it any more.
    """

    sscc: str
    shipment: str
    carrier: str
    number: str
    at: Whereabouts | None
    events: Sequence[Heard] = ()
    replacement: str | None = None


class UnderWay(Struct, frozen=True, kw_only=True):
    """A parcel on its way: whose it is, and when its carrier last said something, or got it."""

    carrier: str
    number: str
    shipment: str
    node: str
    heard_at: datetime

    @property
    def lane(self) -> tuple[str, str]:
        """What it shares its pauses with: the carrier, and the node that it left."""
        return self.carrier, self.node


class NumberedParcel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a carrier calls one of our parcels."""

    sscc: Sscc
    number: ParcelNumber


class Outcome(Enum):
    """What became of a carrier's reply: read, refused by the carrier itself, or not understood.

    Unanswered: it was asked, and none came.
    """

    READ = "read"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    UNANSWERED = "unanswered"


class Reply(Struct, frozen=True, kw_only=True):
    """What a reply says: events, or why there are none. `detail` is for a person."""

    outcome: Outcome
    heard: tuple[Heard, ...] = ()
    detail: str = ""


class KeptReply(Struct, frozen=True, kw_only=True):
    """A reply as it was kept; `body` is shown on its own page only."""

    id: str
    carrier: Code
    received_at: datetime
    outcome: Outcome
    events: int
    detail: str


class Received(Struct, frozen=True, kw_only=True):
    """What became of a reply: events in it, how many were new, and parcels that went on."""

    id: str
    outcome: Outcome
    events: int
    new: int
    moved: int
    detail: str = ""


class UnknownCarrier(Refusal):
    code = "unknown-carrier"
    kind = Kind.NOT_FOUND
    says = Text(
        "Nobody here can read what “{carrier}” says.",
        "Personne ici ne sait lire ce que dit «\u202f{carrier}\u202f».",
    )
    do = Text(
        "Use one of {known}; any other carrier can send the events of “plain”.",
        "Utilisez l'un de {known}\u202f; tout autre transporteur peut envoyer ceux de"
        " «\u202fplain\u202f».",
    )


class NumberTaken(Refusal):
    code = "parcel-number-taken"
    kind = Kind.CONFLICT
    says = Text(
        "{carrier} calls another of our parcels {number} already.",
        "{carrier} désigne déjà un autre de nos colis par {number}.",
    )
    do = Text("Check the label.", "Vérifiez l'étiquette.")


class NotOfShipment(Refusal):
    code = "parcel-not-of-shipment"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Parcel {sscc} is not part of shipment {shipment}.",
        "Le colis {sscc} ne fait pas partie de l'envoi {shipment}.",
    )
    do = Text("Check its SSCC.", "Vérifiez son SSCC.")
