"""A desk that sources a stream of orders: each by its own time, against what stays behind."""

from collections.abc import Hashable, Mapping, Sequence
from typing import cast

import numpy as np
from msgspec import Struct

from noria.sourcing.baskets import Real, gathered
from noria.sourcing.futures import past
from noria.sourcing.offers import Choice, Offers, Whole
from noria.sourcing.plans import enumerated
from noria.sourcing.prices import DEFAULT, Effort, Prices
from noria.sourcing.together import Part, together

WEEK_SECONDS = 7 * 86_400


class Asked(Struct, frozen=True, kw_only=True):
    """An order at the desk: its SKUs, each one unit, and what a parcel from each node costs."""

    order_id: str
    placed: float
    skus: Sequence[str]
    parcel_cents: Sequence[int]


class Sent(Struct, frozen=True, kw_only=True):
    """What was decided: the SKUs of each leg, and those from outside."""

    order_id: str
    legs: Mapping[str, Sequence[str]]
    outside: Sequence[str]


class Site(Struct, frozen=True, kw_only=True, eq=False):
    """What the desk starts from: nodes, SKUs, units, what a line costs, what has been ordered."""

    nodes: Sequence[str]
    skus: Sequence[str]
    units: Whole  # [node, SKU]
    line_cents: Whole  # [node]
    outside_cents: int
    history: Sequence[Asked]


class Desk:
    """Holds orders for a window, decides each when its time is over, and keeps what is left."""

    def __init__(self, site: Site, *, window_seconds: float, effort: Effort = DEFAULT) -> None:
        self.site = site
        self.window_seconds = window_seconds
        self.effort = effort
        self.number = {sku: place for place, sku in enumerate(site.skus)}
        self.left = site.units.copy()
        self.seen = np.zeros(len(site.skus))
        self.waiting: list[Asked] = []
        self.began: float | None = None
        self.prices: Prices | None = None
        self.cents = np.zeros(site.units.shape, dtype=np.int64)

    def tick(self, now: float) -> list[Sent]:
        """Time passes: prices follow, and orders that have waited their window are decided."""
        if self.prices is None:
            self._begin(now)
        assert self.prices is not None
        assert self.began is not None
        waiting = gathered([self._numbers(order) for order in self.waiting])
        self.prices.improve(now - self.began, self.left, self.seen, waiting)
        self.cents = self.prices.cents
        return self.due(now)

    def ask(self, order: Asked) -> list[Sent]:
        """An order comes: it is decided now, or waits, while others' time may be over."""
        self.seen[self._columns(order)] += 1
        if not self.window_seconds:
            return [self._decide(order)]
        self.waiting.append(order)
        return self.due(order.placed)

    def due(self, now: float) -> list[Sent]:
        """Decide the orders that may wait no longer than this moment."""
        over = [order for order in self.waiting if order.placed + self.window_seconds < now]
        self.waiting = self.waiting[len(over) :]
        return self._decide_together(over) if over else []

    def end(self) -> list[Sent]:
        """Decide whatever still waits."""
        rest, self.waiting = self.waiting, []
        return self._decide_together(rest) if rest else []

    def _begin(self, now: float) -> None:
        site = self.site
        self.began = now
        self.prices = Prices(
            past(
                [self._numbers(order) for order in site.history],
                [now - order.placed for order in site.history],
                skus=len(site.skus),
                week_seconds=WEEK_SECONDS,
            ),
            site.line_cents.astype(np.float64),
            site.outside_cents,
            self.effort,
        )

    def _numbers(self, order: Asked) -> tuple[list[int], list[int], Real]:
        skus = self._columns(order)
        return skus, [1] * len(skus), np.array(order.parcel_cents, dtype=np.float64)

    def _decide(self, order: Asked) -> Sent:
        return self._take(order, enumerated(self._offers(order, self._columns(order))).best)

    def _decide_together(self, over: Sequence[Asked]) -> list[Sent]:
        """Decide orders whose time is over; those that go on waiting count in the prices."""

        def run(sequence: Sequence[int]) -> list[Part[Choice]]:
            before, parts = self.left, []
            self.left = before.copy()
            for place in sequence:
                order = over[place]
                columns = self._columns(order)
                best = enumerated(self._offers(order, columns)).best
                for node, units in zip(best.nodes, best.units, strict=True):
                    self.left[node, columns] -= units
                parts.append(Part(best, best.cents, _uses(best, columns)))
            self.left = before
            return parts

        def left(key: Hashable) -> int:
            return int(self.left[cast("tuple[int, int]", key)])

        parts = together(len(over), run, left)
        return [self._take(order, part.found) for order, part in zip(over, parts, strict=True)]

    def _columns(self, order: Asked) -> list[int]:
        return [self.number[sku] for sku in order.skus if sku in self.number]

    def _take(self, order: Asked, best: Choice) -> Sent:
        """Take a plan off what is left, and tell it."""
        known = [sku for sku in order.skus if sku in self.number]
        unknown = [sku for sku in order.skus if sku not in self.number]
        columns, legs = self._columns(order), {}
        for node, units in zip(best.nodes, best.units, strict=True):
            legs[self.site.nodes[node]] = [
                sku for sku, count in zip(known, units, strict=True) if count
            ]
            self.left[node, columns] -= units
        short = [sku for sku, count in zip(known, best.short, strict=True) if count]
        return Sent(order_id=order.order_id, legs=legs, outside=short + unknown)

    def _offers(self, order: Asked, columns: Sequence[int]) -> Offers:
        units = self.left[:, columns].T
        return Offers(
            nodes=self.site.nodes,
            wanted=np.ones(len(columns), dtype=np.int64),
            units=units,
            short_cents=np.full(len(columns), self.site.outside_cents),
            leg_cents={"freight": np.array([order.parcel_cents])},
            line_cents={"handling": np.broadcast_to(self.site.line_cents, units.shape)},
            unit_cents={"opportunity": self.cents[:, columns].T},
        )


def _uses(best: Choice, columns: Sequence[int]) -> dict[Hashable, int]:
    """Units by node and SKU."""
    return {
        (node, sku): count
        for node, units in zip(best.nodes, best.units, strict=True)
        for sku, count in zip(columns, units, strict=True)
        if count
    }
