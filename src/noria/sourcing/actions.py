"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
<<<<<<< HEAD
from datetime import date, datetime
=======
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from types import MappingProxyType
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)

from msgspec import Struct, structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.network import calendar, reliability_rules, reliability_views, tariff_views
from noria.network import views as network
<<<<<<< HEAD
from noria.network.model import NodeKind
=======
from noria.network.calendar import public_holidays
from noria.network.model import Node, Service
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Policy, Scope, Settings
from noria.policies.rules import Rulebook
from noria.promise import views as promises
from noria.promise.model import Available
<<<<<<< HEAD
from noria.sourcing import rules, store, views
from noria.sourcing.candidates import Scene, candidates, free_units, scene
from noria.sourcing.model import Candidate, Explanation, Plan, Under, Units, Wish, Workload
=======
from noria.sourcing import rules, store
from noria.sourcing.candidates import Scene, candidates, free_units, scene, still_leaves
from noria.sourcing.model import Candidate, Explanation, Plan, Under, Units, Wish

HOME = "FR"
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)


class Sight(Struct, frozen=True, kw_only=True):
    """All that a decision looks at, at one instant: what is where, how it travels, what is live."""

    now: datetime
    policy: Policy
    scene: Scene
    stocks: Mapping[str | None, Mapping[str, Mapping[str, int]]]
    free: Mapping[str, int]
    goods: Mapping[str, Sku]


def decide(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, Workload],
    now: datetime,
    policy: Policy | None = None,
    held: Mapping[str, Mapping[str, Units]] | None = None,
    notes: tuple[str, ...] = (),
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish, in their order: what one takes, the next no longer finds.

<<<<<<< HEAD
    `load` is what each node has still to pick. Without a `policy` the live one holds. Nothing is
    written or locked.
    """
    codes = sorted({sku for wish in wishes for sku in wish.wanted})
    if not codes:
=======
    `load` is units that each node has still to pick. Without a `policy` the live one holds. `held`
    is what an order holds already, by node: for it, those units are there. `notes` go into each
    explanation. Nothing is written or locked.
    """
    if not any(wish.wanted for wish in wishes):
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)
        return {}
    also = {node for order in (held or {}).values() for node in order}
    sight = look(tx, wishes, load=load, now=now, policy=policy, also=also)
    plans = decided(sight, wishes, held=held or {})
    if not notes:
        return plans
    return {
        order: (plan, structs.replace(why, notes=(*why.notes, *notes)))
        for order, (plan, why) in plans.items()
    }


def look(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, int],
    now: datetime,
    policy: Policy | None = None,
    also: AbstractSet[str] = frozenset(),
) -> Sight:
    """Gather all that these wishes can be decided by; `also` are nodes to know in any case."""
    skus = sorted({sku for wish in wishes for sku in wish.wanted})
    today = now.date()
    years = (today.year, today.year + 1)
    shelves = promises.available_to(tx, codes, {wish.channel for wish in wishes})
    shut = views.shut(tx, codes)
    stocks = {channel: _by_node(rows, shut) for channel, rows in shelves.items()}
    made = {one.node: one.units for rows in shelves.values() for one in rows if one.is_made}
<<<<<<< HEAD
    skus = catalog.skus(tx, codes)
    stage, holidays = _scene(tx, {node for stock in stocks.values() for node in stock}, wishes, now)
    free, orders = free_units(stage.nodes, load, holidays=holidays, now=now)
    free |= made
    kinds = {code: node.kind for code, node in stage.nodes.items()}
    weights = {code: sku.weight_g for code, sku in skus.items()}
    volumes = {code: sku.volume_cm3 for code, sku in skus.items()}
    policy = live.live(tx) if policy is None else policy
    book = policies.rulebook(policy.content, today)
    plans = {}
    for wish in wishes:
        scope = _scope(wish, {skus[sku].category for sku in wish.wanted if sku in skus})
        under = _under(policy.id, book, scope)
        full = {node: 0 for node, count in orders.items() if count <= 0}
        able = candidates(
            stage,
            wish,
            stocks[wish.channel],
            free | full,
            skus=skus,
            holidays=calendar.holidays_at(wish.country, wish.postcode, years),
        )
        plan, explanation = rules.source(
            wish.wanted,
            _settled(able, book, scope, kinds),
            weights=weights,
            volumes=volumes,
            today=today,
=======
    services = network.services(tx)
    nodes = network.nodes(
        tx, sorted({*also, *(node for stock in stocks.values() for node in stock)})
    )
    return Sight(
        now=now,
        policy=live.live(tx) if policy is None else policy,
        scene=scene(
            nodes,
            services,
            chances=chances(tx, services),
            holidays=public_holidays(HOME, (today.year, today.year + 1)),
            now=now,
        ),
        stocks=stocks,
        free=free_units(nodes, load) | made,
        goods=catalog.skus(tx, skus),
    )


def decided(
    sight: Sight,
    wishes: Sequence[Wish],
    *,
    held: Mapping[str, Mapping[str, Units]] = MappingProxyType({}),
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish by what was gathered: equal sights and wishes give equal plans."""
    stocks = {
        channel: {node: dict(units) for node, units in stock.items()}
        for channel, stock in sight.stocks.items()
    }
    free = dict(sight.free)
    weights = {code: sku.weight_g for code, sku in sight.goods.items()}
    book = policies.rulebook(sight.policy.content, sight.now.date())
    plans = {}
    for wish in wishes:
        scope = _scope(wish, sight.goods)
        under = _under(sight.policy.id, book, scope)
        stock = _with(stocks[wish.channel], held.get(wish.order_id, {}))
        plan, explanation = rules.source(
            wish.wanted,
            _settled(candidates(sight.scene, wish, stock, free), book, scope, sight.scene.nodes),
            weights=weights,
            today=sight.now.date(),
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)
            due=wish.due,
            under=under,
            most_legs=rules.most_legs(wish.value_cents, under, is_begun=wish.is_begun),
        )
<<<<<<< HEAD
        _take(plan, stocks.values(), free, orders)
=======
        for leg in plan.legs:
            for each in stocks.values():
                _take(each, leg.node, leg.units)
            if leg.node in free:
                free[leg.node] -= sum(leg.units.values())
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)
        plans[wish.order_id] = plan, explanation
    return plans


def settings(tx: Connection, wishes: Sequence[Wish], *, now: datetime) -> dict[str, Settings]:
    """The settings that the live policy has for each order today."""
    book = policies.rulebook(live.live(tx).content, now.date())
    goods = catalog.skus(tx, sorted({sku for wish in wishes for sku in wish.wanted}))
    return {wish.order_id: policies.applied(book, _scope(wish, goods)).settings for wish in wishes}


def may_wait(
    tx: Connection, plan: Plan, *, most: timedelta, margin: timedelta, now: datetime
) -> timedelta | None:
    """How long a plan may be put off and still meet each of its departures; None: not at all.

    Quarters of `most` are tried, the longest first; `margin` has to be left on top.
    """
    nodes = network.nodes(tx, sorted({leg.node for leg in plan.legs}))
    holidays = public_holidays(HOME, (now.year, now.year + 1))
    for quarters in (4, 3, 2, 1):
        wait = most * quarters / 4
        if all(
            still_leaves(nodes[leg.node], leg, now + wait + margin, holidays) for leg in plan.legs
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


def _settled(
    found: Sequence[Candidate], book: Rulebook, scope: Scope, nodes: Mapping[str, Node]
) -> list[Candidate]:
    """Candidates with the settings that hold at their nodes, where any differ by node."""
    if not policies.has_nodes(book):
        return list(found)
    return [
        structs.replace(
            one,
            settings=policies.applied(
                book, structs.replace(scope, node=one.node, node_kind=nodes[one.node].kind)
            ).settings,
        )
        for one in found
    ]


def _scene(
    tx: Connection, codes: Iterable[str], wishes: Sequence[Wish], now: datetime
) -> tuple[Scene, dict[str, frozenset[date]]]:
    """The nodes of these codes and how they reach these wishes' areas; each node's holidays."""
    today = now.date()
    services = network.services(tx)
    nodes = network.nodes(tx, sorted(codes))
    areas = {reliability_rules.area(wish.country, wish.postcode) for wish in wishes}
    years = (today.year, today.year + 1)
    holidays = {code: calendar.node_holidays(node, years) for code, node in nodes.items()}
    stage = scene(
        nodes,
        services,
        books=tariff_views.books(tx, today),
        known=reliability_views.reliability(tx, nodes, services, areas),
        holidays=holidays,
        now=now,
    )
    return stage, holidays


def _by_node(rows: Iterable[Available], shut: Mapping[str, Units]) -> dict[str, dict[str, int]]:
    """What lies where; also at nodes that are shut, which a fence will name."""
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    for node, units in shut.items():
        stock[node] = dict(units)
    for one in rows:
        stock[one.node][one.sku] = one.units
    return stock


<<<<<<< HEAD
def _take(
    plan: Plan,
    stocks: Iterable[dict[str, dict[str, int]]],
    free: dict[str, int],
    orders: dict[str, int],
) -> None:
    """Take a plan off what is there: a channel that has fewer than others has none, not less."""
    for leg in plan.legs:
        for stock in stocks:
            shelf = stock.get(leg.node, {})
            for sku, taken in leg.units.items():
                if sku in shelf:
                    shelf[sku] = max(0, shelf[sku] - taken)
        if leg.node in free:
            free[leg.node] -= sum(leg.units.values())
        if leg.node in orders:
            orders[leg.node] -= 1
=======
def _with(
    stock: Mapping[str, Mapping[str, int]], held: Mapping[str, Units]
) -> Mapping[str, Mapping[str, int]]:
    """A channel's stock as an order sees it that holds some of it."""
    more = {
        node: {
            **stock.get(node, {}),
            **{sku: stock.get(node, {}).get(sku, 0) + count for sku, count in units.items()},
        }
        for node, units in held.items()
    }
    return {**stock, **more} if more else stock


def _take(stock: dict[str, dict[str, int]], node: str, units: Units) -> None:
    """Take units off what a channel has: one that may have fewer than others has none, not less."""
    shelf = stock.get(node, {})
    for sku, taken in units.items():
        if sku in shelf:
            shelf[sku] = max(0, shelf[sku] - taken)


def chances(tx: Connection, services: Mapping[str, Service]) -> dict[tuple[str, str], float]:
    """The chance that a node with a service is on time, where any of its promises was settled."""
    return {
        (node, service): promise.chance(services[service].chance, record.kept, record.settled)
        for (node, service), record in promises.records(tx).items()
        if service in services
    }
>>>>>>> 8398324 (A closed or declining node's legs go elsewhere within the promise; orders wait in windows and are looked at again where that pays)


def keep(tx: Connection, decisions: Sequence[tuple[str, Explanation]], *, now: datetime) -> None:
    """Store the explanation of each order's decision, beside those before it."""
    if decisions:
        store.insert(tx, decisions, now=now)
