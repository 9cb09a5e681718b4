"""Verbs of the ledger. Facts are always booked; wishes may be refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from noria.catalog import views as catalog
from noria.kit import events
from noria.kit.db import Connection, savepoint
from noria.kit.errors import Fault, IdReused, Invalid, Refusal
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.stock import rules, store
from noria.stock.model import (
    NAMES,
    Balances,
    Counted,
    Difference,
    FromTheFuture,
    Gap,
    Key,
    Mark,
    Movement,
    State,
)
from noria.stock.tracked import actions as tracked
from noria.stock.tracked import claims_actions as claims
from noria.stock.tracked import rules as tracked_rules
from noria.stock.tracked.model import Known

CLOCKS_MAY_DIFFER = timedelta(minutes=5)


def book(
    tx: Connection, movements: Sequence[Movement], *, actor: str, now: datetime
) -> tuple[Gap, ...]:
    """Book facts. What they took and the book did not know is booked as found, with a gap for it.

    Raises:
        UnknownCodes: a SKU or node is not known here. Nothing was booked.
        FromTheFuture: it happens later than now. Nothing was booked.
        IdReused: a movement with this id is in the book already, or another of these has it.
    """
    _check_ids(movements)
    check(tx, movements, now=now)
    prefix = f"{uuid7(_milliseconds(now))}-"
    balances, told, known = _locked(tx, movements, prefix, now=now)
    facts = tracked_rules.put_right(told, known, prefix=f"{prefix}u")
    missing = rules.found(balances, facts, prefix=prefix)
    booked = _record(tx, [*missing, *facts], known, actor=actor, now=now)
    _tell_untold(tx, booked)
    found_by_serial = [one for one in facts if one.reason == tracked_rules.NOT_IN_THE_BOOK]
    gaps = rules.gaps([*missing, *found_by_serial])
    events.publish(
        tx,
        [Event(type="stock.gap.found", subject=gap.sku, node=gap.node, data=gap) for gap in gaps],
    )
    return gaps


def _locked(
    tx: Connection, movements: Sequence[Movement], prefix: str, *, now: datetime
) -> tuple[Balances, list[Movement], Known]:
    """All that facts touch, locked in order, with what keeps counts true that they come late for.

    A fact may have to correct a serial at a place that it does not name. That place is looked up
    before anything is locked; if the unit has moved on by the time that it is, the locks are given
    back, and taken again in order with the right place among them.
    """
    shelves = rules.shelves(movements)
    shelf_keys = {(sku, node, State.AVAILABLE) for sku, node in shelves}
    touched = rules.touched(movements) | shelf_keys

    def taken(places: set[Key]) -> tuple[Balances, list[Movement], Known]:
        balances = lock(tx, touched | places)
        told = rules.with_late(movements, store.marks(tx, shelves), prefix=prefix)
        known = tracked.lock(tx, told, now=now)
        if beyond := tracked.places(known) - balances.keys():
            raise _MovedOn(beyond)
        return balances, told, known

    if not any(move.serials for movement in movements for move in movement.moves):
        return taken(set())
    places = tracked.elsewhere(tx, movements)
    while True:
        try:
            with savepoint(tx):
                return taken(places)
        except _MovedOn as moved:
            places |= moved.places


class _MovedOn(Exception):  # noqa: N818 - it is no error: the locks are taken again
    """A unit went to places that are not locked, while the others were waited for."""

    def __init__(self, places: set[Key]) -> None:
        super().__init__()
        self.places = places


def shift(tx: Connection, movements: Sequence[Movement], *, actor: str, now: datetime) -> None:
    """Book wishes, all of them or none.

    Raises:
        NotEnoughStock: a place inside our walls would be left with less than nothing.
        WrongLot, SerialElsewhere: a lot or serial that they name is not where they take it from.
        UnitClaimed: a hold names the unit.
    """
    change = rules.changes(movements)
    rules.check_enough(lock(tx, change), change)
    known = tracked.lock(tx, movements, now=now)
    _record(tx, movements, known, actor=actor, now=now, is_wish=True)


ask_lock = store.ask_lock
ask_shift = store.ask_shift
PUT_ASIDE, put_aside = store.PUT_ASIDE, store.put_aside
TAKE, take = store.TAKE, store.take


def count(
    tx: Connection,
    count_id: str,
    node: str,
    lines: Sequence[Counted],
    *,
    counted_at: datetime,
    actor: str,
    now: datetime,
) -> list[Difference]:
    """Make the book say what was counted as sellable at a node; return what differed.

    What is told later of the time before it leaves the count as it is.

    Raises:
        UnknownCodes: a SKU or the node is not known here. Nothing was booked.
        FromTheFuture: it was counted later than now. Nothing was booked.
        Invalid: a SKU is there twice. Nothing was booked.
    """
    _check_counted_once(lines)
    catalog.check_known(tx, [line.sku for line in lines])
    network.check_known(tx, [node])
    ends = (State.AVAILABLE, State.OUTSIDE)
    balances = lock(tx, [(line.sku, node, state) for line in lines for state in ends])
    movement, differences = rules.counted(count_id, node, lines, balances, happened_at=counted_at)
    check_time(counted_at, now)
    if movement is not None:
        known = tracked.lock(tx, [movement], now=now)
        _record(tx, [movement], known, actor=actor, now=now)
    store.save_marks(tx, rules.marks(count_id, node, lines, counted_at=counted_at), now=now)
    return differences


def put_right(tx: Connection, movements: Sequence[Movement], *, actor: str, now: datetime) -> None:
    """Book what makes the book say what somebody saw; decided under the locks, it always fits."""
    lock(tx, rules.changes(movements))
    known = tracked.lock(tx, movements, now=now)
    _tell_untold(tx, _record(tx, movements, known, actor=actor, now=now))


def marks(tx: Connection, shelves: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Mark]:
    """When these shelves, as (SKU, node), were last counted; ask with their balances locked."""
    return store.marks(tx, shelves)


def mark(tx: Connection, marks: Sequence[Mark], *, now: datetime) -> None:
    """Note when shelves were counted, with their balances locked: what is told late will know."""
    store.save_marks(tx, marks, now=now)


def lock(tx: Connection, keys: Iterable[Key]) -> Balances:
    """Lock balances in key order and read them, so that nothing changes under a decision."""
    return store.lock(tx, keys)


def check(tx: Connection, movements: Sequence[Movement], *, now: datetime) -> None:
    """Refuse what cannot be a fact: unknown codes, or a time that is still to come."""
    moves = [move for movement in movements for move in movement.moves]
    catalog.check_known(tx, [move.sku for move in moves])
    network.check_known(tx, [place.node for move in moves for place in (move.source, move.target)])
    for movement in movements:
        check_time(movement.happened_at, now)


def faults(tx: Connection, movements: Sequence[Movement], *, now: datetime) -> dict[str, Refusal]:
    """Which of the movements cannot be facts, each with its own refusal."""
    refused: dict[str, Refusal] = {}
    for movement in movements:
        try:
            check(tx, [movement], now=now)
        except Refusal as refusal:
            refused[movement.id] = refusal
    return refused


def _check_ids(movements: Sequence[Movement]) -> None:
    seen: set[str] = set()
    for movement in movements:
        if movement.id in seen:
            raise IdReused(id=movement.id)
        seen.add(movement.id)


def _check_counted_once(lines: Sequence[Counted]) -> None:
    """A SKU counted in two places of a node is one count: only its sender can add them up."""
    first = {line.sku: place for place, line in reversed(list(enumerate(lines)))}
    twice = [(place, line.sku) for place, line in enumerate(lines) if first[line.sku] != place]
    if twice:
        raise Invalid(
            faults=[Fault(f"/lines/{place}/sku", f"{sku} is there twice") for place, sku in twice]
        )


def check_time(happened_at: datetime, now: datetime) -> None:
    """Refuse as a fact what is still to come; clocks may differ a little.

    Raises:
        FromTheFuture: it is later than now.
    """
    if happened_at > now + CLOCKS_MAY_DIFFER:
        raise FromTheFuture(at=happened_at.isoformat())


def _record(
    tx: Connection,
    movements: Sequence[Movement],
    known: Known,
    *,
    actor: str,
    now: datetime,
    is_wish: bool = False,
) -> list[Movement]:
    """Write movements, with every unit of a tracked SKU named; return them so."""
    prefix = f"{uuid7(_milliseconds(now))}-"
    told = tracked_rules.told(movements, known, prefix, is_wish=is_wish)
    new = store.insert(tx, told, actor=actor, now=now)
    for movement in told:
        if movement.id not in new:
            raise IdReused(id=movement.id)
    _tell(tx, store.shift(tx, rules.changes(told)))
    tracked.write(tx, told)
    if known.claimed and not is_wish:
        claims.broke(tx, told, now=now)
    return told


def _tell_untold(tx: Connection, booked: Sequence[Movement]) -> None:
    """One event for the units of a tracked SKU that a fact moved without telling which."""
    events.publish(
        tx,
        [
            Event(type="stock.untold", subject=one.sku, node=one.node, data=one)
            for one in tracked_rules.untold(booked)
        ],
    )


def _tell(tx: Connection, levels: Mapping[Key, int]) -> None:
    events.publish(tx, changed(levels))


def changed(levels: Mapping[Key, int]) -> list[Event]:
    """One event a SKU: the levels that changed, as they are now."""
    by_sku: dict[str, list[dict[str, str | int]]] = defaultdict(list)
    for (sku, node, state), quantity in levels.items():
        if state is not State.OUTSIDE:
            by_sku[sku].append({"node": node, "state": NAMES[state], "quantity": quantity})
    return [
        Event(type="stock.level.changed", subject=sku, data={"levels": by_sku[sku]})
        for sku in sorted(by_sku)
    ]


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)
