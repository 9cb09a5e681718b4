"""What comes back: leave to return, reception, inspection."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity
from noria.stock.tracked.model import NamedLots, Serials, check_named


class Grade(Enum):
    """Condition, from as new to waste."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Disposition(Enum):
    """Where it goes. Restocked and outlet units can be sold; the others leave our walls."""

    RESTOCK = "restock"
    OUTLET = "outlet"
    REPAIR = "repair"
    RECYCLE = "recycle"
    DONATE = "donate"


class ReturnLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU; where units are told apart, perhaps which."""

    sku: Code
    quantity: Quantity
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class NewReturn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of an order that its customer sends or brings back, to a node.

    With `replacement`, they are what was lost or refused and replaced, and turns up: they were sent
    again or paid back then, and nothing is due for them.
    """

    order: Code
    node: Code
    replacement: Code | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["too small"])]
    lines: Annotated[tuple[ReturnLine, ...], Meta(min_length=1, max_length=2000)]


class Reception(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was in the box."""

    lines: Annotated[tuple[ReturnLine, ...], Meta(max_length=2000)]


class CallingOff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a return that was announced does not come."""

    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=["kept after all"])]


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU in one condition, and where they go."""

    sku: Code
    quantity: Quantity
    grade: Grade
    disposition: Disposition
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        check_named(self.quantity, self.lots, self.serials)


class Inspection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found of everything that was received; an empty box is closed without lines."""

    lines: Annotated[tuple[Finding, ...], Meta(max_length=5000)]


class ReturnStatus(Struct, frozen=True, kw_only=True):
    sku: str
    quantity: int
    received: int


class Rma(Struct, frozen=True, kw_only=True):
    """A return as it stands: asked, received, closed by its inspection.

    What was called off has these times too, but nothing of it came, and nobody inspected it.
    """

    id: str
    order: str
    node: str
    reason: str
    asked_at: datetime
    received_at: datetime | None
    closed_at: datetime | None
    called_off_at: datetime | None = None
    lines: Sequence[ReturnStatus] = ()
    replacement: str | None = None


class Damaged(Struct, frozen=True, kw_only=True):
    """A shipment of which something came back as waste: who sent it, by what, to where."""

    id: str
    node: str
    service: str
    country: str
    postcode: str
    day: date


class TakesNoReturns(Refusal):
    code = "takes-no-returns"
    kind = Kind.UNPROCESSABLE
    says = Text("{node} takes no returns.", "{node} ne prend pas les retours.")
    do = Text(
        "Name a node that does; or let this one take them (does_take_returns of the node).",
        "Nommez un site qui les prend\u202f; ou laissez celui-ci les prendre (does_take_returns"
        " du site).",
    )


class NotReturnable(Refusal):
    code = "not-returnable"
    kind = Kind.CONFLICT
    says = Text(
        "Of order {order}, {left} of {sku} can be returned, {asked} asked.",
        "De la commande {order}, {left} {sku} peuvent être retournés, {asked} demandés.",
    )
    do = Text(
        "Only what has been shipped, and is not being returned already, can come back.",
        "Seul ce qui est expédié, et pas déjà en retour, peut revenir.",
    )


class WrongReturnStage(Refusal):
    code = "wrong-return-stage"
    kind = Kind.CONFLICT
    says = Text(
        "Return {id} cannot be {verb}: it is {stage}.",
        "Le retour {id} ne peut pas être {verb}\u202f: {stage}.",
    )
    do = Text(
        "A return is asked, received, then inspected, each once; one that was called off is"
        " announced anew, with another id.",
        "Un retour est demandé, reçu, puis inspecté, chacun une fois\u202f; celui qui a été clos"
        " sans venir est annoncé de nouveau, avec un autre id.",
    )


class InspectedOtherwise(Refusal):
    code = "inspected-otherwise"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{received} of {sku} were received, and {inspected} inspected.",
        "{received} {sku} reçus, et {inspected} inspectés.",
    )
    do = Text(
        "Inspect every unit that was received, and no other.",
        "Inspectez chaque unité reçue, et aucune autre.",
    )
