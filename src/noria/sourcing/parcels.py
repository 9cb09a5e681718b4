"""What legs cost beyond their lines: the way that bears them, overtime, what partners charge."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct

from noria.sourcing.offers import NEVER_CENTS, Alone, Choice, Offers, Truth, Whole, summed

FEW_CELLS = 16
"""Of legs and lines: arrays of so few would be dear."""

EVERY = slice(None)
"""The nodes of legs, one for each node there is, in their order."""


class Loads(Struct, frozen=True, eq=False):
    """Many legs that might be: what is in each, row by row, and the node of each.

    With `nodes` None there is a column for every node, and each row is asked of all of them; with
    `EVERY` there is a row for every node.
    """

    units: Whole  # [row] or [row, node]
    grams: Whole
    cm3: Whole
    goods_cents: Whole
    lines: Truth  # [row, line]
    nodes: Whole | slice | None = None


class Parcels(Struct, frozen=True, eq=False):
    """The ways of an order's offers with their terms added up; barred: what comes after a day."""

    offers: Offers
    cents: Whole  # [way, node]
    grams: Whole | None  # [way, node]
    least: Whole  # [node] no leg costs less
    has_divisors: bool

    @property
    def is_flat(self) -> bool:
        """Whether a leg costs the same whatever is in it."""
        return self.grams is None and self.offers.most_units is None

    def of(self, loads: Loads) -> Whole:
        """What these legs cost beyond their lines; never, where nothing bears them."""
        if self.is_flat:
            cents = self.cents[0] if loads.nodes is None else self.cents[0][loads.nodes]
            cents = np.broadcast_to(cents, loads.units.shape)
        else:
            cents = self.ways(loads)[0]
        return np.asarray(cents + self.partners(loads))

    def partners(self, loads: Loads) -> Whole:
        """What partners charge for these legs."""
        return _partners(self.offers, loads)

    def ways_of(self, nodes: Whole, units: Whole) -> tuple[Whole, Whole]:
        """What legs cost beyond their lines [leg, line], and by which ways that is."""
        if self.is_flat and self.offers.shipping is None:
            return self.cents[0, nodes], np.zeros_like(nodes)
        if units.size <= FEW_CELLS and self._is_plain:
            found = [
                self._plain_way(*leg) for leg in zip(nodes.tolist(), units.tolist(), strict=True)
            ]
            cents, ways = np.array(found, dtype=np.int64).reshape(len(found), 2).T
            return cents, ways
        loads = loaded(self.offers, units, nodes)
        cents, ways = self.ways(loads)
        return cents + _partners(self.offers, loads), ways

    @property
    def _is_plain(self) -> bool:
        """Whether nothing but weight and volume says which way bears a leg, and what it costs."""
        offers, ways = self.offers, self.offers.ways
        return (
            ways is not None
            and ways.refuses is None
            and ways.extra_cents is None
            and offers.most_units is None
            and offers.shipping is None
        )

    def _plain_way(self, node: int, units: Sequence[int]) -> tuple[int, int]:
        """As `ways`, of one small leg: it is asked very often."""
        ways = self.offers.ways
        assert ways is not None
        assert self.grams is not None
        each_g, each_cm3 = (size.tolist() for size in sizes(self.offers))
        grams = sum(one * size for one, size in zip(units, each_g, strict=True))
        cm3 = sum(one * size for one, size in zip(units, each_cm3, strict=True))
        best, which = NEVER_CENTS, 0
        columns = (self.cents, self.grams, ways.cm3, ways.divisor)
        for way, (cents, most_g, most_cm3, divisor) in enumerate(
            zip(*(column[:, node].tolist() for column in columns), strict=True)
        ):
            bears = grams <= most_g and cm3 <= most_cm3
            if bears and (not divisor or cm3 * 1000 <= most_g * divisor) and cents < best:
                best, which = cents, way
        return best, which

    def ways(self, loads: Loads, *, with_wait: bool = False) -> tuple[Whole, Whole]:
        """The price of the cheapest way that bears each leg, with overtime, and which way it is.

        `with_wait`, the days that it takes count and cost as well.
        """
        offers, columns = self.offers, EVERY if loads.nodes is None else loads.nodes
        cents = self.cents[:, columns]
        if with_wait and offers.day_cents and offers.ways is not None:
            cents = cents + offers.day_cents * offers.ways.days[:, columns]
        if loads.nodes is None:
            cents = np.broadcast_to(cents[:, None], (len(cents), *loads.units.shape))
        if self.grams is not None:
            cents = np.where(self._bears(columns, loads), cents, NEVER_CENTS)
            if (extra := _extras(offers, loads)) is not None:
                cents = cents + extra
        which = cents.argmin(axis=0)
        best = cents.min(axis=0)
        if offers.usual_units is not None and offers.overtime_cents is not None:
            beyond = np.maximum(loads.units - offers.usual_units[columns], 0)
            best = best + beyond * offers.overtime_cents[columns]
        if offers.most_units is not None:
            best = np.where(loads.units > offers.most_units[columns], NEVER_CENTS, best)
        return np.minimum(best, NEVER_CENTS), which

    def _bears(self, columns: slice | Whole, loads: Loads) -> Truth:
        """Which ways bear which legs: [way, row] or [way, row, node]."""
        ways = self.offers.ways
        assert self.grams is not None
        assert ways is not None
        rows = (EVERY, None) if loads.nodes is None else (EVERY,)
        most_g, cm3 = self.grams[:, columns][rows], ways.cm3[:, columns][rows]
        does = (loads.grams <= most_g) & (loads.cm3 <= cm3)
        if self.has_divisors:
            divisor = ways.divisor[:, columns][rows]
            does &= (divisor == 0) | (loads.cm3 * 1000 <= most_g * divisor)
        if ways.refuses is not None:
            lines = loads.lines.astype(np.int64)
            if loads.nodes is None:
                refused = np.einsum("rl,wnl->wrn", lines, ways.refuses.astype(np.int64))
            else:
                refused = np.einsum("rl,wrl->wr", lines, ways.refuses[:, columns].astype(np.int64))
            does &= refused == 0
        return np.asarray(does)


def parcels(offers: Offers, until: int | None = None) -> Parcels:
    """The ways of an order's offers; with `until`, only those that arrive within so many days."""
    first = next(iter(offers.leg_cents.values()), None)
    count = 1 if first is None else first.shape[0]
    cents = summed(offers.leg_cents, (count, len(offers.nodes)))
    grams = None
    least = cents
    if offers.ways is not None:
        grams = offers.ways.grams
        if until is not None:
            grams = np.where(offers.ways.days <= until, grams, -1)
        least = np.where(grams >= 0, cents, NEVER_CENTS)
    lowest = least.min(axis=0, initial=NEVER_CENTS)
    if offers.shipping is not None:
        always = offers.shipping.free_from_cents >= NEVER_CENTS
        lowest = lowest + np.where(always, offers.shipping.cents, 0)
    has_divisors = offers.ways is not None and bool(offers.ways.divisor.any())
    return Parcels(offers, cents, grams, lowest, has_divisors)


def loaded(offers: Offers, units: Whole, nodes: Whole | slice) -> Loads:
    """Legs by the units of each line in them [row, line], each of a node of its own [row]."""
    goods = _zero(1)
    if offers.shipping is not None:
        goods = (units * offers.shipping.goods_cents[:, nodes].T).sum(axis=1)
    grams, cm3 = (units @ size for size in sizes(offers))
    return Loads(units.sum(axis=1), grams, cm3, goods, units > 0, nodes)


def sizes(offers: Offers) -> tuple[Whole, Whole]:
    """Grams and cm³ of a unit of each line."""
    weight_g, volume_cm3 = offers.weight_g, offers.volume_cm3
    if weight_g is None or volume_cm3 is None:
        none = np.zeros_like(offers.wanted)
        weight_g = none if weight_g is None else weight_g
        volume_cm3 = none if volume_cm3 is None else volume_cm3
    return weight_g, volume_cm3


def leg_terms(offers: Offers, choice: Choice, leg: int) -> dict[str, int]:
    """What one leg of a plan costs, term by term, without what splitting or waiting costs."""
    node, units = choice.nodes[leg], np.array(choice.units[leg], dtype=np.int64)
    way = choice.ways[leg]
    terms = {name: int(cents[way, node]) for name, cents in offers.leg_cents.items()}
    has_extras = offers.ways is not None and offers.ways.extra_cents is not None
    if offers.shipping is not None or has_extras:
        loads = loaded(offers, units[None], np.array([node]))
        if (extra := _extras(offers, loads)) is not None:
            terms["freight"] = terms.get("freight", 0) + int(extra[way, 0])
        if shipping := int(_partners(offers, loads)[0]):
            terms["shipping"] = shipping
    if offers.usual_units is not None and offers.overtime_cents is not None:
        beyond = max(int(units.sum()) - int(offers.usual_units[node]), 0)
        terms["overtime"] = beyond * int(offers.overtime_cents[node])
    for name, cents in offers.line_cents.items():
        terms[name] = terms.get(name, 0) + int(cents[units > 0, node].sum())
    for name, cents in offers.unit_cents.items():
        terms[name] = terms.get(name, 0) + int(cents[:, node] @ units)
    if offers.packs is not None:
        terms["surplus"] = int(offers.packs.at(EVERY, node).cents(units).sum())
    return terms


def alone_terms(offers: Offers) -> list[str]:
    """The terms of what a node alone may cost, those of its way first."""
    names = [*offers.leg_cents, *offers.line_cents, *offers.unit_cents]
    if offers.usual_units is not None and offers.overtime_cents is not None:
        names.append("overtime")
    if offers.shipping is not None:
        names.append("shipping")
    if offers.packs is not None:
        names.append("surplus")
    return names


def tell_alone(offers: Offers, each: Alone, cents: Whole) -> None:
    """Write what each node alone would cost by each of its terms: [term, node].

    Those of its way stand there already.
    """
    units, does, row = each.units, each.units > 0, len(offers.leg_cents)
    for one in offers.line_cents.values():
        _sum_lines(does, one, cents[row])
        row += 1
    for one in offers.unit_cents.values():
        _sum_lines(units, one, cents[row])
        row += 1
    if offers.usual_units is not None and offers.overtime_cents is not None:
        beyond = np.maximum(units.sum(axis=0) - offers.usual_units, 0)
        cents[row] = beyond * offers.overtime_cents
        row += 1
    has_extras = offers.ways is not None and offers.ways.extra_cents is not None
    if offers.shipping is not None or has_extras:
        loads = loaded(offers, units.T, EVERY)
        if offers.shipping is not None:
            cents[row] = _partners(offers, loads)
        if (extra := _extras(offers, loads)) is not None:
            cents[0] += extra[each.ways, numbered(len(each.ways))]
    if offers.packs is not None:
        cents[-1] = offers.packs.cents(units).sum(axis=0)


def _sum_lines(units: Whole | Truth, cents: Whole, row: Whole) -> None:
    """Into the row, what units cost over all lines."""
    if len(units) == 1:
        np.multiply(units[0], cents[0], out=row)
    else:
        np.add.reduce(units * cents, axis=0, out=row)


def horizons(offers: Offers) -> list[int | None]:
    """The days by which all of a plan may come, the last one first; None: it does not matter."""
    if offers.ways is None or not offers.day_cents or not offers.nodes:
        return [None]
    days = set(offers.ways.days[offers.ways.grams >= 0].tolist())
    return [*sorted(days, reverse=True)] or [None]


def wait_cents(offers: Offers, nodes: Sequence[int], ways: Sequence[int]) -> int:
    """What it costs that the last leg of a plan arrives when it does."""
    if offers.ways is None or not nodes:
        return 0
    days = map(offers.ways.days.item, ways, nodes)
    return offers.day_cents * max(days)


def cost_terms(offers: Offers, choice: Choice) -> dict[str, int]:
    """What a plan costs, term by term; the sum is its cost."""
    terms = dict.fromkeys([*offers.leg_cents, *offers.line_cents, *offers.unit_cents], 0)
    for leg in range(len(choice.nodes)):
        for name, cents in leg_terms(offers, choice, leg).items():
            terms[name] = terms.get(name, 0) + cents
    terms["split"] = offers.split_cents * max(0, len(choice.nodes) - 1)
    terms["short"] = int(np.dot(choice.short, offers.short_cents))
    if offers.day_cents:
        terms["waiting"] = wait_cents(offers, choice.nodes, choice.ways)
    return terms


def _extras(offers: Offers, loads: Loads) -> Whole | None:
    """What comes on top of each way for what is in a leg: [way, row] or [way, row, node]."""
    ways = offers.ways
    if ways is None or ways.extra_cents is None or ways.extra_lines is None:
        return None
    has = (loads.lines[:, None] & ways.extra_lines).any(axis=2).astype(np.int64)
    if loads.nodes is None:
        return np.asarray(np.einsum("rk,kwn->wrn", has, ways.extra_cents))
    return np.asarray(np.einsum("rk,kwr->wr", has, ways.extra_cents[:, :, loads.nodes]))


def _partners(offers: Offers, loads: Loads) -> Whole:
    """What partners charge for a parcel with goods of that worth."""
    shipping = offers.shipping
    if shipping is None:
        return _zero(loads.units.ndim)
    columns = EVERY if loads.nodes is None else loads.nodes
    charged = loads.goods_cents < shipping.free_from_cents[columns]
    return np.asarray(charged * shipping.cents[columns])


@lru_cache(1000)
def numbered(count: int) -> Whole:
    """So many places in order; nobody writes into it."""
    return np.arange(count)


@lru_cache
def _zero(dimensions: int) -> Whole:
    return np.zeros((1,) * dimensions, dtype=np.int64)
