"""Work in the node: locations, tasks, waves, and who takes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import Code
from noria.network.model import LocalTime

TaskId = Annotated[
    str,
    Meta(
        pattern=r"^(leg|transfer):[A-Za-z0-9._-]{1,64}$",
        description="A task: the leg, or the transfer, that it is for.",
        examples=["leg:536365.1"],
    ),
]
PersonId = Annotated[
    str,
    Meta(pattern=r"^(person|key):[A-Za-z0-9._-]{1,64}$", examples=["person:0193a5f2-7c11"]),
]


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shelf or bin of a node, and the SKUs that lie there.

    Aisles stand side by side; bays are counted from the front of their aisle, where people come in.
    """

    node: Code
    code: Code
    aisle: Annotated[int, Meta(ge=0, le=10_000)]
    bay: Annotated[int, Meta(ge=0, le=10_000)]
    level: Annotated[int, Meta(ge=0, le=100)] = 0
    skus: Annotated[tuple[Code, ...], Meta(max_length=500)] = ()


class WaveKind(Enum):
    """How a node works: parcels of one SKU together, others by cart, pickup lots, pallets."""

    SINGLE = "single"
    CART = "cart"
    PICKUP = "pickup"
    PALLET = "pallet"


Places = Mapping[str, Sequence[tuple[str, int, int, int]]]
"""By SKU, where it lies: (location, aisle, bay, level)."""


def kind_of(*, is_transfer: bool, is_pickup: bool, skus: int) -> WaveKind:
    """How a task is worked on."""
    if is_transfer:
        return WaveKind.PALLET
    if is_pickup:
        return WaveKind.PICKUP
    return WaveKind.SINGLE if skus == 1 else WaveKind.CART


class WorkSetting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a node works. What a wave may hold: tasks by its kind, units, grams, minutes of work.

    `spread_minutes`: departures so far apart are never in one wave. `lease_minutes`: who has taken
    a wave and is not heard of for so long has it no more. `untaken_minutes`: so long before its
    deadline a task that nobody has taken is an exception. At `wave_times`, on the node's own clock,
    what waits is put in waves; without, as somebody asks for work.
    """

    single_tasks: Annotated[int, Meta(ge=1, le=500)] = 40
    cart_slots: Annotated[int, Meta(ge=1, le=100)] = 12
    pickup_tasks: Annotated[int, Meta(ge=1, le=100)] = 8
    pallet_tasks: Annotated[int, Meta(ge=1, le=20)] = 1
    units: Annotated[int, Meta(ge=1, le=100_000)] = 200
    weight_g: Annotated[int, Meta(ge=1, le=10_000_000)] = 300_000
    minutes: Annotated[int, Meta(ge=1, le=600)] = 60
    stop_seconds: Annotated[int, Meta(ge=0, le=600)] = 15
    unit_seconds: Annotated[int, Meta(ge=0, le=600)] = 3
    spread_minutes: Annotated[int, Meta(ge=0, le=10_000)] = 120
    lease_minutes: Annotated[int, Meta(ge=1, le=1440)] = 45
    untaken_minutes: Annotated[int, Meta(ge=0, le=1440)] = 60
    aisle_mm: Annotated[int, Meta(ge=100, le=100_000)] = 3_000
    bay_mm: Annotated[int, Meta(ge=100, le=100_000)] = 1_200
    wave_times: Annotated[
        tuple[LocalTime, ...], Meta(max_length=48, examples=[["09:00:00", "14:00:00"]])
    ] = ()


class Part(Struct, frozen=True, kw_only=True):
    """Units of a SKU that a task wants; `picked` were confirmed, `missing` are not to be had."""

    sku: str
    units: int
    picked: int = 0
    missing: int = 0

    @property
    def left(self) -> int:
        return max(self.units - self.picked - self.missing, 0)


class Task(Struct, frozen=True, kw_only=True):
    """What a node has to pick for one leg or transfer, by when; whose it is at the moment."""

    id: str
    node: str
    kind: WaveKind
    deadline: datetime
    since: datetime
    order: str | None
    service: str | None
    skus: int
    units: int
    wave: str | None
    taken_by: str | None
    taken_until: datetime | None
    is_late: bool


class Wanted(Struct, frozen=True, kw_only=True):
    """A task as waves are made of it; its first stop is where it begins on the walk."""

    id: str
    kind: WaveKind
    deadline: datetime
    weight_g: int
    parts: Sequence[Part]


class Draft(Struct, frozen=True, kw_only=True):
    """A wave in the making: its tasks in the order of their slots."""

    kind: WaveKind
    deadline: datetime
    tasks: Sequence[str]


class Wave(Struct, frozen=True, kw_only=True):
    """Tasks that one person walks together; `taken_by` has it until `taken_until`."""

    id: str
    node: str
    kind: WaveKind
    deadline: datetime
    made_at: datetime
    closed_at: datetime | None
    taken_by: str | None
    taken_until: datetime | None
    tasks: int
    tasks_left: int


class SlotUnits(Struct, frozen=True, kw_only=True):
    """Units that go to one slot of the cart, for one task; so many were confirmed already."""

    slot: int
    task: str
    units: int
    picked: int


class Stop(Struct, frozen=True, kw_only=True):
    """Where to go next, what to take there, and for which slots. Nobody knows where: no location.

    `metres` is how far it is from the stop before.
    """

    location: str | None
    aisle: int | None
    bay: int | None
    level: int | None
    sku: str
    name: str
    units: int
    metres: float
    slots: Sequence[SlotUnits]


class Surplus(Struct, frozen=True, kw_only=True):
    """Units that were confirmed and are not wanted any more: they go back to the shelf."""

    sku: str
    units: int


class Walk(Struct, frozen=True, kw_only=True):
    """A wave as it is walked: its stops in order, and how far they are together, there and back.

    `put_back` was confirmed for tasks that are over, or want fewer.
    """

    wave: Wave
    metres: float
    stops: Sequence[Stop]
    put_back: Sequence[Surplus] = ()


class NewPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put open tasks of a node in waves: all, or those of some kinds, or due before a time."""

    node: Code
    kinds: Annotated[tuple[WaveKind, ...], Meta(max_length=4)] = ()
    before: Annotated[datetime, Meta(tz=True)] | None = None


class Planned(Struct, frozen=True, kw_only=True):
    """Waves that were made; `left` tasks are in none yet."""

    id: str
    waves: Sequence[str]
    left: int


class Take(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a wave: a certain one, or the most urgent that is free at a node.

    `person` is who gets it, where that is somebody else: it needs `fulfilment.manage`.
    """

    id: Code
    wave: Code | None = None
    node: Code | None = None
    kinds: Annotated[tuple[WaveKind, ...], Meta(max_length=4)] = ()
    person: PersonId | None = None


class Taken(Struct, frozen=True, kw_only=True):
    """Who has a wave, and until when unless they are heard of."""

    id: str
    wave: str
    person: str
    until: datetime


class Located(Struct, frozen=True, kw_only=True):
    """A location is as it was said."""

    node: str
    code: str
    skus: int


class WaveTaken(Refusal):
    code = "wave-taken"
    kind = Kind.CONFLICT
    says = Text("{person} has the wave {wave}.", "{person} a déjà la vague {wave}.")
    do = Text(
        "Take another one, or ask for it to be given back.",
        "Prenez-en une autre, ou demandez qu'elle soit rendue.",
    )


class WaveOver(Refusal):
    code = "wave-over"
    kind = Kind.CONFLICT
    says = Text("Nothing of the wave {wave} is left to do.", "La vague {wave} est terminée.")
    do = Text("Take another one.", "Prenez-en une autre.")


class NothingToTake(Refusal):
    code = "nothing-to-take"
    kind = Kind.CONFLICT
    says = Text("No work is free at {node}.", "Il n'y a pas de travail libre à {node}.")
    do = Text("Ask again later.", "Redemandez plus tard.")


class NotYours(Refusal):
    code = "wave-not-yours"
    kind = Kind.CONFLICT
    says = Text("You do not have the wave {wave}.", "Vous n'avez pas la vague {wave}.")
    do = Text(
        "Whoever may manage the work of the node can give it back.",
        "Une personne qui gère le travail du site peut la rendre.",
    )
