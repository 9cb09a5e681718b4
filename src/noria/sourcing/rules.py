"""Which nodes send an order: fences first, then the cheapest plan that a greedy search finds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from noria.sourcing.model import (
    Candidate,
    Compared,
    Explanation,
    Fence,
    Plan,
    PlannedLeg,
    Policy,
    Seen,
    Units,
)


def source(
    wanted: Units,
    candidates: Sequence[Candidate],
    *,
    weights: Mapping[str, int],
    today: date,
    due: date | None,
    policy: Policy,
) -> tuple[Plan, Explanation]:
    """Cover `wanted` with few parcels at low cost; what nobody has is left short.

    From each of the most promising first nodes a plan is completed greedily: whoever covers most
    of the rest comes next. The best of these plans wins: fewest units short, then least money,
    then names, so that equal inputs give equal plans. `weights` are grams a unit.
    """
    wanted = dict(sorted(wanted.items()))
    fences = [fence for one in candidates if (fence := _fence(wanted, one, weights, due))]
    out = {fence.node for fence in fences}
    usable = [one for one in candidates if one.node not in out]
    offers = _offers(wanted, usable, weights, due)
    plans = [
        _complete(wanted, first, usable, weights, due) for first in _first(wanted, offers, policy)
    ] or [Plan(legs=(), short=wanted)]
    judged = sorted(
        ((compare(plan, today, policy), plan) for plan in plans), key=lambda pair: _order(pair[0])
    )
    best, plan = judged[0]
    compared = _distinct(one for one, _ in judged)
    return plan, Explanation(
        policy=policy.version,
        candidates=_seen(wanted, usable, offers),
        fences=sorted(fences, key=lambda fence: fence.node),
        compared=compared,
        chosen=best,
        sentence_en=_sentence_en(best, compared),
        sentence_fr=_sentence_fr(best, compared),
    )


def compare(plan: Plan, today: date, policy: Policy) -> Compared:
    """What a plan costs, term by term, in whole cents."""
    arrives = max((leg.arrives_on for leg in plan.legs), default=None)
    return Compared(
        nodes=[leg.node for leg in plan.legs],
        short_units=sum(plan.short.values()),
        freight_cents=sum(leg.freight_cents for leg in plan.legs),
        handling_cents=sum(leg.handling_cents for leg in plan.legs),
        split_cents=policy.split_cents * max(0, len(plan.legs) - 1),
        waiting_cents=policy.day_cents * (arrives - today).days if arrives else 0,
        arrives_on=arrives,
    )


def _fence(
    wanted: Units, one: Candidate, weights: Mapping[str, int], due: date | None
) -> Fence | None:
    """The first must that a node fails, or None."""
    if not any(one.units.get(sku, 0) > 0 for sku in wanted):
        return Fence(node=one.node, code="no-stock")
    if not one.does_ship:
        return Fence(node=one.node, code="does-not-ship")
    if one.free_units is not None and one.free_units <= 0:
        return Fence(node=one.node, code="full", detail="no capacity left today")
    covered = _covered(wanted, one)
    if _leg(one, covered, weights, None) is None:
        return Fence(node=one.node, code="no-service", detail=f"{one.km} km")
    if _leg(one, covered, weights, due) is None:
        return Fence(node=one.node, code="too-late", detail=f"due {due}")
    return None


def _offers(
    wanted: Units, usable: Sequence[Candidate], weights: Mapping[str, int], due: date | None
) -> list[PlannedLeg]:
    """What each node would send of `wanted`: most units first, then cheapest, then by name."""
    legs = [
        leg
        for one in usable
        if (units := _covered(wanted, one)) and (leg := _leg(one, units, weights, due))
    ]
    return sorted(legs, key=lambda leg: (-sum(leg.units.values()), leg.cost_cents, leg.node))


def _first(wanted: Units, offers: Sequence[PlannedLeg], policy: Policy) -> Sequence[PlannedLeg]:
    """Who may open a plan: every node that has it all, else the most promising few."""
    whole = [leg for leg in offers if leg.units == wanted]
    return whole or offers[: policy.nodes_tried_first]


def _complete(
    wanted: Units,
    first: PlannedLeg,
    usable: Sequence[Candidate],
    weights: Mapping[str, int],
    due: date | None,
) -> Plan:
    legs: list[PlannedLeg] = []
    missing = wanted
    left = usable
    best: PlannedLeg | None = first
    while best is not None:
        legs.append(best)
        missing = _less(missing, best.units)
        left = [one for one in left if one.node != legs[-1].node]
        best = next(iter(_offers(missing, left, weights, due)), None) if missing else None
    return Plan(legs=legs, short=missing)


def _leg(
    one: Candidate, units: Units, weights: Mapping[str, int], due: date | None
) -> PlannedLeg | None:
    """The cheapest way for these units from this node that is not too late, or None."""
    weight_g = sum(weights[sku] * count for sku, count in units.items())
    ways = [
        (step.cents, step.arrives_on, option.service, option)
        for option in one.options
        for step in option.steps
        if step.max_weight_g >= weight_g and (due is None or step.arrives_on <= due)
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
        freight_cents=cents,
        handling_cents=one.handling_cents * len(units),
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


def _less(wanted: Units, taken: Units) -> dict[str, int]:
    rest = {sku: units - taken.get(sku, 0) for sku, units in wanted.items()}
    return {sku: units for sku, units in rest.items() if units > 0}


def _seen(wanted: Units, usable: Sequence[Candidate], offers: Sequence[PlannedLeg]) -> list[Seen]:
    km = {one.node: one.km for one in usable}
    asked = sum(wanted.values())
    return [
        Seen(node=leg.node, km=km[leg.node], units=sum(leg.units.values()), of_units=asked)
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


def _sentence_en(best: Compared, compared: Sequence[Compared]) -> str:
    if not best.nodes:
        return f"No node can send anything now: {best.short_units} units wait for stock."
    who = _list(best.nodes, "and")
    parts = "in one parcel" if len(best.nodes) == 1 else f"in {len(best.nodes)} parcels"
    verb = "sends" if len(best.nodes) == 1 else "send"
    said = f"{who} {verb} it {parts} for {_euros(best.total_cents, '.')} €"
    if best.short_units:
        said += f"; {best.short_units} units wait for stock"
    if other := _runner_up(best, compared):
        said += f": {_list(other.nodes, 'and')} would have cost {_euros(other.total_cents, '.')} €"
    return said + "."


def _sentence_fr(best: Compared, compared: Sequence[Compared]) -> str:
    if not best.nodes:
        return f"Aucun site ne peut expédier\u202f: {best.short_units} unités attendent du stock."
    who = _list(best.nodes, "et")
    parts = "en un colis" if len(best.nodes) == 1 else f"en {len(best.nodes)} colis"
    verb = "expédie" if len(best.nodes) == 1 else "expédient"
    said = f"{who} {verb} {parts} pour {_euros(best.total_cents, ',')}\u00a0€"
    if best.short_units:
        said += f"\u202f; {best.short_units} unités attendent du stock"
    if other := _runner_up(best, compared):
        said += (
            f"\u202f: {_list(other.nodes, 'et')} aurait coûté"
            f" {_euros(other.total_cents, ',')}\u00a0€"
        )
    return said + "."


def _runner_up(best: Compared, compared: Sequence[Compared]) -> Compared | None:
    return next(
        (one for one in compared if one is not best and one.short_units == best.short_units), None
    )


def _list(names: Sequence[str], word: str) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _euros(cents: int, point: str) -> str:
    return f"{cents // 100}{point}{cents % 100:02}"
