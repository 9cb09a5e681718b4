"""What becomes of a hold: more time, firmness, units taken to the customer, units given back."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity
from noria.stock.tracked.model import NamedLots, Serials, check_named

LONGEST_MINUTES = 43_200

Minutes = Annotated[
    int,
    Meta(ge=1, le=LONGEST_MINUTES, description="How long it is held from now on; never shortened."),
]


class Extend(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold is to last so many minutes from now on; one that lasts longer already stays."""

    id: Code
    reservation: Code
    minutes: Minutes = 15


class Confirm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold is to become firm: it has no end any more."""

    id: Code


class Take(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a hold go to the customer; of a tracked SKU it may say which."""

    id: Code
    reservation: Code
    quantity: Quantity
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class GiveBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a hold go back to the shelf."""

    id: Code
    reservation: Code
    quantity: Quantity


class ExtendBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much longer a hold is to last."""

    minutes: Minutes = 15


class TakeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many units go to the customer, and which ones where somebody knows."""

    quantity: Quantity
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class GiveBackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many units go back to the shelf."""

    quantity: Quantity


class ExtendBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Extend, ...], Meta(min_length=1, max_length=1000)]


class ConfirmBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reservations to confirm, by id."""

    items: Annotated[tuple[Confirm, ...], Meta(min_length=1, max_length=1000)]


class TakeBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[Take, ...], Meta(min_length=1, max_length=1000)]


class GiveBackBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[GiveBack, ...], Meta(min_length=1, max_length=1000)]


class Kept(Struct, frozen=True, kw_only=True):
    """A reservation with all that a decision about it looks at.

    `drawn` units were taken or given back on purpose; what is neither held nor drawn lapsed when
    its time was over. None: it is from before that was kept, and nothing of it comes back.
    """

    id: str
    demand: str
    sku: str
    node: str
    quantity: int
    held: int
    drawn: int | None
    expires_at: datetime | None
    ended_at: datetime | None
    channel: str | None
    shopper: str | None
    names_units: bool = False

    @property
    def lapsed(self) -> int:
        return 0 if self.drawn is None else self.quantity - self.held - self.drawn


class HoldEnded(Refusal):
    code = "hold-ended"
    kind = Kind.CONFLICT
    says = Text(
        "Reservation {reservation} holds nothing any more: its units were taken or given back.",
        "La réservation {reservation} ne retient plus rien\u202f: tout a été pris ou rendu.",
    )
    do = Text("Make a new one, with a new id.", "Refaites-en une, avec un nouvel identifiant.")


class HoldIsFirm(Refusal):
    code = "hold-is-firm"
    kind = Kind.CONFLICT
    says = Text(
        "Reservation {reservation} is firm: it has no end that could be moved.",
        "La réservation {reservation} est ferme\u202f: elle n'a pas de fin à repousser.",
    )
    do = Text(
        "Nothing is left to do: it is kept until it is taken or given back.",
        "Il n'y a rien à faire\u202f: elle est tenue jusqu'à ce qu'elle soit prise ou rendue.",
    )
