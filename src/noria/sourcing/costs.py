"""What candidates could do for one order as arrays: every term of the cost in money, whole cents.

Freight is that of the price grid; lateness the days that it is expected after the day that counts,
times what one costs; what is not found, is marked down, costs more at one partner than at another,
or is worth more where it lies counts by the unit. A unit that no node sends costs more than any
plan, so that nothing stays back to save money.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct

from noria.policies.model import Settings
from noria.sourcing.model import Candidate, Goods, Option, Step, Under, Units
from noria.sourcing.offers import NEVER_CENTS, Offers, Shipping, Truth, Ways, Whole

MOST_DAYS = 999
SOLD_DAYS = 28
"""Over which the sales of a shelf were counted."""


class Way(Struct, frozen=True, kw_only=True):
    """One way in which a node's parcel may travel: a service, and a step of its prices."""

    service: str
    leaves_at: datetime
    arrives_on: date
    chance: float
    freight_cents: int
    late_cents: int
    grams: int
    cm3: int
    divisor: int
    refused: frozenset[str]
    extras: tuple[tuple[frozenset[str], int], ...]

    @property
    def cents(self) -> int:
        return self.freight_cents + self.late_cents


class Offered(Struct, frozen=True, eq=False):
    """Offers, and what the ways of each node are called: [node][way]."""

    offers: Offers
    ways: Sequence[Sequence[Way]]


def offered(
    wanted: Units,
    candidates: Sequence[Candidate],
    goods: Mapping[str, Goods],
    *,
    today: date,
    due: date | None,
    under: Under,
    most_legs: int,
) -> Offered:
    """Lay out what these nodes, which passed every fence, could send and what it would cost."""
    lines = list(wanted)
    total_g = sum(goods[sku].weight_g * units for sku, units in wanted.items())
    total_cm3 = sum(goods[sku].volume_cm3 * units for sku, units in wanted.items())
    ways = [_ways(one, total_g, total_cm3, due, under) for one in candidates]
    units = np.array([[one.units.get(sku, 0) for one in candidates] for sku in lines], np.int64)
    units = units.reshape(len(lines), len(candidates))
    asked = np.array([wanted[sku] for sku in lines], dtype=np.int64)
    offers = Offers(
        nodes=[one.node for one in candidates],
        wanted=asked,
        units=units,
        short_cents=np.zeros(len(lines), dtype=np.int64),
        leg_cents={
            "freight": _by_way(ways, lambda way: way.freight_cents, NEVER_CENTS),
            "lateness": _by_way(ways, lambda way: way.late_cents, 0),
        },
        line_cents=_line_cents(candidates, len(lines), under),
        unit_cents=_unit_cents(lines, asked, candidates, under),
        split_cents=under.settings.split_cents,
        day_cents=under.settings.waiting_day_cents,
        most_legs=most_legs if most_legs < len(candidates) else None,
        ways=_laid(ways, lines, today),
        weight_g=np.array([goods[sku].weight_g for sku in lines], dtype=np.int64),
        volume_cm3=np.array([goods[sku].volume_cm3 for sku in lines], dtype=np.int64),
        shipping=_shipping(lines, candidates),
        **_people(candidates, under),
    )
    return Offered(_with_short(offers), ways)


def settings_of(one: Candidate, under: Under) -> Settings:
    """The settings that hold at a node."""
    return one.settings or under.settings


def _ways(
    one: Candidate,
    total_g: int,
    total_cm3: int,
    due: date | None,
    under: Under,
) -> list[Way]:
    """The ways that are in time, cheapest first, without those that another one is better than."""
    own, order = settings_of(one, under), under.settings
    late_cents = order.late_day_cents * own.lateness_percent / 100
    found = [
        _way(option, step, own.freight_percent, round(late_cents * _late_days(option, step, due)),
             total_g, total_cm3)
        for option in one.options
        for step in option.steps
        if due is None or step.arrives_on <= due
    ]  # fmt: skip
    found.sort(key=lambda way: (way.cents, way.arrives_on, way.service, -way.grams))
    kept: list[Way] = []
    for way in found:
        if not any(_is_as_good(other, way) for other in kept):
            kept.append(way)
    return kept


def _late_days(option: Option, step: Step, due: date | None) -> float:
    """How many days after the day that counts it is expected to come: `due`, or a day of grace."""
    if not option.late_days:
        return 1 - option.chance
    grace = 1 if due is None else (due - step.arrives_on).days
    return option.late_days[min(grace, len(option.late_days) - 1)]


def _way(
    option: Option, step: Step, percent: int, late_cents: int, total_g: int, total_cm3: int
) -> Way:
    """A step; what bears the whole order bears anything."""
    grams, cm3 = step.max_weight_g, step.max_volume_cm3
    divisor = option.volume_divisor
    if grams >= total_g and (not divisor or grams * divisor >= total_cm3 * 1000):
        grams, divisor = NEVER_CENTS, 0
    if cm3 is None or cm3 >= total_cm3:
        cm3 = NEVER_CENTS
    return Way(
        service=option.service,
        leaves_at=option.leaves_at,
        arrives_on=step.arrives_on,
        chance=option.chance,
        freight_cents=step.cents * percent // 100,
        late_cents=late_cents,
        grams=grams,
        cm3=cm3,
        divisor=divisor,
        refused=option.refused,
        extras=tuple((extra.skus, extra.cents * percent // 100) for extra in option.extras),
    )


def _is_as_good(one: Way, other: Way) -> bool:
    """Whether a way that costs no more does all that another does, as soon."""
    return (
        one.grams >= other.grams
        and one.cm3 >= other.cm3
        and one.arrives_on <= other.arrives_on
        and (one.divisor == 0 or one.divisor >= other.divisor > 0)
        and one.refused <= other.refused
        and (not one.extras or one.extras == other.extras)
    )


def _by_way(ways: Sequence[Sequence[Way]], value: Callable[[Way], int], missing: int) -> Whole:
    """One number of each way: [way, node]."""
    most = max((len(some) for some in ways), default=0) or 1
    table = np.full((most, len(ways)), missing, dtype=np.int64)
    for node, some in enumerate(ways):
        for place, way in enumerate(some):
            table[place, node] = value(way)
    return table


def _laid(ways: Sequence[Sequence[Way]], lines: Sequence[str], today: date) -> Ways:
    places = [
        (place, node, way) for node, some in enumerate(ways) for place, way in enumerate(some)
    ]
    grams = _by_way(ways, lambda way: way.grams, -1)
    refuses: Truth | None = None
    if any(way.refused for _, _, way in places):
        refuses = np.zeros((*grams.shape, len(lines)), dtype=bool)
        for place, node, way in places:
            refuses[place, node] = [sku in way.refused for sku in lines]
    kinds = sorted({skus for _, _, way in places for skus, _ in way.extras}, key=sorted)
    extra_cents = extra_lines = None
    if kinds:
        extra_cents = np.zeros((len(kinds), *grams.shape), dtype=np.int64)
        extra_lines = np.array([[sku in skus for sku in lines] for skus in kinds])
        for place, node, way in places:
            for skus, cents in way.extras:
                extra_cents[kinds.index(skus), place, node] += cents
    return Ways(
        grams=grams,
        cm3=_by_way(ways, lambda way: way.cm3, 0),
        divisor=_by_way(ways, lambda way: way.divisor, 0),
        days=_by_way(ways, lambda way: min(max((way.arrives_on - today).days, 0), MOST_DAYS), 0),
        refuses=refuses,
        extra_cents=extra_cents,
        extra_lines=extra_lines,
    )


def _line_cents(candidates: Sequence[Candidate], lines: int, under: Under) -> dict[str, Whole]:
    handling = np.array(
        [
            one.handling_cents * settings_of(one, under).handling_percent // 100
            for one in candidates
        ],
        dtype=np.int64,
    )
    return {"handling": np.broadcast_to(handling, (lines, len(candidates)))}


def _unit_cents(
    lines: Sequence[str], asked: Whole, candidates: Sequence[Candidate], under: Under
) -> dict[str, Whole]:
    """Terms of a unit: those that are nothing everywhere are left out."""
    shape = (len(lines), len(candidates))
    terms = {
        name: np.zeros(shape, dtype=np.int64)
        for name in ("not_found", "opportunity", "markdown", "goods")
    }
    cheapest = {
        sku: min((one.goods_cents[sku] for one in candidates if sku in one.goods_cents), default=0)
        for sku in lines
    }
    for node, one in enumerate(candidates):
        own = settings_of(one, under)
        lost = own.not_found_cents * (1 - one.found_chance) * own.not_found_percent / 100
        terms["not_found"][:, node] = round(lost)
        terms["opportunity"][:, node] = own.left_cents
        if own.opportunity_percent and one.worth_cents is not None:
            terms["opportunity"][:, node] = [
                one.worth_cents.get(sku, 0) * own.opportunity_percent // 100 for sku in lines
            ]
        if own.markdown_cents and one.sold_units is not None:
            terms["markdown"][:, node] = [
                -(own.markdown_cents * own.markdown_percent // 100)
                if _ages(one, sku, units, own.markdown_days)
                else 0
                for sku, units in zip(lines, asked.tolist(), strict=True)
            ]
        if one.goods_cents:
            terms["goods"][:, node] = [
                one.goods_cents.get(sku, cheapest[sku]) - cheapest[sku] for sku in lines
            ]
    return {name: cents for name, cents in terms.items() if cents.any()}


def _ages(one: Candidate, sku: str, asked: int, most_days: int) -> bool:
    """Whether what is left after these units would lie there longer than so many days."""
    left = one.units.get(sku, 0) - asked
    sold = 0 if one.sold_units is None else one.sold_units.get(sku, 0)
    return left >= 0 and left * SOLD_DAYS >= sold * most_days


def _people(candidates: Sequence[Candidate], under: Under) -> dict[str, Whole]:
    """What people can still handle, and what a unit costs beyond their day."""
    if all(one.free_units is None for one in candidates):
        return {}
    free = [NEVER_CENTS if one.free_units is None else one.free_units for one in candidates]
    found = {"most_units": np.array(free, dtype=np.int64)}
    cents = [
        one.overtime_cents * settings_of(one, under).overtime_percent // 100 for one in candidates
    ]
    if any(cents):
        usual = [
            max(most - one.overtime_units, 0) for most, one in zip(free, candidates, strict=True)
        ]
        found |= {
            "usual_units": np.array(usual, dtype=np.int64),
            "overtime_cents": np.array(cents, dtype=np.int64),
        }
    return found


def _shipping(lines: Sequence[str], candidates: Sequence[Candidate]) -> Shipping | None:
    """What partners charge for a parcel to our customer, beyond the goods."""
    if not any(one.shipping_cents for one in candidates):
        return None
    return Shipping(
        cents=np.array([one.shipping_cents for one in candidates], dtype=np.int64),
        free_from_cents=np.array(
            [
                NEVER_CENTS if one.free_from_cents is None else one.free_from_cents
                for one in candidates
            ],
            dtype=np.int64,
        ),
        goods_cents=np.array(
            [[one.goods_cents.get(sku, 0) for one in candidates] for sku in lines], dtype=np.int64
        ).reshape(len(lines), len(candidates)),
    )


def _with_short(offers: Offers) -> Offers:
    """The offers with a unit that stays dearer than any plan."""
    count = len(offers.nodes)
    highest = offers.split_cents * count + offers.day_cents * MOST_DAYS + 1
    for cents in offers.leg_cents.values():
        highest += int(np.where(cents < NEVER_CENTS, cents, 0).max(axis=0, initial=0).sum())
    for cents in offers.line_cents.values():
        highest += int(cents.sum())
    for cents in offers.unit_cents.values():
        highest += int(
            offers.wanted @ (cents.max(axis=1, initial=0) - cents.min(axis=1, initial=0))
        )
    if offers.ways is not None and offers.ways.extra_cents is not None:
        highest += int(offers.ways.extra_cents.max(axis=1).sum())
    if offers.overtime_cents is not None:
        highest += int(offers.overtime_cents.max() * offers.wanted.sum())
    if offers.shipping is not None:
        highest += int(offers.shipping.cents.sum())
    short = np.full(len(offers.wanted), highest, dtype=np.int64)
    fields = {name: getattr(offers, name) for name in Offers.__struct_fields__}
    return Offers(**(fields | {"short_cents": short}))
