"""Wishes of many callers, decided together: one transaction, two round trips.

The first asks: what was answered before, the balances under lock, and all that the decision needs.
The second writes: reservations, movements, balances, events, the few answers that are kept apart,
and the commit with them.
Locks go in the order of `promise.actions`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
import psycopg
from msgspec import Struct

from noria.kit import clock, events, idempotency
from noria.kit.auth import SYSTEM
from noria.kit.burst import Burst
from noria.kit.db import Connection, Database, step_aside
from noria.kit.errors import IdReused, Refusal, Unavailable
from noria.kit.events import Event
from noria.kit.idempotency import Known
from noria.kit.ids import uuid7
from noria.promise import actions
from noria.promise import wish_rules as rules
from noria.promise import wish_store as store
from noria.promise import wish_views as views
from noria.promise.model import NotEnough
from noria.promise.wish_model import Asked, Facts, Granted, Pair, Settled, Wish
from noria.promise.wish_store import Before
from noria.stock import actions as stock
from noria.stock.model import Key, Locked, MovementKind, State

SCOPE = "POST /v1/reservations"
"""Under which ids of wishes are known, whether they come alone or in a batch."""

ATTEMPTS = 10
RACED = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.InvalidSqlStatementName,
)
"""Somebody else was faster with an id, or a tie was broken in their favour; or the driver undid a
part of a transaction and forgot with it what was prepared. Look again."""

AT_ONCE = 256
"""How many wishes are written by one statement."""

Answer = bytes | Refusal
"""What a wish is answered: `Kept` as JSON, or why not."""


def answer(db: Database, asked: Sequence[Asked]) -> list[Answer]:
    """Answer wishes in the order in which they came, each once for its id; one harms no other.

    Those that ask a node that makes to order come last, each in a transaction of its own: there
    is no row to lock that says what the node can still make. So do those that name units.
    """
    first, others = _once(asked)
    found, apart = _settled(db, list(first.values()))
    for one in apart:
        found[one.body.id] = _apart(db, one)
    return [
        IdReused(id=one.body.id) if place in others else found[one.body.id]
        for place, one in enumerate(asked)
    ]


def _settled(db: Database, asked: Sequence[Asked]) -> tuple[dict[str, Answer], list[Asked]]:
    """As `_together`, again where somebody else was faster, or where places had to be opened.

    They are opened in a transaction of their own: one that opened them with others locked already
    would wait out of order.
    """
    attempts = 0
    while True:
        try:
            with db.bursts() as burst:
                answers, apart, closed = _together(burst, asked)
        except RACED:
            attempts += 1
            if attempts == ATTEMPTS:
                raise Unavailable(retry_after_s=1) from None
            step_aside(attempts)
            continue
        if not closed:
            return answers, apart
        db.run(partial(stock.lock, keys=closed))


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
    burst: Burst, asked: Sequence[Asked]
) -> tuple[dict[str, Answer], list[Asked], list[Key]]:
    """Answers by id, and the wishes that are to be answered apart.

    If there are balances to be opened first, nothing was done, and the answers are not to be told.
    """
    seen = _gathered(burst, asked)
    answers, open_, apart = _sorted(asked, seen)
    if not open_:
        return answers, apart, []
    now = seen.facts.now
    grants, levels = _granted(burst, rules.wishes_of(open_, now), seen, now=now)
    held: list[Held] = []
    for one, granted in zip(open_, grants, strict=True):
        if isinstance(granted, NotEnough):
            answers[one.body.id] = granted
        else:
            held.append((one, granted))
    closed = _closed(held, levels) if len(levels) < 2 * len(seen.pairs) else []
    if held and not closed:
        levels = _given_way(burst, held, levels, now=now)
        _write(burst, held, levels, answers, now=now)
    return answers, apart, closed


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
        ends_at = first.made_at + timedelta(minutes=one.body.minutes)
        return msgspec.json.encode(rules.kept(one, units, first.made_at, ends_at))
    return IdReused(id=key) if answer is not None or held else None


def _told(one: Asked, granted: Granted, now: datetime) -> bytes:
    units = {hold.id: hold.quantity for hold in granted.holds}
    ends_at = granted.holds[0].expires_at
    assert ends_at is not None, "a wish is for a while"
    return msgspec.json.encode(rules.kept(one, units, now, ends_at))


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
    burst: Burst, held: Sequence[Held], levels: Levels, answers: dict[str, Answer], *, now: datetime
) -> None:
    """Write a batch and commit, and say what each is told.

    Of a large one, the first rows are written while the next are still being put together.
    """
    taken: dict[Pair, int] = defaultdict(int)
    for _, granted in held:
        for hold in granted.holds:
            taken[hold.sku, hold.node] += hold.quantity
    change = {
        (*pair, state): -units if state is State.AVAILABLE else units
        for pair, units in taken.items()
        for state in (State.AVAILABLE, State.RESERVED)
    }
    told = stock.changed({key: levels[key].quantity + units for key, units in change.items()})
    prefix = uuid7(int(now.timestamp() * 1000))
    apart: dict[str, tuple[bytes, bytes]] = {}
    burst.post(stock.ask_shift(change, levels))
    for first in range(0, len(held), AT_ONCE):
        settled = [
            Settled(one, granted, _told(one, granted, now))
            for one, granted in held[first : first + AT_ONCE]
        ]
        for one in settled:
            answers[one.asked.body.id] = one.told
            if not one.is_by_its_id:
                apart[one.asked.body.id] = one.asked.digest, one.told
        part = f"{prefix}-{first // AT_ONCE}"
        burst.post(store.ask_write(settled, () if first else told, prefix=part, now=now))
    burst.send(*([idempotency.ask_keep(SCOPE, apart)] if apart else []), commit=True)


def _event(one: Settled) -> Event:
    return Event(
        type="reservation.made",
        subject=one.asked.body.id,
        node=rules.leaves(one.granted),
        data=msgspec.Raw(one.told),
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
        told = _told(one, granted, now)
        events.publish(tx, [_event(Settled(one, granted, told))])
        idempotency.settle(tx, SCOPE, {body.id: (200, told)})
        return told

    try:
        return db.run(work)
    except Refusal as refusal:
        return refusal
