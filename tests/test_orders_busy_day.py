"""A day on which everybody works at once on the same few shelves."""

import random
from collections import Counter

import pytest

import world
from crowd import (
    ask,
    asked,
    audited,
    does,
    emptied,
    hold,
    race,
    reserves,
    shelve,
)
from noria.fulfilment.model import ShortLine, ShortReason
from noria.kit.errors import Refusal
from noria.orders import actions as orders
from noria.promise import actions as promises
from noria.stock import actions as stock
from noria.stock.model import Counted, Move, Movement, MovementKind, Place, State
from world import ACTOR, MONDAY


@pytest.fixture
def db(crowded):
    return emptied(crowded)


def test_a_busy_day_surfaces_no_deadlock(db):
    """500 orders whose lines come in any order, sent, cut short and cancelled by eight people.

    Meanwhile others count, sell, hold and sweep the same few shelves.
    """
    people, orders_each = 8, 63
    for node in ("PAR", "LYS", "SHOP"):
        shelve(db, node, mug=150, cup=150, bowl=150)
    with audited(db):
        seen = race(
            db, *[lambda _tx, who=who: a_day_of(db, who, orders_each) for who in range(people)]
        )
    assert sum(seen, Counter())["orders"] == people * orders_each


def a_day_of(db, who, orders_each):
    chance = random.Random(who)
    seen = Counter()
    for number in range(orders_each):
        key = f"o{who}-{number}"
        skus = chance.sample(["bowl", "cup", "mug", "poster"], chance.randint(1, 4))
        taken = ask(
            db, world.accept, world.order(key, **{sku: chance.randint(1, 2) for sku in skus})
        )
        seen["orders"] += 1
        for leg in taken[key].legs:
            chance.choice([finish, cut_short, stop, leave])(db, chance, key, leg)
        chance.choice([count, sell, keep, sweep, look_again])(db, chance, key)
    return seen


def finish(db, _chance, _key, leg):
    """It may have been withdrawn meanwhile, with the rest of its order."""
    if not isinstance(asked(db, does(world.pick, leg.id)), Refusal):
        ask(db, world.send_picked, leg.id)


def cut_short(db, chance, _key, leg):
    missing = [
        ShortLine(sku=part.sku, quantity=1, reason=chance.choice(list(ShortReason)))
        for part in leg.lines
    ]
    chance.shuffle(missing)
    asked(db, does(world.pick, leg.id, *missing))


def stop(db, _chance, key, _leg):
    asked(db, does(world.cancel, key))


def leave(_db, _chance, _key, _leg):
    """Tomorrow is another day."""


def count(db, chance, key):
    lines = [Counted(sku=sku, quantity=chance.randint(0, 40)) for sku in ("mug", "cup", "bowl")]
    chance.shuffle(lines)
    node = chance.choice(["PAR", "LYS"])
    ask(db, stock.count, f"c-{key}", node, lines, counted_at=MONDAY, actor=ACTOR, now=MONDAY)


def sell(db, chance, key):
    moves = [
        Move(sku=sku, quantity=2, source=Place("SHOP", State.AVAILABLE), target=Place("SHOP", State.OUTSIDE))
        for sku in ("mug", "cup", "bowl")
    ]  # fmt: skip
    chance.shuffle(moves)
    sold = Movement(
        id=f"m-{key}",
        kind=MovementKind.SOLD,
        cause=f"till:{key}",
        happened_at=MONDAY,
        moves=tuple(moves),
    )
    ask(db, stock.book, [sold], actor=ACTOR, now=MONDAY)


def keep(db, chance, key):
    holds = [
        hold(f"h-{key}-{sku}-{node}", 1, sku=sku, node=node, expires_at=MONDAY)
        for sku in ("mug", "cup")
        for node in ("PAR", "LYS", "SHOP")
    ]
    chance.shuffle(holds)
    asked(db, reserves(*holds))


def sweep(db, _chance, _key):
    ask(db, promises.expire, actor=ACTOR, now=MONDAY)


def look_again(db, _chance, _key):
    ask(db, orders.source_waiting, actor=ACTOR, now=MONDAY, limit=5)
