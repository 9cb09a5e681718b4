"""How much directed counts find, beside random and ABC counts; and how often an interval is right.

A chain of nodes is lived through day by day. Units move, and with some moves, and with time, a book
goes wrong: more at some nodes and on some shelves, which nobody is told. The same errors happen
under each way of choosing what is counted; a count puts its shelf right. Directed counts are chosen
by the product's own rules (`stock.counts.risk`), which learn from what they find; ABC counts take
the shelf that is most overdue, the best selling fifth every 30 days, the next three tenths every
60, the rest every 120. Each node counts as many shelves a day, so differences an hour compare.
"""

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec import Struct, structs

from noria.stock.counts import risk, sampling
from noria.stock.counts.model import Learned, Shelf

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
COUNTS_PER_HOUR = 20
"""Three minutes a shelf: the way there, and the count."""
ERROR_PER_MOVE, ERROR_PER_DAY = 0.004, 0.0006
LOST = 0.7
"""How many errors lose units; the others are units that the book does not know."""
INTERVALS = {"a": (0.20, 30), "b": (0.50, 60), "c": (1.00, 120)}
"""Up to which share of shelves, by what they sell, and how often they are counted, in days."""
SAMPLES = 2_000


class World(Struct, frozen=True):
    """Shelves by node, and all that will happen to them: arrays of (day, node, shelf)."""

    cents: np.ndarray
    """What a unit costs, by (node, shelf)."""
    shelf_units: np.ndarray
    moves: np.ndarray
    errors: np.ndarray
    """Units by which the book gets off, book less truth."""


class Tally(Struct):
    counts: int = 0
    found: int = 0
    found_cents: int = 0
    wrong_cent_days: int = 0


class CountsFigure(Struct, frozen=True, kw_only=True):
    """What an hour of counting finds when it is directed, and in the two other ways."""

    figure: str
    value: float
    unit: str
    random: float
    abc: float
    against_random: float
    against_abc: float
    rounds: int


class IntervalFigure(Struct, frozen=True, kw_only=True):
    """In how many of so many samples the interval covered the truth; it says `claimed`."""

    figure: str
    value: float
    claimed: float
    samples: int
    narrowest: int
    widest: int


Choose = Callable[["Chain", int, int], list[int]]
"""The shelves that a node counts on a day."""


def measured(
    rounds: int = 5,
    *,
    nodes: int = 6,
    shelves: int = 500,
    days: int = 180,
    per_day: int = 8,
    samples: int = SAMPLES,
) -> Iterator[CountsFigure | IntervalFigure]:
    """Differences and cents that an hour of counting finds, then what intervals are worth."""
    told: dict[str, list[Tally]] = {name: [] for name in WAYS}
    for seed in range(rounds):
        world = planted(seed, nodes, shelves, days)
        for name, choose in WAYS.items():
            told[name].append(lived(world, choose, per_day))
    yield _figure("counts_differences", "differences/h", told, lambda one: one.found / _hours(one))
    yield _figure("counts_cents", "cents/h", told, lambda one: one.found_cents / _hours(one))
    yield _figure(
        "counts_left_wrong", "cents", told, lambda one: one.wrong_cent_days / days, is_less=True
    )
    yield covered(samples)


def planted(seed: int, nodes: int, shelves: int, days: int) -> World:
    """A chain, with its errors, for a seed."""
    random = np.random.default_rng(seed)
    here = (nodes, shelves)
    pace = 0.15 * (random.pareto(1.3, here) + 0.2)
    moves = random.poisson(np.minimum(pace, 20), (days, *here))
    careless = random.choice([0.4, 1.0, 2.5], (nodes, 1)) * random.gamma(0.6, 1 / 0.6, here)
    wrong = random.binomial(moves, np.minimum(ERROR_PER_MOVE * careless, 0.5))
    wrong = wrong + random.poisson(ERROR_PER_DAY * careless, (days, *here))
    sign = np.where(random.random((days, *here)) < LOST, 1, -1)
    return World(
        cents=np.exp(random.normal(7.2, 0.9, here)).astype(np.int64) + 50,
        shelf_units=np.ceil(pace * 10).astype(np.int64) + random.integers(0, 4, here),
        moves=moves,
        errors=wrong * sign * random.integers(1, 4, (days, *here)),
    )


class Chain:
    """The chain under one way of counting: what the books say, and what has been learned."""

    def __init__(self, world: World) -> None:
        nodes, shelves = world.cents.shape
        self.world = world
        self.day = 0
        self.off = np.zeros((nodes, shelves), np.int64)
        self.seen = np.full((nodes, shelves), -1)
        self.books = [
            [
                Shelf(
                    sku=f"S{shelf:05}",
                    units=int(world.shelf_units[node, shelf]),
                    unit_cents=int(world.cents[node, shelf]),
                    since=BEGINS,
                )
                for shelf in range(shelves)
            ]
            for node in range(nodes)
        ]
        self.learned = [Learned() for _ in range(nodes)]

    @property
    def now(self) -> datetime:
        return BEGINS + timedelta(days=self.day + 1)

    def live(self) -> None:
        """A day: units move, books go wrong, and now and then somebody finds the shelf empty."""
        moves, errors = self.world.moves[self.day], self.world.errors[self.day]
        self.off += errors
        empty = (self.off >= self.world.shelf_units) & (moves > 0)
        for node, shelf in np.argwhere(moves > 0):
            book = self.books[node][shelf]
            self.books[node][shelf] = structs.replace(
                book,
                moves=book.moves + int(moves[node, shelf]),
                refused=book.refused + int(empty[node, shelf]),
            )

    def count(self, node: int, shelf: int, tally: Tally) -> None:
        """Somebody looks: the book is put right, and what it was is learned."""
        book, off = self.books[node][shelf], int(self.off[node, shelf])
        exposed = risk.exposure(book, self.now)
        tally.counts += 1
        tally.found += off != 0
        tally.found_cents += abs(off) * book.unit_cents
        self.off[node, shelf] = 0
        self.seen[node, shelf] = self.day
        self.books[node][shelf] = structs.replace(
            book,
            counted_at=self.now,
            moves=0,
            refused=0,
            wrong=book.wrong + (off != 0),
            exposure=book.exposure + exposed,
        )
        self.learned[node] = _added(self.learned[node], book, off, exposed)

    def every(self) -> Learned:
        """What was learned at all nodes together."""
        return Learned(
            **{
                name: sum(getattr(one, name) for one in self.learned)
                for name in Learned.__struct_fields__
            }
        )


def _added(learned: Learned, book: Shelf, off: int, exposed: float) -> Learned:
    signalled = int(bool(book.refused))
    return structs.replace(
        learned,
        counts=learned.counts + 1,
        wrong=learned.wrong + (off != 0),
        units=learned.units + abs(off),
        exposure=learned.exposure + exposed,
        signalled=learned.signalled + signalled,
        signalled_wrong=learned.signalled_wrong + signalled * (off != 0),
    )


def lived(world: World, choose: Choose, per_day: int) -> Tally:
    """The whole time, under one way of choosing what is counted."""
    chain, tally = Chain(world), Tally()
    for day in range(len(world.moves)):
        chain.day = day
        chain.live()
        for node in range(len(world.cents)):
            for shelf in choose(chain, node, per_day):
                chain.count(node, shelf, tally)
        tally.wrong_cent_days += int((np.abs(chain.off) * world.cents).sum())
    return tally


def _directed(chain: Chain, node: int, most: int) -> list[int]:
    """As the product says it."""
    at = risk.odds(chain.learned[node], chain.every())
    ranked = sorted(
        (
            (risk.rank(risk.candidate(book, "", at, now=chain.now)), shelf)
            for shelf, book in enumerate(chain.books[node])
        ),
    )
    return [shelf for _, shelf in ranked[:most]]


def _random(chain: Chain, node: int, most: int) -> list[int]:
    random = np.random.default_rng([chain.day, node])
    return [int(one) for one in random.choice(chain.world.cents.shape[1], most, replace=False)]


def _abc(chain: Chain, node: int, most: int) -> list[int]:
    """Whoever is most overdue for its class."""
    sold = chain.world.moves[: chain.day + 1, node].sum(axis=0) * chain.world.cents[node]
    share = np.argsort(np.argsort(-sold)) / len(sold)
    every = np.select(
        [share < upto for upto, _ in INTERVALS.values()], [days for _, days in INTERVALS.values()]
    )
    overdue = (chain.day - chain.seen[node]) / every
    return [int(one) for one in np.argsort(-overdue, kind="stable")[:most]]


WAYS: dict[str, Choose] = {"directed": _directed, "random": _random, "abc": _abc}


def covered(samples: int, population: int = 3_000) -> IntervalFigure:
    """How often the 95 % interval of a random sample has the true accuracy of a node in it."""
    within, sizes = 0, []
    skus = [f"S{number:05}" for number in range(population)]
    for seed in range(samples):
        random = np.random.default_rng(seed)
        stocked = skus[: int(random.integers(50, population))]
        share = float(random.choice([0.55, 0.8, 0.95, 0.99]))
        right = {sku for sku, is_right in zip(stocked, random.random(len(stocked)) < share,
                                              strict=True) if is_right}  # fmt: skip
        drawn = sampling.draw(stocked, sampling.sample_size(len(stocked)), seed)
        low, high = sampling.interval(len(right & set(drawn)), len(drawn), len(stocked))
        within += low <= len(right) / len(stocked) <= high
        sizes.append(len(drawn))
    return IntervalFigure(
        figure="accuracy_interval",
        value=round(within / samples, 4),
        claimed=0.95,
        samples=samples,
        narrowest=min(sizes),
        widest=max(sizes),
    )


def _hours(one: Tally) -> float:
    return one.counts / COUNTS_PER_HOUR


def _figure(
    name: str,
    unit: str,
    told: dict[str, list[Tally]],
    what: Callable[[Tally], float],
    *,
    is_less: bool = False,
) -> CountsFigure:
    """Medians over the rounds; ratios round by round, greater where directed counts do better."""
    values = {way: [what(one) for one in tallies] for way, tallies in told.items()}
    better = {
        way: statistics.median(
            (other / ours if is_less else ours / other)
            for ours, other in zip(values["directed"], values[way], strict=True)
        )
        for way in ("random", "abc")
    }
    middle = {way: round(statistics.median(each), 2) for way, each in values.items()}
    return CountsFigure(
        figure=name,
        value=middle["directed"],
        unit=unit,
        random=middle["random"],
        abc=middle["abc"],
        against_random=round(better["random"], 2),
        against_abc=round(better["abc"], 2),
        rounds=len(values["directed"]),
    )
