"""Nobody sells what is not there, and nobody is refused what is.

A round is 64 callers that begin at once for one to fifty units on a few shelves. What was granted
and what is left add up to what was there; a wish is all or nothing, and was refused only if it
does not fit in what is left when all is over: shelves only empty in a round, so what fits at the
end would have fitted before. Where each asks for one unit, that is: sold = min(stock, demand).

Most rounds go the way of the door: `AT_ONCE` of them are played at once, and what their callers ask
comes in any order to `DOORS` merging processes, each of which decides whatever it has together. In
one of `ALONE_EVERY` each caller has a transaction of its own, and in some they order.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import partial
from itertools import starmap
from typing import Any

from msgspec import Struct

from noria.kit import idempotency
from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal, Unavailable
from noria.lab.torture import books, ground
from noria.lab.torture.crowd import Answer, Crowd, crowd
from noria.lab.torture.model import Tally, tally
from noria.orders import actions as orders
from noria.promise import actions as promises
from noria.promise import wish_actions as merging
from noria.promise.model import Hold, NotEnough
from noria.promise.wish_belt import WishBelt
from noria.promise.wish_model import Asked, WishBody, WishLine
from noria.stock.model import State

CALLERS = 64
MOST_UNITS = 50
ORDERS_EVERY, ALONE_EVERY = 50, 20
AT_ONCE, DOORS, BELTS, MERGED = 20, 8, 2, 200
"""Rounds that are played at once, doors that merge, of which one has so many belts, and the most
wishes that are decided together."""

Line = tuple[str, str, int]
"""SKU, node, units."""


class Way(Enum):
    """How the callers of a round ask."""

    MERGED = "merged"
    ALONE = "alone"
    ORDERS = "orders"


class Round(Struct, frozen=True, kw_only=True):
    """What lies where, and what each caller asks for, line by line."""

    number: int
    stock: Mapping[tuple[str, str], int]
    wishes: Sequence[Sequence[Line]]
    way: Way

    @property
    def skus(self) -> list[str]:
        return sorted({sku for sku, _ in self.stock})

    @property
    def demand(self) -> Counter[tuple[str, str]]:
        return _added(line for wish in self.wishes for line in wish)


def planned(number: int) -> Round:
    """The round of this number: the same on every machine."""
    chance = random.Random(number)
    skus = [f"os{number}-{letter}" for letter in "ab"]
    if number % ORDERS_EVERY == ORDERS_EVERY - 1:
        shelves = {(skus[0], node): chance.randint(0, MOST_UNITS // 3) for node in ground.NODES}
        few = [[(skus[0], "", chance.randint(1, 3))] for _ in range(CALLERS // 4)]
        return Round(number=number, stock=shelves, wishes=few, way=Way.ORDERS)
    way = Way.MERGED if number // 2 % ALONE_EVERY else Way.ALONE
    if number % 2:
        shelf = (skus[0], "T1")
        stock = {shelf: chance.randint(1, MOST_UNITS)}
        return Round(number=number, stock=stock, wishes=[[(*shelf, 1)]] * CALLERS, way=way)
    places = [(sku, node) for sku in skus for node in ("T1", "T2")]
    stock = {place: chance.randint(1, MOST_UNITS) for place in places}
    wishes = [_wish(chance, places) for _ in range(CALLERS)]
    return Round(number=number, stock=stock, wishes=wishes, way=way)


def _wish(chance: random.Random, places: Sequence[tuple[str, str]]) -> list[Line]:
    """One line, or several in any order; one SKU may be there twice."""
    lines = chance.choice([1, 1, 2, 3, 4])
    return [(*place, chance.randint(1, 3)) for place in chance.choices(places, k=lines)]


def run(url: str, first: int, trials: int) -> Tally:
    """Rounds by number, on the database at `url`."""
    plans = [planned(number) for number in range(first, first + trials)]
    found = tally()
    with crowd(url, CALLERS) as callers:
        callers.db.run(lambda tx: _prepare(tx, plans))
        merged = [plan for plan in plans if plan.way is Way.MERGED]
        for start in range(0, len(merged), AT_ONCE):
            found.add(_play_merged(callers.db, merged[start : start + AT_ONCE]))
        for plan in plans:
            if plan.way is not Way.MERGED:
                found.add(_play(callers, plan))
        found.faults += books.checked(callers.db)
    return found


def _prepare(tx: Connection, plans: Sequence[Round]) -> None:
    ground.build(tx)
    ground.name(tx, [sku for plan in plans for sku in plan.skus])
    ground.fill_all(tx, {f"os-{plan.number}": plan.stock for plan in plans})


def _play(callers: Crowd, plan: Round) -> Tally:
    """One round, each caller of which has a transaction."""
    work = _accepts if plan.way is Way.ORDERS else _reserves
    works = [work(f"os{plan.number}-{who}", wish) for who, wish in enumerate(plan.wishes)]
    return _judged(callers.db, plan, callers.race(works))


def _play_merged(db: Database, plans: Sequence[Round]) -> Tally:
    """Rounds at once: what their callers ask, in any order, decided together by several doors."""
    chance = random.Random(plans[0].number)
    asked = [
        (plan.number, who, _asks(f"os{plan.number}-{who}", wish))
        for plan in plans
        for who, wish in enumerate(plan.wishes)
    ]
    chance.shuffle(asked)
    heaps: list[list[tuple[int, int, Asked]]] = []
    while asked:
        size = chance.randint(1, MERGED)
        heaps.append(asked[:size])
        del asked[:size]
    answers: dict[tuple[int, int], Answer[Any]] = {}
    wishes = [[one for _, _, one in heap] for heap in heaps]
    with ThreadPoolExecutor(DOORS) as doors:
        belted = doors.submit(asyncio.run, _on_belts(db, wishes[1::2]))
        told = [*doors.map(partial(_told, db), wishes[::2]), *belted.result()]
    for heap, given in zip([*heaps[::2], *heaps[1::2]], told, strict=True):
        for (number, who, _), one in zip(heap, given, strict=True):
            answers[number, who] = one
    found = tally()
    for plan in plans:
        given = [answers[plan.number, who] for who in range(len(plan.wishes))]
        found.add(_judged(db, plan, given))
    return found


def _told(db: Database, asked: Sequence[Asked]) -> list[Answer[Any]]:
    """What a door answers to those whom it decides together."""
    try:
        return _said(merging.answer(db, asked))
    except Unavailable as refusal:
        return [Answer(refusal=refusal)] * len(asked)


async def _on_belts(db: Database, heaps: Sequence[Sequence[Asked]]) -> list[list[Answer[Any]]]:
    """The same of doors that put what they have on belts, one batch behind another."""
    belts = [WishBelt(db) for _ in range(BELTS)]

    async def told(belt: WishBelt, asked: Sequence[Asked]) -> list[Answer[Any]]:
        try:
            return _said(await belt.answer(asked))
        except Unavailable as refusal:
            return [Answer(refusal=refusal)] * len(asked)

    try:
        return await asyncio.gather(*map(told, itertools.cycle(belts), heaps))
    finally:
        for belt in belts:
            belt.close()


def _said(answers: Sequence[merging.Answer]) -> list[Answer[Any]]:
    return [
        Answer(refusal=one) if isinstance(one, Refusal) else Answer(value=one) for one in answers
    ]


def _asks(key: str, wish: Sequence[Line]) -> Asked:
    lines = tuple(WishLine(sku=sku, node=node, quantity=units) for sku, node, units in wish)
    body = WishBody(id=key, demand=f"cart:{key}", lines=lines)
    return Asked(body=body, actor=ground.ACTOR, digest=idempotency.digest(body))


def _judged(db: Database, plan: Round, answers: Sequence[Answer[Any]]) -> Tally:
    """What was wrong with a round."""
    found = tally(
        rounds=1,
        requests=len(answers),
        lines=sum(map(len, plan.wishes)),
        several_lines=sum(len(wish) > 1 for wish in plan.wishes),
        granted=sum(answer.is_given for answer in answers),
        deadlocks_retried=sum(answer.tries - 1 for answer in answers),
        deadlocks_surfaced=sum(answer.is_lost_tie for answer in answers),
    )
    found.counts[plan.way.value] += 1
    judges = judge_orders if plan.way is Way.ORDERS else judge
    faults = judges(plan, answers, *_left(db, plan))
    found.faults = [f"round {plan.number}: {fault}" for fault in faults]
    return found


def _reserves(key: str, wish: Sequence[Line]) -> Callable[[Connection], None]:
    holds = [
        Hold(id=f"{key}.{line}", demand=f"cart:{key}", sku=sku, node=node, quantity=units)
        for line, (sku, node, units) in enumerate(wish)
    ]
    return lambda tx: promises.reserve(tx, holds, actor=ground.ACTOR, now=ground.NOW)


def _accepts(key: str, wish: Sequence[Line]) -> Callable[[Connection], int]:
    new = ground.order(key, [(sku, units) for sku, _, units in wish])

    def accept(tx: Connection) -> int:
        return orders.accept(tx, [new], actor=ground.ACTOR, now=ground.NOW)[key].waiting

    return accept


def _left(db: Database, plan: Round) -> tuple[Mapping[Any, int], Mapping[Any, int]]:
    """What the book says is left on the shelves, and what is held."""
    return db.run(
        lambda tx: (
            ground.on_shelves(tx, plan.skus, State.AVAILABLE),
            ground.on_shelves(tx, plan.skus, State.RESERVED),
        )
    )


def judge(
    plan: Round,
    answers: Sequence[Answer[Any]],
    left: Mapping[tuple[str, str], int],
    held: Mapping[tuple[str, str], int],
) -> list[str]:
    """Whatever is wrong with what callers were told, and with what the book says of it."""
    pairs = list(zip(plan.wishes, answers, strict=True))
    sold = _added(line for wish, answer in pairs if answer.is_given for line in wish)
    faults = []
    for place, stock in plan.stock.items():
        if sold[place] > stock:
            faults.append(f"oversold {place}: {sold[place]} of {stock}")
        if (left.get(place, 0), held.get(place, 0)) != (stock - sold[place], sold[place]):
            faults.append(f"{place}: told {sold[place]} of {stock}, but {left=} and {held=}")
    for wish, answer in pairs:
        if answer.is_given:
            continue
        if not isinstance(answer.refusal, NotEnough):
            faults.append(f"{wish} was answered {answer.refusal!r}")
        elif all(units <= left.get(place, 0) for place, units in _added(wish).items()):
            faults.append(f"undersold: {wish} was refused, and {left} is left")
    if all(sum(starmap(_units, wish)) == 1 for wish in plan.wishes):
        faults += [
            f"{place}: sold {sold[place]}, not min({stock}, {plan.demand[place]})"
            for place, stock in plan.stock.items()
            if sold[place] != min(stock, plan.demand[place])
        ]
    return faults


def judge_orders(
    plan: Round, answers: Sequence[Answer[int]], left: Mapping[Any, int], held: Mapping[Any, int]
) -> list[str]:
    """Orders are never refused: what is not there waits, and no more than that."""
    demand = sum(plan.demand.values())
    sold = demand - sum(answer.value or 0 for answer in answers)
    stock = sum(plan.stock.values())
    faults = [f"an order was answered {one.refusal!r}" for one in answers if not one.is_given]
    if (
        sold != min(stock, demand)
        or sum(held.values()) != sold
        or sum(left.values()) + sold != stock
    ):
        faults.append(f"orders got {sold} of {stock}, {demand} wanted: {left=} {held=}")
    return faults


def _units(_sku: str, _node: str, units: int) -> int:
    return units


def _added(lines: Any) -> Counter[tuple[str, str]]:
    total: Counter[tuple[str, str]] = Counter()
    for sku, node, units in lines:
        total[sku, node] += units
    return total
