"""What candidates could do for one order as arrays: every term of the cost in money, whole cents.

Freight is that of the price grid; lateness the days that it is expected after the day that counts,
times what one costs; what is not found, is marked down, costs more at one partner than at another,
or is worth more where it lies counts by the unit. A unit that no node sends costs more than any
plan, so that nothing stays back to save money.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import cast

import numpy as np
from msgspec import Struct

from noria.policies.model import Settings
from noria.sourcing.field import NONE, Field, Outlet, alike
from noria.sourcing.model import Goods, Option, Step, Under, Units
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

    @property
    def bears_all(self) -> bool:
        return self.grams == NEVER_CENTS and self.cm3 == NEVER_CENTS


class Offered(Struct, frozen=True, eq=False):
    """Offers, and what the ways of each node are called: [node][way]."""

    offers: Offers
    ways: Sequence[Sequence[Way]]
    numbers: Whole  # [number, way, node], as `MISSING` names them


class Laid(Struct, frozen=True, eq=False):
    """The ways of an outlet, and their numbers: [number, way], as `MISSING` names them."""

    ways: Sequence[Way]
    numbers: Whole
    is_plain: bool
    """No way refuses a line, or charges for one."""


MISSING = {
    "day": 0, "chance": 0, "freight": NEVER_CENTS, "late": 0, "grams": -1, "cm3": 0, "divisor": 0,
}  # fmt: skip
"""What numbers a way has, and what stands there where a node has fewer ways than another: `day` is
the ordinal of the day on which it arrives, `chance` ten-thousandths that it does."""

FREIGHT, TOLD = 2, 4
"""Where its cents begin; so many of its numbers are told of each candidate."""


def offered(
    wanted: Units,
    field: Field,
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
    kinds, kind = _kinds(field)
    laid = [
        _laid_out(
            field.outlets[outlet], settings_of(field, setting, under), total_g, total_cm3, due,
            under.settings.late_day_cents,
        )
        for outlet, setting in kinds
    ]  # fmt: skip
    by_kind = _by_kind(laid)
    every = by_kind[:, :, kind]
    numbers = dict(zip(MISSING, every, strict=True))
    asked = np.array([wanted[sku] for sku in lines], dtype=np.int64)
    line_cents, unit_cents = _line_cents(field, len(lines), under), _unit_cents(asked, field, under)
    unit_cents |= _goods_cents(field, [goods[sku].cost_cents for sku in lines], under)
    ways, shipping = _as_ways(laid, kind, numbers, lines, today), _shipping(field)
    people = _people(field, under)
    cents = by_kind[FREIGHT:TOLD, by_kind[FREIGHT] < NEVER_CENTS]
    parcel_cents = int(cents.sum(axis=0).max(initial=0))
    parcel_cents += under.settings.split_cents
    if shipping is not None:
        parcel_cents += int(shipping.cents.max())
    if ways.extra_cents is not None:
        parcel_cents += int(ways.extra_cents.sum(axis=0).max())
    if field.packs is not None:
        parcel_cents += int(field.packs.most_cents().max(initial=0))
    highest = _highest(asked, parcel_cents, line_cents, unit_cents, people.get("overtime_cents"))
    offers = Offers(
        nodes=field.nodes,
        wanted=asked,
        units=field.units,
        short_cents=np.full(len(lines), highest + under.settings.waiting_day_cents * MOST_DAYS),
        leg_cents={"freight": numbers["freight"], "lateness": numbers["late"]},
        line_cents=line_cents,
        unit_cents=unit_cents,
        split_cents=under.settings.split_cents,
        day_cents=under.settings.waiting_day_cents,
        most_legs=most_legs if most_legs < len(field.nodes) else None,
        ways=ways,
        weight_g=np.array([goods[sku].weight_g for sku in lines], dtype=np.int64),
        volume_cm3=np.array([goods[sku].volume_cm3 for sku in lines], dtype=np.int64),
        shipping=shipping,
        packs=field.packs,
        **people,
    )
    return Offered(offers, [laid[one].ways for one in kind.tolist()], every)


def _highest(
    asked: Whole,
    parcel_cents: int,
    line_cents: Mapping[str, Whole],
    unit_cents: Mapping[str, Whole],
    overtime_cents: Whole | None,
) -> int:
    """More than any plan costs: a parcel for each unit is the most that there can be.

    What is left must not pay either, where a unit that goes is worth something.
    """
    units = int(asked.sum())
    unit = sum(
        int(cents.max(initial=0)) - int(cents.min(initial=0)) for cents in unit_cents.values()
    )
    if overtime_cents is not None:
        unit += int(overtime_cents.max())
    line = sum(int(cents.max(initial=0)) for cents in line_cents.values())
    return 1 + units * (parcel_cents + line + unit)


def settings_of(field: Field, setting: int, under: Under) -> Settings:
    """The settings that hold at nodes of that setting."""
    return field.settings[setting] or under.settings


def by_setting(field: Field, values: Sequence[int]) -> Whole:
    """A number of each setting, for each node."""
    return np.array(values, np.int64)[field.setting]


def _kinds(field: Field) -> tuple[list[tuple[int, int]], Whole]:
    """Each outlet under each setting that there is, and which of them is a node's."""
    settings = len(field.settings)
    _, each, kind = alike(field.outlet * settings + field.setting, len(field.outlets) * settings)
    return [divmod(code, settings) for code in each.tolist()], kind


def _laid_out(
    outlet: Outlet,
    own: Settings,
    total_g: int,
    total_cm3: int,
    due: date | None,
    late_day_cents: int,
) -> Laid:
    """The ways of an outlet; orders of a size and of a day that counts have the same."""
    late_cents = late_day_cents * own.lateness_percent / 100
    key = ("ways", *outlet.size(total_g, total_cm3), due, own.freight_percent, late_cents)

    def work() -> Laid:
        ways = _ways(outlet.options, own.freight_percent, late_cents, total_g, total_cm3, due)
        numbers = [
            (way.arrives_on.toordinal(), round(way.chance * 10_000), way.freight_cents,
             way.late_cents, way.grams, way.cm3, way.divisor)
            for way in ways
        ]  # fmt: skip
        table = np.array(numbers, np.int64).reshape(len(ways), len(MISSING)).T
        return Laid(ways, table, not any(way.refused or way.extras for way in ways))

    return cast("Laid", outlet.once(key, work))


def _ways(
    options: Sequence[Option],
    percent: int,
    late_cents: float,
    total_g: int,
    total_cm3: int,
    due: date | None,
) -> list[Way]:
    """The ways that are in time, cheapest first, without those that another one is better than."""
    found = []
    for option in options:
        ends: set[date] = set()
        for step in sorted(option.steps, key=lambda step: (step.cents, step.arrives_on)):
            if step.arrives_on in ends or (due is not None and step.arrives_on > due):
                continue
            late = round(late_cents * _late_days(option, step, due)) if late_cents else 0
            way = _way(option, step, percent, late, total_g, total_cm3)
            found.append(way)
            if way.bears_all:
                ends.add(step.arrives_on)
    found.sort(key=lambda way: (way.cents, way.arrives_on, way.service, -way.grams))
    kept: list[Way] = []
    for way in found:
        for other in kept:
            if _is_as_good(other, way):
                break
        else:
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


def _by_kind(laid: Sequence[Laid]) -> Whole:
    """Each number of each way: [number, way, kind]."""
    most = max((len(one.ways) for one in laid), default=0) or 1
    if all(len(one.ways) == most for one in laid) and laid:
        return np.stack([one.numbers for one in laid], axis=2)
    table = np.empty((len(MISSING), most, len(laid)), dtype=np.int64)
    table[:] = np.array(list(MISSING.values()), np.int64)[:, None, None]
    for place, one in enumerate(laid):
        table[:, : len(one.ways), place] = one.numbers
    return table


def _as_ways(
    laid: Sequence[Laid], kind: Whole, numbers: Mapping[str, Whole], lines: Sequence[str],
    today: date,
) -> Ways:  # fmt: skip
    grams = numbers["grams"]
    refuses, extra_cents, extra_lines = None, None, None
    if not all(one.is_plain for one in laid):
        refuses, extra_cents, extra_lines = _by_line(laid, grams.shape[0], lines)
        refuses = None if refuses is None else refuses[:, kind]
        extra_cents = None if extra_cents is None else extra_cents[:, :, kind]
    return Ways(
        grams=grams,
        cm3=numbers["cm3"],
        divisor=numbers["divisor"],
        days=np.minimum(np.maximum(numbers["day"] - today.toordinal(), 0), MOST_DAYS),
        refuses=refuses,
        extra_cents=extra_cents,
        extra_lines=extra_lines,
    )


def _by_line(
    laid: Sequence[Laid], most: int, lines: Sequence[str]
) -> tuple[Truth | None, Whole | None, Truth | None]:
    """What ways do not take, and what they charge for some lines; None: nothing."""
    places = [
        (place, node, way) for node, some in enumerate(laid) for place, way in enumerate(some.ways)
    ]
    shape = (most, len(laid))
    refuses = extra_cents = extra_lines = None
    if any(way.refused for _, _, way in places):
        refuses = np.zeros((*shape, len(lines)), dtype=bool)
        for place, node, way in places:
            refuses[place, node] = [sku in way.refused for sku in lines]
    kinds = sorted({skus for _, _, way in places for skus, _ in way.extras}, key=sorted)
    if kinds:
        extra_cents = np.zeros((len(kinds), *shape), dtype=np.int64)
        extra_lines = np.array([[sku in skus for sku in lines] for skus in kinds])
        for place, node, way in places:
            for skus, cents in way.extras:
                extra_cents[kinds.index(skus), place, node] += cents
    return refuses, extra_cents, extra_lines


def _line_cents(field: Field, lines: int, under: Under) -> dict[str, Whole]:
    percents = by_setting(
        field, [settings_of(field, at, under).handling_percent for at in range(len(field.settings))]
    )
    handling = field.handling_cents * percents // 100
    return {"handling": np.broadcast_to(handling, (lines, len(handling)))}


def _unit_cents(asked: Whole, field: Field, under: Under) -> dict[str, Whole]:
    """Terms of a unit: those that are nothing everywhere are left out."""
    shape, terms = field.units.shape, dict[str, Whole]()
    for at in range(len(field.settings)):
        for name, cents in _unit_terms(asked, field, settings_of(field, at, under)):
            each = np.broadcast_to(cents, shape)
            if len(field.settings) > 1:
                each = np.where(field.setting == at, each, terms.get(name, 0))
            terms[name] = each
    return {name: cents for name, cents in terms.items() if cents.any()}


def _goods_cents(field: Field, costs: Sequence[int], under: Under) -> dict[str, Whole]:
    """What a unit costs us above where it costs least, of the nodes that have it.

    A partner's is what it asks. Ours is what it costs to buy another, if the policy weighs it and
    that is known; otherwise it is compared with nobody's.
    """
    cents = field.goods_cents
    if not cents.size or cents.max() < 0:
        return {}
    if under.settings.weighs_own_goods:
        again = np.array([one or NONE for one in costs], np.int64)[:, None]
        cents = np.where(cents >= 0, cents, again)
    has = (cents >= 0) & (field.units > 0)
    least = np.where(has, cents, NEVER_CENTS).min(axis=1, keepdims=True)
    dearer = np.where(has, cents - least, 0)
    return {"goods": dearer} if dearer.any() else {}


def _unit_terms(asked: Whole, field: Field, own: Settings) -> Iterator[tuple[str, Whole]]:
    """The terms of a unit under these settings, as far as they may be anything."""
    if own.not_found_cents and own.not_found_percent:
        lost = own.not_found_cents * (1 - field.found_chance) * own.not_found_percent / 100
        yield "not_found", np.rint(lost).astype(np.int64)
    if own.opportunity_percent:
        worth = field.worth_cents * own.opportunity_percent // 100
        yield "opportunity", np.where(field.worth_cents >= 0, worth, own.left_cents)
    elif own.left_cents:
        yield "opportunity", np.array([own.left_cents])
    if own.markdown_cents:
        saved = own.markdown_cents * own.markdown_percent // 100
        yield "markdown", np.where(_ages(field, asked, own.markdown_days), -saved, 0)


def _ages(field: Field, asked: Whole, most_days: int) -> Truth:
    """Whether what is left after these units would lie there longer than so many days."""
    left = field.units - asked[:, None]
    has = (field.sold_units >= 0) & (left >= 0)
    return np.asarray(has & (left * SOLD_DAYS >= field.sold_units * most_days))


def _people(field: Field, under: Under) -> dict[str, Whole]:
    """What people can still handle, and what a unit costs beyond their day."""
    free = field.free_units
    if (free >= NEVER_CENTS).all():
        return {}
    found = {"most_units": free}
    percents = by_setting(
        field, [settings_of(field, at, under).overtime_percent for at in range(len(field.settings))]
    )
    cents = field.overtime_cents * percents // 100
    if cents.any():
        found |= {
            "usual_units": np.maximum(free - field.overtime_units, 0),
            "overtime_cents": cents,
        }
    return found


def _shipping(field: Field) -> Shipping | None:
    """What partners charge for a parcel to our customer, beyond the goods."""
    if not field.shipping_cents.any():
        return None
    return Shipping(
        cents=field.shipping_cents,
        free_from_cents=field.free_from_cents,
        goods_cents=np.maximum(field.goods_cents, 0),
    )
