"""People who count, and the steps of a count, in few words."""

from datetime import timedelta

from noria.kit.auth import Actor, Permission
from noria.stock import actions as stock
from noria.stock.counts import actions, views
from noria.stock.counts.model import CountKind, Policy, Reading, Task, Uncounted
from noria.stock.model import Move, Movement, MovementKind, Place, State
from world import ACTOR, MONDAY

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHELF, OUT = State.AVAILABLE, State.OUTSIDE
LATER = MONDAY + 60 * MINUTE


def person(name, *permissions):
    return Actor(id=f"person:{name}", name=name, reach=dict.fromkeys(permissions))


P = Permission
ANA = person("ana", P.COUNT_WORK)
BOB = person("bob", P.COUNT_WORK, P.COUNT_APPROVE)
OPS = person("ops", P.COUNT_WORK, P.COUNT_APPROVE, P.COUNT_APPROVE_LARGE)


def plan(tx, *skus, key="t1", kind=CountKind.CYCLE, size=None, seed=None, now=MONDAY, **policy):
    task = Task(
        id=key, node="PAR", kind=kind, is_blind=True, policy=Policy(**policy), opened_at=now,
        opened_by=BOB.id, seed=seed,
    )  # fmt: skip
    return actions.open_task(tx, task, skus=skus or None, size=size, now=now)


def read(tx, sku, units, *, key=None, task="t1", minute=0, actor=ANA, now=LATER, **more):
    one = Reading(
        id=key or f"{task}-{sku}-{minute}", task=task, sku=sku, quantity=units, actor=actor.id,
        counted_at=MONDAY + minute * MINUTE, **more,
    )  # fmt: skip
    return actions.read(tx, task, [one], now=now)[one.id]


def book(tx, task="t1", *, uncounted=Uncounted.KEEP, actor=BOB, now=LATER):
    return actions.book(tx, task, uncounted=uncounted, actor=actor, now=now)


def approve(tx, sku, difference, *, actor=BOB, task="t1", cause="theft"):
    return actions.approve(
        tx, task, sku, difference=difference, root_cause=cause, note="", actor=actor, now=LATER
    )


def line(tx, sku, task="t1"):
    return views.lines(tx, task, skus=[sku])[0]


def fact(key, units, minute, *, sku="mug"):
    ends = (Place("PAR", OUT), Place("PAR", SHELF))
    source, target = ends if units > 0 else reversed(ends)
    move = Move(sku=sku, quantity=abs(units), source=source, target=target)
    return Movement(
        id=key, kind=MovementKind.SOLD, cause=f"till:{key}", moves=(move,),
        happened_at=MONDAY + minute * MINUTE,
    )  # fmt: skip


def tell(tx, *facts, now=LATER):
    return stock.book(tx, facts, actor=ACTOR, now=now)


def events(tx):
    return [type_ for (type_,) in tx.execute("select type from event where type ~ '^(count|acc)' order by seq")]  # fmt: skip
