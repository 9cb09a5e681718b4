"""Which units they are: lots that share an origin and an expiry, serials of one unit each."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from noria.catalog.model import Tracking
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Quantity
from noria.stock.model import LotUnits, Place, State

UNTOLD = "?"
"""The lot of units whose lot or serial nobody told."""

LotKey = tuple[str, str, str, State]
"""SKU, lot, node, state; what is reserved still lies on its shelf, and counts as available."""

Unit = tuple[str, str]
"""SKU and serial."""

UnitCode = Annotated[
    str,
    Meta(
        pattern=r"^[!-~]{1,64}$",
        description="As printed: ASCII without blanks, 1 to 64; `?` is what nobody told.",
        examples=["L2611-A"],
    ),
]
Serial = Annotated[
    str,
    Meta(
        pattern=r"^(?!\?$)[!-~]{1,64}$",
        description="As printed on the unit: ASCII without blanks, 1 to 64.",
        examples=["SN-000471"],
    ),
]


class NamedLot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a lot in a movement; an expiry is kept the first time it is told."""

    lot: UnitCode
    quantity: Quantity
    expires_on: date | None = None


NamedLots = Annotated[
    tuple[NamedLot, ...],
    Meta(max_length=1000, description="Which lots they are; those not named are untold."),
]
Serials = Annotated[
    tuple[Serial, ...],
    Meta(max_length=10_000, description="Which units they are; those not named are untold."),
]


def check_named(quantity: int, lots: Sequence[NamedLot], serials: Sequence[str]) -> None:
    """Refuse to read what names more units than move, or one unit twice.

    Raises:
        ValueError: in words, for the door to say which line it was.
    """
    check_fits(quantity, [lot.quantity for lot in lots], serials)
    if len(set(serials)) < len(serials):
        raise ValueError("a serial is there twice")


def check_fits(quantity: int, of_lots: Sequence[int], serials: Sequence[str]) -> None:
    """Refuse to read more units by name than there are units.

    Raises:
        ValueError: in words.
    """
    if sum(of_lots) > quantity:
        raise ValueError("the lots add up to more units than the quantity")
    if len(serials) > quantity:
        raise ValueError("there are more serials than units")


def lot_units(lots: Sequence[NamedLot]) -> tuple[LotUnits, ...]:
    """Lots as the ledger moves them."""
    return tuple(
        LotUnits(lot=lot.lot, quantity=lot.quantity, expires_on=lot.expires_on) for lot in lots
    )


def split_lots(
    lots: Sequence[NamedLot], units: int
) -> tuple[tuple[LotUnits, ...], tuple[LotUnits, ...]]:
    """The lots of the first so many units, and those of the others."""
    first: list[LotUnits] = []
    others: list[LotUnits] = []
    for lot in lot_units(lots):
        part = min(lot.quantity, units)
        if part:
            first.append(structs.replace(lot, quantity=part))
        if lot.quantity > part:
            others.append(structs.replace(lot, quantity=lot.quantity - part))
        units -= part
    return tuple(first), tuple(others)


class Known(Struct, frozen=True, kw_only=True):
    """What the book says of the tracked units that movements touch, locked.

    `lots` are units at a place, `serials` the place of each unit (outside if it was never here),
    `expiry` days by (SKU, lot), and `barred` what is no longer sent to customers. `claimed` are
    units that holds name, by SKU, lot or serial, and node.
    """

    tracking: Mapping[str, Tracking]
    lots: Mapping[LotKey, int]
    serials: Mapping[Unit, Place]
    expiry: Mapping[tuple[str, str], date]
    barred: AbstractSet[LotKey]
    claimed: Mapping[tuple[str, str, str], int] = {}


class Untold(Struct, frozen=True, kw_only=True):
    """Units that a fact moved without telling which."""

    sku: str
    node: str
    state: State
    quantity: int
    movement: str


class Lot(Struct, frozen=True, kw_only=True):
    """Units of a lot at a place; `days_left` until it expires, on the day it is there."""

    sku: str
    lot: str
    node: str
    state: State
    quantity: int
    expires_on: date | None
    days_left: int | None
    is_barred: bool


class Expired(Struct, frozen=True, kw_only=True):
    """Units of a lot on a shelf on which its last day is over."""

    sku: str
    lot: str
    node: str
    expires_on: date
    units: int


class Proposal(Struct, frozen=True, kw_only=True):
    """Units of a lot to be taken next."""

    lot: str
    quantity: int
    expires_on: date | None


class Picking(Struct, frozen=True, kw_only=True):
    """What to take of a SKU from a shelf, the first to expire first; `short`: what must not go."""

    sku: str
    node: str
    lots: tuple[Proposal, ...]
    short: int


class UnitAt(Struct, frozen=True, kw_only=True):
    """One unit, and the place where it is now."""

    sku: str
    serial: str
    node: str
    state: State
    movement: str | None
    since: datetime | None


class LotStatus(Struct, frozen=True, kw_only=True):
    """A lot, and its units inside our walls."""

    sku: str
    lot: str
    expires_on: date | None
    first_seen_at: datetime
    inside: int


class WrongLot(Refusal):
    code = "not-enough-of-lot"
    kind = Kind.CONFLICT
    says = Text(
        "Not enough left of lot {lot}: {available} of {sku} {state} at {node}, {asked} asked.",
        "Lot {lot} insuffisant\u202f: {available} {sku} ({state}) à {node}, {asked} demandés.",
    )
    do = Text(
        "Take another lot: GET /v1/lots shows what is there. If it is in your hand, count it.",
        "Prenez un autre lot\u202f: GET /v1/lots les montre. S'il est en main, comptez-le.",
    )


class SerialElsewhere(Refusal):
    code = "serial-elsewhere"
    kind = Kind.CONFLICT
    says = Text(
        "{sku} {serial} is at {place} ({there}) in the book, and not at {node} ({state}).",
        "{sku} {serial} est à {place} ({there}) dans le livre, et non à {node} ({state}).",
    )
    do = Text(
        "Take another unit. If it is in your hand, report it as found there first.",
        "Prenez-en une autre. Si elle est en main, déclarez-la d'abord trouvée là.",
    )
