"""The network as it stands, kept for a few seconds by each server process.

It is the same for everybody who asks, and costs a hundred times what one answer does. A change of
hours, prices or lanes shows at most `FRESH_FOR` later; units on shelves are never kept here. One
asker looks again; the others go on by what there was, up to `OLDEST`. The policy is the live one
whatever else is kept: as the transaction that asks sees it, or as the matrix has heard.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.network import scene_rules, tariff_views
from noria.network import views as network
from noria.network.calendar import node_holidays
from noria.network.diary_model import Agenda
from noria.network.kept_views import Kept as Network
from noria.network.model import NodeKind
from noria.partners import views as partners
from noria.policies import rules as policy_rules
from noria.policies import views as policies
from noria.promise import production_views
from noria.promise.delivery import views
from noria.promise.delivery.grid import grid
from noria.promise.delivery.outlook import Outlook

FRESH_FOR = timedelta(seconds=5)
OLDEST = timedelta(seconds=15)
KEY = "delivery outlook"
MOST_GOODS = 5_000

Loads = Callable[[Connection], Mapping[str, Agenda]]
"""What each node has to handle, by day: the room that knows it stands above this one."""


class Kept(Struct):
    """What a process keeps: the outlook, goods as they were read with it, and who looks again.

    Of the `network`, what did not change since is not read again.
    """

    lock: threading.Lock
    network: Network
    outlook: Outlook | None = None
    goods: dict[str, Sku] = {}


def kept(memory: MutableMapping[str, Any]) -> Kept:
    """What this process keeps, made at the first question."""
    found: Kept = memory.setdefault(KEY, Kept(lock=threading.Lock(), network=Network()))
    return found


def fresh(here: Kept, now: datetime, *, policy: str) -> Outlook | None:
    """The outlook, if this asker need not look again: it is young, or somebody else is at it.

    Only under the live `policy`: who meets another asks the database for it.
    """
    known = here.outlook
    most = OLDEST if here.lock.locked() else FRESH_FOR
    if known is None or known.policy.id != policy:
        return None
    return known if _is_fresh(known, now, most) else None


def outlook(tx: Connection, here: Kept, loads: Loads, *, now: datetime) -> Outlook:
    """The network at `now`, or as it was a moment ago, under the policy that is live at `now`."""
    known, policy = _lately(tx, here, loads, now=now), policies.live(tx)
    if known.policy.id == policy.id:
        return known
    book = policy_rules.rulebook(policy.content, now.date())
    under = structs.replace(known, policy=policy, book=book)
    if here.outlook is known:
        here.outlook = under
    return under


def _lately(tx: Connection, here: Kept, loads: Loads, *, now: datetime) -> Outlook:
    known = here.outlook
    if known is not None and _is_fresh(known, now, FRESH_FOR):
        return known
    may_be_older = known is not None and _is_fresh(known, now, OLDEST)
    if not here.lock.acquire(blocking=not may_be_older):
        assert known is not None
        return known
    try:
        known = here.outlook
        if known is None or not _is_fresh(known, now, FRESH_FOR):
            made = _looked(tx, here.network, loads(tx), now)
            here.goods = catalog.skus(tx, list(here.goods)) if here.goods else {}
            known = here.outlook = made
        return known
    finally:
        here.lock.release()


def goods(tx: Connection, here: Kept, skus: Collection[str]) -> dict[str, Sku]:
    """These SKUs, read once for each outlook; those that are not known are left out."""
    known = remembered(here, skus)
    missing = [sku for sku in skus if sku not in known]
    if missing:
        found = catalog.skus(tx, missing)
        if len(here.goods) > MOST_GOODS:
            here.goods = {}
        here.goods.update(found)
        known |= found
    return known


def remembered(here: Kept, skus: Iterable[str]) -> dict[str, Sku]:
    """Those of these SKUs that were read already: others may forget them meanwhile."""
    memory = here.goods
    return {sku: one for sku in skus if (one := memory.get(sku)) is not None}


def _is_fresh(known: Outlook, now: datetime, most: timedelta) -> bool:
    """Whether it is young enough, no cut-off passed since, and its day is not over."""
    scene = known.scene
    is_today = scene.as_of.date() == now.date()
    return is_today and scene.as_of <= now < min(scene.as_of + most, known.next_cut_off)


def _looked(tx: Connection, here: Network, load: Mapping[str, Agenda], now: datetime) -> Outlook:
    known = here.network(tx, ())
    services, every = known.services, known.nodes
    nodes = {
        code: node for code, node in every.items() if node.is_open and node.kind != NodeKind.RELAY
    }
    years = (now.year, now.year + 1)
    holidays = {code: node_holidays(node, years) for code, node in every.items()}
    scene = scene_rules.scene(
        nodes,
        services,
        books=tariff_views.books(tx, now.date()),
        known=known.known,
        holidays=holidays,
        now=now,
        taken=production_views.taken(tx, nodes, holidays, now=now),
    )
    working = {code: nodes[code] for code in scene.ready_at}
    laid = grid(scene, scene_rules.diaries(working, load, holidays=holidays, now=now))
    exits = laid.scene.exits.values()
    later = [one.order_by for some in exits for one in some if one.order_by > now]
    policy = policies.live(tx)
    return Outlook(
        grid=laid,
        policy=policy,
        book=policy_rules.rulebook(policy.content, now.date()),
        lanes={(lane.source, lane.target): lane.transit_days for lane in network.lanes(tx)},
        relays={
            code: node
            for code, node in every.items()
            if node.is_open and node.kind is NodeKind.RELAY
        },
        foresight=views.foresight(tx),
        holidays=holidays,
        next_cut_off=min(later, default=now + OLDEST),
        refusing=partners.refusing_on(tx, now.date()),
    )
