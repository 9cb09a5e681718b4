"""What units are worth left where they lie, for real shelves: the market, and one future of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from noria.sourcing.baskets import NEVER, Real
from noria.sourcing.futures import Past, expected, past
from noria.sourcing.model import Units
from noria.sourcing.offers import Whole
from noria.sourcing.prices import Effort, Prices

WEEK_SECONDS = 7 * 86_400
MOST_SKUS = 20_000
EFFORT = Effort(futures=8)
"""Each run works out every future anew, so that a run does not hang on what was run before."""


class Basket(Struct, frozen=True, kw_only=True):
    """A past order: what it wanted, when, and what a parcel with it costs from each node."""

    placed_at: datetime
    units: Units
    parcel_cents: Mapping[str, int]


class Market(Struct, frozen=True, kw_only=True, eq=False):
    """Who wants what, and what lies where: all that the prices follow from."""

    nodes: Sequence[str]
    skus: Sequence[str]
    past: Past
    left: Whole  # [node, SKU]
    line_cents: Real  # [node]
    missed_cents: int


def wanted_skus(baskets: Sequence[Basket]) -> list[str]:
    """The SKUs of past orders, in key order; of very many those that are ordered most often."""
    lines: dict[str, int] = {}
    for basket in baskets:
        for sku in basket.units:
            lines[sku] = lines.get(sku, 0) + 1
    return sorted(sorted(lines, key=lambda sku: (-lines[sku], sku))[:MOST_SKUS])


def market(
    baskets: Sequence[Basket],
    left: Mapping[tuple[str, str], int],
    line_cents: Mapping[str, int],
    *,
    missed_cents: int,
    now: datetime,
) -> Market:
    """Past orders and the units left by (SKU, node), as arrays; `line_cents` is by node."""
    skus, nodes = wanted_skus(baskets), sorted(line_cents)
    number = {sku: place for place, sku in enumerate(skus)}
    units = np.zeros((len(nodes), len(skus)), dtype=np.int64)
    at = {node: place for place, node in enumerate(nodes)}
    for (sku, node), count in left.items():
        if sku in number and node in at:
            units[at[node], number[sku]] = count
    orders = []
    for basket in baskets:
        known = [sku for sku in sorted(basket.units) if sku in number]
        parcel = np.array([basket.parcel_cents.get(node, NEVER) for node in nodes])
        orders.append(
            ([number[sku] for sku in known], [basket.units[sku] for sku in known], parcel)
        )
    return Market(
        nodes=nodes,
        skus=skus,
        past=past(
            orders,
            [(now - basket.placed_at).total_seconds() for basket in baskets],
            skus=len(skus),
            week_seconds=WEEK_SECONDS,
        ),
        left=units,
        line_cents=np.array([line_cents[node] for node in nodes], dtype=np.float64),
        missed_cents=missed_cents,
    )


def future(one: Market, number: int, effort: Effort = EFFORT) -> Real:
    """The price of each unit in one future of the week to come, [node, SKU], in cents."""
    shape = one.left.shape
    if not one.past.baskets or not one.missed_cents or not all(shape):
        return np.zeros(shape)
    prices = Prices(one.past, one.line_cents, one.missed_cents, effort)
    prices.improve_one(number, expected(one.past, 0.0, np.zeros(shape[1])), one.left)
    return np.asarray(prices.each[number])


def mean(one: Market, futures: Sequence[Real]) -> list[tuple[str, str, int]]:
    """The mean over all futures, where it is something: (SKU, node, cents), in key order."""
    cents = np.rint(sum(futures, np.zeros(one.left.shape)) / max(len(futures), 1))
    cents = cents.astype(np.int64)
    return [
        (one.skus[sku], one.nodes[node], int(cents[node, sku]))
        for sku, node in zip(*np.nonzero(cents.T), strict=True)
        if one.left[node, sku] > 0
    ]
