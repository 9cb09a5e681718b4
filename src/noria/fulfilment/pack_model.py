"""Packing: the boxes of a node, what goes into which, and what was packed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from noria.fulfilment.model import LegId
from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code, Quantity

Side = Annotated[int, Meta(ge=1, le=10_000, description="Millimetres.")]
Sides = tuple[int, int, int]
"""Length, width, height in millimetres."""


class Box(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box that a node packs in, as it is inside, and what it may hold."""

    node: Code
    code: Code
    length_mm: Side
    width_mm: Side
    height_mm: Side
    tare_g: Annotated[int, Meta(ge=0, le=100_000, description="What it weighs empty.")] = 0
    max_weight_g: Annotated[int, Meta(ge=1, le=1_000_000, description="With all in it.")] = 30_000

    @property
    def sides(self) -> Sides:
        return self.length_mm, self.width_mm, self.height_mm

    @property
    def volume(self) -> int:
        return self.length_mm * self.width_mm * self.height_mm


class NoSuchBox(Refusal):
    code = "no-such-box"
    kind = Kind.UNPROCESSABLE
    says = Text("{node} has no box {box}.", "{node} n'a pas de carton {box}.")
    do = Text(
        "Name a box of the node, or give the sides without one.",
        "Citez un carton du site, ou donnez les dimensions sans carton.",
    )


class Boxed(Struct, frozen=True, kw_only=True):
    """A box is as it was said."""

    node: str
    code: str


class Good(Struct, frozen=True, kw_only=True):
    """Units of a SKU that are to be packed, each as large and heavy as this."""

    sku: str
    units: int
    sides: Sides
    weight_g: int
    keeps_upright: bool = False
    ships_as_is: bool = False


class Placed(Struct, frozen=True, kw_only=True):
    """Where a unit lies in its box: its corner nearest to the box's own, and how it is turned."""

    sku: str
    x_mm: int
    y_mm: int
    z_mm: int
    length_mm: int
    width_mm: int
    height_mm: int


class Proposed(Struct, frozen=True, kw_only=True):
    """A parcel as it could be packed. Without a box, a unit goes as it is.

    `placed` shows that it fits; it is empty where so many units were judged by their volume.
    """

    box: str | None
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    units: Mapping[str, int]
    placed: Sequence[Placed] = ()


class Proposal(Struct, frozen=True, kw_only=True):
    """How a leg could be packed."""

    leg: str
    parcels: Sequence[Proposed]


class PackBox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box that was closed: what is in it, what it weighs, how large it is.

    With the `box` of the node, its sides are known; without a weight, it weighs what is in it.
    """

    units: Annotated[Mapping[str, Quantity], Meta(max_length=2000)]
    box: Code | None = None
    weight_g: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    length_mm: Annotated[int, Meta(ge=0, le=10_000)] = 0
    width_mm: Annotated[int, Meta(ge=0, le=10_000)] = 0
    height_mm: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picked leg was packed: all of it, in these boxes. Packed anew, it has these instead."""

    id: Code
    leg: LegId
    boxes: Annotated[tuple[PackBox, ...], Meta(min_length=1, max_length=1000)]


class PackedBox(Struct, frozen=True, kw_only=True):
    """A box of a leg: its number, its SSCC, and what is in it."""

    number: int
    sscc: str
    box: str | None
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    units: Mapping[str, int]


class Packed(Struct, frozen=True, kw_only=True):
    """A leg as it was packed."""

    leg: str
    packed_at: datetime
    boxes: Sequence[PackedBox]


class BoxesOtherwise(Refusal):
    code = "boxes-otherwise"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Leg {leg} sends {due} of {sku}; its boxes hold {asked}.",
        "La tâche {leg} expédie {due} {sku}\u202f; ses colis en contiennent {asked}.",
    )
    do = Text(
        "Say what is in each box, so that they add up to what was picked.",
        "Dites ce que contient chaque colis, pour que le total soit ce qui a été préparé.",
    )


class ParcelsOtherwise(Refusal):
    code = "parcels-otherwise"
    kind = Kind.CONFLICT
    says = Text(
        "Leg {leg} was packed in {packed} boxes; {asked} were handed over.",
        "La tâche {leg} a été emballée en {packed} colis\u202f; {asked} ont été remis.",
    )
    do = Text("Pack it anew, or hand over all of its boxes.", "Réemballez, ou remettez-les tous.")
