"""Past orders decided again under several policies, each with shelves of its own, in memory.

Nothing is written. What came to shelves and left them for other causes than orders happens as it
did; orders take what the policy gives them. Equal books give equal answers: there is no chance in
it, and whatever is decided in one quarter of an hour is decided in one order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from noria.catalog import views as catalog
from noria.catalog.model import Sku
from noria.kit.db import Connection
from noria.kit.errors import Kind, NotFound, Refusal, Text
from noria.orders import trial_views, trial_world
from noria.orders.trial_model import Comparison, Past, Shift
from noria.orders.trial_rules import Sales
from noria.orders.trial_world import Around, World
from noria.partners import views as partners
from noria.partners.model import PriceAt
from noria.policies import views as policies
from noria.policies.model import Policy
from noria.promise import keep_back_views
from noria.promise import views as promises
from noria.promise.keep_back_model import MEASURED_DAYS
from noria.sourcing import actions as sourcing
from noria.sourcing import views as sourcing_views
from noria.sourcing.model import Stage

QUARTER = timedelta(minutes=15)
MOST_ORDERS = 100_000
LONGEST_WINDOW = timedelta(hours=4)
FRESH = timedelta(days=366)
"""No measure of a channel says anything for longer."""


class NoOrders(Refusal):
    code = "no-orders-to-try"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "No order was placed between {since} and {until}.",
        "Aucune commande n'a été passée entre {since} et {until}.",
    )
    do = Text("Name a time with orders in it.", "Choisissez une période avec des commandes.")


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
    around = _around(tx, stage, goods, made, past, opening)
    worlds = [trial_world.begun(policy, opening, around) for policy in asked]
    _play(worlds, past, shifts, around, step)
    return Comparison(
        since=since,
        until=until,
        orders=len(past),
        trials=[trial_world.over(world, around) for world in worlds],
    )


def _play(
    worlds: Sequence[World],
    past: Sequence[Past],
    shifts: Sequence[Shift],
    around: Around,
    step: Callable[[int, int], None],
) -> None:
    """Every quarter of an hour from the first order on, until the last window has ended."""
    done, coming = 0, iter([*shifts, _END])
    next_shift = next(coming)
    for at, placed in _quarters(past):
        if done == len(past) and not any(world.held for world in worlds):
            break
        came = set()
        while next_shift.at <= at:
            if next_shift.units > 0:
                came.add(next_shift.sku)
            for world in worlds:
                shelf = world.stock.setdefault(next_shift.node, {})
                shelf[next_shift.sku] = shelf.get(next_shift.sku, 0) + next_shift.units
            next_shift = next(coming)
        for world in worlds:
            trial_world.live(world, at, placed, came, around)
        if placed:
            done += len(placed)
            step(done, len(past))


_END = Shift(at=datetime.max.replace(tzinfo=UTC), sku="", node="", units=0)


def _around(
    tx: Connection,
    stage: Stage,
    goods: Mapping[str, Sku],
    made: set[tuple[str, str]],
    past: Sequence[Past],
    opening: Mapping[str, Mapping[str, int]],
) -> Around:
    """All that is looked at beside shelves, over the days of these orders."""
    skus = list(goods)
    first, last = past[0].placed_at, past[-1].placed_at + QUARTER + LONGEST_WINDOW
    days = [first.date() + timedelta(days=day) for day in range((last - first).days + 2)]
    prices, worth = sourcing_views.worth(tx, skus)
    by_sku: dict[str, dict[str, int]] = defaultdict(dict)
    for node, cents in (worth or {}).items():
        for sku, each in cents.items():
            by_sku[sku][node] = each
    pairs = {(sku, node) for node, shelf in opening.items() for sku in shelf} | made
    shelves = keep_back_views.shelves(tx, sorted(pairs))
    sales = keep_back_views.sales(tx, skus, first - timedelta(days=MEASURED_DAYS + 1), last)
    return Around(
        stage=stage,
        goods=goods,
        made=made,
        prices=prices,
        worth_cents=by_sku,
        asked={day: _asked(tx, skus, stage, day) for day in days},
        rules=keep_back_views.rules_between(tx, skus, days[0], days[-1]),
        shelves={(one.sku, one.node): one for one in shelves},
        sales=Sales(sales),
        channels=sorted({one.wish.channel for one in past if one.wish.channel}),
        measures=policies.measures_between(tx, (first - FRESH).date(), last.date()),
    )


def _asked(
    tx: Connection, skus: Sequence[str], stage: Stage, day: date
) -> dict[str, dict[str, PriceAt]]:
    """What partners ask that day, by SKU and node."""
    asked: dict[str, dict[str, PriceAt]] = defaultdict(dict)
    for (sku, node), one in partners.prices_at(tx, skus, sorted(stage.nodes), day).items():
        asked[sku][node] = one
    return asked


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


def _quarters(past: Sequence[Past]) -> Iterator[tuple[datetime, list[Past]]]:
    """Quarters of an hour, each with the orders that are decided at its end."""
    orders: dict[datetime, list[Past]] = defaultdict(list)
    length = int(QUARTER.total_seconds())
    for one in past:
        number = int(one.placed_at.timestamp()) // length + 1
        orders[datetime.fromtimestamp(number * length, UTC)].append(one)
    at, last = min(orders), max(orders) + LONGEST_WINDOW
    while at <= last:
        yield at, orders.get(at, [])
        at += QUARTER
