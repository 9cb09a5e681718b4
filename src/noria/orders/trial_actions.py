"""Past orders decided again under several policies, each with shelves of its own, in memory.

Nothing is written. What came to shelves and left them for other causes than orders happens as it
did; orders take what the policy gives them. Equal books give equal answers: there is no chance in
it, and whatever is decided in one quarter of an hour is decided in one order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct, structs

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.kit.errors import Kind, NotFound, Refusal, Text
from noria.network.model import PICK_UP, NodeKind
from noria.orders import trial_views
from noria.orders.trial_model import Comparison, Figures, Past, Shift, Trial
from noria.partners import views as partners
from noria.partners.model import PriceAt
from noria.policies import views as policies
from noria.policies.model import Policy
from noria.promise import views as promises
from noria.sourcing import actions as sourcing
from noria.sourcing import views as sourcing_views
from noria.sourcing.actions import Sight
from noria.sourcing.candidates import Around
from noria.sourcing.memory import scene_of
from noria.sourcing.model import Explanation, Plan, Prices, Stage, Wish

SLOT = timedelta(minutes=15)
MOST_ORDERS = 100_000
PATIENCE = timedelta(days=7)
"""How long what waits is tried again, once a day, as customers would give up."""


class NoOrders(Refusal):
    code = "no-orders-to-try"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "No order was placed between {since} and {until}.",
        "Aucune commande n'a été passée entre {since} et {until}.",
    )
    do = Text("Name a time with orders in it.", "Choisissez une période avec des commandes.")


class _Around(Struct, frozen=True, kw_only=True):
    """What is the same for every policy: the network, the goods, who makes, what units are worth.

    `worth_cents` is by SKU and node, as the run of `prices` has it (None: there was none);
    `asked` is what partners ask, by day, SKU and node.
    """

    stage: Stage
    goods: Mapping[str, Sku]
    made: set[tuple[str, str]]
    prices: Prices | None
    worth_cents: Mapping[str, Mapping[str, int]]
    asked: Mapping[date, Mapping[str, Mapping[str, PriceAt]]]


class _World(Struct, kw_only=True):
    """One policy's shelves and what came of its orders so far."""

    policy: Policy
    stock: dict[str, dict[str, int]]
    waiting: dict[str, Past] = {}
    days: dict[date, Figures] = {}
    used: dict[str, int] = {}
    used_orders: dict[str, int] = {}


def compare(
    tx: Connection,
    sides: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Comparison:
    """Decide the orders of a time again under each policy, and add up what would have come of it.

    Raises:
        NotFound: there is no such version or draft.
        NoOrders: no order was placed in that time.
    """
    asked = [side_of(tx, side) for side in sides]
    past = trial_views.orders(tx, since, until, limit=MOST_ORDERS)
    if not past:
        raise NoOrders(since=since.isoformat(), until=until.isoformat())
    goods = catalog.skus(tx, sorted({sku for one in past for sku in one.wish.wanted}))
    opening, shifts = trial_views.shelves(tx, list(goods), since)
    made = promises.made(tx, list(goods))
    wishes = [one.wish for one in past]
    points = {wish.point for wish in wishes if wish.point is not None}
    nodes = {*opening, *points, *(node for _, node in made)}
    stage = sourcing.stage(tx, nodes, wishes, past[0].placed_at)
    around = _around(tx, stage, goods, made, sorted({at.date() for at, _ in _slots(past)}))
    worlds = [
        _World(
            policy=policy,
            stock={node: dict(units) for node, units in opening.items()},
            waiting={}, days={}, used={}, used_orders={},
        )
        for policy in asked
    ]  # fmt: skip
    done = 0
    coming = iter([*shifts, _END])
    next_shift = next(coming)
    for at, placed in _slots(past):
        while next_shift.at <= at:
            for world in worlds:
                shelf = world.stock.setdefault(next_shift.node, {})
                shelf[next_shift.sku] = shelf.get(next_shift.sku, 0) + next_shift.units
            next_shift = next(coming)
        for world in worlds:
            _live(world, at, placed, around)
        done += len(placed)
        step(done, len(past))
    return Comparison(
        since=since,
        until=until,
        orders=len(past),
        trials=[_trial(world) for world in worlds],
    )


_END = Shift(at=datetime.max.replace(tzinfo=UTC), sku="", node="", units=0)


def _around(
    tx: Connection,
    stage: Stage,
    goods: Mapping[str, Sku],
    made: set[tuple[str, str]],
    days: Sequence[date],
) -> _Around:
    prices, worth = sourcing_views.worth(tx, list(goods))
    by_sku: dict[str, dict[str, int]] = defaultdict(dict)
    for node, cents in (worth or {}).items():
        for sku, each in cents.items():
            by_sku[sku][node] = each
    asked: dict[date, dict[str, dict[str, PriceAt]]] = {}
    for day in days:
        asked[day] = defaultdict(dict)
        terms = partners.prices_at(tx, list(goods), sorted(stage.nodes), day)
        for (sku, node), one in terms.items():
            asked[day][sku][node] = one
    return _Around(
        stage=stage, goods=goods, made=made, prices=prices, worth_cents=by_sku, asked=asked
    )


def side_of(tx: Connection, side: str) -> Policy:
    """A version by its id, the live one, or a draft as `draft:ID`.

    Raises:
        NotFound: there is no such one.
    """
    if side == "live":
        return policies.live(tx)
    if not side.startswith("draft:"):
        return policies.version(tx, side)
    found = policies.draft(tx, side.removeprefix("draft:"))
    if found is None:
        raise NotFound(what="draft", id=side.removeprefix("draft:"))
    draft = found[0]
    return Policy(
        id=side, made_at=draft.changed_at, author=draft.author, reason="", content=draft.content
    )


def _slots(past: Sequence[Past]) -> Iterator[tuple[datetime, list[Past]]]:
    """Orders by the quarter of an hour at whose end they are decided."""
    at: datetime | None = None
    some: list[Past] = []
    for one in past:
        seconds = int(one.placed_at.timestamp())
        end = datetime.fromtimestamp(
            (seconds // int(SLOT.total_seconds()) + 1) * int(SLOT.total_seconds()), UTC
        )
        if at is not None and end != at:
            yield at, some
            some = []
        at = end
        some.append(one)
    if at is not None:
        yield at, some


def _live(world: _World, at: datetime, placed: Sequence[Past], around: _Around) -> None:
    """Decide what was placed, and once a day what waits; take what plans take."""
    today = at.date()
    again: list[Past] = []
    if today not in world.days:
        world.days[today] = Figures(day=today)
        world.used, world.used_orders = {}, {}
        world.waiting = {
            key: one for key, one in world.waiting.items() if at - one.placed_at <= PATIENCE
        }
        again = list(world.waiting.values())
    wishes = [one.wish for one in (*again, *placed)]
    by_id = {one.wish.order_id: one for one in (*again, *placed)}
    plans = sourcing.decided(_sight(world, at, wishes, around), wishes)
    figures = structs.replace(world.days[today], orders=world.days[today].orders + len(placed))
    for order, (plan, why) in plans.items():
        _take(world, plan, around.made)
        if plan.legs:
            figures = _counted(figures, plan, why)
        if plan.short:
            left = structs.replace(by_id[order].wish, wanted=plan.short, is_begun=bool(plan.legs))
            world.waiting[order] = structs.replace(by_id[order], wish=left)
        else:
            world.waiting.pop(order, None)
    nodes = around.stage.nodes
    drained = sum(
        1
        for node, units in world.stock.items()
        if node in nodes and nodes[node].kind is NodeKind.STORE
        for count in units.values()
        if count == 0
    )
    world.days[today] = structs.replace(figures, waiting=len(world.waiting), drained=drained)


def _sight(world: _World, at: datetime, wishes: Sequence[Wish], around: _Around) -> Sight:
    """The world as the decision sees it then: only the goods that are asked for."""
    stage, made = around.stage, around.made
    skus = {sku for wish in wishes for sku in wish.wanted}
    free, free_orders = sourcing.free_on(stage, at)
    stock = {
        node: {sku: units[sku] for sku in skus if units.get(sku, 0) > 0}
        for node, units in sorted(world.stock.items())
    }
    for sku, node in sorted(made):
        if sku in skus:
            stock.setdefault(node, {})[sku] = max(free.get(node, 0) - world.used.get(node, 0), 0)
    return Sight(
        now=at,
        policy=world.policy,
        scene=scene_of(stage, at),
        stocks={wish.channel: stock for wish in wishes},
        free={node: units - world.used.get(node, 0) for node, units in free.items()},
        free_orders={
            node: count - world.used_orders.get(node, 0) for node, count in free_orders.items()
        },
        goods=around.goods,
        around=dict.fromkeys((wish.channel for wish in wishes), _shelves(around, at, skus)),
        prices=around.prices,
    )


def _shelves(around: _Around, at: datetime, skus: AbstractSet[str]) -> Around:
    """What is known that day around the shelves of these SKUs."""
    worth: dict[str, dict[str, int]] = defaultdict(dict)
    for sku in sorted(skus):
        for node, cents in around.worth_cents.get(sku, {}).items():
            worth[node][sku] = cents
    asked = around.asked[at.date()]
    return Around(
        worth_cents=worth if around.prices is not None else None,
        prices={
            (sku, node): one for sku in sorted(skus) for node, one in asked.get(sku, {}).items()
        },
        made=around.made,
    )


def _take(world: _World, plan: Plan, made: set[tuple[str, str]]) -> None:
    for leg in plan.legs:
        world.used[leg.node] = world.used.get(leg.node, 0) + sum(leg.units.values())
        world.used_orders[leg.node] = world.used_orders.get(leg.node, 0) + 1
        for sku, units in leg.units.items():
            if (sku, leg.node) not in made:
                world.stock[leg.node][sku] -= units


def _counted(figures: Figures, plan: Plan, why: Explanation) -> Figures:
    """The day's figures with one more plan."""
    terms: dict[str, int] = defaultdict(int, figures.terms)
    for name, cents in why.chosen.terms.items():
        terms[name] += cents
    chance = 1.0
    for leg in plan.legs:
        chance *= leg.chance
    return structs.replace(
        figures,
        sent=figures.sent + 1,
        parcels=figures.parcels + sum(leg.service != PICK_UP for leg in plan.legs),
        splits=figures.splits + (len(plan.legs) > 1),
        on_time=figures.on_time + chance,
        terms=dict(terms),
    )


def _trial(world: _World) -> Trial:
    """A world's days, and their sum; what waits and what is empty is that of the last day."""
    days = [world.days[day] for day in sorted(world.days)]
    total = Figures()
    for one in days:
        terms: dict[str, int] = defaultdict(int, total.terms)
        for name, cents in one.terms.items():
            terms[name] += cents
        total = Figures(
            orders=total.orders + one.orders,
            sent=total.sent + one.sent,
            parcels=total.parcels + one.parcels,
            splits=total.splits + one.splits,
            on_time=total.on_time + one.on_time,
            waiting=one.waiting,
            drained=one.drained,
            terms=dict(terms),
        )
    return Trial(policy=world.policy.id, total=total, days=days)
