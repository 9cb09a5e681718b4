"""Offers with their terms added up: what plans are compared by, and what none undercuts."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs

from noria.sourcing.offers import NEVER_CENTS, Choice, Offers, Whole, summed
from noria.sourcing.parcels import EVERY, Parcels, parcels, wait_cents


class Priced(Struct, frozen=True, eq=False):
    """Offers with their terms added up, and bounds that no plan undercuts."""

    offers: Offers
    parcels: Parcels
    line: Whole  # [line, node]
    unit: Whole  # [line, node]
    sent: Whole  # [line, node]: as much of the line as the node has
    whole: Whole  # [line, node]: as much of the line as the node has, the rest short
    least_lines: int  # all lines, each at its cheapest, stock aside
    wait_cents: int  # of the last day on which a parcel may come

    @property
    def least_leg(self) -> Whole:
        return self.parcels.least

    @property
    def least_wait(self) -> int:
        """What the soonest way of all costs at least by its days."""
        ways, day_cents = self.offers.ways, self.offers.day_cents
        if ways is None or not day_cents:
            return 0
        return day_cents * int(np.where(ways.grams >= 0, ways.days, NEVER_CENTS).min())

    @property
    def has_limits(self) -> bool:
        """Whether it matters what is in a leg beyond what its lines cost."""
        offers = self.offers
        return (
            offers.most_units is not None or offers.ways is not None or offers.shipping is not None
        )


def price(offers: Offers, until: int | None = None) -> Priced:
    """Offers with their terms added up; with `until`, of parcels that come within so many days."""
    shape = (len(offers.wanted), len(offers.nodes))
    line, unit = summed(offers.line_cents, shape), summed(offers.unit_cents, shape)
    wanted, short = offers.wanted[:, None], offers.short_cents[:, None]
    sent = np.minimum(offers.units, wanted)
    whole = line + unit * sent + short * (wanted - sent)
    if offers.packs is not None:
        whole = whole + offers.packs.cents(sent)
    whole[sent <= 0] = NEVER_CENTS
    least = np.minimum(whole.min(axis=1, initial=NEVER_CENTS), offers.short_cents * offers.wanted)
    many = offers.wanted > 1
    if many.any() and shape[1]:
        has = sent[many] > 0
        each = np.where(has, unit[many], NEVER_CENTS).min(axis=1)
        cheapest = np.where(has, line[many], NEVER_CENTS).min(axis=1)
        cheapest = cheapest + offers.wanted[many] * np.where(each < NEVER_CENTS, each, 0)
        least[many] = np.minimum(least[many], cheapest)
    return Priced(
        offers,
        parcels(offers, until),
        line,
        unit,
        sent,
        whole,
        int(least.sum()),
        offers.day_cents * (until or 0),
    )


def within(priced: Priced, until: int | None) -> Priced:
    """The same offers by parcels that come within so many days: lines cost what they cost."""
    return structs.replace(
        priced,
        parcels=parcels(priced.offers, until),
        wait_cents=priced.offers.day_cents * (until or 0),
    )


def least_parcels_cents(priced: Priced, legs: int, most_legs: int) -> int:
    """What so many parcels, or more up to the most, cost at least with what they have to carry.

    No way costs less than a + b x the grams that it bears; so no parcels cost less than a for each
    and b for each gram. The slopes b tried are those between ways; where a is below nothing, more
    parcels may cost less. Nothing is said where leaving units might be cheaper than carrying them.
    """
    offers = priced.offers
    if offers.ways is None or offers.weight_g is None or priced.parcels.grams is None:
        return 0
    cents, grams = priced.parcels.cents.ravel(), priced.parcels.grams.ravel()
    has = (grams > 0) & (cents < NEVER_CENTS)
    if not has.any() or offers.short_cents.min() <= 2 * int(cents[has].max()):
        return 0
    units = np.minimum(offers.units.sum(axis=1), offers.wanted)
    if offers.most_units is not None and units.sum() > np.maximum(offers.most_units, 0).min():
        return 0
    total_g = int(offers.weight_g @ units)
    cents, grams = cents[has], np.minimum(grams[has], max(total_g, 1))
    first = int(cents.argmin())
    slopes = np.maximum((cents - cents[first]) / np.maximum(grams - grams[first], 1), 0)
    slopes = np.unique(np.append(slopes[grams > grams[first]], 0.0))
    bases = (cents[None] - slopes[:, None] * grams[None]).min(axis=1)
    least = np.minimum(legs * bases, most_legs * bases) + slopes * total_g
    return int(max(0.0, float(least.max())) // 1)


def nothing(offers: Offers) -> Choice:
    """No legs at all."""
    short = tuple(offers.wanted.tolist())
    return Choice(nodes=(), units=(), short=short, cents=int(offers.wanted @ offers.short_cents))


def rank(choice: Choice) -> tuple[object, ...]:
    """The cheapest first; then the fewest nodes, then names."""
    return choice.cents, len(choice.nodes), choice.nodes, choice.units, choice.ways


def chosen(priced: Priced, nodes: Sequence[int], units: Sequence[Sequence[int]]) -> Choice:
    """A choice and its cost, from the units of each line that each node sends."""
    offers = priced.offers
    at = np.array(nodes, dtype=np.int64)
    parts = np.array(units, dtype=np.int64).reshape(len(at), len(offers.wanted))
    leg_cents, ways = _legs(priced, at, parts)
    short = offers.wanted - parts.sum(axis=0)
    cents = leg_cents + offers.split_cents * max(0, len(at) - 1) + int(short @ offers.short_cents)
    return Choice(
        nodes=tuple(nodes),
        units=tuple(tuple(part) for part in units),
        ways=tuple(ways),
        short=tuple(short.tolist()),
        cents=cents + (wait_cents(offers, nodes, ways) if offers.day_cents else 0),
    )


def lines_cents(priced: Priced, nodes: Whole, units: Whole) -> Whole:
    """What the units and lines of legs cost, without parcels; by leg, of units [leg, line]."""
    each = units * priced.unit[:, nodes].T + (units > 0) * priced.line[:, nodes].T
    cents: Whole = each.sum(axis=1)
    if (packs := priced.offers.packs) is not None:
        cents = cents + packs.at(EVERY, nodes).cents(units.T).sum(axis=0)
    return cents


def _legs(priced: Priced, nodes: Whole, parts: Whole) -> tuple[int, list[int]]:
    """What legs cost and how they travel; never, where a node has too little, or by no way."""
    if not len(nodes):
        return 0, []
    cents, ways = priced.parcels.ways_of(nodes, parts)
    cents = cents + lines_cents(priced, nodes, parts)
    cents[(parts > priced.offers.units[:, nodes].T).any(axis=1)] = NEVER_CENTS
    return int(np.minimum(cents, NEVER_CENTS).sum()), ways.tolist()
