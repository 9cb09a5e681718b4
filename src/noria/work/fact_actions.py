"""Verbs by which people in the node say what they did, in the order in which they did it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from noria.catalog import gs1_actions
from noria.catalog.gs1_model import Meaning
from noria.catalog.model import Tracking
from noria.fulfilment import actions as fulfilment
from noria.fulfilment import pack_actions as packing
from noria.fulfilment.model import Pick, ShortLine
from noria.fulfilment.pack_model import Pack
from noria.kit import events
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid, Kind, NotFound, Refusal, UnknownCodes
from noria.kit.events import Event
from noria.orders import carried_actions as timelines
from noria.orders.model import TimelineEntry
from noria.stock import actions as stock
from noria.stock.tracked import views as tracked
from noria.stock.tracked.claims_model import UnitClaimed
from noria.stock.tracked.model import SerialElsewhere
from noria.stock.tracked.rules import propose
from noria.supply import actions as supply
from noria.supply.model import Dispatch
from noria.work import actions, fact_rules, fact_store, fact_views, loss_actions, store, views
from noria.work.fact_model import (
    Conflict,
    Fact,
    Finish,
    GiveBack,
    LotTooOld,
    Meant,
    Missing,
    NoSkuScanned,
    Open,
    PackUp,
    PutBack,
    Scan,
    ScanOver,
    SerialInHand,
    Settled,
    TaskOver,
    Told,
)
from noria.work.gathered import Gathered
from noria.work.model import Part, Task

INSIDE = frozenset({"available", "reserved"})
NEVER_KEPT = frozenset({Kind.FORBIDDEN, Kind.INVALID, Kind.UNAVAILABLE})
"""What is refused for these is no clash with the book: it is sent again, mended, or may not be."""


def tell(
    tx: Connection,
    facts: Sequence[Fact],
    *,
    actor: str,
    now: datetime,
    must: Callable[[str], None],
    may_for_others: Callable[[str], bool],
) -> dict[str, Told]:
    """Book what was done, in order; all of it or none.

    `must` refuses nodes where the actor may not work, before anything else is looked at: what
    somebody may not tell clashes with nothing.

    Raises:
        any refusal of a fact: nothing was booked.
    """
    nodes = _nodes_of(tx, facts)
    for node in nodes:
        must(node)
    _lock(tx, facts)
    seen = Gathered(tx, facts, now=now)
    told: dict[str, Told] = {}
    for fact in facts:
        stock.check_time(fact.happened_at, now)
        match fact:
            case Scan():
                told[fact.id] = _scan(tx, fact, seen, actor=actor, now=now)
                continue
            case PutBack():
                told[fact.id] = _put_back(tx, fact, now=now)
            case Missing():
                told[fact.id] = _miss(tx, fact, actor=actor, now=now)
            case Finish():
                told[fact.id] = _finish(tx, fact, seen, actor=actor, now=now)
            case GiveBack():
                told[fact.id] = _give_back(
                    tx, fact, actor=actor, now=now, may_for_others=may_for_others
                )
            case PackUp():
                told[fact.id] = _pack(tx, fact, actor=actor, now=now)
        seen.forget()
    fact_store.settle(tx, list(told), nodes=nodes, actor=actor, now=now)
    _heard_of(tx, facts, actor=actor, now=now)
    return told


def keep_conflicts(
    tx: Connection,
    refused: Mapping[str, tuple[Fact, Refusal]],
    *,
    actor: str,
    now: datetime,
    may: Callable[[str], bool],
) -> None:
    """Keep facts that clashed until somebody settles them: what was done in the node is not lost.

    One that goes through when it is sent again settles itself; one that somebody settled stays so
    unless it says something else by now. `may` tells where the actor may work: what others told
    at another node is not replaced by what comes under the same id.
    """
    found = fact_views.conflicts(tx, ids=sorted(refused), is_open=False, limit=None)
    known = {one.id: one for one in found}
    for fact, refusal in refused.values():
        before = known.get(fact.id)
        if refusal.kind in NEVER_KEPT or (before and before.node and not may(before.node)):
            continue
        node = next(iter(_nodes_of(tx, [fact])), None)
        said = (refusal.code, refusal.sentence("en"), refusal.sentence("fr"))
        is_open = fact_store.keep_conflict(
            tx, fact, task=_task_of(fact), node=node, refusal=said, actor=actor, now=now
        )
        if is_open:
            clash = {"code": refusal.code}
            told = Event(type="work.clashed", subject=fact.id, node=node, data=clash)
            events.publish(tx, [told])


def settle(tx: Connection, conflict: Conflict, *, actor: str, now: datetime) -> Settled:
    """Somebody has seen to a conflict; who did so first stays."""
    if conflict.settled_at is not None:
        return Settled(id=conflict.id, settled_at=conflict.settled_at)
    fact_store.settle(tx, [conflict.id], nodes=None, actor=actor, now=now)
    return Settled(id=conflict.id, settled_at=now)


def _task_of(fact: Fact) -> str | None:
    """The task that a fact names."""
    match fact:
        case PackUp():
            return f"leg:{fact.leg}"
        case Scan() | Missing() | Finish():
            return fact.task
        case _:
            return None


def _wave_of(fact: Fact) -> str | None:
    """The wave that a fact names."""
    return fact.wave if isinstance(fact, Scan | GiveBack) else None


def _nodes_of(tx: Connection, facts: Sequence[Fact]) -> list[str]:
    """The nodes that facts are about, done or not; none where nobody knows what is named."""
    tasks = [task for fact in facts if (task := _task_of(fact))]
    waves = [wave for fact in facts if (wave := _wave_of(fact))]
    scans = [fact.scan for fact in facts if isinstance(fact, PutBack)]
    put_back = {known[0] for scan in scans if (known := fact_views.scan_at(tx, scan))}
    return sorted(put_back | set(views.nodes_of(tx, tasks=tasks, waves=waves)))


def _named(tx: Connection, facts: Sequence[Fact]) -> tuple[set[str], set[str]]:
    """The tasks that facts are about, and the waves that are still worked on."""
    tasks = {task for fact in facts if (task := _task_of(fact))}
    for scan in {fact.scan for fact in facts if isinstance(fact, PutBack)}:
        known = fact_views.scan_at(tx, scan)
        tasks |= set(known[1]) if known else set()
    waves = {wave for fact in facts if (wave := _wave_of(fact))}
    return tasks, waves | set(views.waves_of(tx, sorted(tasks)).values())


def _lock(tx: Connection, facts: Sequence[Fact]) -> None:
    """Lock all that facts are about at once, in key order, whatever order they come in."""
    tasks, waves = _named(tx, facts)
    store.lock_waves(tx, sorted(waves))
    for wave in sorted(waves):
        tasks |= set(views.slots(tx, wave))
    fact_store.lock_tasks(tx, sorted(tasks))


def _heard_of(tx: Connection, facts: Sequence[Fact], *, actor: str, now: datetime) -> None:
    """Whoever tells something of a wave goes on having it."""
    _, waves = _named(tx, facts)
    for wave in sorted(waves):
        [node] = views.nodes_of(tx, waves=[wave])
        setting, _ = views.setting(tx, node)
        until = now + timedelta(minutes=setting.lease_minutes)
        store.extend(tx, [wave], actor, until=until)


def _scan(tx: Connection, scan: Scan, seen: Gathered, *, actor: str, now: datetime) -> Told:
    _check_named(scan)
    if scan.task is not None:
        task = seen.task(scan.task)
        node, wave = task.node, task.wave
        slots: Mapping[str, int] = seen.slots(wave) if wave else {task.id: 1}
        parts = seen.parts([task.id])
    else:
        assert scan.wave is not None
        known = seen.wave(scan.wave)
        node, wave, slots = known.node, known.id, seen.slots(known.id)
        parts = seen.parts(list(slots))
    meaning = _meaning(tx, scan, seen, now=now)
    meant = _meant(scan, meaning, seen.tracking(meaning.sku or ""))
    laid = fact_rules.laid(meant, parts, slots, about=scan.task or f"wave:{wave}")
    out_of_turn = _check_units(tx, meant, node, laid[0].task)
    fact_store.insert_scan(tx, scan, meant, laid, node=node, wave=wave, actor=actor, now=now)
    seen.note(meant.sku, laid)
    return Told(
        id=scan.id,
        sku=meant.sku,
        name=meaning.name,
        units=meant.units,
        lot=meant.lot,
        serial=meant.serial,
        expires_on=meant.expires_on,
        weight_g=meant.weight_g,
        laid=laid,
        out_of_turn=out_of_turn,
    )


def _check_named(scan: Scan) -> None:
    """Refuse a scan that does not say, or says twice, what it is for or what was scanned.

    Raises:
        Invalid: so it does.
    """
    faults = []
    if (scan.task is None) is (scan.wave is None):
        faults.append(Fault("/task", "name a task or a wave, and only one of them"))
    if (scan.code is None) is (scan.sku is None):
        faults.append(Fault("/code", "send the code or the SKU, and only one of them"))
    if faults:
        raise Invalid(faults=faults)


def _meaning(tx: Connection, scan: Scan, seen: Gathered, *, now: datetime) -> Meaning:
    """What was scanned, or typed.

    Raises:
        NoSkuScanned: a box was.
        UnreadableCode, BadCheckDigit, UnknownBarcode, UnknownCodes: nobody knows.
    """
    if scan.code is None:
        assert scan.sku is not None
        if (typed := seen.typed(scan.sku)) is None:
            raise UnknownCodes(codes=f"SKU {scan.sku}")
        return typed
    meaning = gs1_actions.meaning(tx, scan.code, today=now.date())
    if meaning.sku is None:
        raise NoSkuScanned(sscc=meaning.sscc)
    return meaning


def _meant(scan: Scan, meaning: Meaning, how: Tracking) -> Meant:
    """Units and names of a scan: of a SKU whose units are not told apart, no names are kept."""
    assert meaning.sku is not None
    serial = meaning.serial if how is Tracking.SERIAL else None
    return Meant(
        sku=meaning.sku,
        units=1 if serial else scan.quantity or meaning.units,
        lot=meaning.lot if how is Tracking.LOT else None,
        serial=serial,
        expires_on=meaning.expires_on if how is Tracking.LOT else None,
        weight_g=fact_rules.weight_of_one(meaning),
    )


def _check_units(tx: Connection, meant: Meant, node: str, task: str) -> bool:
    """Refuse units that may not go; whether others of the SKU should have gone first.

    Raises:
        LotTooOld, SerialInHand, SerialElsewhere, UnitClaimed: another unit has to be taken.
    """
    if meant.serial is not None:
        _check_serial(tx, meant.sku, meant.serial, node, task)
    if meant.lot is None:
        return False
    earliest = tracked.earliest_of(tx, [meant.sku], node)[meant.sku]
    there = tracked.on_shelves(tx, [meant.sku], node).get(meant.sku, [])
    until = {lot: day for lot, day, _ in there}.get(meant.lot) or meant.expires_on
    if until is not None and until < earliest:
        raise LotTooOld(sku=meant.sku, lot=meant.lot, day=until.isoformat())
    first = propose(there, meant.units, earliest=earliest)
    return bool(first) and meant.lot not in {one.lot for one in first}


def _check_serial(tx: Connection, sku: str, serial: str, node: str, task: str) -> None:
    fact_store.free_serials(tx, sku, serial)
    if (other := fact_views.hand_of(tx, sku, serial)) is not None:
        raise SerialInHand(sku=sku, serial=serial, task=other)
    place = fact_views.place_of(tx, sku, serial)
    if place is not None and (place[0] != node or place[1] not in INSIDE):
        state = "available"
        raise SerialElsewhere(
            sku=sku, serial=serial, place=place[0], there=place[1], node=node, state=state
        )
    if fact_views.is_claimed(tx, sku, serial, but_for=task.partition(":")[2]):
        raise UnitClaimed(sku=sku, serial=serial, node=node)


def _put_back(tx: Connection, fact: PutBack, *, now: datetime) -> Told:
    if fact_views.scan_at(tx, fact.scan) is None:
        raise NotFound(what="scan", id=fact.scan)
    if not fact_store.void(tx, fact.scan, now=now):
        raise ScanOver(scan=fact.scan)
    return Told(id=fact.id)


def _miss(tx: Connection, fact: Missing, *, actor: str, now: datetime) -> Told:
    task = actions.known_task(tx, fact.task, now=now)
    parts = actions.parts_of(tx, [task.id])[task.id]
    meant = Meant(sku=fact.sku, units=fact.quantity)
    laid = fact_rules.laid(meant, {task.id: parts}, {}, about=task.id)
    fact_store.insert_missing(tx, fact, node=task.node, actor=actor, now=now)
    if task.order is not None:
        short = ShortLine(sku=fact.sku, quantity=fact.quantity, reason=fact.reason)
        fulfilment.miss(tx, [Pick(id=_leg(task.id), short=(short,))], actor=actor, now=now)
    else:
        loss_actions.book(tx, fact, task, actor=actor, now=now)
    is_done = not views.tasks(tx, now=now, ids=[task.id], limit=1)
    if is_done:
        _close_wave(tx, task, now=now)
    return Told(id=fact.id, sku=fact.sku, units=fact.quantity, laid=laid, is_done=is_done)


def _finish(tx: Connection, fact: Finish, seen: Gathered, *, actor: str, now: datetime) -> Told:
    try:
        task = seen.task(fact.task)
    except TaskOver:
        if fact_views.was_missed(tx, fact.task) and not fact_views.open_scans(tx, [fact.task]):
            return Told(id=fact.id, is_done=True)  # its last unit was told to be missing
        raise
    parts = seen.parts([task.id])[task.id]
    fact_rules.check_finished(task.id, parts)
    scans = fact_views.open_scans(tx, [task.id])
    units = sum(line.quantity for line in fact_rules.taken(scans, parts))
    _leave(tx, task, scans, parts, actor=actor, now=now)
    fact_store.close(tx, task.id)
    if fact.put_at is not None:
        _stage(tx, fact, task, actor=actor)
    data = {"kind": task.kind, "put_at": fact.put_at, "units": units}
    events.publish(tx, [Event(type="task.finished", subject=task.id, node=task.node, data=data)])
    _close_wave(tx, task, now=now)
    surplus = fact_rules.surplus(scans, parts)
    return Told(id=fact.id, units=units, put_back=surplus, is_done=True)


def _leave(
    tx: Connection,
    task: Task,
    scans: Sequence[Open],
    parts: Sequence[Part],
    *,
    actor: str,
    now: datetime,
) -> None:
    """A leg is picked, with the lots and serials that were confirmed; a transfer leaves."""
    lines = fact_rules.taken(scans, parts)
    if task.order is not None:
        pick = Pick(
            id=_leg(task.id),
            units=fact_rules.named(lines),
            weights=fact_rules.weighed(scans, parts),
        )
        fulfilment.pick(tx, [pick], actor=actor, now=now)
        return
    what = Dispatch(lines=tuple(lines))
    supply.dispatch(tx, task.id.partition(":")[2], what, actor=actor, now=now)


def _stage(tx: Connection, fact: Finish, task: Task, *, actor: str) -> None:
    fact_store.stage(tx, fact, node=task.node, actor=actor)
    if task.order is not None:
        entry = TimelineEntry(
            at=fact.happened_at,
            kind="staged",
            actor=actor,
            leg=_leg(task.id),
            reason=fact.put_at or "",
        )
        timelines.note(tx, [(task.order, entry)])


def _give_back(
    tx: Connection,
    fact: GiveBack,
    *,
    actor: str,
    now: datetime,
    may_for_others: Callable[[str], bool],
) -> Told:
    actions.give_back(tx, fact.wave, actor=actor, now=now, may_for_others=may_for_others)
    if fact.is_put_back:
        fact_store.void_wave(tx, fact.wave, now=now)
    return Told(id=fact.id)


def _pack(tx: Connection, fact: PackUp, *, actor: str, now: datetime) -> Told:
    wanted = Pack(id=fact.id, leg=fact.leg, boxes=fact.boxes)
    packed = packing.pack(tx, [wanted], actor=actor, now=now, packed_at=fact.happened_at)
    return Told(id=fact.id, is_done=True, boxes=packed[fact.id].boxes)


def _close_wave(tx: Connection, task: Task, *, now: datetime) -> None:
    """A wave of which nothing is left to do is over."""
    if task.wave is not None and store.close_done(tx, [task.wave], now=now):
        done = Event(type="wave.done", subject=f"wave:{task.wave}", node=task.node)
        events.publish(tx, [done])


def _leg(task: str) -> str:
    return task.partition(":")[2]
