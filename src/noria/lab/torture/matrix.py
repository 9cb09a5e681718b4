"""Every pair of operations, raced at every kind of moment: the outcome is that of some order.

Both orders of a pair are lived through one after the other first. Then the first of the two is
held before one of its statements, the second goes on until it ends or waits for the first (in half
of the trials until one of its own statements), and the first goes on. What both were answered, and
all that is in the books of the trial's SKUs afterwards, must be what one of the two orders gave.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import combinations_with_replacement
from typing import Any

from msgspec import Struct

from noria.kit.db import Connection, Database
from noria.kit.errors import Refusal
from noria.lab.torture import books, ground
from noria.lab.torture.ground import ACTOR
from noria.lab.torture.model import Tally, tally
from noria.lab.torture.operations import OPERATIONS, Operation, build, key_of
from noria.lab.torture.points import PATIENCE_S, Gate, Watched
from noria.promise import actions as promises

PAIRS = tuple(combinations_with_replacement(OPERATIONS, 2))
RANDOM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBERS = re.compile(r"\b\d{18}\b|'version': \d+")
"""Of parcels, and of versions: they go on from trial to trial."""
POLL_S = 0.001
REPEATS = 5
"""So many trials in a row race one pair, which is set up once for all of them."""


class Outcome(Struct, frozen=True):
    """What the two were answered, and what the books say."""

    first: str
    second: str
    books: str


def run(url: str, first: int, trials: int) -> Tally:
    """Trials by number: `REPEATS` of each pair in turn, then as many more of each."""
    found = tally()
    with closing(Database(url, pool_size=4, wait_s=PATIENCE_S)) as db:
        db.run(ground.build)
        repeats: dict[int, list[int]] = {}
        for number in range(first, first + trials):
            around, place = divmod(number, REPEATS * len(PAIRS))
            pair, again = divmod(place, REPEATS)
            repeats.setdefault(pair, []).append(around * REPEATS + again)
        for pair, those in repeats.items():
            found.add(_race_pair(db, pair, those))
        found.faults += books.checked(db)
    return found


def trial(pair: int, repeat: int) -> int:
    """The number of the trial that races this pair, by its place, for the n-th time (from 0)."""
    around, again = divmod(repeat, REPEATS)
    return (around * len(PAIRS) + pair) * REPEATS + again


def _race_pair(db: Database, pair: int, repeats: Sequence[int]) -> Tally:
    one, other = PAIRS[pair]
    found = tally(pairs=1)
    key = f"rm{pair}v{repeats[0]}"
    trials = {repeat: f"rm{pair}n{repeat}" for repeat in repeats}
    ready = _built(db, [f"{key}a", f"{key}b", *trials.values()], {*one.needs, *other.needs})
    gates = (Gate(), Gate())
    ready(f"{key}a")
    there = _serial(db, f"{key}a", one, other, gates)
    ready(f"{key}b")
    back = _serial(db, f"{key}b", other, one, (Gate(), Gate()))
    allowed = [there, Outcome(back.second, back.first, back.books)]
    for repeat, name in trials.items():
        plan = _plan(random.Random(pair + repeat * len(PAIRS)), repeat, gates)
        ready(name)
        outcome, ties = _raced(db, name, (one, other), plan)
        found.counts.update(trials=1, deadlocks_retried=ties)
        found.counts["as the first order"] += outcome == allowed[0]
        if outcome not in allowed:
            names = f"{one.name} against {other.name}, trial {trial(pair, repeat)}, held at {plan}"
            differs = " nor ".join(_difference(outcome, each) for each in allowed)
            found.faults.append(f"{names}: it is neither {differs}")
    return found


def _built(db: Database, trials: Sequence[str], needs: set[str]) -> Callable[[str], None]:
    """The worlds of a pair's trials: all at once, or each when it is called for.

    A sweep ends whatever is over, also in the world of a trial that has not begun; and what another
    pair left over would be counted with it.
    """
    if "lapsed" in needs:

        def alone(tx: Connection, trial: str) -> None:
            promises.expire(tx, actor=ACTOR, now=ground.NOW)
            build(tx, [trial], needs)

        return lambda trial: db.run(lambda tx: alone(tx, trial))
    db.run(lambda tx: build(tx, trials, needs))
    return lambda _: None


def _difference(outcome: Outcome, expected: Outcome) -> str:
    """What would have to change for an outcome to be the expected one."""
    answers = [
        f"{got} instead of {wanted}"
        for got, wanted in ((outcome.first, expected.first), (outcome.second, expected.second))
        if got != wanted
    ]
    lines, others = (Counter(one.books.splitlines()) for one in (outcome, expected))
    return f"[{answers}, +{[*(lines - others)]}, -{[*(others - lines)]}]"


def _plan(
    chance: random.Random, repeat: int, gates: tuple[Gate, Gate]
) -> tuple[int, int, int | None]:
    """Who is held first, before which statement, and before which the other is, if at all."""
    holder = repeat % 2
    held, other = gates[holder], gates[1 - holder]
    stop = chance.randrange(held.passed + 1)
    meets = chance.randrange(other.passed + 1) if chance.random() < 0.5 else None
    return holder, stop, meets


def _serial(
    db: Database, trial: str, one: Operation, other: Operation, gates: tuple[Gate, Gate]
) -> Outcome:
    first, _ = _act(db, trial, one, gates[0])
    second, _ = _act(db, trial, other, gates[1])
    return Outcome(first, second, db.run(lambda tx: _books(tx, trial)))


def _act(db: Database, trial: str, operation: Operation, gate: Gate) -> tuple[str, int]:
    """What it was answered, without what differs between trials; and how many ties it lost."""
    tries = 0

    def work(tx: Connection) -> Any:
        nonlocal tries
        tries += 1
        gate.pid = tx.info.backend_pid
        value = operation.act(Watched(tx, gate), trial)  # type: ignore[arg-type]
        gate.reach()
        return value

    try:
        answer = repr(db.run(work))
    except Refusal as refusal:
        answer = f"{type(refusal).__name__}{refusal.details}"
    finally:
        gate.end()
    return _plain(answer, trial), tries - 1


def _raced(
    db: Database, trial: str, pair: tuple[Operation, Operation], plan: tuple[int, int, int | None]
) -> tuple[Outcome, int]:
    holder, stop, meets = plan
    gates = {holder: Gate(stop), 1 - holder: Gate(meets)}
    running: dict[int, Future[tuple[str, int]]] = {}
    with ThreadPoolExecutor(2) as pool:
        for who in (holder, 1 - holder):
            running[who] = pool.submit(_act, db, trial, pair[who], gates[who])
            _until_held_or_waiting(db, gates[who])
        gates[holder].open()
        if meets is not None:
            _until_waiting(db, gates[holder])
        gates[1 - holder].open()
        answers = {who: future.result(PATIENCE_S) for who, future in running.items()}
    outcome = Outcome(answers[0][0], answers[1][0], db.run(lambda tx: _books(tx, trial)))
    return outcome, answers[0][1] + answers[1][1]


def _until_held_or_waiting(db: Database, gate: Gate) -> None:
    """Until it is held at its statement, or over, or waits for a lock of the other."""
    if gate.held.wait(POLL_S):
        return
    _until_waiting(db, gate)


def _until_waiting(db: Database, gate: Gate) -> None:
    deadline = time.monotonic() + PATIENCE_S
    passed = None
    while not (gate.is_over or (gate.stop is not None and gate.is_held)):
        if gate.pid and gate.passed == passed and db.run(lambda tx: _waits(tx, gate.pid)):
            return
        passed = gate.passed  # who has come further since does not wait, and is not asked about
        assert time.monotonic() < deadline, "it neither ends nor waits"
        time.sleep(POLL_S)


def _waits(tx: Connection, pid: int) -> bool:
    row = tx.execute("select cardinality(pg_blocking_pids(%s)) > 0", [pid]).fetchone()
    return bool(row and row[0])


TABLES = """
select 'balance', sku, node, state::text, quantity::text from balance
where sku = any(%(skus)s) and quantity <> 0
union all
select 'move', sku, kind::text || ' ' || coalesce(move.own_cause, movement.cause),
    source_node || ' ' || source_state || ' ' || target_node || ' ' || target_state, quantity::text
from move_part as move join movement on movement.id = movement_id where sku = any(%(skus)s)
union all
select 'reservation', id, demand, node, held || ' ' || (expires_at is null) || ' '
    || quantity - held - drawn
from reservation where sku = any(%(skus)s)
union all
select 'serial', sku, code, node, state::text from serial where sku = any(%(skus)s)
union all
select 'claim', sku, code, holder || ' ' || is_standing, quantity::text
from unit_claim where sku = any(%(skus)s)
union all
select 'lot', sku, lot, node || ' ' || state, quantity::text
from lot_balance where sku = any(%(skus)s) and quantity <> 0
union all
select 'line', order_id, line::text, sku, waiting || ' ' || cancelled from order_line
where sku = any(%(skus)s)
union all
select 'leg', leg_id, line::text, node || ' ' || (picked_at is null) || (shipped_at is null)
    || (withdrawn_at is null), quantity || ' ' || gone
from leg_line join leg on leg.id = leg_id where leg.order_id = any(%(orders)s)
union all
select 'rma', rma_id, sku, (received_at is null)::text || (closed_at is null),
    quantity || ' ' || received
from rma_line join rma on rma.id = rma_id where sku = any(%(skus)s)
union all
select 'transfer', transfer, sku, (dispatched_at is null)::text || (received_at is null),
    planned || ' ' || dispatched || ' ' || received
from transfer_line join transfer on transfer.id = transfer where sku = any(%(skus)s)
union all
select 'promise', order_id, (settled_at is null)::text, (withdrawn_at is null)::text, ''
from promise where order_id = any(%(orders)s)
"""


def _books(tx: Connection, trial: str) -> str:
    """All that the books say of a trial, in an order that does not depend on how it came about."""
    asked = {
        "skus": [key_of(trial, sku) for sku in "xys"],
        "orders": [key_of(trial, order) for order in "on"],
    }
    rows = tx.execute(TABLES, asked).fetchall()
    return "\n".join(sorted(_plain(" ".join(map(str, row)), trial) for row in rows))


def _plain(text: str, trial: str) -> str:
    told = NUMBERS.sub("number", text)
    return RANDOM_ID.sub("id", told.replace(f"{trial}-", "").replace(trial, "trial"))
