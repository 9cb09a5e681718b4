"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import views as network
from noria.network.calendar import public_holidays
from noria.network.model import NodeKind, Service
from noria.policies import rules as policies
from noria.policies import views as live
from noria.policies.model import Policy, Scope
from noria.policies.rules import Rulebook
from noria.promise import rules as promise
from noria.promise import views as promises
from noria.promise.model import Available
from noria.sourcing import rules, store
from noria.sourcing.candidates import candidates, free_units, scene
from noria.sourcing.model import Candidate, Explanation, Plan, Under, Units, Wish

HOME = "FR"


def decide(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, int],
    now: datetime,
    policy: Policy | None = None,
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish, in their order: what one takes, the next no longer finds.

    `load` is units that each node has still to pick. Without a `policy` the live one holds. Nothing
    is written or locked.
    """
    skus = sorted({sku for wish in wishes for sku in wish.wanted})
    if not skus:
        return {}
    today = now.date()
    shelves = promises.available_to(tx, skus, {wish.channel for wish in wishes})
    stocks = {channel: _by_node(rows) for channel, rows in shelves.items()}
    made = {one.node: one.units for rows in shelves.values() for one in rows if one.is_made}
    services = network.services(tx)
    nodes = network.nodes(tx, sorted({node for stock in stocks.values() for node in stock}))
    free = free_units(nodes, load) | made
    stage = scene(
        nodes,
        services,
        chances=chances(tx, services),
        holidays=public_holidays(HOME, (today.year, today.year + 1)),
        now=now,
    )
    goods = catalog.skus(tx, skus)
    weights = {code: sku.weight_g for code, sku in goods.items()}
    kinds = {code: node.kind for code, node in nodes.items()}
    policy = live.live(tx) if policy is None else policy
    book = policies.rulebook(policy.content, today)
    plans = {}
    for wish in wishes:
        scope = _scope(wish, {goods[sku].category for sku in wish.wanted if sku in goods})
        under = _under(policy.id, book, scope)
        plan, explanation = rules.source(
            wish.wanted,
            _settled(candidates(stage, wish, stocks[wish.channel], free), book, scope, kinds),
            weights=weights,
            today=today,
            due=wish.due,
            under=under,
            most_legs=rules.most_legs(wish.value_cents, under, is_begun=wish.is_begun),
        )
        for leg in plan.legs:
            for stock in stocks.values():
                _take(stock, leg.node, leg.units)
            if leg.node in free:
                free[leg.node] -= sum(leg.units.values())
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


def _by_node(rows: Iterable[Available]) -> dict[str, dict[str, int]]:
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    for one in rows:
        stock[one.node][one.sku] = one.units
    return stock


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


def keep(tx: Connection, decisions: Sequence[tuple[str, Explanation]], *, now: datetime) -> None:
    """Store the explanation of each order's decision, beside those before it."""
    if decisions:
        store.insert(tx, decisions, now=now)
