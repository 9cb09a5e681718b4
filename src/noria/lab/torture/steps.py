"""The stock against a model of it in a few lines of Python, over long random histories.

A step is one fact, one line of a count or of a level write, one hold, one draw, one release, or
one hold that a sweep gave back. Verbs take lists, so steps are taken up to `AT_ONCE` at a time in
one transaction; after each transaction every balance and every hold in the database is compared
with the model, and every SKU adds up to zero. A transaction that is refused counts as one step,
and must leave nothing behind.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal
from noria.lab.torture import books, ground
from noria.lab.torture.ground import ACTOR
from noria.lab.torture.model import Tally, tally
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold, NotEnough, NotHeld
from noria.stock import actions as stock
from noria.stock.levels import actions as levels
from noria.stock.levels.model import LevelWish, StaleLevel
from noria.stock.model import Counted, Move, Movement, MovementKind, Place, State

SKUS = tuple(f"ms{number}" for number in range(6))
NODES = ground.NODES[:2]
AT_ONCE = 300
LEVELS = (0, 1, 2, 3, 5, 30)
"""What is counted: often so few that the next hold does not fit."""
FACTS = (
    (MovementKind.RECEIVED, State.OUTSIDE, State.AVAILABLE),
    (MovementKind.SOLD, State.AVAILABLE, State.OUTSIDE),
    (MovementKind.DAMAGED, State.AVAILABLE, State.DAMAGED),
    (MovementKind.SCRAPPED, State.DAMAGED, State.OUTSIDE),
    (MovementKind.RETURNED, State.OUTSIDE, State.RETURNING),
    (MovementKind.INSPECTED, State.RETURNING, State.HOLD),
    (MovementKind.INSPECTED, State.HOLD, State.AVAILABLE),
)


class Model:
    """Units by SKU, node and state; holds as (SKU, node, units, until); and the time."""

    def __init__(self) -> None:
        self.units: Counter[tuple[str, str, State]] = Counter()
        self.holds: dict[str, tuple[str, str, int, datetime | None]] = {}
        self.now = ground.NOW

    def move(
        self, sku: str, units: int, source: tuple[str, State], target: tuple[str, State]
    ) -> None:
        self.units[sku, *source] -= units
        self.units[sku, *target] += units

    def fact(self, movement: Movement) -> list[int]:
        """What the book did not know is found first; how many units those are."""
        gaps = []
        for move in movement.moves:
            source = (move.source.node, move.source.state)
            short = move.quantity - self.units[move.sku, *source]
            if move.source.state is not State.OUTSIDE and short > 0:
                self.move(move.sku, short, (move.source.node, State.OUTSIDE), source)
                gaps.append(short)
            target = (move.target.node, move.target.state)
            self.move(move.sku, move.quantity, source, target)
        return gaps

    def set_shelf(self, sku: str, node: str, units: int) -> int:
        surplus = units - self.units[sku, node, State.AVAILABLE]
        self.move(sku, surplus, (node, State.OUTSIDE), (node, State.AVAILABLE))
        return surplus

    def lapse(self, pairs: set[tuple[str, str]] | None = None) -> int:
        """Give back what is over, at these places or everywhere; a hold is free at its instant."""
        over = [
            key
            for key, (sku, node, _, until) in self.holds.items()
            if until is not None and until <= self.now and (pairs is None or (sku, node) in pairs)
        ]
        for key in over:
            self.draw(key, self.holds[key][2], State.AVAILABLE)
        return len(over)

    def hold(self, holds: list[Hold]) -> bool:
        """All of them or none."""
        asked: Counter[tuple[str, str]] = Counter()
        for one in holds:
            asked[one.sku, one.node] += one.quantity
        self.lapse(set(asked))
        if any(units > self.units[(*pair, State.AVAILABLE)] for pair, units in asked.items()):
            return False
        for one in holds:
            self.move(
                one.sku, one.quantity, (one.node, State.AVAILABLE), (one.node, State.RESERVED)
            )
            self.holds[one.id] = (one.sku, one.node, one.quantity, one.expires_at)
        return True

    def draw(self, key: str, units: int, to: State) -> None:
        sku, node, held, until = self.holds[key]
        self.move(sku, units, (node, State.RESERVED), (node, to))
        self.holds[key] = (sku, node, held - units, until)
        if held == units:
            del self.holds[key]


def run(url: str, first: int, trials: int, at_once: int = AT_ONCE) -> Tally:
    """So many steps, in a history of their own that begins with empty shelves."""
    found, life = tally(), _Life(first, at_once)
    with closing(Database(url, pool_size=1)) as db:
        db.run(_prepare)
        while found.counts["steps"] < trials and not found.faults:
            life.number += 1
            verb = life.chance.choices(VERBS, WEIGHTS)[0]
            steps, faults = verb(life, db)
            found.counts.update(steps=steps, transactions=1)
            found.counts[verb.__name__.strip("_")] += steps
            faults += db.run(lambda tx: compared(tx, life.model))
            found.faults += [
                f"step {found.counts['steps']}, {verb.__name__}: {one}" for one in faults
            ]
        found.faults += books.checked(db)
    return found


class _Life:
    """The model, the dice, and the number of the transaction."""

    def __init__(self, seed: int, at_once: int) -> None:
        self.model = Model()
        self.chance = random.Random(seed)
        self.seed = seed
        self.at_once = at_once
        self.number = 0

    def key(self, line: int) -> str:
        return f"ms{self.seed}-{self.number}-{line}"

    def place(self) -> tuple[str, str]:
        return self.chance.choice(SKUS), self.chance.choice(NODES)

    def try_out(self, change: Callable[[], Any]) -> Any:
        """Change the model; if it says no, as it was."""
        before = self.model.units.copy(), dict(self.model.holds)
        answer = change()
        if answer is False:
            self.model.units, self.model.holds = before
        return answer


def _prepare(tx: Connection) -> None:
    ground.build(tx)
    ground.name(tx, SKUS)


def compared(tx: Connection, model: Model) -> list[str]:
    """Every balance and every hold, as the model has them."""
    rows = tx.execute("select sku, node, state::text, quantity from balance where quantity <> 0")
    there = {(sku, node, State(state)): units for sku, node, state, units in rows}
    expected = {key: units for key, units in model.units.items() if units}
    held = {
        key: (sku, node, units)
        for key, sku, node, units in tx.execute(
            "select id, sku, node, held from reservation where held > 0"
        )
    }
    wanted = {key: (sku, node, units) for key, (sku, node, units, _) in model.holds.items()}
    sums: Counter[str] = Counter()
    for (sku, _, _), units in there.items():
        sums[sku] += units
    return [
        *(f"{key}: {there.get(key, 0)}, not {expected.get(key, 0)}"
          for key in sorted(there.keys() | expected.keys(), key=str)
          if there.get(key) != expected.get(key)),
        *(f"hold {key}: {held.get(key)}, not {wanted.get(key)}"
          for key in sorted(held.keys() | wanted.keys()) if held.get(key) != wanted.get(key)),
        *(f"{sku} adds up to {units}" for sku, units in sums.items() if units),
    ]  # fmt: skip


Steps = tuple[int, list[str]]


def _facts(life: _Life, db: Database) -> Steps:
    told = []
    for line in range(life.chance.randint(1, life.at_once)):
        sku, node = life.place()
        kind, source, target = life.chance.choice(FACTS)
        move = Move(
            sku=sku,
            quantity=life.chance.randint(1, 5),
            source=Place(node, source),
            target=Place(node, target),
        )
        told.append(
            Movement(
                id=life.key(line),
                kind=kind,
                cause="till:1",
                happened_at=life.model.now,
                moves=(move,),
            )
        )
    got = db.run(lambda tx: stock.book(tx, told, actor=ACTOR, now=life.model.now))
    wanted = [gap for one in told for gap in life.model.fact(one)]
    gaps = [gap.quantity for gap in got]
    return len(told), [] if gaps == wanted else [f"gaps {gaps}, not {wanted}"]


def _count(life: _Life, db: Database) -> Steps:
    node = life.chance.choice(NODES)
    lines = [
        Counted(sku=sku, quantity=life.chance.choice(LEVELS))
        for sku in life.chance.sample(SKUS, life.chance.randint(1, len(SKUS)))
    ]
    now = life.model.now
    got = db.run(
        lambda tx: stock.count(tx, life.key(0), node, lines, counted_at=now, actor=ACTOR, now=now)
    )
    wanted = {one.sku: life.model.set_shelf(one.sku, node, one.quantity) for one in lines}
    told = {one.sku: one.counted - one.expected for one in got}
    expected = {sku: surplus for sku, surplus in wanted.items() if surplus}
    return len(lines), [] if told == expected else [f"differences {told}, not {expected}"]


def _level(life: _Life, db: Database) -> Steps:
    """An absolute write that believes what is so, or what is not."""
    sku, node = life.place()
    there = life.model.units[sku, node, State.AVAILABLE]
    believed = life.chance.choice([there, there, there + 1])
    wish = LevelWish(
        id=life.key(0), sku=sku, node=node, quantity=life.chance.choice(LEVELS), believed=believed
    )
    got = _answer(
        db, StaleLevel, lambda tx: levels.write(tx, [wish], actor=ACTOR, now=life.model.now)
    )
    if believed == there:
        life.model.set_shelf(sku, node, wish.quantity)
    is_done = not isinstance(got, Refusal)
    return 1, [] if is_done is (believed == there) else [f"{wish} on {there}: {got!r}"]


def _hold(life: _Life, db: Database) -> Steps:
    holds = []
    for line in range(life.chance.choice([1, 2, 4, 8])):
        sku, node = life.place()
        minutes = life.chance.choice([None, 10, 30])
        until = None if minutes is None else life.model.now + timedelta(minutes=minutes)
        key = life.key(line)
        units = life.chance.randint(1, 3)
        holds.append(
            Hold(id=key, demand=f"cart:{key}", sku=sku, node=node, quantity=units, expires_at=until)
        )
    got = _answer(
        db, NotEnough, lambda tx: promises.reserve(tx, holds, actor=ACTOR, now=life.model.now)
    )
    is_held = life.try_out(lambda: life.model.hold(holds))
    if isinstance(got, Refusal) is is_held:
        return 1, [f"{holds}: {got!r}, and the model says {is_held}"]
    return (len(holds) if is_held else 1), []


def _draw(life: _Life, db: Database) -> Steps:
    """Several draws of one reservation are added up; sometimes they are too many."""
    known = sorted(life.model.holds)
    if not known:
        return 0, []
    keys = life.chance.choices(known, k=life.chance.randint(1, 20))
    asked = Counter(keys)
    is_right = all(units <= life.model.holds[key][2] for key, units in asked.items())
    to = life.chance.choice([State.OUTSIDE, State.AVAILABLE, State.DAMAGED])
    draws = [Draw(reservation=key, units=1) for key in keys]
    now = life.model.now
    got = _answer(
        db,
        NotHeld,
        lambda tx: promises.draw(tx, draws, to=to, kind=MovementKind.SHIPPED, actor=ACTOR, now=now),
    )
    if isinstance(got, Refusal) is is_right:
        return 1, [f"{draws}: {got!r}, and the model says {is_right}"]
    for key, units in asked.items() if is_right else ():
        life.model.draw(key, units, to)
    return (len(draws) if is_right else 1), []


def _release(life: _Life, db: Database) -> Steps:
    """Sent twice, it is given back once."""
    known = sorted(life.model.holds)
    if not known:
        return 0, []
    key = life.chance.choice(known)
    for _ in range(life.chance.randint(1, 2)):
        db.run(lambda tx: promises.release(tx, key, actor=ACTOR, now=life.model.now))
    life.model.draw(key, life.model.holds[key][2], State.AVAILABLE)
    return 1, []


def _wait_and_sweep(life: _Life, db: Database) -> Steps:
    life.model.now += timedelta(minutes=life.chance.choice([5, 10, 20]))
    now = life.model.now

    def sweep(tx: Connection) -> int:
        clock.drive(tx, now)
        return promises.expire(tx, actor=ACTOR, now=now) if life.number % 2 else -1

    got = db.run(sweep)
    wanted = life.model.lapse() if life.number % 2 else -1
    return max(got, 1), [] if got == wanted else [f"{got} holds were over, not {wanted}"]


def _answer(db: Database, no: type[Refusal], work: Callable[[Connection], Any]) -> Any:
    """The answer, or the one refusal that may come: another guard's would mean that one is out."""
    try:
        return db.run(work)
    except no as refusal:
        return refusal


VERBS = (_facts, _count, _level, _hold, _draw, _release, _wait_and_sweep)
WEIGHTS = (40, 12, 8, 20, 10, 6, 6)
