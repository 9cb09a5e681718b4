"""One policy's shelves in a trial: orders come, wait, and are decided as the live system would."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta

from msgspec import Struct, structs

from noria.catalog.model import Sku
from noria.network import diary_rules, scene_rules
from noria.network.diary_model import Agenda
from noria.network.model import NodeKind
from noria.orders import rules, trial_rules
from noria.orders.trial_model import Figures, Past, Trial
from noria.orders.trial_rules import Keeps, Key, Sales
from noria.partners.model import PriceAt
from noria.policies import rules as policies
from noria.policies.model import Measure, Policy
from noria.promise.fence_model import Barred
from noria.promise.keep_back_model import KeepBack, Shelf
from noria.sourcing import actions as sourcing
from noria.sourcing.actions import Sight
from noria.sourcing.candidates import Around as AroundShelves
from noria.sourcing.memory import scene_of
from noria.sourcing.model import Explanation, Plan, Prices, Stage, Wish

AT_ONCE = 200
"""So many orders that wait are looked at together."""
PATIENCE = timedelta(days=7)
"""How long what waits is tried again, as customers would give up."""
ENDLESS = 10**9
"""What is digital is never out of stock."""


class Around(Struct, frozen=True, kw_only=True):
    """What is the same for every policy: the network, the goods, who makes, what units are worth.

    `worth_cents` is by SKU and node, as the run of `prices` has it (None: there was none);
    `asked` is what partners ask, by day, SKU and node. `rules` keep units back whatever the policy
    says; `shelves` and `sales` are what they look at.
    """

    stage: Stage
    goods: Mapping[str, Sku]
    made: set[tuple[str, str]]
    prices: Prices | None
    worth_cents: Mapping[str, Mapping[str, int]]
    asked: Mapping[date, Mapping[str, Mapping[str, PriceAt]]]
    rules: Sequence[KeepBack]
    shelves: Mapping[Key, Shelf]
    sales: Sales
    channels: Sequence[str]
    measures: Sequence[Measure]


class Held(Struct, frozen=True):
    """An order that waits to be decided with others, until then at the latest."""

    until: datetime
    past: Past


class World(Struct, kw_only=True):
    """One policy's shelves and what came of its orders so far.

    `taken` is what makers have to make, by day; `load` what people have to handle.
    """

    policy: Policy
    rules: Sequence[KeepBack]
    stock: dict[str, dict[str, int]]
    taken: dict[str, dict[date, int]]
    keeps: Keeps
    ranks: Mapping[str, float] = {}
    day: date = date.min
    waiting: dict[str, Past] = {}
    held: dict[str, Held] = {}
    days: dict[date, Figures] = {}
    load: dict[str, Agenda] = {}


def begun(policy: Policy, opening: Mapping[str, Mapping[str, int]], around: Around) -> World:
    """Shelves as they were, and nobody who waits."""
    kept = trial_rules.rules_of(policy, around.rules)
    makers = [code for code, node in around.stage.nodes.items() if scene_rules.is_maker(node)]
    return World(
        policy=policy,
        rules=kept,
        stock={node: dict(units) for node, units in opening.items()},
        taken={code: {} for code in makers},
        keeps=Keeps((), {}, around.sales, date.min),
    )


def live(
    world: World, at: datetime, placed: Sequence[Past], came: AbstractSet[str], around: Around
) -> None:
    """A quarter of an hour: who waited has their turn, then what was placed; plans take theirs.

    What waits is looked at when something that it wants `came`, and at the beginning of each day.
    """
    is_new_day = world.day != at.date()
    if is_new_day:
        _dawn(world, at, around)
    over = {order: one.past for order, one in world.held.items() if one.until <= at}
    again = [
        one for one in world.waiting.values() if is_new_day or not came.isdisjoint(one.wish.wanted)
    ]
    turns = trial_rules.in_turn([*over.values(), *again], world.ranks, windows=over)
    for first in range(0, len(turns), AT_ONCE):
        _decide(world, at, turns[first : first + AT_ONCE], around, are_together=True)
    if placed:
        figures = world.days[world.day]
        world.days[world.day] = structs.replace(figures, orders=figures.orders + len(placed))
        held = _hold(world, at, placed, around)
        at_once = [one for one in placed if one.wish.order_id not in held]
        _decide(world, at, at_once, around, are_together=False)


def over(world: World, around: Around) -> Trial:
    """The days of a world whose time is over, and their sum."""
    _dusk(world, around)
    return trial_rules.added_up(world.policy.id, [world.days[day] for day in sorted(world.days)])


def _dawn(world: World, at: datetime, around: Around) -> None:
    """Another day: people are fresh, rules are those of that day, and some have given up."""
    _dusk(world, around)
    today = at.date()
    world.load = _worked_off(world, around.stage, today)
    world.day = today
    world.days[today] = Figures(day=today)
    world.keeps = Keeps(world.rules, around.shelves, around.sales, today)
    ranks = policies.priorities(world.policy.content, around.channels, around.measures, today)
    world.ranks = {one.channel: one.rank for one in ranks}
    world.waiting = {
        order: one for order, one in world.waiting.items() if at - one.placed_at <= PATIENCE
    }


def _worked_off(world: World, stage: Stage, today: date) -> dict[str, Agenda]:
    """What nodes still have to handle that day: each day before went to what was due first."""
    left, day = world.load, world.day
    while left and day < today:
        kept = scene_rules.diaries_on(stage.nodes, left, holidays=stage.holidays, day=day)
        worked = {code: diary_rules.worked_off(diary, day) for code, diary in kept.items()}
        left = {code: agenda for code, agenda in worked.items() if agenda.due}
        day += timedelta(days=1)
    return left


def _dusk(world: World, around: Around) -> None:
    """Note who still waits at the end of a day, and which shelves of stores are empty."""
    if world.day not in world.days:
        return
    nodes = around.stage.nodes
    drained = sum(
        1
        for node, units in world.stock.items()
        if node in nodes and nodes[node].kind is NodeKind.STORE
        for count in units.values()
        if count == 0
    )
    waiting = len(world.waiting) + len(world.held)
    world.days[world.day] = structs.replace(world.days[world.day], waiting=waiting, drained=drained)


def _hold(world: World, at: datetime, placed: Sequence[Past], around: Around) -> set[str]:
    """Let orders wait where the policy says so and nothing is lost by it; which do.

    What is decided later comes no later than the plan that they would get now.
    """
    if not rules.has_windows(world.policy.content):
        return set()
    wishes = [one.wish for one in placed]
    settings = sourcing.settings_under(world.policy, wishes, around.goods, at.date())
    asked = [one for one in placed if settings[one.wish.order_id].window_minutes]
    wishes = [one.wish for one in asked]
    plans = sourcing.decided(_sight(world, at, wishes, around), wishes) if wishes else {}
    held = set()
    for one in asked:
        order = one.wish.order_id
        plan, _ = plans[order]
        wait = sourcing.wait_of(
            around.stage,
            plan,
            most=timedelta(minutes=settings[order].window_minutes),
            margin=timedelta(minutes=settings[order].window_margin_minutes),
            now=at,
        )
        if wait and plan.legs and not plan.short:
            comes = max(leg.arrives_on for leg in plan.legs)
            due = min(day for day in (one.wish.due, comes) if day is not None)
            wish = structs.replace(one.wish, due=due)
            world.held[order] = Held(at + wait, structs.replace(one, wish=wish))
            held.add(order)
    return held


def _decide(
    world: World, at: datetime, some: Sequence[Past], around: Around, *, are_together: bool
) -> None:
    """Plans for these orders, by the day that was told; what only comes later is sent late."""
    if not some:
        return
    left = _sent(world, at, some, around, are_together=are_together)
    late = [
        structs.replace(one, wish=structs.replace(one.wish, due=one.due))
        for one in left.values()
        if one.wish.due != one.due
    ]
    if late:
        rest = _sent(world, at, late, around, are_together=are_together)
        for one in late:
            order = one.wish.order_id
            told = left.pop(order)
            if order in rest:
                wish = structs.replace(rest[order].wish, due=told.wish.due)
                left[order] = structs.replace(told, wish=wish)
    for one in some:
        world.held.pop(one.wish.order_id, None)
        world.waiting.pop(one.wish.order_id, None)
    world.waiting |= left


def _sent(
    world: World, at: datetime, some: Sequence[Past], around: Around, *, are_together: bool
) -> dict[str, Past]:
    """Decide, take and count; what is left of those of which something still waits."""
    wishes = [one.wish for one in some]
    sight = _sight(world, at, wishes, around)
    plan_all = sourcing.decided_together if are_together else sourcing.decided
    plans = plan_all(sight, wishes)
    left = {}
    for one in some:
        order = one.wish.order_id
        plan, why = plans[order]
        _take(world, sight, plan, why, around.made)
        if plan.short:
            is_begun = one.wish.is_begun or bool(plan.legs)
            wish = structs.replace(one.wish, wanted=plan.short, is_begun=is_begun)
            left[order] = structs.replace(one, wish=wish)
    return left


def _take(
    world: World, sight: Sight, plan: Plan, why: Explanation, made: AbstractSet[tuple[str, str]]
) -> None:
    if not plan.legs:
        return
    sourcing.make(plan, sight.scene, world.taken)
    for leg in plan.legs:
        if leg.begun_by is not None:
            before, units = world.load.get(leg.node, Agenda()), sum(leg.units.values())
            world.load[leg.node] = diary_rules.more(before, units, leg.begun_by)
        for sku, units in leg.units.items():
            if (sku, leg.node) not in made:
                world.stock[leg.node][sku] -= units
    world.days[world.day] = trial_rules.counted(world.days[world.day], plan, why)


def _sight(world: World, at: datetime, wishes: Sequence[Wish], around: Around) -> Sight:
    """The world as the decision sees it then: only the goods that are asked for."""
    stage = around.stage
    skus = sorted({sku for wish in wishes for sku in wish.wanted})
    makes = _can_make(world, at, around)
    there = _there(world, skus, makes, around)
    known = _known(around, at, skus)
    scene = scene_of(stage, at, world.taken)
    kept_days = sourcing.diaries_of(scene, world.load, at)
    stocks, shelves = {}, {}
    for channel in dict.fromkeys(wish.channel for wish in wishes):
        stocks[channel], barred = _stock(world, channel, there)
        sold = {key: world.keeps.of(channel, key).sold for key, _ in there}
        shelves[channel] = structs.replace(known, barred=barred, sold_units=sold)
    return Sight(
        now=at,
        policy=world.policy,
        scene=sourcing.begun_on_days(scene, kept_days),
        stocks=stocks,
        free=makes,
        diaries=kept_days,
        goods=around.goods,
        around=shelves,
        prices=around.prices,
    )


def _can_make(world: World, at: datetime, around: Around) -> dict[str, int]:
    """What each maker can still take on: the capacity of its booking days less what is to make."""
    found = {}
    for code, node in around.stage.nodes.items():
        if node.kind is NodeKind.DIGITAL:
            found[code] = ENDLESS
        elif code in world.taken:
            to_make = sum(units for day, units in world.taken[code].items() if day >= at.date())
            found[code] = max((node.units_per_day or 0) * node.booking_days - to_make, 0)
    return found


def _there(
    world: World, skus: Iterable[str], makes: Mapping[str, int], around: Around
) -> list[tuple[Key, int]]:
    """What lies where of these SKUs, or can be made there, by node."""
    wanted = list(skus)
    found = [
        ((sku, node), units[sku])
        for node, units in sorted(world.stock.items())
        for sku in wanted
        if units.get(sku, 0) > 0 and (sku, node) not in around.made
    ]
    made = [(sku, node) for sku, node in sorted(around.made) if sku in wanted]
    return [*found, *((key, makes[key[1]]) for key in made if makes.get(key[1]))]


def _stock(
    world: World, channel: str | None, there: Iterable[tuple[Key, int]]
) -> tuple[dict[str, dict[str, int]], dict[Key, Barred]]:
    """What a channel may have of it, by node, and the rules that keep it off whole shelves."""
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    barred: dict[Key, Barred] = {}
    for key, units in there:
        kept = world.keeps.of(channel, key)
        if units > kept.units:
            sku, node = key
            stock[node][sku] = units - kept.units
        elif kept.bars:
            barred[key] = kept.bars[-1]
    return stock, barred


def _known(around: Around, at: datetime, skus: Iterable[str]) -> AroundShelves:
    """What is known that day around the shelves of these SKUs."""
    worth: dict[str, dict[str, int]] = defaultdict(dict)
    prices: dict[Key, PriceAt] = {}
    asked = around.asked[at.date()]
    for sku in skus:
        for node, cents in around.worth_cents.get(sku, {}).items():
            worth[node][sku] = cents
        prices |= {(sku, node): one for node, one in asked.get(sku, {}).items()}
    return AroundShelves(
        worth_cents=worth if around.prices is not None else None,
        prices=prices,
        made=around.made,
    )
