"""The stock against a model of it in a few lines of Python, over long random histories.

A step is one fact, one line of a count or of a level write, one hold, one draw, one release, or
one hold that a sweep gave back. Verbs take lists, so steps are taken up to `AT_ONCE` at a time in
one transaction, and one in `SINGLY` alone. The sums are compared after each step: what the ledger
gained by a step is what the model did in it, so the book's sums after the step are the model's, and
a move has two ends, so each SKU's is zero. After each transaction every balance and every hold in
the database is compared as well, and added up. One SKU is told apart by lot, one by serial: their
lots and units add up to what lies where, and each lot to zero. A transaction that is refused counts
as one step, and must leave nothing behind.
"""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

from msgspec import structs

from noria.catalog import actions as catalog
from noria.catalog.model import Sku, Tracking
from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal
from noria.lab.torture import books, ground
from noria.lab.torture.ground import ACTOR
from noria.lab.torture.model import Tally, tally
from noria.lab.torture.steps_books import compared
from noria.lab.torture.steps_model import NODES, SKUS, TRACKED, Model
from noria.promise import actions as promises
from noria.promise import holds_actions as by_hand
from noria.promise.holds_model import Confirm, Extend, GiveBack, HoldIsFirm, Take
from noria.promise.model import Draw, Hold, NotEnough, NotHeld
from noria.stock import actions as stock
from noria.stock.levels import actions as levels
from noria.stock.levels.model import LevelWish, StaleLevel
from noria.stock.model import Counted, LotUnits, Move, Movement, MovementKind, Place, State

LOTS = ("A", "B", "C")
AT_ONCE = 300
SINGLY = 50
"""One step in so many is taken in a transaction of its own."""
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


def run(url: str, first: int, trials: int, at_once: int = AT_ONCE) -> Tally:
    """So many steps, in a history of their own that begins with empty shelves."""
    alone = trials // SINGLY if at_once > 1 else 0
    found, life = tally(), _Life(first, at_once)
    with closing(Database(url, pool_size=1)) as db:
        db.run(_prepare)
        while found.counts["steps"] < trials and not found.faults:
            life.begin(1 if found.counts["steps"] < alone else at_once)
            verb = life.chance.choices(VERBS, WEIGHTS)[0]
            steps, faults = verb(life, db)
            found.counts.update(steps=steps, transactions=1)
            found.counts[verb.__name__.strip("_")] += steps
            faults += life.compare(db)
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
        self.seen = 0
        """The last move of the ledger that was compared."""

    def begin(self, at_once: int) -> None:
        """Another transaction, of so many steps at most."""
        self.number += 1
        self.at_once = at_once
        self.model.begin()

    def compare(self, db: Database) -> list[str]:
        """Whatever the books and the model do not agree about."""
        differs, self.seen = db.run(lambda tx: compared(tx, self.model, self.seen))
        return differs

    def key(self, line: int) -> str:
        return f"ms{self.seed}-{self.number}-{line}"

    def named(self, move: Move, line: int) -> Move:
        """A move that says of some of its units which they are; serials come in only once."""
        how, units = TRACKED.get(move.sku), self.chance.randint(0, move.quantity)
        if how is Tracking.LOT and units:
            lots = (LotUnits(lot=self.chance.choice(LOTS), quantity=units),)
            return structs.replace(move, lots=lots)
        if how is Tracking.SERIAL and move.source.state is State.OUTSIDE:
            serials = tuple(f"{self.key(line)}-{unit}" for unit in range(units))
            return structs.replace(move, serials=serials)
        return move

    def place(self) -> tuple[str, str]:
        return self.chance.choice(SKUS), self.chance.choice(NODES)

    def try_out(self, change: Callable[[], Any]) -> Any:
        """Change the model; if it says no, as it was."""
        model = self.model
        before = model.units.copy(), dict(model.holds), dict(model.lapsed), list(model.moved)
        answer = change()
        if answer is False:
            model.units, model.holds, model.lapsed, model.moved = before
        return answer


def _prepare(tx: Connection) -> None:
    ground.build(tx)
    ground.name(tx, [sku for sku in SKUS if sku not in TRACKED])
    tracked = [Sku(code=sku, name=sku, tracking=how) for sku, how in TRACKED.items()]
    catalog.save(tx, tracked, actor=ACTOR, now=ground.NOW)


Steps = tuple[int, list[str]]


def _facts(life: _Life, db: Database) -> Steps:
    told = []
    for line in range(life.chance.randint(1, life.at_once)):
        sku, node = life.place()
        kind, source, target = life.chance.choice(FACTS)
        move = life.named(
            Move(
                sku=sku,
                quantity=life.chance.randint(1, 5),
                source=Place(node, source),
                target=Place(node, target),
            ),
            line,
        )
        ends = ((node, source), (node, target))
        life.model.facts[life.key(line)] = (sku, *ends, move.quantity)
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


def _keep(life: _Life, db: Database) -> Steps:
    """A hold is to last longer, or for good; also one that is over, whoever swept it."""
    model, now = life.model, life.model.now
    known = sorted(model.holds.keys() | model.lapsed.keys())
    if not known:
        return 0, []
    key = life.chance.choice(known)
    until = model.holds[key][3] if key in model.holds else now
    if life.chance.random() < 0.3:
        got = _answer(db, NotEnough, lambda tx: by_hand.confirm(
            tx, [Confirm(id=key)], actor=ACTOR, now=now))  # fmt: skip
        is_kept = life.try_out(lambda: model.revived(key, None))
    else:
        wish = Extend(id=life.key(0), reservation=key, minutes=life.chance.choice([5, 20]))
        no = HoldIsFirm if until is None else NotEnough
        got = _answer(db, no, lambda tx: by_hand.extend(tx, [wish], actor=ACTOR, now=now))
        later = now + timedelta(minutes=wish.minutes)
        is_kept = until is not None and life.try_out(lambda: model.revived(key, max(until, later)))
    is_right = is_kept is not isinstance(got, Refusal)
    return 1, [] if is_right else [f"keep {key}: {got!r}, and the model says {is_kept}"]


def _take(life: _Life, db: Database) -> Steps:
    """A part of a hold goes to the customer, also of one that is over while units are free."""
    model, now = life.model, life.model.now
    known = sorted(model.holds.keys() | model.lapsed.keys())
    if not known:
        return 0, []
    key = life.chance.choice(known)
    units = life.chance.randint(1, 3)
    wish = Take(id=life.key(0), reservation=key, quantity=units)
    have = (model.holds.get(key) or model.lapsed[key])[2]
    no = NotHeld if units > have else NotEnough
    got = _answer(db, no, lambda tx: by_hand.take(tx, [wish], actor=ACTOR, now=now))
    is_taken = units <= have and life.try_out(lambda: _taken(model, key, units))
    is_right = is_taken is not isinstance(got, Refusal)
    return 1, [] if is_right else [f"{wish}: {got!r}, and the model says {is_taken}"]


def _taken(model: Model, key: str, units: int) -> bool:
    until = model.holds[key][3] if key in model.holds else model.now
    is_kept = model.revived(key, until, units)
    if is_kept:
        model.draw(key, units, State.OUTSIDE)
    return is_kept


def _give_back(life: _Life, db: Database) -> Steps:
    """A part of a hold goes back to the shelf; what is over is there already."""
    model, now = life.model, life.model.now
    known = sorted(model.holds)
    if not known:
        return 0, []
    key = life.chance.choice(known)
    sku, node, held, until = model.holds[key]
    units = life.chance.randint(1, 3)
    wish = GiveBack(id=life.key(0), reservation=key, quantity=units)
    got = _answer(db, NotHeld, lambda tx: by_hand.give_back(tx, [wish], actor=ACTOR, now=now))
    is_held = units <= held and (until is None or until > now)
    if is_held:
        model.lapse({(sku, node)})
        model.draw(key, units, State.AVAILABLE)
    is_right = is_held is not isinstance(got, Refusal)
    return 1, [] if is_right else [f"{wish}: {got!r}, and the model says {is_held}"]


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


VERBS = (
    _facts, _count, _level, _hold, _draw, _release, _wait_and_sweep, _keep, _take, _give_back
)  # fmt: skip
WEIGHTS = (40, 12, 8, 20, 10, 6, 6, 8, 6, 4)
