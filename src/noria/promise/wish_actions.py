"""Wishes of many callers, decided together in one transaction.

The short way is one round trip: all is written as if there were enough, then whatever would forbid
that is asked, under the locks that the writing took, and breaks the transaction.
The long way is two. The first asks: what was answered before, the balances under lock, and all that
the decision needs. The second writes: reservations, movements, balances, events, the few answers
that are kept apart, and the commit with them.
Locks go in the order of `promise.actions`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import psycopg
from msgspec import Struct

from noria.kit import clock, events, idempotency
from noria.kit.auth import SYSTEM
from noria.kit.burst import BEGIN, Ask, Burst, order
from noria.kit.db import Connection, Database, step_aside
from noria.kit.errors import IdReused, Refusal, Unavailable
from noria.kit.events import Event
from noria.kit.idempotency import Known
from noria.kit.ids import uuid7
from noria.promise import actions
from noria.promise import wish_rules as rules
from noria.promise import wish_store as store
from noria.promise import wish_views as views
from noria.promise import wish_ways as ways
from noria.promise.model import NotEnough
from noria.promise.wish_model import Asked, Facts, Granted, Pair, Settled, Wish
from noria.promise.wish_store import Before
from noria.promise.wish_taking import AT_ONCE, SCOPE, Taking, change_of, told_since
from noria.promise.wish_ways import Detours
from noria.stock import actions as stock
from noria.stock.model import Key, Locked, MovementKind, State

ATTEMPTS = 10
RACED = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.InvalidSqlStatementName,
)
"""Somebody else was faster with an id, or a tie was broken in their favour; or the driver undid a
part of a transaction and forgot with it what was prepared. Look again."""

CLOSED = (*RACED, psycopg.IntegrityError)
"""What the short way breaks on where the long one is due: it finds out why."""

Answer = bytes | Refusal
"""What a wish is answered: `Kept` as JSON, or why not."""


def answer(
    db: Database, asked: Sequence[Asked], *, is_short_way_tried: bool = True
) -> list[Answer]:
    """Answer wishes in the order in which they came, each once for its id; one harms no other.

    Wishes that are sent on a detour have a transaction of their own, after the others; so have all
    that share a shelf with one before them whose shelf is why. Then come, each in a transaction of
    its own, those that ask a node that makes to order, for no row to lock says what it can still
    make, and those that name units. Last, each alone, come those that would be called as a line of
    one before them.

    Whoever found the short way closed to just these does not have it tried again.
    """
    if not asked:
        return []
    first, others = _once(asked)
    clear, in_the_way = rules.without_overlaps(list(first.values()))
    detours = ways.detours(db)
    plain, detoured = detours.parted(clear)
    tried = plain if is_short_way_tried else ()
    found, apart = _in_turn(db, (plain, detoured), detours, plain=tried)
    found |= {one.body.id: _apart(db, one) for one in apart}
    for one in in_the_way:
        answers, apart = _in_turn(db, ([one],), detours, is_begun=bool(found))
        found |= answers | {each.body.id: _apart(db, each) for each in apart}
    return [
        IdReused(id=one.body.id) if place in others else found[one.body.id]
        for place, one in enumerate(asked)
    ]


def _in_turn(
    db: Database,
    groups: Iterable[Sequence[Asked]],
    detours: Detours,
    *,
    plain: Sequence[Asked] = (),
    is_begun: bool = False,
) -> tuple[dict[str, Answer], list[Asked]]:
    """Settle groups one after the other: what a later one fails on is told to its own wishes.

    Those before it may be held already.

    Raises:
        Unavailable: it failed before anybody was answered.
    """
    found: dict[str, Answer] = {}
    apart: list[Asked] = []
    for group in filter(None, groups):
        try:
            answers, left = _settled(db, group, detours, is_plain=group is plain)
        except Unavailable as problem:
            if not (found or is_begun):
                raise
            after_s = problem.retry_after_s
            answers = {one.body.id: Unavailable(retry_after_s=after_s) for one in group}
            left = []
        found |= answers
        apart += left
    return found, apart


def _settled(
    db: Database, asked: Sequence[Asked], detours: Detours, *, is_plain: bool
) -> tuple[dict[str, Answer], list[Asked]]:
    """As `_together`, again where somebody else was faster, or where places had to be opened.

    They are opened in a transaction of their own: one that opened them with others locked already
    would wait out of order. Of wishes that are in somebody's way again and again, each half is
    settled by itself: what is wrong with one is told to that one.
    """
    attempts = 0
    while True:
        try:
            with db.bursts() as burst:
                if is_plain and not attempts and (found := _short_way(burst, asked)) is not None:
                    detours.were_answered(found)
                    return found, []
                answers, apart, closed = _together(burst, asked, detours)
        except RACED:
            attempts += 1
            if attempts == ATTEMPTS:
                return _by_halves(db, asked, detours)
            step_aside(attempts)
            continue
        if not closed:
            detours.were_answered(key for key, told in answers.items() if isinstance(told, bytes))
            return answers, apart
        db.run(partial(stock.lock, keys=closed))


def _by_halves(
    db: Database, asked: Sequence[Asked], detours: Detours
) -> tuple[dict[str, Answer], list[Asked]]:
    if len(asked) == 1:
        return {asked[0].body.id: Unavailable(retry_after_s=1)}, []
    half = len(asked) // 2
    return _in_turn(db, (asked[:half], asked[half:]), detours)


def _short_way(burst: Burst, asked: Sequence[Asked]) -> dict[str, Answer] | None:
    """Hold all that is asked, if nothing forbids it; else nothing was done.

    Whoever found it closed goes the long way at once for a while, longer each time; but not where
    a reservation is called so already, which says nothing of the shelves.
    """
    way = ways.short_way(burst)
    if not way.is_tried():
        return None
    try:
        taking = Taking(asked)
        burst.post(order(BEGIN))
        for ask in taking.asks():
            burst.post(ask)
        burst.send(commit=True)
    except psycopg.DatabaseError as problem:
        if not is_closed(problem):
            raise
        burst.undo()
        if not isinstance(problem, psycopg.errors.UniqueViolation):
            way.was_closed()
        return None
    way.was_open()
    return dict(taking.told())


def is_closed(problem: psycopg.Error) -> bool:
    """Whether the short way breaks with this where it is closed, or somebody else was faster."""
    return isinstance(problem, CLOSED) or problem.sqlstate == store.NOT_PLAIN


def _once(asked: Sequence[Asked]) -> tuple[dict[str, Asked], set[int]]:
    """The first wish of each id, and the places of those that use an id for something else."""
    first: dict[str, Asked] = {}
    others: set[int] = set()
    for place, one in enumerate(asked):
        known = first.setdefault(one.body.id, one)
        if known is not one and known.digest != one.digest:
            others.add(place)
    return first, others


def _together(
    burst: Burst, asked: Sequence[Asked], detours: Detours
) -> tuple[dict[str, Answer], list[Asked], list[Key]]:
    """Answers by id, and the wishes that are to be answered apart.

    If there are balances to be opened first, nothing was done, and the answers are not to be told.
    """
    seen = _gathered(burst, asked)
    answers, open_, apart = _sorted(asked, seen)
    doubtful = rules.never_plain(seen.pairs, seen.facts)
    if not open_:
        detours.were_looked_at((), doubtful)
        return answers, apart, []
    now = seen.facts.now
    wishes = rules.wishes_of(open_, now)
    grants, levels = _granted(burst, wishes, seen, now=now)
    held: list[Held] = []
    for one, granted in zip(open_, grants, strict=True):
        if isinstance(granted, NotEnough):
            answers[one.body.id] = granted
        else:
            held.append((one, granted))
    closed = _closed(held, levels) if len(levels) < 2 * len(seen.pairs) else []
    if closed:
        return answers, apart, closed
    if held:
        levels = _given_way(burst, held, levels, now=now)
        doubtful |= _write(burst, held, levels, answers, seen.facts)
    fine = {(hold.sku, hold.node) for _, granted in held for hold in granted.holds}
    detours.were_looked_at(
        fine | {one.body.channel for one, _ in held}, doubtful | rules.lacking(wishes, grants)
    )
    return answers, apart, []


Held = tuple[Asked, Granted]


def _closed(held: Sequence[Held], levels: "Levels") -> list[Key]:
    """Balances that what is granted needs, and that were never opened."""
    pairs = {(hold.sku, hold.node) for _, granted in held for hold in granted.holds}
    return [key for key in _keys(pairs) if key not in levels]


Levels = Mapping[Key, Locked]


class _Seen(Struct, frozen=True):
    """What the first round trip told."""

    pairs: list[Pair]
    levels: Levels
    known: Mapping[str, Known]
    before: Mapping[str, Before]
    facts: Facts


def _gathered(burst: Burst, asked: Sequence[Asked]) -> _Seen:
    pairs = sorted({(line.sku, line.node) for one in asked for line in one.body.lines})
    levels = stock.ask_lock(_keys(pairs))
    known = idempotency.ask(SCOPE, [one.body.id for one in asked])
    before = store.ask_before([key for one in asked for key in rules.ids(one.body)])
    facts = store.ask(
        pairs,
        channels={one.body.channel for one in asked},
        shoppers={one.body.shopper for one in asked},
    )
    burst.send(levels, known, before, facts, begin=True)
    return _Seen(pairs, levels.told(), known.told(), before.told(), facts.told())


def _relocked(burst: Burst, pairs: Iterable[Pair]) -> Levels:
    """The levels of these shelves as they are now, where the transaction itself changed them."""
    ask = stock.ask_lock(_keys(pairs))
    burst.send(ask)
    return ask.told()


def _keys(pairs: Iterable[Pair]) -> list[Key]:
    return [
        (sku, node, state) for sku, node in pairs for state in (State.AVAILABLE, State.RESERVED)
    ]


def _sorted(
    asked: Sequence[Asked], seen: _Seen
) -> tuple[dict[str, Answer], list[Asked], list[Asked]]:
    """Answers that need no decision, wishes to be decided together, and those to be apart."""
    answers: dict[str, Answer] = {}
    open_: list[Asked] = []
    apart: list[Asked] = []
    for one in asked:
        body = one.body
        if (known := _known(one, seen)) is not None:
            answers[body.id] = known
        elif refusal := rules.unknown(body, seen.facts):
            answers[body.id] = refusal
        elif (
            seen.facts.makers and any(line.node in seen.facts.makers for line in body.lines)
        ) or rules.names_units(body):
            apart.append(one)
        else:
            open_.append(one)
    return answers, open_, apart


def _known(one: Asked, seen: _Seen) -> Answer | None:
    """What a wish was answered before, word for word; or that its id means something else."""
    if not (seen.known or seen.before):
        return None
    key = one.body.id
    answer, first = seen.known.get(key), seen.before.get(key)
    if answer is not None and answer.digest == one.digest:
        return answer.body
    ids = rules.ids(one.body)
    held = {line: seen.before[line] for line in ids if line in seen.before}
    if first is not None and first.digest == one.digest:
        units = {
            line: before.units
            for line, before in held.items()
            if line == key or (before.digest is None and before.made_at == first.made_at)
        }  # else a later line was refused, and somebody else took its id
        return told_since([rules.settled(one, units)], first.made_at.astimezone(UTC))[key]
    return IdReused(id=key) if answer is not None or held else None


def _as_granted(one: Asked, granted: Granted) -> Settled:
    return rules.settled(one, {hold.id: hold.quantity for hold in granted.holds})


def _granted(
    burst: Burst, wishes: Sequence[Wish], seen: _Seen, *, now: datetime
) -> tuple[list[Granted | NotEnough], Levels]:
    """Decide. Holds whose time is over are free: they end where somebody needs what they hold."""
    tx, levels = burst.connection, seen.levels

    def decided() -> list[Granted | NotEnough]:
        there = {(sku, node): level.quantity for (sku, node, state), level in levels.items()
                 if state is State.AVAILABLE}  # fmt: skip
        channels = {wish.holds[0].channel for wish in wishes}
        return rules.grant(wishes, views.shelves(tx, seen.facts, there, seen.pairs, channels))

    grants = decided()
    short = {
        (sku, node)
        for sku, node in rules.short(wishes, grants)
        if (sku, node, State.RESERVED) in levels  # else nothing was held there under our locks
    }
    if short and actions.release_expired(tx, sorted(short), actor=SYSTEM.id, now=now):
        levels = {**levels, **_relocked(burst, short)}
        grants = decided()
    return grants, levels


def _given_way(burst: Burst, held: Sequence[Held], levels: Levels, *, now: datetime) -> Levels:
    """Take what is lacking out of the shoppers' own holds."""
    tx = burst.connection
    changed: set[Pair] = set()
    for one, granted in held:
        if granted.draws:
            actions.draw(
                tx,
                granted.draws,
                to=State.AVAILABLE,
                kind=MovementKind.RELEASED,
                actor=one.actor,
                now=now,
                reason=actions.GIVEN_WAY,
            )
            changed |= {(hold.sku, hold.node) for hold in granted.holds}
    return {**levels, **_relocked(burst, changed)} if changed else levels


def _write(
    burst: Burst, held: Sequence[Held], levels: Levels, answers: dict[str, Answer], facts: Facts
) -> set[Pair]:
    """Write a batch and commit, and say what each is told.

    Of a large one, the first rows are written while the next are still being put together. It
    returns the shelves where the next unit may be one that is kept back.
    """
    now = facts.now
    taken: dict[Pair, int] = defaultdict(int)
    for _, granted in held:
        for hold in granted.holds:
            taken[hold.sku, hold.node] += hold.quantity
    change = change_of(taken)
    told = stock.changed({key: levels[key].quantity + units for key, units in change.items()})
    prefix = uuid7(int(now.timestamp() * 1000))
    apart: dict[str, tuple[bytes, bytes]] = {}
    burst.post(stock.ask_shift(change, levels))
    for first in range(0, len(held), AT_ONCE):
        settled = [_as_granted(*one) for one in held[first : first + AT_ONCE]]
        said = told_since(settled, now)
        answers |= said
        apart |= {
            (key := one.asked.body.id): (one.asked.digest, said[key])
            for one in settled
            if not one.is_by_its_id
        }
        part = f"{prefix}-{first // AT_ONCE}"
        burst.post(store.ask_more(settled, () if first else told, prefix=part, now=now))
    last: list[Ask[Any]] = [idempotency.ask_keep(SCOPE, apart)] if apart else []
    near: Ask[set[Pair]] | None = None
    if rules.may_be_kept(facts):
        near = store.ask_near(list(taken), channels={one.body.channel for one, _ in held})
        last.append(near)
    burst.send(*last, commit=True)
    return near.told() if near else set()


def _event(one: Settled, told: bytes) -> Event:
    return Event(
        type="reservation.made",
        subject=one.asked.body.id,
        node=one.node or None,
        data=msgspec.Raw(told),
    )


def _apart(db: Database, one: Asked) -> Answer:
    """As any other verb: in a transaction that claims the id first."""

    def work(tx: Connection) -> bytes:
        body = one.body
        claim = idempotency.claim(tx, SCOPE, {body.id: one.digest})
        if claim.reused:
            raise IdReused(id=body.id)
        if body.id in claim.known:
            return claim.known[body.id].body
        now = clock.now(tx)
        [wish] = rules.wishes_of([one], now)
        granted = actions.hold(tx, wish, actor=one.actor, now=now)
        settled = _as_granted(one, granted)
        told = told_since([settled], now)[body.id]
        events.publish(tx, [_event(settled, told)])
        idempotency.settle(tx, SCOPE, {body.id: (200, told)})
        return told

    try:
        return db.run(work)
    except Refusal as refusal:
        return refusal
