"""Random histories of tracked SKUs: whatever is told, in whatever order, everything adds up."""

import random

import pytest

import units
from noria.catalog.model import Tracking
from noria.kit.db import savepoint
from noria.kit.errors import Refusal
from noria.promise import actions as promises
from noria.promise.model import Draw, Hold
from noria.stock.model import MovementKind, State
from units import HOLD, OUT, SHELF, book, lot, move, movement, shift, track
from world import ACTOR, MONDAY

NODES = ("PAR", "LYS")
NAMES = tuple(f"S{number}" for number in range(4))
LOTS = ("a", "b", "c", "?")
STATES = (SHELF, HOLD, State.DAMAGED, OUT)
STEPS = 60


@pytest.mark.parametrize("seed", range(4))
def test_any_history_adds_up(retail, seed):
    """After each step: no unit is in two places, and lots, units and SKUs add up to zero."""
    track(retail, "mug", Tracking.LOT)
    track(retail, "bowl", Tracking.SERIAL)
    chance = random.Random(seed)
    places: dict[str, tuple[str, State]] = {}
    for number in range(STEPS):
        step = chance.choice((tells, tells, tells, wishes, holds))
        try:
            with savepoint(retail):
                named = step(retail, f"s{number}", chance)
        except Refusal:
            assert step is not tells, "a fact is always booked"
            continue
        places |= named
        assert units.audit(retail) == [], f"seed {seed}, step {number}"
        if step is tells:
            now = units.serials(retail)
            for name, (node, state) in named.items():
                at = now[name]
                assert at == (node, state), "a fact is right about where its unit is"


def tells(tx, key, chance):
    one, named = any_move(chance)
    book(tx, movement(key, one))
    return named


def wishes(tx, key, chance):
    one, named = any_move(chance)
    shift(tx, movement(key, one))
    return named


def holds(tx, key, chance):
    sku, node, quantity = chance.choice(("mug", "bowl")), chance.choice(NODES), chance.randint(1, 3)
    hold = Hold(id=key, demand=f"cart:{key}", sku=sku, node=node, quantity=quantity)
    promises.reserve(tx, [hold], actor=ACTOR, now=MONDAY)
    if chance.random() < 0.7:
        draw = Draw(reservation=key, units=chance.randint(1, quantity))
        to, kind = chance.choice(((OUT, MovementKind.SHIPPED), (SHELF, MovementKind.RELEASED)))
        promises.draw(tx, [draw], to=to, kind=kind, actor=ACTOR, now=MONDAY)
    return {}


def any_move(chance):
    """A move of a tracked SKU that may name anything, also what the book knows to be elsewhere."""
    source, target = chance.sample(STATES, 2)
    node, to = chance.choice(NODES), chance.choice(NODES)
    quantity = chance.randint(1, 4)
    if chance.random() < 0.5:
        parts = chance.sample(LOTS, chance.randint(0, min(2, quantity)))
        lots = [lot(part, 1) for part in parts]
        return move(quantity, source, target, node=node, to=to, lots=lots), {}
    names = chance.sample(NAMES, chance.randint(0, quantity))
    one = move(quantity, source, target, sku="bowl", node=node, to=to, serials=names)
    return one, dict.fromkeys(names, (to, target))
