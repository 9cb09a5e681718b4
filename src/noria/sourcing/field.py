"""The candidates of one order as columns: a row a line, a column a node.

Most nodes of a network differ in little: who is as far and closes as early has the same options.
Such options are one `Outlet`, which remembers what was worked out of it, for this order and others.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.network.tariff_rules import charged_weight_g
from noria.partners.model import OddAmounts, PriceAt
from noria.policies.model import Settings
from noria.sourcing.model import Candidate, Goods, Option
from noria.sourcing.offers import NEVER_CENTS, Packs, Truth, Whole

NONE = -1
MOST_REMEMBERED = 500
MOST_COUNTED = 20_000
"""So many codes are told apart by counting: that fills two rows of as many numbers (160 KB each),
which for the 50 to 500 nodes of a network is still faster than sorting them. Beyond it they are
sorted, and codes are numbered anew before another service multiplies them."""


class Outlet:
    """How parcels may leave a node: options that any number of nodes share."""

    def __init__(self, options: Sequence[Option]) -> None:
        self.options = options
        steps = [step for option in options for step in option.steps]
        self._grams = sorted({step.max_weight_g for step in steps})
        self._is_about_volume = any(option.volume_divisor for option in options) or any(
            step.max_volume_cm3 is not None for step in steps
        )
        self._refuses = any(option.refused for option in options)
        self._known: dict[Any, Any] = {}

    def size(self, weight_g: int, volume_cm3: int) -> tuple[int, int]:
        """Orders of one size are borne by the same steps."""
        return bisect_left(self._grams, weight_g), volume_cm3 if self._is_about_volume else 0

    def once(self, key: Any, work: Callable[[], Any]) -> Any:
        """What `work` says, worked out once for each key."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = work()
        return found

    def takes_all(self, goods: Sequence[Goods], due: date | None) -> bool:
        """Whether a unit of any of these can go, by `due`; False: look at each by itself."""
        if self._refuses:
            return False
        weight_g = max((one.weight_g for one in goods), default=0)
        volume_cm3 = max((one.volume_cm3 for one in goods), default=0)
        return self.takes("", Goods(weight_g, volume_cm3), due)

    def takes(self, sku: str, goods: Goods, due: date | None) -> bool:
        """Whether a unit of it can go, by `due`."""
        refused = self._refuses and tuple(sku in option.refused for option in self.options)
        key = ("takes", *self.size(goods.weight_g, goods.volume_cm3), refused, due)
        found: bool = self.once(key, lambda: self._takes(sku, goods, due))
        return found

    def too_much(self, units: Mapping[str, int], goods: Mapping[str, Goods]) -> Mapping[str, int]:
        """What a parcel with all of it weighs, and the most that a service here bears.

        Or how large it is, where a service bears the weight; nothing, if one bears it or none
        takes such goods.
        """
        weight_g = sum(goods[sku].weight_g * count for sku, count in units.items())
        volume_cm3 = sum(goods[sku].volume_cm3 * count for sku, count in units.items())
        heavy, large = [], []
        for option in self.options:
            if not option.steps or not option.refused.isdisjoint(units):
                continue
            charged = charged_weight_g(weight_g, volume_cm3, option.volume_divisor)
            rooms = [step.max_volume_cm3 for step in option.steps if step.max_weight_g >= charged]
            if any(room is None or room >= volume_cm3 for room in rooms):
                return {}
            large += [room for room in rooms if room is not None]
            heavy.append((max(step.max_weight_g for step in option.steps), -charged))
        if large:
            return {"volume_cm3": volume_cm3, "most_volume_cm3": max(large)}
        if not heavy:
            return {}
        most_g, charged = max(heavy)
        return {"weight_g": -charged, "most_weight_g": most_g}

    def cheapest(
        self, units: Mapping[str, int], goods: Mapping[str, Goods]
    ) -> tuple[int, date] | None:
        """What a parcel with all of it would cost, and when it would come."""
        weight_g = sum(goods[sku].weight_g * count for sku, count in units.items())
        volume_cm3 = sum(goods[sku].volume_cm3 * count for sku, count in units.items())
        return min(
            (
                (step.cents, step.arrives_on)
                for option in self.options
                if option.refused.isdisjoint(units)
                for step in option.steps
                if step.max_weight_g
                >= charged_weight_g(weight_g, volume_cm3, option.volume_divisor)
                and (step.max_volume_cm3 is None or step.max_volume_cm3 >= volume_cm3)
            ),
            default=None,
        )

    def _takes(self, sku: str, goods: Goods, due: date | None) -> bool:
        return any(
            step.max_weight_g
            >= charged_weight_g(goods.weight_g, goods.volume_cm3, option.volume_divisor)
            and (step.max_volume_cm3 is None or step.max_volume_cm3 >= goods.volume_cm3)
            for option in self.options
            if sku not in option.refused
            for step in option.steps
            if due is None or step.arrives_on <= due
        )


class Field(Struct, frozen=True, kw_only=True, eq=False):
    """Nodes that might send something, in key order; [line, node] or [node].

    `outlet` and `setting` [node] say which of `outlets` and of `settings` is a node's; a setting
    that is None is that of the order. `free_units` are endless where no limit is known, and
    `worth_cents`, `sold_units` and `goods_cents` are -1 where there is none. `barred` and `reasons`
    are by the number of the node, as those of a `Candidate`.
    """

    nodes: Sequence[str]
    km: Whole
    units: Whole
    outlets: Sequence[Outlet]
    outlet: Whole
    settings: Sequence[Settings | None]
    setting: Whole
    handling_cents: Whole
    free_units: Whole
    does_ship: Truth
    is_open: Truth
    found_chance: NDArray[np.float64]
    overtime_units: Whole
    overtime_cents: Whole
    worth_cents: Whole
    sold_units: Whole
    goods_cents: Whole
    packs: Packs | None
    shipping_cents: Whole
    free_from_cents: Whole
    barred: Mapping[int, Mapping[str, str]]
    reasons: Mapping[int, Mapping[str, str]]


def field_of(candidates: Sequence[Candidate], lines: Sequence[str]) -> Field:
    """Candidates that were laid out one by one, in key order, as columns."""
    every = sorted(candidates, key=lambda one: one.node)
    outlets = [Outlet(one.options) for one in every]
    settings: dict[Settings | None, int] = {}
    setting = [settings.setdefault(one.settings, len(settings)) for one in every]
    return Field(
        nodes=[one.node for one in every],
        km=_row(every, lambda one: one.km),
        units=_table(every, lines, lambda one, sku: one.units.get(sku, 0)),
        outlets=outlets,
        outlet=np.arange(len(every)),
        settings=list(settings) or [None],
        setting=np.array(setting, np.int64),
        handling_cents=_row(every, lambda one: one.handling_cents),
        free_units=_row(every, lambda one: _endless(one.free_units)),
        does_ship=_row(every, lambda one: one.does_ship).astype(bool),
        is_open=_row(every, lambda one: one.is_open).astype(bool),
        found_chance=np.array([one.found_chance for one in every], np.float64),
        overtime_units=_row(every, lambda one: one.overtime_units),
        overtime_cents=_row(every, lambda one: one.overtime_cents),
        worth_cents=_table(every, lines, lambda one, sku: _known(one.worth_cents, sku, 0)),
        sold_units=_table(every, lines, lambda one, sku: _known(one.sold_units, sku, 0)),
        goods_cents=_table(every, lines, lambda one, sku: one.goods_cents.get(sku, NONE)),
        packs=packs_of(
            (len(lines), len(every)),
            [
                (line, place, one.odd[sku])
                for place, one in enumerate(every)
                for line, sku in enumerate(lines)
                if sku in one.odd
            ],
        ),
        shipping_cents=_row(every, lambda one: one.shipping_cents),
        free_from_cents=_row(every, lambda one: _endless(one.free_from_cents)),
        barred={place: one.barred for place, one in enumerate(every) if one.barred},
        reasons={place: one.reasons for place, one in enumerate(every) if one.reasons},
    )


def only(field: Field, nodes: Whole) -> Field:
    """The field of these nodes alone; what bars others is left out."""
    if len(nodes) == len(field.nodes):
        return field
    every = nodes.tolist()
    columns = {
        name: getattr(field, name)[..., nodes]
        for name in Field.__struct_fields__
        if isinstance(getattr(field, name), np.ndarray)
    }
    return Field(
        nodes=[field.nodes[place] for place in every],
        outlets=field.outlets,
        settings=field.settings,
        packs=None if field.packs is None else field.packs.at(slice(None), nodes),
        barred={},
        reasons={},
        **columns,
    )


def packs_of(shape: tuple[int, int], odd: Iterable[tuple[int, int, PriceAt]]) -> Packs | None:
    """The amounts that partners send, by [line, node], of terms by their places; None: all."""
    found = None
    for line, place, term in odd:
        if term.odd_amounts is OddAmounts.SENT:
            continue
        if found is None:
            found = Packs(
                np.ones(shape, np.int64), np.ones(shape, np.int64),
                np.zeros(shape, np.bool_), np.zeros(shape, np.int64),
            )  # fmt: skip
        is_refused = term.odd_amounts is OddAmounts.REFUSED
        found.pack[line, place] = term.pack_units
        found.minimum[line, place] = term.minimum_units
        found.is_refused[line, place] = is_refused
        found.unit_cents[line, place] = 0 if is_refused else term.price_cents
    return found


def alike(codes: Whole, below: int) -> tuple[Whole, Whole, Whole]:
    """Where each code stands first, the codes in order, and which of them each is.

    Codes are whole numbers from 0 on, all of them `below`.
    """
    if below > MOST_COUNTED:
        each, first, which = np.unique(codes, return_index=True, return_inverse=True)
        return first, each, which
    first = np.full(below, len(codes), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    each = np.flatnonzero(first < len(codes))
    number = np.empty(below, np.int64)
    number[each] = np.arange(len(each))
    return first[each], each, number[codes]


def _table(
    every: Sequence[Candidate], lines: Sequence[str], value: Callable[[Candidate, str], int]
) -> Whole:
    found = np.array([[value(one, sku) for one in every] for sku in lines], np.int64)
    return found.reshape(len(lines), len(every))


def _row(every: Sequence[Candidate], value: Callable[[Candidate], int]) -> Whole:
    return np.array([value(one) for one in every], np.int64)


def _endless(units: int | None) -> int:
    return NEVER_CENTS if units is None else units


def _known(by_sku: Mapping[str, int] | None, sku: str, missing: int) -> int:
    return NONE if by_sku is None else by_sku.get(sku, missing)
