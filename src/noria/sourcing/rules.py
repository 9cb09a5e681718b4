"""Which nodes send an order: fences first, then the cheapest plan, exact where lines are few."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from noria.network.tariff_rules import charged_weight_g
from noria.policies.model import Settings, Split
from noria.sourcing.divisions import divisions
from noria.sourcing.model import (
    PAID,
    Candidate,
    Compared,
    Explanation,
    Fence,
    Goods,
    Plan,
    PlannedLeg,
    Seen,
    Terms,
    Under,
    Units,
)
from noria.sourcing.telling import NEVER_SPLIT

MOST_LINES_DIVIDED, MOST_NODES_DIVIDED = 4, 60
"""Up to fifteen divisions of fifteen parts, each asked of every node."""

FENCES = (
    *("closed", "no-stock", "digital", "not-digital", "hazardous", "bulky", "no-gift-wrap"),
    *("no-own-packaging", "excluded", "does-not-ship", "full", "no-service", "too-late", "not-all"),
)
"""Each must that a node may fail, in the order in which they are asked."""


def source(
    wanted: Units,
    candidates: Sequence[Candidate],
    *,
    weights: Mapping[str, int],
    volumes: Mapping[str, int] | None = None,
    today: date,
    due: date | None,
    under: Under,
    most_legs: int | None = None,
) -> tuple[Plan, Explanation]:
    """Cover `wanted` with few parcels at low cost; what nobody has is left short.

    From each of the most promising first nodes a plan is completed greedily: whoever covers most
    of the rest comes next. Where lines are few, every division of them into whole lines is tried
    too, each part from its cheapest node. The best of all plans wins: fewest units short, then
    least money, then names, so that equal inputs give equal plans. `weights` are grams a unit,
    `volumes` cm³; `most_legs`, if given, is one: all of it comes from one node, or it waits.
    """
    goods = {sku: Goods(weights[sku], (volumes or {}).get(sku, 0)) for sku in wanted}
    wanted = dict(sorted(wanted.items()))
    most = under.settings.most_legs if most_legs is None else most_legs
    fences = [
        fence
        for one in candidates
        if (fence := _fence(wanted, one, goods, due, is_whole=most == 1))
    ]
    out = {fence.node for fence in fences}
    usable = [one for one in candidates if one.node not in out]
    offers = _offers(wanted, usable, goods, due)
    plans = [
        _complete(wanted, first, usable, goods, due, most)
        for first in _first(wanted, offers, under)
    ] or [Plan(legs=(), short=wanted)]
    divided = _divided(wanted, usable, goods, today, due, under, most)
    plans += divided
    judged = sorted(
        ((compare(plan, today, under), plan) for plan in plans), key=lambda pair: _order(pair[0])
    )
    return judged[0][1], Explanation(
        policy=under.policy,
        overrides=under.overrides,
        candidates=_seen(wanted, usable, offers),
        fences=sorted(fences, key=lambda fence: fence.node),
        compared=_distinct(one for one, _ in judged),
        due=due,
        way="divisions" if divided else "greedy",
        notes=(NEVER_SPLIT,) if any(fence.code == "not-all" for fence in fences) else (),
    )


def most_legs(wish_cents: int, under: Under, *, is_begun: bool) -> int:
    """How many nodes may send an order: one where it may not be split, else the policy's most.

    Of an order that is split already (a short pick, a refusal) the rest is not held up by this.
    """
    settings = under.settings
    is_whole = settings.split is Split.NEVER or (
        settings.split is Split.BY_VALUE and wish_cents < settings.split_value_cents
    )
    return 1 if is_whole and not is_begun else settings.most_legs


def compare(plan: Plan, today: date, under: Under) -> Compared:
    """What a plan costs, term by term, in whole cents."""
    arrives = max((leg.arrives_on for leg in plan.legs), default=None)
    settings = under.settings
    terms: dict[str, int] = defaultdict(int)
    for leg in plan.legs:
        for name, cents in leg.terms.items():
            terms[name] += cents
    terms["split"] = settings.split_cents * max(0, len(plan.legs) - 1)
    terms["waiting"] = settings.waiting_day_cents * (arrives - today).days if arrives else 0
    return Compared(
        nodes=[leg.node for leg in plan.legs],
        short_units=sum(plan.short.values()),
        terms={name: cents for name, cents in terms.items() if cents},
        arrives_on=arrives,
    )


def _fence(
    wanted: Units,
    one: Candidate,
    goods: Mapping[str, Goods],
    due: date | None,
    *,
    is_whole: bool,
) -> Fence | None:
    """The first must that a node fails, or None; with what its parcel would have been, if known."""
    code, detail, leg = _failed(wanted, one, goods, due, is_whole=is_whole)
    if code is None:
        return None
    return Fence(
        node=one.node,
        code=code,
        detail=detail,
        units=sum(leg.units.values()) if leg else 0,
        paid_cents=sum(leg.terms.get(name, 0) for name in PAID) if leg else None,
        arrives_on=leg.arrives_on if leg else None,
    )


def _failed(
    wanted: Units,
    one: Candidate,
    goods: Mapping[str, Goods],
    due: date | None,
    *,
    is_whole: bool,
) -> tuple[str | None, str, PlannedLeg | None]:
    covered = _covered(wanted, one)
    code, detail = _shut(wanted, one)
    if code is not None:
        return code, detail, None
    leg = _leg(one, covered, goods, None)
    if leg is None:
        return "no-service", f"{one.km} km", None
    if _leg(one, covered, goods, due) is None:
        return "too-late", f"due {due}", leg
    if is_whole and covered != wanted:
        return "not-all", f"{sum(covered.values())} of {sum(wanted.values())}", leg
    return None, "", None


def _shut(wanted: Units, one: Candidate) -> tuple[str | None, str]:
    """Why a node sends nothing of it at all, however it would travel."""
    if not one.is_open:
        return "closed", ""
    if not any(one.units.get(sku, 0) > 0 for sku in wanted):
        code = min(one.barred.values(), default="no-stock")
        return code, ", ".join(sorted(sku for sku, why in one.barred.items() if why == code))
    if one.settings is not None and one.settings.is_excluded:
        return "excluded", ""
    if not one.does_ship:
        return "does-not-ship", ""
    if one.free_units is not None and one.free_units <= 0:
        return "full", "no capacity left today"
    return None, ""


def _offers(
    wanted: Units, usable: Sequence[Candidate], goods: Mapping[str, Goods], due: date | None
) -> list[PlannedLeg]:
    """What each node would send of `wanted`: most units first, then cheapest, then by name."""
    legs = [
        leg
        for one in usable
        if (units := _covered(wanted, one)) and (leg := _leg(one, units, goods, due))
    ]
    return sorted(legs, key=lambda leg: (-sum(leg.units.values()), leg.cost_cents, leg.node))


def _first(wanted: Units, offers: Sequence[PlannedLeg], under: Under) -> Sequence[PlannedLeg]:
    """Who may open a plan: every node that has it all, else the most promising few."""
    whole = [leg for leg in offers if leg.units == wanted]
    return whole or offers[: under.settings.nodes_tried_first]


def _complete(
    wanted: Units,
    first: PlannedLeg,
    usable: Sequence[Candidate],
    goods: Mapping[str, Goods],
    due: date | None,
    most: int,
) -> Plan:
    legs: list[PlannedLeg] = []
    missing = wanted
    left = usable
    best: PlannedLeg | None = first
    while best is not None and len(legs) < most:
        legs.append(best)
        missing = _less(missing, best.units)
        left = [one for one in left if one.node != legs[-1].node]
        best = next(iter(_offers(missing, left, goods, due)), None) if missing else None
    return Plan(legs=legs, short=missing)


def _divided(
    wanted: Units,
    usable: Sequence[Candidate],
    goods: Mapping[str, Goods],
    today: date,
    due: date | None,
    under: Under,
    most: int,
) -> list[Plan]:
    """The best plan of each division into whole lines that nodes can send, where lines are few."""
    lines = tuple(wanted)
    if len(lines) > MOST_LINES_DIVIDED or len(usable) > MOST_NODES_DIVIDED:
        return []
    best: dict[tuple[str, ...], PlannedLeg | None] = {}
    day_cents, plans = under.settings.waiting_day_cents, []
    for parts in divisions(lines, most):
        for part in parts:
            if part not in best:
                units = {sku: wanted[sku] for sku in part}
                legs = [
                    leg
                    for one in usable
                    if _covered(units, one) == units and (leg := _leg(one, units, goods, due))
                ]
                best[part] = min(legs, key=lambda leg: _worth(leg, day_cents, today), default=None)
        found = [leg for part in parts if (leg := best[part])]
        if len({leg.node for leg in found}) == len(parts):
            plans.append(Plan(legs=found, short={}))
    return plans


def _worth(leg: PlannedLeg, day_cents: int, today: date) -> tuple[int, str]:
    return leg.cost_cents + day_cents * (leg.arrives_on - today).days, leg.node


def _leg(
    one: Candidate, units: Units, goods: Mapping[str, Goods], due: date | None
) -> PlannedLeg | None:
    """The cheapest way for these units from this node that is not too late, or None."""
    weight_g = sum(goods[sku].weight_g * count for sku, count in units.items())
    volume_cm3 = sum(goods[sku].volume_cm3 * count for sku, count in units.items())
    ways = []
    for option in one.options:
        if not option.refused.isdisjoint(units):
            continue
        charged_g = charged_weight_g(weight_g, volume_cm3, option.volume_divisor)
        extra = sum(each.cents for each in option.extras if not each.skus.isdisjoint(units))
        ways += [
            (step.cents + extra, step.arrives_on, option.service, option)
            for step in option.steps
            if step.max_weight_g >= charged_g
            and (step.max_volume_cm3 is None or step.max_volume_cm3 >= volume_cm3)
            and (due is None or step.arrives_on <= due)
        ]
    if not ways:
        return None
    cents, arrives_on, service, option = min(ways, key=lambda way: way[:3])
    return PlannedLeg(
        node=one.node,
        service=service,
        units=dict(units),
        leaves_at=option.leaves_at,
        arrives_on=arrives_on,
        chance=option.chance,
        terms=_terms(one, cents, units, option.chance),
    )


def _terms(one: Candidate, freight_cents: int, units: Units, chance: float) -> Terms:
    """What a leg costs, term by term: what is paid, what is risked, what its units are worth there.

    Risks are the chances measured of its node and its way, times what the policy says they cost.
    """
    handling_cents = one.handling_cents * len(units)
    settings = one.settings or Settings()
    count = sum(units.values())
    late, lost = 1 - chance, (1 - one.found_chance) * count
    terms = {
        "freight": freight_cents * settings.freight_percent // 100,
        "handling": handling_cents * settings.handling_percent // 100,
        "overtime": one.overtime_cents * _overtime_units(one, count),
        "lateness": round(settings.late_day_cents * late * settings.lateness_percent / 100),
        "not_found": round(settings.not_found_cents * lost * settings.not_found_percent / 100),
        "opportunity": settings.left_cents * count,
    }
    return {name: cents for name, cents in terms.items() if cents}


def _overtime_units(one: Candidate, units: int) -> int:
    """How many of these units its people would handle beyond their day."""
    if one.free_units is None:
        return 0
    return max(units - max(one.free_units - one.overtime_units, 0), 0)


def _covered(wanted: Units, one: Candidate) -> dict[str, int]:
    """What a node can take of `wanted`, in its order, within what its people can handle."""
    has, left = one.units, one.free_units
    covered = {}
    for sku, asked in wanted.items():
        units = has.get(sku, 0)
        units = min(units, asked)
        if left is not None:
            units = min(units, left)
        if units > 0:
            covered[sku] = units
            left = None if left is None else left - units
    return covered


def _less(wanted: Units, taken: Units) -> dict[str, int]:
    rest = {sku: units - taken.get(sku, 0) for sku, units in wanted.items()}
    return {sku: units for sku, units in rest.items() if units > 0}


def _seen(wanted: Units, usable: Sequence[Candidate], offers: Sequence[PlannedLeg]) -> list[Seen]:
    km = {one.node: one.km for one in usable}
    asked = sum(wanted.values())
    return [
        Seen(
            node=leg.node,
            km=km[leg.node],
            units=sum(leg.units.values()),
            of_units=asked,
            terms=leg.terms,
            arrives_on=leg.arrives_on,
            chance=leg.chance,
        )
        for leg in offers
    ]


def _order(one: Compared) -> tuple[int, int, list[str]]:
    return one.short_units, one.total_cents, list(one.nodes)


def _distinct(plans: Iterable[Compared]) -> list[Compared]:
    """Plans in order, each set of nodes once: the rest of what was compared says nothing new."""
    known: dict[frozenset[str], Compared] = {}
    for plan in plans:
        known.setdefault(frozenset(plan.nodes), plan)
    return list(known.values())
