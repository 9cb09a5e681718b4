"""Which nodes send an order: fences first, then the plan that costs least, found exactly."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import numpy as np
from msgspec import Struct

from noria.policies.model import Split
from noria.sourcing import search
from noria.sourcing.costs import TOLD, Offered, offered, settings_of
from noria.sourcing.field import Field, field_of, only
from noria.sourcing.lone import ALONE
from noria.sourcing.model import (
    NOTHING,
    SEEN,
    Candidate,
    Compared,
    Explanation,
    Fence,
    Goods,
    Plan,
    PlannedLeg,
    PlansAlone,
    SeenTable,
    Under,
    Units,
)
from noria.sourcing.offers import NEVER_CENTS, Alone, Choice, Solved, Truth, Whole
from noria.sourcing.parcels import (
    alone_terms,
    cost_terms,
    leg_terms,
    numbered,
    tell_alone,
    wait_cents,
)
from noria.sourcing.search import Limits
from noria.sourcing.telling import FAILED, NEVER_SPLIT, PREFERRED, TIMED_OUT

STEP_MS = 25
"""What a step of the search is taken to cost, on any machine: limits are counted, not timed."""

FENCES = (
    *(
        "closed",
        "no-stock",
        "declined",
        "digital",
        "not-digital",
        "hazardous",
        "bulky",
        "no-gift-wrap",
    ),
    *(
        "no-own-packaging",
        "network",
        "assortment",
        "trust",
        "odd-amount",
        "excluded",
        "does-not-ship",
        "full",
        "no-service",
        "too-heavy",
        "too-large",
        "too-late",
        "not-all",
    ),
)
"""Each must that a node may fail, in the order in which they are asked."""


def source(
    wanted: Units,
    candidates: Sequence[Candidate] | Field,
    *,
    weights: Mapping[str, int],
    volumes: Mapping[str, int] | None = None,
    costs: Mapping[str, int] | None = None,
    today: date,
    due: date | None,
    under: Under,
    most_legs: int | None = None,
) -> tuple[Plan, Explanation]:
    """Cover `wanted` at the least expected cost in money; what nobody has is left short.

    Plans of up to three nodes are enumerated, larger ones searched for as far as the policy's
    `solve_ms` go; whatever becomes of the search, the best plan known stands. A plan with fewer
    units short always wins; ties end by preference, then by names, so that equal inputs give equal
    plans. `weights` are grams a unit, `volumes` cm³, `costs` what it costs to buy one; `most_legs`,
    if given, is one: all of it comes from one node, or it waits. A `Field` is in key order.
    """
    wanted = dict(sorted(wanted.items()))
    found = settled(
        wanted,
        candidates,
        weights=weights,
        volumes=volumes or {},
        costs=costs or {},
        today=today,
        due=due,
        under=under,
        most_legs=most_legs,
    )
    return _plan(found.offers, found.choices[0], wanted), explained(
        found, wanted, today, due, under
    )


class Settled(Struct, frozen=True, eq=False):
    """What a decision came to, before anything is told of it: plans, the one to take first."""

    offers: Offered
    usable: Field
    fences: Sequence[Fence]
    solved: Solved
    choices: Sequence[Choice]
    is_preferred: bool
    is_whole: bool
    """All of it comes from one node, or it waits."""


def settled(
    wanted: Units,
    candidates: Sequence[Candidate] | Field,
    *,
    weights: Mapping[str, int],
    volumes: Mapping[str, int],
    costs: Mapping[str, int] = MappingProxyType({}),
    today: date,
    due: date | None,
    under: Under,
    most_legs: int | None,
) -> Settled:
    """The decision without its explanation; `wanted` is in key order."""
    goods = {sku: Goods(weights[sku], volumes.get(sku, 0), costs.get(sku, 0)) for sku in wanted}
    field = candidates if isinstance(candidates, Field) else field_of(candidates, list(wanted))
    most = under.settings.most_legs if most_legs is None else most_legs
    fences, passed = fenced(wanted, field, goods, due, is_whole=most == 1)
    usable = only(field, np.flatnonzero(passed))
    offers = offered(wanted, usable, goods, today=today, due=due, under=under, most_legs=most)
    limits = Limits(steps=-(-under.settings.solve_ms // STEP_MS))
    solved = search.solve(offers.offers, limits)
    choices, is_preferred = preferred(solved, usable, under)
    return Settled(offers, usable, fences, solved, choices, is_preferred, is_whole=most == 1)


def explained(
    found: Settled, wanted: Units, today: date, due: date | None, under: Under
) -> Explanation:
    """All that is told of a decision: what each could have sent, the plans compared, notes."""
    notes = (
        (NEVER_SPLIT, found.is_whole and any(one.code == "not-all" for one in found.fences)),
        (TIMED_OUT, found.solved.is_cut),
        (FAILED, found.solved.is_failed),
        (PREFERRED, found.is_preferred),
    )
    each = found.solved.alone
    seen = None if each is None else _seen(found.offers, found.usable, each, wanted, today)
    return Explanation(
        policy=under.policy,
        overrides=under.overrides,
        candidates=[] if seen is None else seen,
        fences=found.fences,
        compared=_compared(found, seen),
        due=due,
        way=found.solved.way,
        notes=tuple(note for note, holds in notes if holds),
    )


def preferred(solved: Solved, usable: Field, under: Under) -> tuple[list[Choice], bool]:
    """The plans that were compared, the one to take first; and whether a preference put it there.

    Of plans that cost as much as the cheapest (or so little more as the policy allows), the one
    whose nodes are preferred most. Nodes without a preference abstain; if all do, cost decides.
    """
    best, found = solved.best, [solved.best, *solved.others]
    dearest = best.cents + under.settings.preference_cents
    alike = [one for one in found if one.cents <= dearest and sum(one.short) == sum(best.short)]
    ranks = [settings_of(usable, at, under).preference for at in range(len(usable.settings))]

    def preference(choice: Choice) -> float:
        every = [ranks[usable.setting[node]] for node in choice.nodes]
        given = [rank for rank in every if rank]
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


def _compared(found: Settled, seen: SeenTable | None) -> Sequence[Compared]:
    """Plans as they are told: what stays is told in units, not in the cents that keep it last."""
    offers = found.offers.offers
    if found.solved.way == ALONE and seen is not None:
        return PlansAlone(
            seen,
            [
                (one.nodes[0], sum(one.short), wait_cents(offers, one.nodes, one.ways))
                for one in found.choices
            ],
        )
    return [_told(found.offers, choice) for choice in found.choices]


def _told(offers: Offered, choice: Choice) -> Compared:
    terms = cost_terms(offers.offers, choice)
    ways = [offers.ways[node][way] for node, way in zip(choice.nodes, choice.ways, strict=True)]
    return Compared(
        nodes=[offers.offers.nodes[node] for node in choice.nodes],
        short_units=sum(choice.short),
        terms={name: cents for name, cents in terms.items() if cents and name != "short"},
        arrives_on=max((way.arrives_on for way in ways), default=None),
    )


def _seen(offers: Offered, usable: Field, each: Alone, wanted: Units, today: date) -> SeenTable:
    """What each node could send alone, and what that would cost.

    Days are counted from today, or from the first on which something comes: where a node is, it
    may still be yesterday.
    """
    terms, every = alone_terms(offers.offers), len(usable.nodes)
    numbers = np.empty((len(SEEN) + len(terms), every), np.int64)
    numbers[0] = usable.km
    np.add.reduce(each.units, axis=0, out=numbers[1])
    numbers[2 : 2 + TOLD] = offers.numbers[:TOLD, each.ways, numbered(every)]
    tell_alone(offers.offers, each, numbers[len(SEEN) :])
    days, since = numbers[2], today.toordinal()
    never = each.cents >= NEVER_CENTS if np.maximum.reduce(each.cents) >= NEVER_CENTS else None
    if never is not None:
        days[never] = since
    since = min(since, int(np.minimum.reduce(days)))
    days -= since
    if never is not None:
        numbers[1:, never] = 0
        numbers[2 : len(SEEN), never] = NOTHING
    return SeenTable(usable.nodes, sum(wanted.values()), date.fromordinal(since), terms, numbers)


def fenced(
    wanted: Units,
    field: Field,
    goods: Mapping[str, Goods],
    due: date | None,
    *,
    is_whole: bool,
) -> tuple[list[Fence], Truth]:
    """The first must that each node fails, with what its parcel would have been if that is known.

    And which nodes pass them all.
    """
    asked = np.array([*wanted.values()], np.int64)[:, None]
    covered = _covered(field, asked)
    out = np.array([bool(one and one.is_excluded) for one in field.settings], np.bool_)
    no_service = ~_travels(field, covered, wanted, goods, None)
    too_late = no_service if due is None else ~_travels(field, covered, wanted, goods, due)
    not_all: Truth = np.asarray((covered != asked).any(axis=0) & is_whole)
    musts: tuple[tuple[str, Truth], ...] = (
        ("closed", ~field.is_open),
        ("no-stock", np.asarray(~(field.units > 0).any(axis=0))),
        ("excluded", out[field.setting]),
        ("does-not-ship", ~field.does_ship),
        ("full", field.free_units <= 0),
        ("no-service", no_service),
        ("too-late", too_late),
        ("not-all", not_all),
        *((("too-heavy", _is_too_much(field, wanted, goods)),) if is_whole else ()),
    )
    failed: Truth = np.logical_or.reduce([fails for _, fails in musts])
    fences = []
    for node in np.flatnonzero(failed).tolist():
        code = next(code for code, fails in musts if fails[node])
        parts = dict(zip(wanted, covered[:, node].tolist(), strict=True))
        fences.append(_fence(code, wanted, field, node, parts, goods))
    return fences, ~failed


def _fence(
    code: str,
    wanted: Units,
    field: Field,
    node: int,
    parts: Units,
    goods: Mapping[str, Goods],
) -> Fence:
    name = field.nodes[node]
    if code in ("no-service", "too-heavy"):
        return _not_borne(code, field, node, parts, goods)
    if code == "no-stock":
        barred, reasons = field.barred.get(node, {}), field.reasons.get(node, {})
        code = min(barred.values(), default=code)
        skus = ", ".join(sorted(sku for sku, why in barred.items() if why == code))
        detail = f"{skus}: {reasons[code]}" if code in reasons else skus
        return Fence(node=name, code=code, detail=detail)
    if code not in ("too-late", "not-all"):
        return Fence(node=name, code=code)
    covered = {sku: units for sku, units in parts.items() if units}
    units = sum(covered.values())
    step = field.outlets[field.outlet[node]].cheapest(covered, goods)
    handling = int(field.handling_cents[node]) * len(covered)
    return Fence(
        node=name,
        code=code,
        facts={"of_units": sum(wanted.values())},
        units=units,
        paid_cents=step[0] + handling if step else None,
        arrives_on=step[1] if step else None,
    )


def _is_too_much(field: Field, wanted: Units, goods: Mapping[str, Goods]) -> Truth:
    """Whether no service of a node bears all of it at once."""
    over = [bool(outlet.too_much(wanted, goods)) for outlet in field.outlets]
    return np.array(over, np.bool_)[field.outlet]


def _not_borne(
    code: str, field: Field, node: int, parts: Units, goods: Mapping[str, Goods]
) -> Fence:
    """No service bears a unit of what is there, or all of it at once; or none goes there."""
    name, outlet = field.nodes[node], field.outlets[field.outlet[node]]
    light = sorted((goods[sku].weight_g, sku) for sku, count in parts.items() if count)
    legs = [parts] if code == "too-heavy" else [{sku: 1} for _, sku in light]
    over = next((much for leg in legs if (much := outlet.too_much(leg, goods))), None)
    if over is None:
        return Fence(node=name, code="no-service", facts={"km": field.km.item(node)})
    return Fence(node=name, code="too-heavy" if "weight_g" in over else "too-large", facts=over)


def _travels(
    field: Field, covered: Whole, wanted: Units, goods: Mapping[str, Goods], due: date | None
) -> Truth:
    """Whether any unit that a node has of it can go from there, in time."""
    every = list(goods.values())
    takes_all = [outlet.takes_all(every, due) for outlet in field.outlets]
    if all(takes_all):
        return np.asarray((covered > 0).any(axis=0))
    takes = np.array(
        [
            [all_of_it or outlet.takes(sku, goods[sku], due)
             for all_of_it, outlet in zip(takes_all, field.outlets, strict=True)]
            for sku in wanted
        ],
        np.bool_,
    ).reshape(len(wanted), len(field.outlets))  # fmt: skip
    return np.asarray(((covered > 0) & takes[:, field.outlet]).any(axis=0))


def _covered(field: Field, asked: Whole) -> Whole:
    """What a node can take of it, line by line, within what its people can handle: [line, node]."""
    covered = np.minimum(np.maximum(field.units, 0), asked)
    left = np.maximum(field.free_units, 0)
    if (covered.sum(axis=0) <= left).all():
        return np.asarray(covered)
    for line in range(len(covered)):
        covered[line] = np.minimum(covered[line], left)
        left = left - covered[line]
    return covered
