"""What can be promised, what is held for whom, and what a customer was told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity
from noria.promise.delivery.model import OptionKind
from noria.stock.model import LotUnits
from noria.stock.tracked.claims_model import WantedLot, WantedLots, WantedSerials, check_wanted

Demand = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_]{1,30}:[^\s]{1,99}$",
        description="What the units are for, as kind:id; orders reserve by themselves.",
        examples=["cart:8f2c"],
    ),
]


Shopper = Annotated[
    str,
    Meta(
        pattern=r"^[^\s]{1,130}$",
        description="Who holds it, as the channel names them: it never blocks them.",
        examples=["visitor:5f21"],
    ),
]


CHOSEN = "the customer chose another day"
"""Why a promise changed, where nobody but its customer asked for it."""


class Available(Struct, frozen=True, kw_only=True):
    """Units of a SKU that a node can promise now, with the terms of the sum.

    on_shelf + expired (holds that are over) + own (the asker's holds) - buffer - safety - trust (a
    partner's figures may be wrong) - protection (for other channels) - named (demand that only this
    node may send) - unsellable (lots that are too old); and never more than that sum over all nodes
    less `unsourced`, the demand that is at none of them yet. For a node that makes the SKU on
    demand, on_shelf is a day's capacity less what is ordered there.
    """

    sku: str
    node: str
    units: int
    on_shelf: int
    expired: int
    buffer: int
    is_made: bool
    safety: int = 0
    protection: int = 0
    trust: int = 0
    own: int = 0
    named: int = 0
    unsellable: int = 0
    unsourced: int = 0


class Hold(Struct, frozen=True, kw_only=True):
    """A wish to keep units for a demand; without `expires_at` it is firm.

    Who names no channel gets nothing that is protected for one; `shopper` is whose hold it is.
    `lots` and `serials` are the units that it wants; where they are fewer, the others are any. What
    is made to order for it leaves with the van of `leaves_at`, or it is refused; none of it is made
    before `begun_by`.
    """

    id: str
    demand: str
    sku: str
    node: str
    quantity: int
    expires_at: datetime | None = None
    channel: str | None = None
    shopper: str | None = None
    lots: tuple[WantedLot, ...] = ()
    serials: tuple[str, ...] = ()
    leaves_at: datetime | None = None
    begun_by: date | None = None


class Reservation(Struct, frozen=True, kw_only=True):
    """Units held at a node for a demand; `held` of them still are.

    `names_units`: it is for some units and no others, GET /v1/reservations/{id}/units has them.
    """

    id: str
    demand: str
    sku: str
    node: str
    quantity: int
    held: int
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    names_units: bool = False


class ClaimedUnits(Struct, frozen=True, kw_only=True):
    """Units that a hold names; `is_live` until its time is over, and nobody else has them."""

    sku: str
    node: str
    quantity: int
    is_live: bool
    lot: str | None = None
    serial: str | None = None


class Draw(Struct, frozen=True, kw_only=True):
    """Units to be taken out of a reservation, and which ones where somebody knows."""

    reservation: str
    units: int
    lots: tuple[LotUnits, ...] = ()
    serials: tuple[str, ...] = ()


class HoldBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep units for a while, for instance while a customer pays."""

    demand: Demand
    sku: Code
    node: Code
    quantity: Quantity
    channel: Code | None = None
    shopper: Shopper | None = None
    minutes: Annotated[int, Meta(ge=1, le=43_200, description="How long it is held.")] = 15
    lots: WantedLots = ()
    serials: WantedSerials = ()

    def __post_init__(self) -> None:
        check_wanted(self.quantity, self.lots, self.serials)


class Promise(Struct, frozen=True, kw_only=True):
    """The date window that a customer was told, and the chance that it will be kept."""

    order_id: str
    node: str | None
    service: str | None
    made_at: datetime
    promised_from: date
    promised_to: date
    chance: float
    option: OptionKind = OptionKind.HOME_STANDARD
    run: int | None = None
    settled_at: datetime | None = None
    is_kept: bool | None = None


class Record(Struct, frozen=True, kw_only=True):
    """How often a node with a service kept its promises, out of those settled."""

    node: str
    service: str
    kept: int
    settled: int


class Arrival(Struct, frozen=True, kw_only=True):
    """When one leg is to leave and to arrive, from where by what, and of how many lines it is."""

    node: str
    service: str
    leaves_at: datetime
    arrives_on: date
    lines: int = 1


class Mismatch(Struct, frozen=True, kw_only=True):
    """A place where open reservations and the reserved balance do not agree."""

    sku: str
    node: str
    held: int
    balance: int
    demands: Sequence[str] = ()


class NotEnough(Refusal):
    code = "not-enough-to-promise"
    kind = Kind.CONFLICT
    says = Text(
        "Not enough left: {available} of {sku} at {node}, {asked} asked.",
        "Stock insuffisant\u202f: {available} {sku} à {node}, {asked} demandés.",
    )
    do = Text(
        "Take fewer, or ask another node: GET /v1/availability shows them all.",
        "Prenez-en moins, ou un autre site\u202f: GET /v1/availability les montre tous.",
    )


class HeldForOrder(Refusal):
    code = "held-for-order"
    kind = Kind.CONFLICT
    says = Text(
        "{reservation} holds units for {demand}: an order gives them back by itself.",
        "{reservation} retient des unités pour {demand}\u202f: une commande les rend d'elle-même.",
    )
    do = Text("Cancel the order, or part of it.", "Annulez la commande, ou une partie.")


class NotHeld(Refusal):
    code = "not-held"
    kind = Kind.CONFLICT
    says = Text(
        "Reservation {reservation} holds {held} units, {asked} asked.",
        "La réservation {reservation} retient {held} unités, {asked} demandées.",
    )
    do = Text(
        "It was taken, released or has expired: make a new one.",
        "Elle a été prise, libérée ou a expiré\u202f: refaites-en une.",
    )
