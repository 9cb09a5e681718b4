"""What ways are looked for in: the network at an instant, goals, and what nodes could give."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from msgspec import Struct

from noria.network.model import Node, Rests, Spot
from noria.network.scene_model import Scene
from noria.partners import rules as partners
from noria.partners.model import PriceAt
from noria.policies.model import Policy
from noria.policies.rules import Rulebook
from noria.promise.delivery.grid import Grid, Truth, Whole
from noria.promise.delivery.legs import groups, region
from noria.promise.delivery.model import Foresight, LegPlan

MOST_PARTS = 3


class Outlook(Struct, frozen=True, kw_only=True, eq=False):
    """The network at an instant, the same for everybody who asks, and what was learned of it."""

    grid: Grid
    policy: Policy
    book: Rulebook
    lanes: Mapping[tuple[str, str], int]
    relays: Mapping[str, Node]
    foresight: Foresight
    holidays: Mapping[str, frozenset[date]]
    next_cut_off: datetime
    refusing: Mapping[str, Sequence[PriceAt]] = {}
    """By SKU, the terms of partners that do not send every amount to a customer."""

    @property
    def scene(self) -> Scene:
        return self.grid.scene


class Goal(Struct, frozen=True, kw_only=True):
    """Where parcels go: a door, or a relay point."""

    country: str
    postcode: str
    spot: Spot
    rests: Rests
    relay: str | None = None


class Terms(Struct, frozen=True, kw_only=True):
    """What the live policy says: the chance that is promised, how far an order may be split.

    `excluded` are nodes that send nothing of such goods.
    """

    chance: float = 0.95
    most_parts: int = MOST_PARTS
    excluded: frozenset[str] = frozenset()


class Seen(Struct, frozen=True, kw_only=True, eq=False):
    """What nodes could give of a basket: units by SKU and node, where fences let them.

    `packed` are partners that send a line in some amounts only: its place, the node's, the term.
    """

    skus: tuple[str, ...]
    wanted: Whole
    units: Whole
    makes: Truth
    packed: Sequence[tuple[int, int, PriceAt]] = ()


def plan_of(
    node: Node, service: str, carrier: str, goal: Goal, departs_on: date, arrives_on: date
) -> LegPlan:
    """A leg as calendars plan it, with the groups that it belongs to."""
    return LegPlan(
        departs_on=departs_on,
        arrives_on=max(arrives_on, departs_on),
        groups=groups(
            node=node.code,
            kind=node.kind.value,
            service=service,
            carrier=carrier,
            region=region(goal.country, goal.postcode),
        ),
    )


def largest(grid: Grid, seen: Seen, missing: Whole, nodes: Truth) -> list[tuple[Whole, Truth]]:
    """The parts that nodes could give of what is missing, the largest first, and who gives each.

    As many units, line by line, as hands are left for, and in the amounts that a partner sends.
    """
    covered = np.minimum(seen.units * nodes, missing[:, None])
    before = np.cumsum(covered, axis=0) - covered
    covered = np.clip(grid.free_units - before, 0, covered)
    for line, place, term in seen.packed:
        covered[line, place] = partners.sent_units(covered.item(line, place), term)
    parts, which = np.unique(covered, axis=1, return_inverse=True)
    totals = parts.sum(axis=0)
    order = np.argsort(-totals, kind="stable").tolist()
    return [(parts[:, one], which.ravel() == one) for one in order if totals[one] > 0]


def named(seen: Seen, units: Whole) -> dict[str, int]:
    """Units by the SKUs of a basket, those that there are."""
    return {sku: int(count) for sku, count in zip(seen.skus, units, strict=True) if count}
