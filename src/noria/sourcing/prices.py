"""Opportunity prices: what a unit is worth left where it lies.

The units that the orders to come would save, if all of them were known, are priced by the dual of
their sourcing problem: at any prices each order takes its cheapest plan, and the price of a unit
rises where they take more than there is and falls where they take less. That is done for several
futures, each on its own, and the mean over them is the price: so a unit that is missed in one
future of four has a quarter of what it is worth there. As orders come and stock goes, futures move
a little, and the last prices are where the next ones start from.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from noria.sourcing.baskets import NEVER, Baskets, Real, beside, used
from noria.sourcing.futures import Past, drawn, expected, uniforms
from noria.sourcing.offers import Whole


class Effort(Struct, frozen=True, kw_only=True):
    """How much work a price is worth; steps are shares of the outside price."""

    futures: int = 16
    first_rounds: int = 60
    rounds: int = 4
    first_step: float = 0.07
    step: float = 0.006
    seed: int = 1


DEFAULT = Effort()


class Prices:
    """Prices of each SKU at each node, kept up with what is ordered and what is left."""

    def __init__(
        self, past: Past, line_cents: Real, outside_cents: int, effort: Effort = DEFAULT
    ) -> None:
        self.past = past
        self.line_cents = line_cents
        self.outside_cents = outside_cents
        self.effort = effort
        self.uniforms = uniforms(past, effort.futures, effort.seed)
        self.each = np.zeros((effort.futures, len(line_cents), past.skus))
        self.is_new = True

    @property
    def cents(self) -> Whole:
        """The mean over the futures, in whole cents, [node, SKU]."""
        return np.asarray(np.rint(self.each.mean(axis=0)), dtype=np.int64)

    def improve(
        self, elapsed_seconds: float, left: Whole, seen: Real, waiting: Sequence[Baskets] = ()
    ) -> None:
        """Follow what has changed: time, stock, the units seen so far, the orders that wait."""
        if not self.past.baskets and not waiting:
            self.each[:] = 0.0
            return
        times = expected(self.past, elapsed_seconds, seen)
        futures = [[*drawn(self.past, times, uniform), *waiting] for uniform in self.uniforms]
        wide = self._ascended(
            beside(futures, self.past.skus),
            np.concatenate(self.each, axis=1),
            np.tile(left, len(futures)),
        )
        self.each = np.stack(np.split(wide, len(futures), axis=1))
        self.is_new = False

    def improve_one(self, number: int, times: Real, left: Whole) -> None:
        """Follow it in one future; `times` is how often each past order is expected again."""
        baskets = drawn(self.past, times, self.uniforms[number])
        self.each[number] = self._ascended(baskets, self.each[number], left)

    def _ascended(self, baskets: Sequence[Baskets], prices: Real, left: Whole) -> Real:
        """Prices after some rounds: up where more is taken than is left, down where less.

        Futures that stand beside each other have each a column for each SKU.
        """
        sizes = np.tile(self.past.line_size, prices.shape[1] // self.past.skus)
        line_cents = np.where(left > 0, self.line_cents[:, None], NEVER)
        rounds = self.effort.first_rounds if self.is_new else self.effort.rounds
        for number in range(rounds):
            step = self.effort.step
            if self.is_new:
                step = max(step, self.effort.first_step / (1 + number / 8))
            taken = used(baskets, line_cents, prices, self.outside_cents)
            prices = prices + step * self.outside_cents * (taken - left) / sizes
            prices = np.clip(prices, 0.0, self.outside_cents)
        return prices
