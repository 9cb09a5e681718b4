"""How fast an order is planned, and how near to the exact optimum: seeded orders over 500 nodes."""

from collections.abc import Iterator
from time import process_time

import numpy as np
from msgspec import Struct

from noria.sourcing.offers import Choice, Offers
from noria.sourcing.plans import enumerated
from noria.sourcing.priced import price
from noria.sourcing.search import Limits, searched

LINES, NODES = 3, 500
TIMED, JUDGED = 5_000, 1_000
JUDGED_NODES = 40
"""What HiGHS can prove in time, a thousand times; the orders that are timed have all 500."""


class PlansFigure(Struct, frozen=True, kw_only=True):
    """Orders a second on one core; the share that is the exact optimum, and the worst of them."""

    figure: str
    orders_per_second: float
    us_p99: float
    lines: int
    nodes: int
    judged: int
    equal_pct: float
    proven_pct: float
    worst_pct: float


def measured(timed: int = TIMED, judged: int = JUDGED) -> Iterator[PlansFigure]:
    """Orders of one unit a line, and orders of several, as shops have them."""
    for name, most_units in (("plans", 1), ("plans of several units", 3)):
        random = np.random.default_rng(20)
        seconds = _seconds([seeded(random, NODES, most_units) for _ in range(timed)])
        gaps, proven = [], 0
        for _ in range(judged):
            offers = seeded(random, JUDGED_NODES, most_units)
            found = enumerated(offers)
            gaps.append(found.best.cents / _optimum(offers) - 1)
            proven += found.is_proven
        yield PlansFigure(
            figure=name,
            orders_per_second=round(timed / sum(seconds)),
            us_p99=round(1e6 * float(np.quantile(seconds, 0.99)), 1),
            lines=LINES,
            nodes=NODES,
            judged=judged,
            equal_pct=round(100 * sum(gap <= 0 for gap in gaps) / judged, 2),
            proven_pct=round(100 * proven / judged, 2),
            worst_pct=round(100 * max(gaps), 3),
        )


def seeded(random: np.random.Generator, nodes: int, most_units: int) -> Offers:
    """An order: parcels by distance, three in ten shelves filled, prices of what stays behind."""
    several = random.random(LINES) < 0.2
    wanted = np.where(several, random.integers(1, most_units + 1, LINES), 1)
    filled = random.random((LINES, nodes)) < 0.3
    freight = (450 + 0.6 * random.uniform(0, 900, nodes)).astype(np.int64)
    handling = np.broadcast_to(random.choice([50, 120], nodes), (LINES, nodes))
    return Offers(
        nodes=[f"N{node:03}" for node in range(nodes)],
        wanted=wanted,
        units=np.where(filled, random.integers(1, 6, (LINES, nodes)), 0),
        short_cents=np.full(LINES, 5_000),
        leg_cents={"freight": freight[None]},
        line_cents={"handling": handling},
        unit_cents={"opportunity": random.integers(0, 300, (LINES, nodes))},
        split_cents=100,
    )


def _seconds(cases: list[Offers]) -> list[float]:
    seconds = []
    for offers in cases:
        start = process_time()
        enumerated(offers)
        seconds.append(process_time() - start)
    return seconds


def _optimum(offers: Offers) -> int:
    """What HiGHS proves, starting from nothing."""
    nothing = Choice(nodes=(), units=(), short=tuple(offers.wanted.tolist()), cents=10**9)
    limits = Limits(steps=10**9, branches=10**9, columns=10**9)
    found = searched(price(offers), nothing, limits)
    assert found is not None
    assert found.is_proven
    return found.best.cents
