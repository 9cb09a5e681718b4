"""Work out opportunity prices for real shelves, one future at a time, and publish them."""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from noria.catalog import views as catalog
from noria.kit.db import Connection
from noria.network import calendar
from noria.network.model import NodeKind
from noria.policies import views as policies
from noria.policies.model import Content
from noria.promise import views as promises
from noria.sourcing import actions, store, views, worth
from noria.sourcing.candidates import freight_cents
from noria.sourcing.memory import scene_of
from noria.sourcing.model import PriceRun, Wish
from noria.sourcing.worth import EFFORT, Basket, Market

AT_LEAST_EVERY = timedelta(hours=20)
AT_MOST_EVERY = timedelta(minutes=15)


def is_due(tx: Connection, *, now: datetime) -> bool:
    """Whether prices should be worked out again: a day has passed, or stock has moved since."""
    if not are_asked(policies.live(tx).content):
        return False
    last = views.last_run(tx)
    if last is None or last.published_at is None:
        return True
    age = now - last.as_of
    return age >= AT_LEAST_EVERY or (
        age >= AT_MOST_EVERY and views.last_move(tx) > last.moves_until
    )


def are_asked(content: Content) -> bool:
    """Whether any decision under a policy looks at opportunity prices."""
    return bool(content.settings.opportunity_percent) or any(
        one.sets.get("opportunity_percent") for one in content.overrides
    )


def gather(tx: Connection, past: Sequence[tuple[datetime, Wish]], *, now: datetime) -> Market:
    """The market of this moment: past orders with what parcels cost them, and what is left."""
    wishes = [wish for _, wish in past]
    skus = sorted({sku for wish in wishes for sku in wish.wanted})
    left = {(one.sku, one.node): one.units for one in promises.available(tx, skus) if one.units > 0}
    known = actions.stage(tx, {node for _, node in left}, wishes, now)
    scene = scene_of(known, now)
    goods = catalog.skus(tx, skus)
    parcels: dict[tuple[str, str, int], Mapping[str, int]] = {}
    baskets = []
    for placed_at, wish in past:
        grams = sum(goods[sku].weight_g * units for sku, units in wish.wanted.items())
        key = wish.country, wish.postcode, grams // 500
        if key not in parcels:
            rests = calendar.rests_at(wish.country, wish.postcode, (now.year, now.year + 1))
            parcels[key] = freight_cents(scene, wish, goods, rests)
        baskets.append(Basket(placed_at=placed_at, units=wish.wanted, parcel_cents=parcels[key]))
    return worth.market(
        baskets,
        left,
        {
            code: node.handling_cents
            for code, node in known.nodes.items()
            if node.is_open and node.does_ship and node.kind is not NodeKind.DIGITAL
        },
        missed_cents=policies.live(tx).content.settings.missed_cents,
        now=now,
    )


def last_run(tx: Connection, number: int | None, market: Market) -> PriceRun | None:
    """The run of that number, if it is the last one, is not done, and was of such a market."""
    last = views.last_run(tx)
    if last is None or last.number != number or last.published_at is not None:
        return None
    is_alike = (last.orders, last.skus) == (len(market.past.sizes), len(market.skus))
    return last if is_alike else None


def begin(tx: Connection, market: Market, *, now: datetime) -> PriceRun:
    """A new run."""
    store.begin_run(
        tx,
        orders=len(market.past.sizes),
        skus=len(market.skus),
        futures=EFFORT.futures,
        moves_until=views.last_move(tx),
        now=now,
    )
    run = views.last_run(tx)
    assert run is not None
    return run


def work(tx: Connection, run: PriceRun, market: Market, number: int) -> None:
    """Price one future, and keep it until all are done."""
    prices = worth.future(market, number)
    store.add_part(tx, run.number, number, zlib.compress(prices.tobytes()))


def publish(tx: Connection, run: PriceRun, market: Market, *, now: datetime) -> int:
    """Let the mean of all futures stand; how many prices are more than nothing."""
    parts = views.parts(tx, run.number)
    shape = market.left.shape
    futures = [
        np.frombuffer(zlib.decompress(parts[number]), dtype=np.float64).reshape(shape)
        for number in range(run.futures)
    ]
    prices = worth.mean(market, futures)
    store.publish(tx, run.number, prices, now=now)
    return len(prices)
