"""What it costs that every decision is explained: the share of the time that an order takes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from time import process_time

import numpy as np
from msgspec import Struct

from noria.policies.model import Settings
from noria.sourcing.model import Candidate, Option, Step, Under
from noria.sourcing.records import packed
from noria.sourcing.rules import explained, settled, source

NODES, ORDERS = 16, 150
SIZES = {
    "explain of one line": 1,
    "explain": 3,
    "explain of five lines": 5,
    "explain of large orders": 28,
}
TODAY = date(2026, 11, 23)
LEAVES = datetime(2026, 11, 23, 15, tzinfo=UTC)
UNDER = Under(
    policy="bench",
    settings=Settings(late_day_cents=200, not_found_cents=500, opportunity_percent=100),
)


class ExplainFigure(Struct, frozen=True, kw_only=True):
    """The share of decision time that telling why takes, packing it included; bytes of a record."""

    figure: str
    lines: int
    nodes: int
    orders: int
    decide_us: float
    explain_us: float
    share_pct: float
    bytes_mean: int


def measured(orders: int = ORDERS) -> Iterator[ExplainFigure]:
    """Seeded orders of few lines, and of as many as a shop that resells asks for."""
    for name, lines in SIZES.items():
        random = np.random.default_rng(7)
        asked = [_order(random, lines) for _ in range(orders)]
        source(*asked[0][:2], weights=asked[0][2], today=TODAY, due=None, under=UNDER)
        decide_s = explain_s = 0.0
        sizes = []
        for wanted, candidates, weights in asked:
            began = process_time()
            found = settled(
                wanted, candidates, weights=weights, volumes={}, today=TODAY, due=None,
                under=UNDER, most_legs=None,
            )  # fmt: skip
            decided = process_time()
            sizes.append(len(packed(explained(found, wanted, TODAY, None, UNDER))))
            explain_s += process_time() - decided
            decide_s += decided - began
        yield ExplainFigure(
            figure=name,
            lines=lines,
            nodes=NODES,
            orders=orders,
            decide_us=round(1e6 * decide_s / orders, 1),
            explain_us=round(1e6 * explain_s / orders, 1),
            share_pct=round(100 * explain_s / (decide_s + explain_s), 2),
            bytes_mean=round(sum(sizes) / orders),
        )


def _order(
    random: np.random.Generator, lines: int
) -> tuple[dict[str, int], list[Candidate], dict[str, int]]:
    """What is wanted, who might send it, and what it weighs; SKUs are in key order."""
    skus = [f"S{number:03}" for number in range(lines)]
    wanted = {sku: int(random.integers(1, 4)) for sku in skus}
    weights = {sku: int(random.integers(50, 900)) for sku in skus}
    found = []
    for place in range(NODES):
        km = int(random.integers(5, 900))
        has = random.random(lines) < 0.5
        steps = [
            Step(
                max_weight_g=grams,
                cents=int(350 + 0.4 * km + grams // 40),
                arrives_on=TODAY + timedelta(days=1 + km // 400),
            )
            for grams in (500, 2_000, 10_000, 30_000)
        ]
        option = Option(
            service="HOME", leaves_at=LEAVES, chance=0.9, steps=steps, late_days=(0.2, 0.05, 0.01)
        )
        found.append(
            Candidate(
                node=f"N{place:02}",
                km=km,
                units={sku: 4 for sku, lies in zip(skus, has, strict=True) if lies},
                handling_cents=60,
                options=[option],
                found_chance=0.97,
                worth_cents={sku: int(random.integers(0, 300)) for sku in skus},
            )
        )
    return wanted, found, weights
