"""Decide which nodes send what, and keep what was decided and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import views as network
from noria.network.calendar import public_holidays
from noria.network.model import Service
from noria.promise import rules as promise
from noria.promise import views as promises
from noria.sourcing import rules, store
from noria.sourcing.candidates import candidates, free_units, scene
from noria.sourcing.model import GREEDY, Explanation, Plan, Policy, Wish

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
    stock: dict[str, dict[str, int]] = defaultdict(dict)
    made: dict[str, int] = {}
    for one in promises.available(tx, skus):
        stock[one.node][one.sku] = one.units
        if one.is_made:
            made[one.node] = one.units
    services = network.services(tx)
    nodes = network.nodes(tx, sorted(stock))
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
            candidates(stage, wish, stock, free),
            weights=weights,
            today=today,
            due=wish.due,
            policy=policy,
        )
        for leg in plan.legs:
            for sku, units in leg.units.items():
                stock[leg.node][sku] -= units
            if leg.node in free:
                free[leg.node] -= sum(leg.units.values())
        plans[wish.order_id] = plan, explanation
    return plans


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
