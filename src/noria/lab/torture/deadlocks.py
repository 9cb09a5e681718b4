"""Lines in any order never make two callers wait for each other.

Callers book, count, hold, draw, order and sweep, many lines at once in random sequence, on a few
SKUs that change all the time, so that many places are opened by two callers at the same moment.
Verbs take lists: a turn is up to `MOST` requests of one kind in one transaction, or two turns in
one, so that it locks a second time, and opens places, while it keeps what it locked first. A tie
that PostgreSQL broke is a deadlock: `deadlocks_retried` were tried again inside and nobody knew,
`deadlocks_surfaced` were told to a caller, and each of those is a violation.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from psycopg.conninfo import make_conninfo

from noria.kit import idempotency
from noria.kit.db import Connection, Database
from noria.kit.errors import Unavailable
from noria.lab.torture import books, ground
from noria.lab.torture.crowd import Answer, crowd
from noria.lab.torture.crowd import asked as asked_of
from noria.lab.torture.model import Tally, tally
from noria.orders import actions as orders
from noria.promise import actions as promises
from noria.promise import wish_actions as merging
from noria.promise.model import Draw, Hold
from noria.promise.wish_model import Asked as Wished
from noria.promise.wish_model import WishBody, WishLine
from noria.stock import actions as stock
from noria.stock.model import Counted, Move, Movement, MovementKind, Place, State

CALLERS = 12
SKUS_AT_ONCE = 6
SIZES = (1, 1, 2, 10, 40)
"""How many requests a turn may have: one of these, by chance."""
FEW = 4
"""Turns of holds and orders are shorter: who asks for too much at once is refused."""
FRESH_EVERY = 600
"""So many requests meet on the same few SKUs; then come SKUs that have no balance anywhere."""
SOON = "-c deadlock_timeout=50ms"
"""Who waits in a circle is found soon, so that there is time for more."""
TWICE = 0.04
"""How many turns lock a second time."""

Act = Callable[[Connection], Any]
Places = Sequence[tuple[str, str]]
Asked = Sequence[tuple[str, Places]]
"""The requests of a turn, each with its key and places."""


class Turn(Struct, frozen=True):
    """What a caller does in one transaction: so many requests, the first with this number."""

    first: int
    requests: int
    act: Callable[[Database], Answer[Any]]
    is_twice: bool = False


def run(url: str, first: int, trials: int) -> Tally:
    """Requests by number, on the database at `url`."""
    groups = range(first // FRESH_EVERY, (first + trials - 1) // FRESH_EVERY + 1)
    found = tally()
    with crowd(make_conninfo(url, options=SOON), CALLERS) as callers:
        callers.db.run(lambda tx: _prepare(tx, groups))
        for group in groups:
            begin, end = group * FRESH_EVERY, (group + 1) * FRESH_EVERY
            turns = planned(max(begin, first), min(end, first + trials))
            _count(found, turns, callers.race_on([turn.act for turn in turns]))
        found.faults += books.checked(callers.db)
    return found


def _prepare(tx: Connection, groups: Sequence[int]) -> None:
    ground.build(tx)
    ground.name(tx, [sku for group in groups for sku in _skus(group)])


def _skus(group: int) -> list[str]:
    return [f"dl{group}-{number}" for number in range(SKUS_AT_ONCE)]


def _count(found: Tally, turns: Sequence[Turn], answers: Sequence[Answer[Any]]) -> None:
    for turn, answer in zip(turns, answers, strict=True):
        found.counts.update(
            requests=turn.requests,
            transactions=1,
            locked_twice=turn.is_twice,
            granted=turn.requests * answer.is_given,
            deadlocks_retried=answer.tries - 1,
            retried_of_those_twice=(answer.tries - 1) * turn.is_twice,
            deadlocks_surfaced=answer.is_lost_tie,
        )
        if answer.is_lost_tie:
            found.faults.append(f"a deadlock was told to the caller of request {turn.first}")


def planned(first: int, end: int) -> list[Turn]:
    """Requests as they are sent together, from one number up to another."""
    turns: list[Turn] = []
    held: Asked = []
    while first < end:
        chance = random.Random(first)
        verb, most = chance.choices(tuple(VERBS), [one.weight for one in VERBS])[0][:2]
        numbers = range(first, min(first + min(chance.choice(SIZES), most), end))
        asked = [(f"dl{number}", _places(number)) for number in numbers]
        if verb is _hold:
            held = asked
        if verb is _wish:
            turns.append(Turn(first, len(asked), _merged(asked)))
        elif len(asked) > 1 and chance.random() < TWICE:
            half = len(asked) // 2
            acts = verb(asked[:half]), _receive(asked[half:])
            turns.append(Turn(first, len(asked), _alone(_both(*acts)), is_twice=True))
        else:
            turns.append(
                Turn(first, len(asked), _alone(verb(held if verb is _hand_over else asked)))
            )
        first = numbers.stop
    return turns


def _places(number: int) -> Places:
    chance = random.Random(number)
    places = [
        (sku, node)
        for sku in chance.sample(_skus(number // FRESH_EVERY), chance.randint(2, 4))
        for node in chance.sample(ground.NODES, chance.randint(1, 2))
    ]
    chance.shuffle(places)
    return places


def _alone(act: Act) -> Callable[[Database], Answer[Any]]:
    return lambda db: asked_of(db, act)


def _both(one: Act, other: Act) -> Act:
    """Two turns in one transaction, the second of which may open places."""

    def both(tx: Connection) -> None:
        one(tx)
        other(tx)

    return both


def _merged(asked: Asked) -> Callable[[Database], Answer[Any]]:
    """Wishes of as many callers, decided together as the door does it."""
    wishes = []
    for key, places in asked:
        lines = tuple(WishLine(sku=sku, node=node, quantity=1) for sku, node in places)
        body = WishBody(id=key, demand=f"cart:{key}", lines=lines)
        digest = idempotency.digest(body)
        wishes.append(Wished(body=body, actor=ground.ACTOR, digest=digest))

    def merge(db: Database) -> Answer[Any]:
        try:
            return Answer(value=merging.answer(db, wishes))
        except Unavailable as refusal:
            return Answer(refusal=refusal)

    return merge


def _receive(asked: Asked) -> Act:
    return _books(asked, MovementKind.RECEIVED, State.OUTSIDE, State.AVAILABLE, 9)


def _sell(asked: Asked) -> Act:
    return _books(asked, MovementKind.SOLD, State.AVAILABLE, State.OUTSIDE, 2)


def _books(asked: Asked, kind: MovementKind, source: State, target: State, units: int) -> Act:
    told = [
        Movement(
            id=key,
            kind=kind,
            cause=f"torture:{key}",
            happened_at=ground.NOW,
            moves=tuple(
                Move(
                    sku=sku, quantity=units, source=Place(node, source), target=Place(node, target)
                )
                for sku, node in places
            ),
        )
        for key, places in asked
    ]
    return lambda tx: stock.book(tx, told, actor=ground.ACTOR, now=ground.NOW)


def _count_shelves(asked: Asked) -> Act:
    key, places = asked[0]
    node = places[0][1]
    lines = [Counted(sku=sku, quantity=20) for sku in dict(places)]
    return lambda tx: stock.count(
        tx, key, node, lines, counted_at=ground.NOW, actor=ground.ACTOR, now=ground.NOW
    )


def _hold(asked: Asked) -> Act:
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
        for key, places in asked
        for line, (sku, node) in enumerate(places)
    ]
    return lambda tx: promises.reserve(tx, holds, actor=ground.ACTOR, now=ground.NOW)


def _hand_over(asked: Asked) -> Act:
    """Draw what the last holds meant to hold; who comes too late, or too early, is refused."""
    held = [f"{key}.{line}" for key, places in asked for line in range(len(places))]
    random.Random(len(held)).shuffle(held)
    draws = [Draw(reservation=key, units=1) for key in held]
    return lambda tx: promises.draw(
        tx,
        draws,
        to=State.OUTSIDE,
        kind=MovementKind.SHIPPED,
        actor=ground.ACTOR,
        now=ground.NOW,
    )


def _order(asked: Asked) -> Act:
    new = [ground.order(key, [(sku, 1) for sku in dict(places)]) for key, places in asked]
    return lambda tx: orders.accept(tx, new, actor=ground.ACTOR, now=ground.NOW)


def _sweep(_asked: Asked) -> Act:
    return lambda tx: promises.expire(tx, actor=ground.ACTOR, now=ground.NOW)


def _wish(_asked: Asked) -> Act:
    raise AssertionError("wishes are merged")


class Verb(NamedTuple):
    """What may be asked, how many requests of it go together, and how often it is."""

    act: Callable[[Asked], Act]
    most: int
    weight: int


VERBS = (
    Verb(_receive, max(SIZES), 28),
    Verb(_sell, max(SIZES), 28),
    Verb(_count_shelves, 1, 10),
    Verb(_hold, FEW, 8),
    Verb(_wish, max(SIZES), 10),
    Verb(_hand_over, 1, 8),
    Verb(_order, FEW, 4),
    Verb(_sweep, 1, 4),
)
