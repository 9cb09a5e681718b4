"""Histories of one SKU as its callers saw them, some of whose answers got lost on the way.

Callers hold, release, receive, count and ask at the same shelf, and write down when they sent what
and when they heard what. Meanwhile connections are cut at any moment: who was cut off knows
nothing, and asks again with the same id. Each history must be linearizable.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from noria.kit.db import Connection, Database
from noria.kit.errors import IdReused, Refusal, Unavailable
from noria.lab.torture import books, ground
from noria.lab.torture.crowd import Crowd, crowd
from noria.lab.torture.linear import UNKNOWN, Call, TooHard, is_linearizable, shelf
from noria.lab.torture.model import Tally, tally
from noria.promise import actions as promises
from noria.promise import views as promise_views
from noria.promise.model import Hold, NotEnough
from noria.stock import actions as stock
from noria.stock.model import Counted

CALLERS = 6
NODE = "T1"
SOME_CALLS, MANY_CALLS = 8, 170
CUT_EVERY_S = 0.05
TRIES = 20

Question = tuple[Any, ...]


def run(url: str, first: int, trials: int, calls: int = SOME_CALLS) -> Tally:
    """Histories by number, of so many calls a caller, on the database at `url`."""
    numbers = range(first, first + trials)
    found = tally()
    with crowd(url, CALLERS) as callers:
        callers.db.run(lambda tx: _prepare(tx, [f"hi{number}" for number in numbers]))
        for number in numbers:
            found.add(play(callers, number, calls))
        found.faults += books.checked(callers.db)
    return found


def _prepare(tx: Connection, skus: Sequence[str]) -> None:
    ground.build(tx)
    ground.name(tx, skus)
    for sku in skus:
        ground.fill(tx, sku, {(sku, NODE): random.Random(sku).randint(1, 9)})


def play(callers: Crowd, number: int, calls: int) -> Tally:
    """One history, lived through and judged."""
    sku = f"hi{number}"
    start = (random.Random(sku).randint(1, 9), frozenset[Any]())
    history: list[Call] = []
    over = threading.Event()
    cutter = threading.Thread(target=_cut, args=(callers.db, number, over))
    cutter.start()
    threads = [
        threading.Thread(target=_live, args=(callers.db, sku, who, calls, history))
        for who in range(CALLERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    cutter.join()
    return judged(f"history {number}", history, start)


def judged(name: str, history: Sequence[Call], start: tuple[int, frozenset[Any]]) -> Tally:
    found = tally(histories=1, calls=len(history), unknown=sum(call.is_unknown for call in history))
    try:
        if not is_linearizable(history, shelf, start):
            found.faults.append(f"{name} cannot have happened: {list(history)}")
    except TooHard:
        found.counts["too_hard"] += 1
    return found


def _cut(db: Database, seed: int, over: threading.Event) -> None:
    """Cut somebody's connection now and then, in the middle of whatever it does."""
    chance = random.Random(seed)
    while not over.wait(CUT_EVERY_S * chance.random() * 2):
        _patiently(
            db,
            lambda tx: tx.execute(
                """
                select pg_terminate_backend(pid)
                from pg_stat_activity
                where application_name = 'noria-torture' and state = 'active'
                    and datname = current_database() and pid <> pg_backend_pid()
                order by md5(pid::text || %s)
                limit 1
                """,
                [str(chance.random())],
            ),
        )


def _patiently(db: Database, work: Callable[[Connection], Any]) -> None:
    for _ in range(TRIES):
        try:
            db.run(work)
        except Unavailable:
            continue
        return


def _live(db: Database, sku: str, who: int, calls: int, history: list[Call]) -> None:
    chance = random.Random(f"{sku}-{who}")
    mine: list[str] = []
    for number in range(calls):
        asked = _question(chance, f"{sku}-{who}-{number}", mine)
        for _ in range(TRIES):
            sent = time.monotonic()
            answer = _asked(db, sku, f"{sku}-{who}-{number}", asked)
            back = time.monotonic()
            history.append(Call(caller=who, asked=asked, answer=answer, sent=sent, back=back))
            if answer != UNKNOWN or asked[0] not in {"take", "give"}:
                break  # a fact or a question is not asked again: it may have happened
        if asked[0] == "take" and answer == "held":
            mine.append(asked[1])


def _question(chance: random.Random, key: str, mine: list[str]) -> Question:
    verb = chance.choices(["take", "give", "read", "put", "count"], [35, 20, 30, 10, 5])[0]
    if verb == "take" or (verb == "give" and not mine):
        return ("take", key, chance.randint(1, 3))
    if verb == "give":
        return ("give", mine.pop(chance.randrange(len(mine))))
    if verb == "read":
        return ("read",)
    return (verb, chance.randint(1, 4))


def _asked(db: Database, sku: str, key: str, asked: Question) -> Any:
    try:
        return db.run(lambda tx: VERBS[asked[0]](tx, sku, key, *asked[1:]))
    except Unavailable:
        return UNKNOWN
    except NotEnough:
        return "refused"
    except IdReused:
        return "held"
    except Refusal as refusal:
        return repr(refusal)


def _take(tx: Connection, sku: str, _: str, key: str, units: int) -> str:
    hold = Hold(id=key, demand=f"cart:{key}", sku=sku, node=NODE, quantity=units)
    promises.reserve(tx, [hold], actor=ground.ACTOR, now=ground.NOW)
    return "held"


def _give(tx: Connection, _sku: str, _key: str, held: str) -> str:
    promises.release(tx, held, actor=ground.ACTOR, now=ground.NOW)
    return "done"


def _read(tx: Connection, sku: str, _: str) -> int:
    return sum(one.units for one in promise_views.available(tx, [sku], [NODE]))


def _put(tx: Connection, sku: str, key: str, units: int) -> str:
    ground.fill(tx, key, {(sku, NODE): units})
    return "done"


def _count(tx: Connection, sku: str, key: str, units: int) -> int:
    found = stock.count(
        tx,
        key,
        NODE,
        [Counted(sku=sku, quantity=units)],
        counted_at=ground.NOW,
        actor=ground.ACTOR,
        now=ground.NOW,
    )
    return sum(one.counted - one.expected for one in found)


VERBS: dict[str, Callable[..., Any]] = {
    "take": _take,
    "give": _give,
    "read": _read,
    "put": _put,
    "count": _count,
}
