"""Verbs of work in the node: say where things lie, make waves, take them, give them back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit import events, idempotency, trail
from noria.kit.auth import SYSTEM
from noria.kit.db import Connection
from noria.kit.errors import Fault, IdReused, Invalid, NotFound
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.kit.trail import Change
from noria.network import views as network
from noria.orders import actions as orders
from noria.work import fact_views, rules, store, views
from noria.work.fact_model import TaskOver
from noria.work.fact_rules import surplus
from noria.work.model import (
    Located,
    Location,
    NewPlan,
    NothingToTake,
    NotYours,
    Part,
    Planned,
    Surplus,
    Take,
    Taken,
    Task,
    Walk,
    Wanted,
    Wave,
    WaveOver,
    WaveTaken,
    WorkSetting,
)

TURN = "the worker puts tasks in waves"
MOST_PLANNED = 5_000
"""Tasks that are put in waves at once, the most urgent first."""


def save_locations(
    tx: Connection, locations: Sequence[Location], *, actor: str, request_id: str = ""
) -> dict[str, Located]:
    """Say where locations are and what lies there, nothing else; by `node/code`.

    Raises:
        UnknownCodes: a node or a SKU is not known here. Nothing was written.
    """
    network.check_known(tx, sorted({one.node for one in locations}))
    catalog.check_known(tx, [sku for one in locations for sku in one.skus])
    store.save_locations(tx, locations)
    nodes: dict[str, int] = {}
    for one in locations:
        nodes[one.node] = nodes.get(one.node, 0) + 1
    changes = [
        Change(action="location.changed", subject=node, before=None, after={"locations": count})
        for node, count in sorted(nodes.items())
    ]
    trail.record_all(tx, changes, actor=actor, request_id=request_id)
    return {
        f"{one.node}/{one.code}": Located(node=one.node, code=one.code, skus=len(set(one.skus)))
        for one in locations
    }


def drop_location(tx: Connection, node: str, code: str) -> None:
    """Take a location away.

    Raises:
        NotFound: there is none.
    """
    if not store.delete_location(tx, node, code):
        raise NotFound(what="location", id=code)


def save_setting(
    tx: Connection,
    node: str,
    setting: WorkSetting,
    *,
    actor: str,
    request_id: str,
    check: Callable[[int | None], None],
) -> None:
    """Say how a node works.

    Raises:
        UnknownCodes, Stale, PreconditionMissing: nothing was changed.
    """
    network.check_known(tx, [node])
    store.lock_node(tx, node)
    before, version = views.setting(tx, node)
    if version and before == setting:
        return
    check(version or None)
    store.save_setting(tx, node, setting, version)
    change = Change(action="work_setting.changed", subject=node, before=before, after=setting)
    trail.record_all(tx, [change], actor=actor, request_id=request_id)


def plan(tx: Connection, plan_id: str, new: NewPlan, *, actor: str, now: datetime) -> Planned:
    """Put open tasks of a node in waves, as they are worked on together.

    Raises:
        UnknownCodes: there is no such node.
    """
    network.check_known(tx, [new.node])
    store.lock_node(tx, new.node)
    waiting = views.unplanned(tx, new.node, before=new.before)
    open_ = tasks_wanted(tx, waiting[:MOST_PLANNED], now=now)
    chosen = [one for one in open_ if not new.kinds or one.kind in new.kinds]
    skus = [part.sku for one in chosen for part in one.parts]
    setting, _ = views.setting(tx, new.node)
    drafts = rules.waves(chosen, views.lies(tx, new.node, skus), setting, now=now)
    prefix = uuid7(int(now.timestamp() * 1000))
    named = [(f"{prefix}.{number}", draft) for number, draft in enumerate(drafts, 1)]
    if named:
        store.insert_waves(tx, new.node, named, actor=actor, now=now)
        _tell(tx, "wave.made", new.node, [key for key, _ in named])
    return Planned(
        id=plan_id,
        waves=[key for key, _ in named],
        left=len(waiting) - sum(len(draft.tasks) for draft in drafts),
    )


def plan_in_turn(tx: Connection, *, now: datetime) -> int:
    """Put what waits in waves where a node's time for it has come, once each; how many nodes did.

    A time that was slept through is made up for as long as its day lasts.
    """
    made = 0
    for node, zone, setting in views.turns(tx):
        turn = rules.last_turn(setting.wave_times, now.astimezone(ZoneInfo(zone)))
        if turn is None:
            continue
        key = f"{node} {turn:%Y-%m-%d %H:%M}"
        if idempotency.claim(tx, TURN, {key: b""}).known:
            continue
        planned = plan(tx, key, NewPlan(node=node), actor=SYSTEM.id, now=now)
        idempotency.settle(tx, TURN, {key: (200, b"")})
        made += bool(planned.waves)
    return made


def tasks_wanted(tx: Connection, ids: Sequence[str], *, now: datetime) -> list[Wanted]:
    """Open tasks as waves are made of them."""
    parts = parts_of(tx, ids)
    known = views.tasks(tx, now=now, ids=ids, limit=None)
    grams = {
        code: sku.weight_g
        for code, sku in catalog.skus(
            tx, {part.sku for several in parts.values() for part in several}
        ).items()
    }
    return [
        Wanted(
            id=task.id,
            kind=task.kind,
            deadline=task.deadline,
            weight_g=sum(part.left * grams[part.sku] for part in parts[task.id]),
            parts=parts[task.id],
        )
        for task in known
        if parts[task.id]
    ]


def parts_of(tx: Connection, tasks: Sequence[str]) -> dict[str, list[Part]]:
    """What open tasks want by SKU, what of it is confirmed, and what is missing."""
    found = views.parts(tx, tasks)
    picked: dict[tuple[str, str], int] = {}
    for one in fact_views.open_scans(tx, tasks):
        picked[one.task, one.sku] = picked.get((one.task, one.sku), 0) + one.quantity
    missing = fact_views.missing(tx, tasks)
    return {
        task: [
            structs.replace(
                part,
                picked=picked.get((task, part.sku), 0),
                missing=missing.get(task, {}).get(part.sku, 0),
            )
            for part in found.get(task, ())
        ]
        for task in tasks
    }


def take(
    tx: Connection,
    wanted: Take,
    *,
    actor: str,
    now: datetime,
    must: Callable[[str], None],
) -> Taken:
    """Give somebody a wave, until they are not heard of for as long as the node's lease.

    Without a wave, the most urgent that is free at the node; where none is, one is made of what
    waits. Two who ask at once never get the same. `must` refuses nodes where the actor may not.

    Raises:
        Invalid, NotFound: no wave and no node, or neither is known.
        WaveTaken, WaveOver, NothingToTake: nothing was taken.
        IdReused: somebody took one under this id before.
    """
    if (wanted.wave is None) is (wanted.node is None):
        raise Invalid(faults=[Fault("/wave", "name a wave or a node, and only one of them")])
    person = wanted.person or actor
    if wanted.wave is not None:
        wave = _locked(tx, wanted.wave, now=now)
        must(wave.node)
        if wave.closed_at is not None or not wave.tasks_left:
            raise WaveOver(wave=wave.id)
        if not rules.is_free(wave, now=now) and wave.taken_by != person:
            raise WaveTaken(wave=wave.id, person=wave.taken_by)
    else:
        assert wanted.node is not None
        must(wanted.node)
        wave = _next(tx, wanted, wanted.node, actor=actor, now=now)
    setting, _ = views.setting(tx, wave.node)
    until = now + timedelta(minutes=setting.lease_minutes)
    if not store.claim(tx, wave.id, wanted.id, person=person, actor=actor, until=until, now=now):
        raise IdReused(id=wanted.id)
    orders.legs(tx, views.legs_of(tx, wave.id))  # a cheaper plan came before, or sees who has it
    _tell(tx, "wave.taken", wave.node, [wave.id])
    return Taken(id=wanted.id, wave=wave.id, person=person, until=until)


def _next(tx: Connection, wanted: Take, node: str, *, actor: str, now: datetime) -> Wave:
    free = store.next_free(tx, node, wanted.kinds, now=now)
    if free is None:
        store.lock_node(tx, node)
        free = store.next_free(tx, node, wanted.kinds, now=now)
    if free is None:
        new = NewPlan(node=node, kinds=wanted.kinds)
        plan(tx, wanted.id, new, actor=actor, now=now)
        free = store.next_free(tx, node, wanted.kinds, now=now)
    if free is None:
        raise NothingToTake(node=node)
    [wave] = views.waves(tx, now=now, ids=[free])
    return wave


def give_back(
    tx: Connection,
    wave_id: str,
    *,
    actor: str,
    now: datetime,
    may_for_others: Callable[[str], bool],
) -> Wave:
    """A wave is free again for anybody; what was confirmed of it stays confirmed.

    Whoever had it last may say so however late, until somebody else takes it.

    Raises:
        NotFound: there is no such wave.
        NotYours: somebody else has it, and the actor may not give it back for them.
    """
    wave = _locked(tx, wave_id, now=now)
    if views.last_holder(tx, wave_id) != actor and not may_for_others(wave.node):
        raise NotYours(wave=wave_id)
    store.end_claims(tx, [wave_id], how="given_back", now=now)
    if wave.closed_at is None:
        _tell(tx, "wave.given_back", wave.node, [wave_id])
    return wave


def dissolve(tx: Connection, wave_id: str, *, now: datetime, must: Callable[[str], None]) -> Wave:
    """A wave is no more; what is left of its tasks can be put in others.

    Raises:
        NotFound, WaveOver: there is no such wave, or none any more.
        Forbidden: not at this node.
    """
    wave = _locked(tx, wave_id, now=now)
    must(wave.node)
    if wave.closed_at is not None:
        raise WaveOver(wave=wave_id)
    store.dissolve(tx, wave_id, now=now)
    _tell(tx, "wave.dissolved", wave.node, [wave_id])
    return known_wave(tx, wave_id, now=now)


def walk(tx: Connection, wave: Wave) -> Walk:
    """A wave as it is walked now: what is left to take, in which order, for which slots."""
    slots = views.slots(tx, wave.id)
    parts = parts_of(tx, list(slots))
    skus = sorted({part.sku for several in parts.values() for part in several})
    names = {code: sku.name for code, sku in catalog.skus(tx, skus).items()}
    setting, _ = views.setting(tx, wave.node)
    floor = rules.floor_of(setting, views.last_bay(tx, wave.node))
    lies = views.lies(tx, wave.node, skus)
    stops, metres = rules.walk(slots, parts, lies, names, floor)
    return Walk(wave=wave, metres=metres, stops=stops, put_back=_put_back(tx, wave, parts))


def _put_back(tx: Connection, wave: Wave, parts: dict[str, list[Part]]) -> list[Surplus]:
    """What was confirmed for tasks of a wave and is not wanted any more."""
    units: dict[str, int] = {}
    scans = fact_views.open_scans_of_wave(tx, wave.id)
    for task in {one.task for one in scans}:
        for one in surplus([scan for scan in scans if scan.task == task], parts.get(task, ())):
            units[one.sku] = units.get(one.sku, 0) + one.units
    return [Surplus(sku=sku, units=count) for sku, count in sorted(units.items())]


def known_wave(tx: Connection, wave_id: str, *, now: datetime) -> Wave:
    """The wave of that id, over or not.

    Raises:
        NotFound: there is none.
    """
    found = views.waves(tx, now=now, ids=[wave_id], is_open=False)
    if not found:
        raise NotFound(what="wave", id=wave_id)
    return found[0]


def known_task(tx: Connection, task: str, *, now: datetime) -> Task:
    """The open task of that id.

    Raises:
        NotFound: there is no such leg or transfer.
        TaskOver: nothing of it is left to pick.
    """
    if (found := views.task(tx, task, now=now)) is not None:
        return found
    if not views.nodes_of(tx, tasks=[task]):
        raise NotFound(what="task", id=task)
    raise TaskOver(task=task)


def _locked(tx: Connection, wave_id: str, *, now: datetime) -> Wave:
    store.lock_waves(tx, [wave_id])
    return known_wave(tx, wave_id, now=now)


def _tell(tx: Connection, kind: str, node: str, waves: Sequence[str]) -> None:
    events.publish(tx, [Event(type=kind, subject=f"wave:{wave}", node=node) for wave in waves])
