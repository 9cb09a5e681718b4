"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import cast

from msgspec import Struct, structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.network import calendar, reliability_rules, reliability_views, tariff_views
from noria.network import views as network
from noria.network.diary_model import ENDLESS, Agenda, Diary
from noria.network.diary_rules import opening
from noria.network.model import Rests
from noria.network.scene_model import Scene
from noria.network.scene_rules import begun_on, diaries, schedule, still_leaves
from noria.partners import views as partners
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Policy, Scope, Settings
from noria.policies.rules import Rulebook
from noria.promise import atp_rules, atp_views, fence_rules, production_views
from noria.promise.model import Available
from noria.sourcing import rules, store, views
from noria.sourcing.candidates import Around
from noria.sourcing.field import Field
from noria.sourcing.ground import Ground, Register, ground_of
from noria.sourcing.memory import Memory, scene_of
from noria.sourcing.model import (
    Explanation,
    Plan,
    Prices,
    Stage,
    Under,
    Units,
    Wish,
)
from noria.sourcing.stock import Left
from noria.sourcing.telling import NO_PRICES, NOT_ASKED, STALE_PRICES
from noria.sourcing.together import Part, together

SHORT_CENTS = 10**7


class Sight(Struct, frozen=True, kw_only=True):
    """All that a decision looks at, at one instant: what is where, how it travels, what is live.

    `free` is what makers can make; `diaries` are those of the nodes whose capacity is known.
    """

    now: datetime
    policy: Policy
    scene: Scene
    stocks: Mapping[str | None, Mapping[str, Mapping[str, int]]]
    free: Mapping[str, int]
    goods: Mapping[str, Sku]
    diaries: Mapping[str, Diary] = MappingProxyType({})
    around: Mapping[str | None, Around] = MappingProxyType({})
    prices: Prices | None = None
    is_remembered: bool = False


def decide(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, Agenda],
    now: datetime,
    policy: Policy | None = None,
    held: Mapping[str, Mapping[str, Units]] | None = None,
    notes: tuple[str, ...] = (),
    memory: Memory | None = None,
    are_together: bool = False,
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish, in their order: what one takes, the next no longer finds.

    Where they `are_together`, one passes another of its channel if all of it costs less so. `load`
    is what each node has to handle, by day. Without a `policy` the live one holds. `held` is what
    an order holds already, by node: for it, those units are there. `notes` go into each one's why.
    With a `memory`, what it keeps is not asked for; where that leaves units short, they are looked
    for once more in the database. Nothing is written or locked.
    """
    if not any(wish.wanted for wish in wishes):
        return {}
    also = {node for order in (held or {}).values() for node in order}
    register = memory.register if memory else None
    sight = look(tx, wishes, load=load, now=now, policy=policy, also=also, memory=memory)
    plan_all = decided_together if are_together and len(wishes) > 1 else decided
    plans = plan_all(sight, wishes, held=held or {}, register=register)
    if sight.is_remembered and any(plan.short for plan, _ in plans.values()):
        sight = look(tx, wishes, load=load, now=now, policy=policy, also=also)
        plans = plan_all(sight, wishes, held=held or {}, register=register)
    not_asked = {wish.order_id for wish in wishes if wish.without}
    if not notes and not not_asked:
        return plans
    return {
        order: (plan, _noted(why, (*notes, NOT_ASKED) if order in not_asked else notes))
        for order, (plan, why) in plans.items()
    }


def _noted(why: Explanation, notes: tuple[str, ...]) -> Explanation:
    return structs.replace(why, notes=(*why.notes, *notes))


def look(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, Agenda],
    now: datetime,
    policy: Policy | None = None,
    also: AbstractSet[str] = frozenset(),
    memory: Memory | None = None,
) -> Sight:
    """Gather all that these wishes can be decided by; `also` are nodes to know in any case."""
    codes = sorted({sku for wish in wishes for sku in wish.wanted})
    policy = live.live(tx) if policy is None else policy
    shelves = _remembered(wishes, codes, policy, memory) or _read(tx, wishes, codes)
    shut = atp_views.shut(tx, codes)
    stocks = {
        channel: {**shut, **{node: {**shut.get(node, {}), **units} for node, units in some.items()}}
        if shut
        else some
        for channel, some in shelves.stocks.items()
    }
    kept = {node for one in shelves.around.values() for _, node in one.barred}
    points = {wish.point for wish in wishes if wish.point is not None}
    nodes = {*also, *kept, *points, *(node for stock in stocks.values() for node in stock)}
    prices, worth = views.worth(tx, codes)
    known = stage(tx, nodes, wishes, now) if memory is None else memory.stage(tx, wishes, now)
    taken = production_views.taken(tx, known.nodes, known.holidays, now=now)
    terms = partners.prices_at(tx, codes, sorted(nodes), now.date())
    is_kept = memory is not None and not taken
    scene = memory.scene(known, now) if memory and is_kept else scene_of(known, now, taken)
    kept_days = diaries_of(scene, load, now)
    return Sight(
        now=now,
        policy=policy,
        scene=begun_on_days(scene, kept_days, memory),
        stocks=stocks,
        free=shelves.made,
        diaries=kept_days,
        goods=catalog.skus(tx, codes),
        around={
            channel: structs.replace(one, worth_cents=worth, prices=terms)
            for channel, one in shelves.around.items()
        },
        prices=prices,
        is_remembered=shelves.is_remembered,
    )


def diaries_of(scene: Scene, load: Mapping[str, Agenda], now: datetime) -> dict[str, Diary]:
    """The diaries of nodes that are open, and of which it is known how much they can handle."""
    nodes = {code: scene.nodes[code] for code in scene.ready_at}
    return diaries(nodes, load, holidays=scene.holidays, now=now)


def begun_on_days(scene: Scene, kept: Mapping[str, Diary], memory: Memory | None = None) -> Scene:
    """The scene with nodes whose days are full beginning on their first day with room."""
    days = {code: day for code, diary in kept.items() if (day := opening(diary)[0]) != diary.first}
    if memory is not None and not scene.taken:
        return memory.on_days(scene, kept, days)
    return begun_on(scene, kept, days)


class _Shelves(Struct, frozen=True, kw_only=True):
    """What lies where for each channel, what is known around it, and what makers can make."""

    stocks: Mapping[str | None, Mapping[str, Mapping[str, int]]]
    around: Mapping[str | None, Around]
    made: Mapping[str, int]
    is_remembered: bool = False


def _remembered(
    wishes: Sequence[Wish], codes: Sequence[str], policy: Policy, memory: Memory | None
) -> _Shelves | None:
    """The shelves by memory; None: they are not all known there, or sales are to be looked at."""
    content = policy.content
    is_aging = content.settings.markdown_cents or any(
        "markdown_cents" in one.sets for one in content.overrides
    )
    if memory is None or is_aging:
        return None
    stocks = memory.stocks(codes, sorted({wish.channel for wish in wishes}, key=str))
    if stocks is None:
        return None
    around = dict.fromkeys(stocks, Around())
    return _Shelves(stocks=stocks, around=around, made={}, is_remembered=True)


def _read(tx: Connection, wishes: Sequence[Wish], codes: Sequence[str]) -> _Shelves:
    """The shelves by the database."""
    sums = atp_views.free_to(tx, codes, None, {wish.channel for wish in wishes})
    shelves = {channel: atp_rules.available(free) for channel, free in sums.items()}
    known = {(one.shelf.sku, one.shelf.node): one.shelf for free in sums.values() for one in free}
    return _Shelves(
        stocks={channel: _by_node(rows) for channel, rows in shelves.items()},
        around={
            channel: Around(
                sold_units={key: one.sold for key, one in known.items()},
                barred={(one.sku, one.node): one for one in fence_rules.barred(free)},
                made={key for key, one in known.items() if one.is_made},
            )
            for channel, free in sums.items()
        },
        made={one.node: one.units for rows in shelves.values() for one in rows if one.is_made},
    )


def decided(
    sight: Sight,
    wishes: Sequence[Wish],
    *,
    held: Mapping[str, Mapping[str, Units]] = MappingProxyType({}),
    register: Register | None = None,
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish by what was gathered: equal sights and wishes give equal plans.

    `register` is what was worked out for other orders, if it is kept.
    """
    today = sight.now.date()
    taken = {node: dict(days) for node, days in sight.scene.taken.items()}
    not_before = dict(sight.scene.not_before)
    scene = sight.scene
    if taken:
        scene = structs.replace(scene, taken=taken, not_before=not_before)
    ground = Ground(scene, Register()) if register is None else ground_of(scene, register)
    left = Left(ground, sight.stocks, sight.around, sight.free, sight.diaries, not_before)
    book, goods = policies.rulebook(sight.policy.content, today), sight.goods
    plans = {}
    for asked in wishes:
        wish = structs.replace(asked, wanted=dict(sorted(asked.wanted.items())))
        scope = _scope(wish, goods)
        under = _under(sight.policy.id, book, scope)
        is_stale = _is_stale(sight, wish, under)
        shelves = left.shelves(wish, held.get(wish.order_id, {}), is_priced=not is_stale)
        hands = left.hands(book, scope, wish, shelves, goods)
        field = ground.field(wish, shelves, hands, skus=goods, rests=_rests(wish, scene, today))
        plan, explanation = rules.source(
            wish.wanted,
            field,
            weights={sku: goods[sku].weight_g for sku in wish.wanted},
            volumes={sku: goods[sku].volume_cm3 for sku in wish.wanted},
            costs={sku: goods[sku].cost_cents for sku in wish.wanted},
            today=today,
            due=wish.due,
            under=under,
            most_legs=rules.most_legs(wish.value_cents, under, is_begun=wish.is_begun),
        )
        if begins := left.begins(hands, field.nodes):
            explanation = structs.replace(explanation, begins=begins)
        plan = left.take(plan, hands)
        make(plan, scene, taken)
        plans[wish.order_id] = (
            plan,
            _with_prices(explanation, sight, field, is_stale=is_stale),
        )
    return plans


def _rests(wish: Wish, scene: Scene, today: date) -> Rests:
    """The days on which nothing comes to where an order goes."""
    point = None if wish.point is None else scene.nodes.get(wish.point)
    return calendar.rests_of(point, wish.country, wish.postcode, today)


def decided_together(
    sight: Sight,
    wishes: Sequence[Wish],
    *,
    held: Mapping[str, Mapping[str, Units]] = MappingProxyType({}),
    register: Register | None = None,
) -> dict[str, tuple[Plan, Explanation]]:
    """As `decided`, but of orders of one channel that one is decided first which costs least so."""

    def run(sequence: Sequence[int]) -> list[Part[tuple[Plan, Explanation]]]:
        asked = [wishes[place] for place in sequence]
        plans = decided(sight, asked, held=held, register=register)
        return [_part(sight, *plans[one.order_id]) for one in asked]

    def left(key: Hashable) -> int:
        kind, channel, node, sku = cast("tuple[str, str | None, str, str]", key)
        if kind == "shelf":
            return sight.stocks[channel].get(node, {}).get(sku, 0)
        if kind == "hands" and node in sight.free:
            return sight.free[node]
        if node not in sight.diaries:
            return ENDLESS
        _, units, orders = opening(sight.diaries[node])
        return units if kind == "hands" else orders

    def may_pass(first: int, second: int) -> bool:
        return wishes[first].channel == wishes[second].channel

    parts = together(len(wishes), run, left, may_pass=may_pass)
    return {wish.order_id: part.found for wish, part in zip(wishes, parts, strict=True)}


def _part(sight: Sight, plan: Plan, why: Explanation) -> Part[tuple[Plan, Explanation]]:
    """What a plan costs, a unit that stays more than any other, and what it takes from others."""
    uses: dict[Hashable, int] = {}
    for leg in plan.legs:
        units = sum(leg.units.values())
        uses["hands", None, leg.node, ""] = ENDLESS if leg.node in sight.scene.taken else units
        uses["orders", None, leg.node, ""] = 1
        for channel, stock in sight.stocks.items():
            shelf = stock.get(leg.node, {})
            uses |= {
                ("shelf", channel, leg.node, sku): count
                for sku, count in leg.units.items()
                if sku in shelf
            }
    short = sum(plan.short.values())
    return Part((plan, why), why.chosen.total_cents + short * SHORT_CENTS, uses)


def _is_stale(sight: Sight, wish: Wish, under: Under) -> bool:
    """Whether there are no opportunity prices, or only some that are too old."""
    around = sight.around.get(wish.channel, Around())
    if around.worth_cents is None or sight.prices is None:
        return True
    age = sight.now - sight.prices.as_of
    return age > timedelta(minutes=under.settings.prices_fresh_minutes)


def _with_prices(told: Explanation, sight: Sight, field: Field, *, is_stale: bool) -> Explanation:
    """The explanation with the run of its prices, or that they could not be used."""
    every = [field.settings[at] for at in set(field.setting.tolist())]
    if not any(one and one.opportunity_percent for one in every):
        return told
    if is_stale:
        why = NO_PRICES if sight.prices is None else STALE_PRICES
        return structs.replace(told, notes=(*told.notes, why))
    return structs.replace(told, prices=sight.prices)


def settings(tx: Connection, wishes: Sequence[Wish], *, now: datetime) -> dict[str, Settings]:
    """The settings that the live policy has for each order today."""
    goods = catalog.skus(tx, sorted({sku for wish in wishes for sku in wish.wanted}))
    return settings_under(live.live(tx), wishes, goods, now.date())


def settings_under(
    policy: Policy, wishes: Sequence[Wish], goods: Mapping[str, Sku], today: date
) -> dict[str, Settings]:
    """The settings that a policy has for each order on a day."""
    book = policies.rulebook(policy.content, today)
    return {wish.order_id: policies.applied(book, _scope(wish, goods)).settings for wish in wishes}


def may_wait(
    tx: Connection, plan: Plan, *, most: timedelta, margin: timedelta, now: datetime
) -> timedelta | None:
    """How long a plan may be put off and still meet each of its departures; None: not at all."""
    nodes = network.nodes(tx, sorted({leg.node for leg in plan.legs}))
    services = network.services(tx)
    years = (now.year, now.year + 1)
    known = Stage(
        nodes=nodes,
        services=services,
        books=(),
        known=reliability_views.reliability(tx, nodes, services, ()),
        holidays={code: calendar.node_holidays(node, years) for code, node in nodes.items()},
    )
    return wait_of(known, plan, most=most, margin=margin, now=now)


def wait_of(
    known: Stage, plan: Plan, *, most: timedelta, margin: timedelta, now: datetime
) -> timedelta | None:
    """The same by what is known of the nodes.

    Quarters of `most` are tried, the longest first; `margin` has to be left on top.
    """
    for quarters in (4, 3, 2, 1):
        wait = most * quarters / 4
        if all(
            still_leaves(
                known.nodes[leg.node],
                leg.leaves_at,
                now + wait + margin,
                known.known,
                known.holidays[leg.node],
                code=leg.service,
                service=known.services.get(leg.service),
            )
            for leg in plan.legs
        ):
            return wait
    return None


def _scope(wish: Wish, goods: Mapping[str, Sku]) -> Scope:
    categories = {goods[sku].category for sku in wish.wanted if sku in goods}
    return Scope(
        channel=wish.channel, country=wish.country, categories=frozenset(categories - {""})
    )


def _under(policy: str, book: Rulebook, scope: Scope) -> Under:
    found = policies.applied(book, scope)
    return Under(policy=policy, settings=found.settings, overrides=found.overrides)


def stage(tx: Connection, codes: Iterable[str], wishes: Sequence[Wish], now: datetime) -> Stage:
    """What is known of these nodes and of the ways to these wishes' areas, whatever the hour."""
    today = now.date()
    services = network.services(tx)
    nodes = network.nodes(tx, sorted(codes))
    areas = {reliability_rules.area(wish.country, wish.postcode) for wish in wishes}
    years = (today.year, today.year + 1)
    return Stage(
        nodes=nodes,
        services=services,
        books=tariff_views.books(tx, today),
        known=reliability_views.reliability(tx, nodes, services, areas),
        holidays={code: calendar.node_holidays(node, years) for code, node in nodes.items()},
    )


def _by_node(rows: Iterable[Available]) -> dict[str, dict[str, int]]:
    """What lies where."""
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    for one in rows:
        stock[one.node][one.sku] = one.units
    return stock


def make(plan: Plan, scene: Scene, taken: Mapping[str, dict[date, int]]) -> None:
    """Take what makers make for a plan off the days on which they do."""
    for leg in plan.legs:
        if (days := taken.get(leg.node)) is not None:
            units = sum(leg.units.values())
            node, holidays = scene.nodes[leg.node], scene.holidays[leg.node]
            for day, count in schedule(
                node, units, days, holidays, scene.as_of, since=leg.begun_by
            ):
                days[day] = days.get(day, 0) + count


def keep(tx: Connection, decisions: Sequence[tuple[str, Explanation]], *, now: datetime) -> None:
    """Store the explanation of each order's decision, beside those before it."""
    if decisions:
        store.insert(tx, decisions, now=now)
