"""Which nodes send an order: fences first, then the plan that costs least, found exactly."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from noria.network.tariff_rules import charged_weight_g
from noria.policies.model import Split
from noria.sourcing import search
from noria.sourcing.costs import Offered, offered, settings_of
from noria.sourcing.model import (
    Candidate,
    Compared,
    Explanation,
    Fence,
    Goods,
    Option,
    Plan,
    PlannedLeg,
    Seen,
    Step,
    Under,
    Units,
)
from noria.sourcing.offers import NEVER_CENTS, Choice, Solved
from noria.sourcing.parcels import alone_terms, cost_terms, leg_terms
from noria.sourcing.priced import alone, price
from noria.sourcing.search import Limits
from noria.sourcing.telling import FAILED, NEVER_SPLIT, PREFERRED, TIMED_OUT

BRANCHES = 200
"""How far a large order is searched, so that equal orders end alike on any machine."""

FENCES = (
    *("closed", "no-stock", "digital", "not-digital", "hazardous", "bulky", "no-gift-wrap"),
    *(
        "no-own-packaging",
        "network",
        "assortment",
        "trust",
        "excluded",
        "does-not-ship",
        "full",
        "no-service",
        "too-late",
        "not-all",
    ),
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
    is_repeatable: bool = False,
) -> tuple[Plan, Explanation]:
    """Cover `wanted` at the least expected cost in money; what nobody has is left short.

    Plans of up to three nodes are enumerated, larger ones searched for within the policy's
    `solve_ms` and `BRANCHES`; whatever becomes of the search, the best plan known stands. A plan
    with fewer units short always wins; ties end by preference, then by names, so that equal inputs
    give equal plans. `weights` are grams a unit, `volumes` cm³; `most_legs`, if given, is one: all
    of it comes from one node, or it waits. One that `is_repeatable` is not searched for: where a
    search ends hangs on the machine.
    """
    goods = {sku: Goods(weights[sku], (volumes or {}).get(sku, 0)) for sku in wanted}
    wanted = dict(sorted(wanted.items()))
    candidates = sorted(candidates, key=lambda one: one.node)
    most = under.settings.most_legs if most_legs is None else most_legs
    fences = [
        fence
        for one in candidates
        if (fence := _fence(wanted, one, goods, due, is_whole=most == 1))
    ]
    out = {fence.node for fence in fences}
    usable = [one for one in candidates if one.node not in out]
    offers = offered(wanted, usable, goods, today=today, due=due, under=under, most_legs=most)
    seconds = 0.0 if is_repeatable else under.settings.solve_ms / 1000
    limits = Limits(branches=BRANCHES, seconds=seconds)
    solved = search.solve(offers.offers, limits)
    choices, is_preferred = preferred(solved, usable, under)
    notes = (
        (NEVER_SPLIT, any(fence.code == "not-all" for fence in fences)),
        (TIMED_OUT, solved.is_cut),
        (FAILED, solved.is_failed),
        (PREFERRED, is_preferred),
    )
    return _plan(offers, choices[0], wanted), Explanation(
        policy=under.policy,
        overrides=under.overrides,
        candidates=_seen(offers, usable, wanted),
        fences=fences,
        compared=[_compared(offers, choice) for choice in choices],
        due=due,
        way=solved.way,
        notes=tuple(note for note, holds in notes if holds),
    )


def preferred(
    solved: Solved, usable: Sequence[Candidate], under: Under
) -> tuple[list[Choice], bool]:
    """The plans that were compared, the one to take first; and whether a preference put it there.

    Of plans that cost as much as the cheapest (or so little more as the policy allows), the one
    whose nodes are preferred most. Nodes without a preference abstain; if all do, cost decides.
    """
    best, found = solved.best, [solved.best, *solved.others]
    dearest = best.cents + under.settings.preference_cents
    alike = [one for one in found if one.cents <= dearest and sum(one.short) == sum(best.short)]
    ranks = [settings_of(one, under).preference for one in usable]

    def preference(choice: Choice) -> float:
        given = [ranks[node] for node in choice.nodes if ranks[node]]
        return sum(given) / len(given) if given else 0.0

    first = max(alike, key=preference)
    return [first, *(one for one in found if one is not first)], first is not best


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


def _plan(offers: Offered, choice: Choice, wanted: Units) -> Plan:
    lines = list(wanted)
    legs = []
    for place, (node, units) in enumerate(zip(choice.nodes, choice.units, strict=True)):
        way = offers.ways[node][choice.ways[place]]
        terms = leg_terms(offers.offers, choice, place)
        legs.append(
            PlannedLeg(
                node=offers.offers.nodes[node],
                service=way.service,
                units={sku: count for sku, count in zip(lines, units, strict=True) if count},
                leaves_at=way.leaves_at,
                arrives_on=way.arrives_on,
                chance=way.chance,
                terms={name: cents for name, cents in terms.items() if cents},
            )
        )
    short = {sku: units for sku, units in zip(lines, choice.short, strict=True) if units}
    return Plan(legs=legs, short=short)


def _compared(offers: Offered, choice: Choice) -> Compared:
    """A plan as it is told: what stays is told in units, not in the cents that keep it last."""
    terms = cost_terms(offers.offers, choice)
    ways = [offers.ways[node][way] for node, way in zip(choice.nodes, choice.ways, strict=True)]
    return Compared(
        nodes=[offers.offers.nodes[node] for node in choice.nodes],
        short_units=sum(choice.short),
        terms={name: cents for name, cents in terms.items() if cents and name != "short"},
        arrives_on=max((way.arrives_on for way in ways), default=None),
    )


def _seen(offers: Offered, usable: Sequence[Candidate], wanted: Units) -> list[Seen]:
    """What each node could send alone, and what that would cost: most units first."""
    if not usable:
        return []
    priced = price(offers.offers)
    units, cents = alone(priced)
    ways, terms = alone_terms(priced.parcels, units)
    columns = {name: values.tolist() for name, values in terms.items() if values.any()}
    counts, asked = units.sum(axis=0).tolist(), sum(wanted.values())
    order = np.lexsort((np.arange(len(usable)), cents, -units.sum(axis=0))).tolist()
    seen = []
    for node in order:
        one = usable[node]
        if cents[node] >= NEVER_CENTS:
            seen.append(Seen(node=one.node, km=one.km, units=0, of_units=asked))
            continue
        way = offers.ways[node][ways[node]]
        seen.append(
            Seen(
                node=one.node,
                km=one.km,
                units=counts[node],
                of_units=asked,
                terms={name: each[node] for name, each in columns.items() if each[node]},
                arrives_on=way.arrives_on,
                chance=way.chance,
            )
        )
    return seen


def _fence(
    wanted: Units,
    one: Candidate,
    goods: Mapping[str, Goods],
    due: date | None,
    *,
    is_whole: bool,
) -> Fence | None:
    """The first must that a node fails, or None; with what its parcel would have been, if known."""
    code, detail = _shut(wanted, one)
    if code is not None:
        return Fence(node=one.node, code=code, detail=detail)
    covered = _covered(wanted, one)
    if not _travels(one, covered, goods, None):
        return Fence(node=one.node, code="no-service", detail=f"{one.km} km")
    if not _travels(one, covered, goods, due):
        code, detail = "too-late", f"due {due}"
    elif is_whole and covered != wanted:
        code, detail = "not-all", f"{sum(covered.values())} of {sum(wanted.values())}"
    else:
        return None
    step = _cheapest(one, covered, goods)
    return Fence(
        node=one.node,
        code=code,
        detail=detail,
        units=sum(covered.values()),
        paid_cents=step[0] + one.handling_cents * len(covered) if step else None,
        arrives_on=step[1] if step else None,
    )


def _shut(wanted: Units, one: Candidate) -> tuple[str | None, str]:
    """Why a node sends nothing of it at all, however it would travel."""
    if not one.is_open:
        return "closed", ""
    if not any(one.units.get(sku, 0) > 0 for sku in wanted):
        code = min(one.barred.values(), default="no-stock")
        skus = ", ".join(sorted(sku for sku, why in one.barred.items() if why == code))
        return code, f"{skus}: {one.reasons[code]}" if code in one.reasons else skus
    if one.settings is not None and one.settings.is_excluded:
        return "excluded", ""
    if not one.does_ship:
        return "does-not-ship", ""
    if one.free_units is not None and one.free_units <= 0:
        return "full", "no capacity left today"
    return None, ""


def _travels(one: Candidate, units: Units, goods: Mapping[str, Goods], due: date | None) -> bool:
    """Whether any unit of it can go from there, in time."""
    return any(
        _bears(option, step, {sku: 1}, goods)
        for option in one.options
        for step in option.steps
        if due is None or step.arrives_on <= due
        for sku in units
    )


def _cheapest(one: Candidate, units: Units, goods: Mapping[str, Goods]) -> tuple[int, date] | None:
    """What a parcel with all of it would cost, and when it would come."""
    return min(
        (
            (step.cents, step.arrives_on)
            for option in one.options
            for step in option.steps
            if _bears(option, step, units, goods)
        ),
        default=None,
    )


def _bears(option: Option, step: Step, units: Units, goods: Mapping[str, Goods]) -> bool:
    weight_g = sum(goods[sku].weight_g * count for sku, count in units.items())
    volume_cm3 = sum(goods[sku].volume_cm3 * count for sku, count in units.items())
    return (
        step.max_weight_g >= charged_weight_g(weight_g, volume_cm3, option.volume_divisor)
        and (step.max_volume_cm3 is None or step.max_volume_cm3 >= volume_cm3)
        and option.refused.isdisjoint(units)
    )


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
