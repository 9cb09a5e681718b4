"""Why a promise was told so: stages, chances, cut-offs, and what narrowed the choice."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
from msgspec import structs

from noria.catalog.model import Sku
from noria.network import reliability_rules, scene_rules
from noria.network import rules as network
from noria.network.diary_telling import full_until
from noria.network.scene_model import Exit
from noria.promise import fence_telling
from noria.promise.delivery import asking
from noria.promise.delivery import grid as grids
from noria.promise.delivery.asking import Question
from noria.promise.delivery.legs import curve
from noria.promise.delivery.model import (
    Basket,
    Felt,
    Learned,
    LegPlan,
    LegTold,
    Narrowed,
    Part,
    Stage,
    StageTold,
    Way,
    WayTold,
)
from noria.promise.delivery.outlook import Goal, Outlook, Terms, plan_of
from noria.promise.fence_model import Barred
from noria.promise.model import Available

CHANCES = (0.5, 0.8, 0.9, 0.95)
MOST_FELT = 4
MOST_NARROWED = 200
MOST_LACKING = 5
LEAST_PERCENT = 0.5


def way_told(outlook: Outlook, goal: Goal, way: Way) -> WayTold:
    """The stages of each leg of a way, and the day by which it has come with each chance."""
    return WayTold(
        option=way.option,
        relay=way.relay,
        legs=tuple(_leg_told(outlook, goal, part) for part in way.parts),
    )


def _leg_told(outlook: Outlook, goal: Goal, part: Part) -> LegTold:
    node = outlook.scene.nodes[part.node]
    exit_ = next(
        (one for one in outlook.scene.exits[part.node] if one.service.code == part.service), None
    )
    carrier = exit_.service.carrier if exit_ else ""
    days: dict[str, date] = {}
    plan = None
    if part.departs_on is not None and part.planned_on is not None:
        plan = plan_of(node, part.service, carrier, goal, part.departs_on, part.planned_on)
        rounds = network.rounds(exit_.service if exit_ else None)
        reached = curve(outlook.foresight, plan, goal.rests, rounds)
        days = {
            f"{chance:.0%}": plan.departs_on + timedelta(days=int(np.argmax(reached >= chance)))
            for chance in CHANCES
            if reached[-1] >= chance
        }
    return LegTold(
        node=part.node,
        service=part.service,
        carrier=carrier,
        cut_off=exit_.order_by if exit_ else None,
        stages=tuple(_stages(outlook, part, exit_, plan)),
        days=days,
    )


def _stages(
    outlook: Outlook, part: Part, exit_: Exit | None, plan: LegPlan | None
) -> Iterable[StageTold]:
    scene, node = outlook.scene, outlook.scene.nodes[part.node]
    told = partial(_told, outlook.foresight.learned, plan)
    yield told("accept", until=exit_.order_by if exit_ else None)
    if (day := outlook.grid.begins.get(part.node)) is not None:
        yield StageTold(stage="room", day=day, because=full_until(node.name, day))
    if node.lead_days or part.node in scene.taken:
        yield StageTold(stage="supply", day=scene.ready_at[part.node].date())
    yield told(
        "handle",
        until=scene.ready_at.get(part.node),
        minutes=reliability_rules.handling_minutes(scene.known, node),
    )
    if plan is None:
        return
    yield told("hand_over", until=exit_.leaves_at if exit_ else None, day=part.departs_on)
    yield told("transit", day=part.planned_on)


def _told(learned: Learned, plan: LegPlan | None, name: str, **planned: Any) -> StageTold:
    """A stage as calendars plan it, and what was learned of it for such legs."""
    stage = next((one for one in learned.stages if one.name == name), None)
    if stage is None or plan is None:
        return StageTold(stage=name, **planned)
    return StageTold(stage=name, rows=stage.rows, felt=_felt(stage, plan), **planned)


def _felt(stage: Stage, plan: LegPlan) -> tuple[Felt, ...]:
    """The groups of a leg that its past says most of, the strongest first."""
    levels = dict(plan.groups)
    found = [
        Felt(group=key, level=level, percent=round((float(np.exp(effect)) - 1) * 100, 1))
        for key, effects in stage.effects.items()
        if (level := levels.get(key.removesuffix(" lately"))) is not None
        and (effect := effects.get(level)) is not None
    ]
    said = [one for one in found if abs(one.percent) >= LEAST_PERCENT]
    return tuple(sorted(said, key=lambda one: (-abs(one.percent), one.group))[:MOST_FELT])


def narrowed(
    outlook: Outlook,
    basket: Basket,
    terms: Terms,
    barred: Sequence[Barred],
    *,
    is_sent: bool,
) -> list[Narrowed]:
    """Every node that has something of it and is not offered whole, with the first reason.

    The codes are those of sourcing's fences; `barred` are shelves that a channel may not have.
    """
    found: dict[str, Narrowed] = {}
    for one in barred:
        why = fence_telling.why(one.purpose, f"{one.sku}: {one.reason}" if one.reason else one.sku)
        found.setdefault(
            one.node, Narrowed(node=one.node, code=one.purpose, detail=one.reason, why=why)
        )
    for at in np.flatnonzero((basket.units > 0).any(axis=0)).tolist():
        code = outlook.grid.nodes[at]
        reason = _reason(outlook, basket, terms, code, is_sent=is_sent)
        if reason is not None:
            found[code] = reason
    return [found[code] for code in sorted(found)][:MOST_NARROWED]


def of_sku(
    outlook: Outlook,
    sku: Sku,
    channel: str | None,
    shown: Sequence[Available],
    barred: Sequence[Barred],
) -> list[Narrowed]:
    """Every node that has a SKU and promises none, sends none or begins later: its first reason.

    `shown` is what they promise, `barred` the shelves that promise nothing.
    """
    asked, goods = Question(wanted={sku.code: 1}, channel=channel), {sku.code: sku}
    units = {} if sku.is_digital else {one.node: {one.sku: one.units} for one in shown}
    basket = asking.basket(asked, goods, grids.shelves(outlook.grid, [sku.code], units))
    terms = asking.terms(outlook, asked, goods)
    found: dict[str, Narrowed] = {}
    for bar in barred:
        why = fence_telling.because(bar.purpose, bar.reason)
        found.setdefault(
            bar.node, Narrowed(node=bar.node, code=bar.purpose, detail=bar.reason, why=why)
        )
    for one in narrowed(outlook, basket, terms, (), is_sent=False):
        found[one.node] = structs.replace(one, detail="", why=fence_telling.because(one.code, ""))
    later = _begun_later(outlook, {one.node for one in shown} - found.keys())
    return sorted([*found.values(), *later], key=lambda one: one.node)


def _begun_later(outlook: Outlook, nodes: Iterable[str]) -> list[Narrowed]:
    """Of these nodes, those of which the days are full, and on which day they would begin."""
    return [
        Narrowed(
            node=code,
            code="later",
            detail=day.isoformat(),
            why=full_until(outlook.scene.nodes[code].name, day),
        )
        for code in sorted(nodes)
        if (day := outlook.grid.begins.get(code)) is not None
    ]


def _reason(
    outlook: Outlook, basket: Basket, terms: Terms, code: str, *, is_sent: bool
) -> Narrowed | None:
    """The first reason why a node gives nothing, or not all; the order is that of sourcing."""
    grid, at = outlook.grid, outlook.grid.place[code]
    shelf = dict(zip(sorted(basket.wanted), basket.units[:, at].tolist(), strict=True))
    node, exits = outlook.scene.nodes[code], outlook.scene.exits[code]
    barred = (
        (scene_rules.barred(node, basket.traits[sku]), sku)
        for sku in sorted(basket.wanted)
        if shelf.get(sku)
    )
    why, detail = next(((why, sku) for why, sku in barred if why is not None), (None, ""))
    lacking = [sku for sku, units in sorted(basket.wanted.items()) if shelf.get(sku, 0) < units]
    reasons = (
        (why is not None, why, detail),
        (code in terms.excluded, "excluded", ""),
        (not node.does_ship, "does-not-ship", ""),
        (bool(grid.free_units[at] <= 0), "full", ""),
        (is_sent and not any(_takes(one, basket) for one in exits), "no-service", ""),
        (bool(lacking), "not-all", ", ".join(lacking[:MOST_LACKING])),
    )
    return next(
        (
            Narrowed(node=code, code=name, detail=about, why=fence_telling.why(name, about))
            for is_so, name, about in reasons
            if is_so and name is not None
        ),
        None,
    )


def _takes(exit_: Exit, basket: Basket) -> bool:
    return not any(scene_rules.refuses(exit_.service, goods) for goods in basket.traits.values())
