"""Lines in any order never make two callers wait for each other.

Callers book, shift, hold, count, draw and order many lines at once, in random sequence, on a few
SKUs that change all the time, so that many places are opened by two callers at the same moment.
A tie that PostgreSQL broke is a deadlock: `deadlocks_retried` were tried again inside and nobody
knew, `deadlocks_surfaced` were told to a caller, and each of those is a violation.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

from noria.kit.db import Connection
from noria.lab.torture import books, ground
from noria.lab.torture.crowd import Answer, crowd
from noria.lab.torture.model import Tally, tally
from noria.orders import actions as orders
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold
from noria.stock import actions as stock
from noria.stock.model import Counted, Move, Movement, MovementKind, Place, State

CALLERS = 12
SKUS_AT_ONCE = 6
FRESH_EVERY = 60
"""So many requests meet on the same few SKUs; then come SKUs that have no balance anywhere."""

Act = Callable[[Connection], Any]
Places = Sequence[tuple[str, str]]


def run(url: str, first: int, trials: int) -> Tally:
    """Requests by number, on the database at `url`."""
    numbers = range(first, first + trials)
    groups = sorted({number // FRESH_EVERY for number in numbers})
    found = tally()
    with crowd(url, CALLERS) as callers:
        callers.db.run(lambda tx: _prepare(tx, groups))
        for group in groups:
            works = [planned(number) for number in numbers if number // FRESH_EVERY == group]
            for start in range(0, len(works), CALLERS):
                _count(found, callers.race(works[start : start + CALLERS]))
        found.faults += books.checked(callers.db)
    return found


def _prepare(tx: Connection, groups: Sequence[int]) -> None:
    ground.build(tx)
    ground.name(tx, [sku for group in groups for sku in _skus(group)])


def _skus(group: int) -> list[str]:
    return [f"dl{group}-{number}" for number in range(SKUS_AT_ONCE)]


def _count(found: Tally, answers: Sequence[Answer[Any]]) -> None:
    found.counts.update(
        requests=len(answers),
        granted=sum(answer.is_given for answer in answers),
        deadlocks_retried=sum(answer.tries - 1 for answer in answers),
        deadlocks_surfaced=sum(answer.is_lost_tie for answer in answers),
    )
    found.faults += ["a deadlock was told to a caller" for one in answers if one.is_lost_tie]


def planned(number: int) -> Act:
    """The request of this number: most are the ledger's own verbs, the rest those above it."""
    verb, places = _chosen(number)
    if verb is _hand_over:
        return _hand_over(f"dl{number}", _held_before(number))
    return verb(f"dl{number}", places)


def _chosen(number: int) -> tuple[Callable[[str, Places], Act], Places]:
    chance = random.Random(number)
    places = [
        (sku, node)
        for sku in chance.sample(_skus(number // FRESH_EVERY), chance.randint(2, 4))
        for node in chance.sample(ground.NODES, chance.randint(1, 2))
    ]
    chance.shuffle(places)
    verbs = [_receive, _sell, _count_shelves, _hold, _hand_over, _order, _sweep]
    return chance.choices(verbs, [30, 30, 10, 12, 10, 3, 5])[0], places


def _held_before(number: int) -> Places:
    """What the last few that held anything meant to hold, under its id and line."""
    for before in range(number - CALLERS, max(number - 4 * CALLERS, 0), -1):
        verb, places = _chosen(before)
        if verb is _hold:
            lines = [(f"dl{before}", str(line)) for line in range(len(places))]
            return random.Random(number).sample(lines, len(lines))
    return []


def _receive(key: str, places: Places) -> Act:
    return _books(key, MovementKind.RECEIVED, State.OUTSIDE, State.AVAILABLE, places, 9)


def _sell(key: str, places: Places) -> Act:
    return _books(key, MovementKind.SOLD, State.AVAILABLE, State.OUTSIDE, places, 2)


def _books(
    key: str, kind: MovementKind, source: State, target: State, places: Places, units: int
) -> Act:
    moves = tuple(
        Move(sku=sku, quantity=units, source=Place(node, source), target=Place(node, target))
        for sku, node in places
    )
    told = Movement(id=key, kind=kind, cause=f"torture:{key}", happened_at=ground.NOW, moves=moves)
    return lambda tx: stock.book(tx, [told], actor=ground.ACTOR, now=ground.NOW)


def _count_shelves(key: str, places: Places) -> Act:
    node = places[0][1]
    lines = [Counted(sku=sku, quantity=20) for sku in dict(places)]
    return lambda tx: stock.count(
        tx, key, node, lines, counted_at=ground.NOW, actor=ground.ACTOR, now=ground.NOW
    )


def _hold(key: str, places: Places) -> Act:
    """Half of the holds are over as soon as they are made, for the sweep to find."""
    holds = [
        Hold(
            id=f"{key}.{line}",
            demand=f"cart:{key}",
            sku=sku,
            node=node,
            quantity=1,
            expires_at=ground.NOW if line % 2 else None,
        )
        for line, (sku, node) in enumerate(places)
    ]
    return lambda tx: promises.reserve(tx, holds, actor=ground.ACTOR, now=ground.NOW)


def _hand_over(key: str, held: Places) -> Act:
    """Draw what was held before; who comes too late, or too early, is refused."""
    del key
    draws = [Draw(reservation=f"{before}.{line}", units=1) for before, line in held]
    return lambda tx: promises.draw(
        tx,
        draws,
        to=State.OUTSIDE,
        kind=MovementKind.SHIPPED,
        actor=ground.ACTOR,
        now=ground.NOW,
    )


def _order(key: str, places: Places) -> Act:
    new = ground.order(key, [(sku, 1) for sku in dict(places)])
    return lambda tx: orders.accept(tx, [new], actor=ground.ACTOR, now=ground.NOW)


def _sweep(_key: str, _places: Places) -> Act:
    return lambda tx: promises.expire(tx, actor=ground.ACTOR, now=ground.NOW)
