"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import calendar, reliability_rules, reliability_views, tariff_views
from noria.network import views as network
from noria.network.model import NodeKind
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Policy, Scope
from noria.policies.rules import Rulebook
from noria.promise import views as promises
from noria.promise.model import Available
from noria.sourcing import rules, store, views
from noria.sourcing.candidates import Scene, candidates, free_units, scene
from noria.sourcing.model import Candidate, Explanation, Plan, Under, Units, Wish, Workload


def decide(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, Workload],
    now: datetime,
    policy: Policy | None = None,
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish, in their order: what one takes, the next no longer finds.

    `load` is what each node has still to pick. Without a `policy` the live one holds. Nothing is
    written or locked.
    """
    codes = sorted({sku for wish in wishes for sku in wish.wanted})
    if not codes:
        return {}
    today = now.date()
    years = (today.year, today.year + 1)
    shelves = promises.available_to(tx, codes, {wish.channel for wish in wishes})
    shut = views.shut(tx, codes)
    stocks = {channel: _by_node(rows, shut) for channel, rows in shelves.items()}
    made = {one.node: one.units for rows in shelves.values() for one in rows if one.is_made}
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
            due=wish.due,
            under=under,
            most_legs=rules.most_legs(wish.value_cents, under, is_begun=wish.is_begun),
        )
        _take(plan, stocks.values(), free, orders)
        plans[wish.order_id] = plan, explanation
    return plans


def _scope(wish: Wish, categories: set[str]) -> Scope:
    return Scope(
        channel=wish.channel, country=wish.country, categories=frozenset(categories - {""})
    )


def _under(policy: str, book: Rulebook, scope: Scope) -> Under:
    found = policies.applied(book, scope)
    return Under(policy=policy, settings=found.settings, overrides=found.overrides)


def _settled(
    found: Sequence[Candidate], book: Rulebook, scope: Scope, kinds: Mapping[str, NodeKind]
) -> list[Candidate]:
    """Candidates with the settings that hold at their nodes, where any differ by node."""
    if not policies.has_nodes(book):
        return list(found)
    return [
        structs.replace(
            one,
            settings=policies.applied(
                book, structs.replace(scope, node=one.node, node_kind=kinds[one.node])
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


def keep(tx: Connection, decisions: Sequence[tuple[str, Explanation]], *, now: datetime) -> None:
    """Store the explanation of each order's decision, beside those before it."""
    if decisions:
        store.insert(tx, decisions, now=now)
