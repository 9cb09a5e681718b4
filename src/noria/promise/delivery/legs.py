"""How long legs take against their plan, and the window that this makes of one or of several.

A plan comes from calendars: the cut-off that a node reaches, the carrier's days, Sundays and
holidays. What is learned is by how much reality misses it, stage by stage, in whole days: how long
after its planned day a leg is accepted, how long it is then in hand (which is also where made
goods are waited for), how long until its carrier has it, and how long it travels.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from noria.network.model import DAILY_ROUNDS, USUAL_ROUNDS, Rests, Rounds
from noria.network.rules import is_delivery_day
from noria.promise.delivery.calibrate import LATE_DAYS, honest, learned
from noria.promise.delivery.choose import AS_LIKELY_AS_NOT, days_worth
from noria.promise.delivery.foresee import FARTHEST_DAYS, by_day, drawn
from noria.promise.delivery.model import (
    Asked,
    Foresight,
    Grouping,
    Journeys,
    Learned,
    LegPlan,
    Numbers,
    Shape,
    Stage,
    Window,
)

LATELY_DAYS = 15.0
MOST_CURVES = 20_000
DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
OPENS_WITH = 0.1
"""A window opens on the first day with that chance: before it, hardly anything comes."""
SUREST = 0.995
"""What nobody can be surer of: roads close."""
HALF_A_DAY = 0.5
EVEN_WEEK = (1.0,) * 7
"""Sundays and holidays are told by calendars."""
TRANSIT = "transit"
AT_THE_NODE = (
    Grouping(name="kind", shrink=20),
    Grouping(name="node", shrink=10),
    Grouping(name="all", shrink=20, fades_days=LATELY_DAYS),
    Grouping(name="node", shrink=20, fades_days=LATELY_DAYS),
)
SHAPES = (
    *(
        Shape(
            name=name,
            groups=AT_THE_NODE,
            plus_days=1.0,
            half_life_days=60,
            spread_half_life_days=120,
            spread=0.02,
            prior_rows=30,
        )
        for name in ("accept", "handle", "hand_over")
    ),
    Shape(
        name=TRANSIT,
        groups=(
            Grouping(name="carrier", shrink=20),
            Grouping(name="service", shrink=10),
            Grouping(name="region", shrink=20),
            Grouping(name="lane", shrink=15),
            Grouping(name="all", shrink=20, fades_days=LATELY_DAYS),
            Grouping(name="region", shrink=30, fades_days=LATELY_DAYS),
        ),
        plus_days=1.0,
        half_life_days=60,
        spread_half_life_days=120,
        spread=0.16,
        prior_rows=30,
    ),
)
"""A new node is like its kind, a new lane like its region, a new service like its carrier."""


def region(country: str, postcode: str) -> str:
    """Where a parcel goes, as coarse as is learned: the first two signs of the postcode."""
    return f"{country}-{postcode.strip()[:2]}"


def groups(
    *, node: str, kind: str, service: str, carrier: str, region: str
) -> tuple[tuple[str, str], ...]:
    """The groups that a leg belongs to."""
    return (
        ("all", "all"),
        ("node", node),
        ("kind", kind),
        ("service", service),
        ("carrier", carrier),
        ("region", region),
        ("lane", f"{node}>{region}"),
    )


def curve(
    foresight: Foresight,
    leg: LegPlan,
    rests: Rests,
    rounds: Rounds = USUAL_ROUNDS,
) -> Numbers:
    """The chance that a leg has come by the end of its day of departure, of the next, and on.

    On days that are none of its service's rounds, or on which it `rests` where the leg goes,
    nothing comes: what would have, comes on the next of its days.
    """
    plan_days = (leg.arrives_on - leg.departs_on).days
    known = _known(foresight.learned, leg.groups)
    key = (known, plan_days)
    reached = foresight.curves.get(key)
    if reached is None:
        if len(foresight.curves) >= MOST_CURVES:
            foresight.curves.clear()
        reached = foresight.curves[key] = _unhindered(foresight.learned, known, plan_days)
    if rounds is DAILY_ROUNDS and not rests.shut:
        return reached
    return np.maximum.accumulate(np.where(_shut_on(leg.departs_on, rests, rounds), 0.0, reached))


def _known(learned: Learned, groups: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The groups of which something was learned: the others say nothing, and share a curve."""
    return tuple(
        (name, level)
        for name, level in groups
        if any(
            level in stage.effects.get(name, ()) or level in stage.effects.get(f"{name} lately", ())
            for stage in learned.stages
        )
    )


@lru_cache(1000)
def _shut_on(since: date, rests: Rests, rounds: Rounds) -> NDArray[np.bool_]:
    """On which of the days from then on nothing is delivered."""
    days = [since + count * DAY for count in range(FARTHEST_DAYS + 1)]
    return np.array([not is_delivery_day(day, rests, rounds) for day in days])


def plans(stages: Iterable[Shape | Stage], transit_days: Numbers) -> tuple[Numbers, ...]:
    """What a plan gives each stage: a leg leaves on its day, and travels for so long."""
    none = np.zeros(len(transit_days))
    return tuple(transit_days if stage.name == TRANSIT else none for stage in stages)


def _unhindered(known: Learned, groups: tuple[tuple[str, str], ...], plan_days: int) -> Numbers:
    asked = Asked(
        rows=1,
        keys={name: [level] for name, level in groups},
        numbers={},
        plans=plans(known.stages, np.array([float(plan_days)])),
    )
    draws = drawn(known.stages, asked)
    return honest(known, by_day(draws, np.array([HALF_A_DAY]), np.zeros(1), EVEN_WEEK)[0])


def window(
    legs: Sequence[tuple[date, Numbers]], chance: float, *, widest_days: int | None = None
) -> Window:
    """The days between which everything comes with that chance: legs are taken as independent.

    No day is waited for that keeps less than one promise more in a hundred, as where only what is
    lost is still to come: then the window is told with the chance that it has. Where it would be
    wider than `widest_days`, it has its first days.
    """
    assert legs
    first = min(day for day, _ in legs)
    length = max((day - first).days + len(reached) for day, reached in legs)
    together = np.ones(length)
    for day, reached in legs:
        shift = (day - first).days
        each = np.concatenate([np.zeros(shift), reached])
        together *= np.concatenate([each, np.full(length - len(each), reached[-1])])
    worth_it = int(days_worth(together[None, :], LATE_DAYS)[0])
    closes = max(worth_it, _first_with(together, AS_LIKELY_AS_NOT * float(together[-1])))
    closes = _first_with(together, min(chance, float(together[closes])))
    opens = min(_first_with(together, OPENS_WITH * float(together[-1])), closes)
    if widest_days is not None:
        closes = min(closes, opens + widest_days - 1)
        closes = _first_with(together, float(together[closes]))
    return Window(
        first=first + opens * DAY,
        last=first + closes * DAY,
        chance=round(min(float(together[closes]), SUREST), 4),
    )


def _first_with(reached: Numbers, chance: float) -> int:
    return int(np.argmax(reached >= chance))


@cache
def believed() -> Foresight:
    """What is promised before anything was measured: plans hold about as often as carriers say."""
    nothing = np.zeros(0)
    every = {grouping.name for shape in SHAPES for grouping in shape.groups}
    journeys = Journeys(
        moments=(nothing,) * (len(SHAPES) + 1),
        keys={name: [] for name in every},
        numbers={},
        plans=(nothing,) * len(SHAPES),
        whole_days=True,
    )
    return Foresight(learned=learned(SHAPES, journeys, 0.0))
