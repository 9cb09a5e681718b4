"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import views as network
from noria.network.calendar import public_holidays
from noria.network.model import Service
from noria.promise import rules as promise
from noria.promise import views as promises
from noria.promise.model import Available
from noria.sourcing import rules, store
from noria.sourcing.candidates import candidates, free_units, scene
from noria.sourcing.model import GREEDY, Explanation, Plan, Policy, Units, Wish

HOME = "FR"


def decide(
    tx: Connection,
    wishes: Sequence[Wish],
    *,
    load: Mapping[str, int],
    now: datetime,
    policy: Policy = GREEDY,
) -> dict[str, tuple[Plan, Explanation]]:
    """A plan for each wish, in their order: what one takes, the next no longer finds.

    `load` is units that each node has still to pick. Nothing is written or locked.
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
    weights = {code: sku.weight_g for code, sku in catalog.skus(tx, skus).items()}
    plans = {}
    for wish in wishes:
        plan, explanation = rules.source(
            wish.wanted,
            candidates(stage, wish, stocks[wish.channel], free),
            weights=weights,
            today=today,
            due=wish.due,
            policy=policy,
        )
        for leg in plan.legs:
            for stock in stocks.values():
                _take(stock, leg.node, leg.units)
            if leg.node in free:
                free[leg.node] -= sum(leg.units.values())
        plans[wish.order_id] = plan, explanation
    return plans


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
