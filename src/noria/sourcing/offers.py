"""What nodes could do for one order, as arrays: a row a line, a column a node, whole cents."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Truth = NDArray[np.bool_]

NEVER_CENTS = 10**15
"""What cannot be had; no true sum comes near it."""


class Ways(Struct, frozen=True, kw_only=True, eq=False):
    """How each node's parcel may travel, and how much of it at most.

    A way [way, node] bears `grams` (its volume over `divisor` counts if that is more; 0: never)
    and `cm3`; -1 grams where a node has no such way. `days` until it arrives. `refuses`
    [way, node, line] are lines that it does not take; `extra_cents` [kind, way, node] come on top
    if any line of `extra_lines` [kind, line] is in it.
    """

    grams: Whole
    cm3: Whole
    divisor: Whole
    days: Whole
    refuses: Truth | None = None
    extra_cents: Whole | None = None
    extra_lines: Truth | None = None


class Shipping(Struct, frozen=True, kw_only=True, eq=False):
    """What partners charge for a parcel [node], unless its goods [line, node] are worth enough."""

    cents: Whole
    free_from_cents: Whole
    goods_cents: Whole


class Packs(Struct, frozen=True, eq=False):
    """In which amounts partners send lines, in one shape: [line, node].

    Whole packs, and a minimum of units at least. Other amounts are refused, or the units that make
    up the next one cost so many cents each. Where any amount is sent, a pack is one unit.
    """

    pack: Whole
    minimum: Whole
    is_refused: Truth
    unit_cents: Whole

    def at(self, lines: slice | int, nodes: slice | int | Whole) -> "Packs":
        """The same of some lines and nodes."""
        return Packs(*(getattr(self, name)[lines][..., nodes] for name in self.__struct_fields__))

    def cents(self, units: Whole) -> Whole:
        """What amounts cost beyond their units; never, where they are refused."""
        sold = -(-np.maximum(units, self.minimum) // self.pack) * self.pack
        beyond = np.where(units > 0, sold - units, 0)
        refused = self.is_refused & (beyond > 0)
        return np.asarray(np.where(refused, NEVER_CENTS, beyond * self.unit_cents))

    def sent(self, units: Whole) -> Whole:
        """The most of these amounts that is sent."""
        whole = units // self.pack * self.pack
        whole = np.where(whole >= self.minimum, whole, 0)
        return np.asarray(np.where(self.is_refused, whole, units))

    def most_cents(self) -> Whole:
        """No amount costs more beyond its units, where it is sent at all."""
        return np.asarray((self.minimum + self.pack) * self.unit_cents)


class Offers(Struct, frozen=True, kw_only=True, eq=False):
    """The nodes that may send an order, in key order, with each term of what it would cost.

    `wanted` and `short_cents` are by line: its units, and what one of them costs that no node here
    sends (an outside option, or the wait). `units` [line, node] can be sent. Terms are kept apart:
    `leg_cents` [way, node] once a leg, `line_cents` [line, node] once for each line of a leg,
    `unit_cents` [line, node] for each unit. A leg takes the cheapest of its `ways` that bears it;
    without ways there is one that bears anything. `weight_g` and `volume_cm3` are by line, of a
    unit. `most_units` [node] is what a node can still handle; those beyond `usual_units` [node]
    cost `overtime_cents` [node] each. `split_cents` is the price of each leg beyond the first,
    `day_cents` that of each day until the last one arrives. No plan has more than `most_legs`.
    `packs` say in which amounts lines are sent; None: in any.
    """

    nodes: Sequence[str]
    wanted: Whole
    units: Whole
    short_cents: Whole
    leg_cents: Mapping[str, Whole]
    line_cents: Mapping[str, Whole] = {}
    unit_cents: Mapping[str, Whole] = {}
    split_cents: int = 0
    day_cents: int = 0
    most_legs: int | None = None
    ways: Ways | None = None
    weight_g: Whole | None = None
    volume_cm3: Whole | None = None
    most_units: Whole | None = None
    usual_units: Whole | None = None
    overtime_cents: Whole | None = None
    shipping: Shipping | None = None
    packs: Packs | None = None


class Choice(Struct, frozen=True, kw_only=True):
    """A plan by index: its nodes in order, the units of each line from each, the way of each."""

    nodes: tuple[int, ...]
    units: tuple[tuple[int, ...], ...]
    ways: tuple[int, ...] = ()
    short: tuple[int, ...]
    cents: int


class Alone(Struct, frozen=True, kw_only=True, eq=False):
    """Each node sending all that it can of an order by itself.

    The units [line, node], by which way [node], what its parcel costs [node], and all of it with
    what stays and with the wait [node]; never, where it has nothing or nothing bears it.
    """

    units: Whole
    ways: Whole
    parcel_cents: Whole
    cents: Whole

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alone) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in self.__struct_fields__
        )

    __hash__ = None  # type: ignore[assignment]


class Solved(Struct, frozen=True, kw_only=True):
    """The plan chosen, the next best that were compared, and a cost that no plan undercuts.

    `way` is how it was found: `whole` lines, split into `units`, `sets` of nodes, or a `search`;
    `is_cut` says that the search met its limit, `is_failed` that it could not be made. `alone` is
    what each node would do by itself, where there is one.
    """

    best: Choice
    others: tuple[Choice, ...]
    least_cents: int
    way: str
    is_cut: bool = False
    is_failed: bool = False
    alone: Alone | None = None

    @property
    def is_proven(self) -> bool:
        return self.best.cents <= self.least_cents


def summed(terms: Mapping[str, Whole], shape: tuple[int, ...]) -> Whole:
    """All terms of one kind together; nobody writes into it."""
    first, *rest = terms.values() if terms else (np.zeros(shape, dtype=np.int64),)
    total = first
    for cents in rest:
        total = total + cents
    return total
