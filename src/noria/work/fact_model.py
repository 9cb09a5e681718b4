"""What people in the node say they did, perhaps hours later: facts, each with an id of its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.fulfilment.model import LegId, ShortReason
from noria.fulfilment.pack_model import PackBox, PackedBox
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity
from noria.work.model import Surplus, TaskId

HappenedAt = Annotated[
    datetime,
    Meta(tz=True, description="By the phone's clock.", examples=["2026-11-23T09:30:00+01:00"]),
]
ScannedCode = Annotated[
    str, Meta(min_length=1, max_length=500, description="As it was read: GS1, Digital Link, EAN.")
]


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
           tag="scan"):  # fmt: skip
    """Units are in the hand, or on the cart: for a task, or for whichever of a wave wants them.

    Without a `code`, somebody typed the `sku`. Without a `quantity`, it is what the code says.
    """

    id: Code
    happened_at: HappenedAt
    task: TaskId | None = None
    wave: Code | None = None
    code: ScannedCode | None = None
    sku: Code | None = None
    quantity: Quantity | None = None
    location: Code | None = None


class PutBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
              tag="put_back"):  # fmt: skip
    """The units of a scan lie where they lay: it counts no more."""

    id: Code
    happened_at: HappenedAt
    scan: Code


class Missing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
              tag="missing"):  # fmt: skip
    """Units of a task are not to be had, for a reason that has its effect on the stock."""

    id: Code
    happened_at: HappenedAt
    task: TaskId
    sku: Code
    quantity: Quantity
    reason: ShortReason
    location: Code | None = None


class Finish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
             tag="finish"):  # fmt: skip
    """All of a task is confirmed or missing: it is picked, and perhaps put somewhere.

    A transfer leaves with it.
    """

    id: Code
    happened_at: HappenedAt
    task: TaskId
    put_at: Code | None = None


class GiveBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
               tag="give_back"):  # fmt: skip
    """Somebody else goes on with a wave; with `is_put_back`, what was taken lies where it lay."""

    id: Code
    happened_at: HappenedAt
    wave: Code
    is_put_back: bool = False


class PackUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="does",
             tag="pack"):  # fmt: skip
    """A picked leg is in its boxes, which are closed."""

    id: Code
    happened_at: HappenedAt
    leg: LegId
    boxes: Annotated[tuple[PackBox, ...], Meta(min_length=1, max_length=1000)]


Fact = Scan | PutBack | Missing | Finish | GiveBack | PackUp


class Meant(Struct, frozen=True, kw_only=True):
    """Units of a SKU that a scan stands for, and which; `weight_g`: of one, if the code says it."""

    sku: str
    units: int
    weight_g: int | None = None
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None


class Laid(Struct, frozen=True, kw_only=True):
    """Units of a scan that go to a task, in its slot; `left` of its SKU are still to come."""

    task: str
    slot: int | None
    units: int
    left: int


class Open(Struct, frozen=True, kw_only=True):
    """Units that were confirmed for a task and not put back."""

    scan: str
    task: str
    sku: str
    quantity: int
    lot: str | None
    expires_on: date | None
    serial: str | None
    weight_g: int | None = None


class Told(Struct, frozen=True, kw_only=True):
    """What a fact came to.

    `laid` is where units of a scan go. `out_of_turn`: others of the SKU expire earlier. `put_back`
    has to go back to its shelf. `is_done`: nothing of the task is left to do. `boxes` were packed.
    `weight_g`: of a unit that was scanned, if the code says it.
    """

    id: str
    sku: str | None = None
    name: str = ""
    units: int = 0
    lot: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    weight_g: int | None = None
    laid: Sequence[Laid] = ()
    out_of_turn: bool = False
    put_back: Sequence[Surplus] = ()
    is_done: bool = False
    boxes: Sequence[PackedBox] = ()


class Conflict(Struct, frozen=True, kw_only=True):
    """A fact that clashed with the book: nothing of it is booked, and nobody forgets it."""

    id: str
    node: str | None
    task: str | None
    refusal: str
    detail: str
    happened_at: datetime
    recorded_at: datetime
    actor: str
    fact: Fact
    settled_at: datetime | None
    settled_by: str | None


class Settled(Struct, frozen=True, kw_only=True):
    """Somebody has seen to a conflict."""

    id: str
    settled_at: datetime


class WrongSku(Refusal):
    code = "wrong-sku"
    kind = Kind.UNPROCESSABLE
    says = Text("{task} wants no {sku}.", "{task} ne demande pas de {sku}.")
    do = Text(
        "Put it back; check the location and the label.",
        "Remettez-le\u202f; vérifiez l'emplacement et l'étiquette.",
    )


class AlreadyConfirmed(Refusal):
    code = "already-confirmed"
    kind = Kind.CONFLICT
    says = Text(
        "All units of {sku} for {task} are confirmed already.",
        "Toutes les unités de {sku} pour {task} sont déjà confirmées.",
    )
    do = Text("Put the unit back on its shelf.", "Remettez l'unité en rayon.")


class MoreThanWanted(Refusal):
    code = "more-than-wanted"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{task} still wants {left} of {sku}; {asked} were scanned.",
        "{task} demande encore {left} {sku}\u202f; {asked} scannés.",
    )
    do = Text(
        "Take fewer, or send the quantity that was taken out of the pack.",
        "Prenez-en moins, ou envoyez la quantité sortie du lot.",
    )


class NoSkuScanned(Refusal):
    code = "no-sku-scanned"
    kind = Kind.UNPROCESSABLE
    says = Text("{sscc} names a box, and no SKU.", "{sscc} désigne un colis, pas un SKU.")
    do = Text("Scan what is in it.", "Scannez ce qu'il contient.")


class LotTooOld(Refusal):
    code = "lot-too-old"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Lot {lot} of {sku} expires on {day}, too soon to be sent.",
        "Le lot {lot} de {sku} expire le {day}, trop tôt pour être expédié.",
    )
    do = Text(
        "Take another lot, or report these units as expired.",
        "Prenez un autre lot, ou déclarez ces unités périmées.",
    )


class SerialInHand(Refusal):
    code = "serial-in-hand"
    kind = Kind.CONFLICT
    says = Text(
        "The unit {serial} of {sku} is confirmed for {task}.",
        "L'unité {serial} de {sku} est confirmée pour {task}.",
    )
    do = Text("Take another unit.", "Prenez une autre unité.")


class TaskOver(Refusal):
    code = "task-over"
    kind = Kind.CONFLICT
    says = Text(
        "Nothing of {task} is left to pick: it is done, held, cancelled or with another node.",
        "{task} n'est plus à préparer\u202f: fini, bloqué, annulé ou confié à un autre site.",
    )
    do = Text("Put the units back on their shelves.", "Remettez les unités en rayon.")


class UnitsUnaccounted(Refusal):
    code = "units-unaccounted"
    kind = Kind.CONFLICT
    says = Text(
        "{task} is not finished: {left} are neither confirmed nor missing.",
        "{task} n'est pas fini\u202f: {left} ni confirmés ni manquants.",
    )
    do = Text("Scan them, or say why they are missing.", "Scannez-les, ou dites pourquoi.")


class ScanOver(Refusal):
    code = "scan-over"
    kind = Kind.CONFLICT
    says = Text("The scan {scan} does not count any more.", "Le scan {scan} ne compte plus.")
    do = Text("Read the task again.", "Relisez la tâche.")
