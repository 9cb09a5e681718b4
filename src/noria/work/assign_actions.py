"""Verbs by which a task is given to somebody, whoever had it, and taken from them again."""

from collections.abc import Callable
from datetime import datetime

from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.ids import uuid7
from noria.work import actions, store, views
from noria.work.assign_model import AssignBody, Assigned
from noria.work.fact_model import TaskOver
from noria.work.model import Draft, Take, Task, Wave, WaveOver


def assign(
    tx: Connection,
    key: str,
    asked: AssignBody,
    *,
    actor: str,
    now: datetime,
    must: Callable[[str], None],
) -> Assigned:
    """Put a task in a wave of its own, and give that to somebody; its old wave goes on without it.

    `must` refuses nodes where the actor may not.

    Raises:
        TaskOver: nothing of it is left to pick.
        IdReused: something else was given under this id.
    """
    node = _known(tx, asked.task, now=now).node
    must(node)
    store.lock_node(tx, node)
    task = _known(tx, asked.task, now=now)
    if task.wave is not None:
        store.lock_waves(tx, [task.wave])
    wanted = actions.tasks_wanted(tx, [asked.task], now=now)
    if not wanted:
        raise TaskOver(task=asked.task)
    wave = uuid7(int(now.timestamp() * 1000))
    draft = Draft(kind=wanted[0].kind, deadline=wanted[0].deadline, tasks=[asked.task])
    store.insert_waves(tx, task.node, [(wave, draft)], actor=actor, now=now)
    if task.wave is not None:
        store.close_done(tx, [task.wave], now=now)
    take = Take(id=key, wave=wave, person=asked.person or actor)
    taken = actions.take(tx, take, actor=actor, now=now, must=must)
    return Assigned(id=key, task=asked.task, wave=wave, person=taken.person, until=taken.until)


def _known(tx: Connection, task: str, *, now: datetime) -> Task:
    """A task that is open, as it is now: whoever else gave it away meanwhile has put it elsewhere.

    Raises:
        TaskOver: nothing of it is left to pick.
    """
    found = views.tasks(tx, now=now, ids=[task], limit=1)
    if not found:
        raise TaskOver(task=task)
    return found[0]


def withdraw(tx: Connection, key: str, *, now: datetime, must: Callable[[str], None]) -> Wave:
    """Take a task from whom it was given to: it is free for anybody.

    Raises:
        NotFound: nothing was given under this id.
        WaveOver: it is picked, or somebody else has it, or nobody any more.
    """
    wave = views.claimed_wave(tx, key)
    if wave is None:
        raise NotFound(what="assignment", id=key)
    must(actions.known_wave(tx, wave, now=now).node)
    store.lock_waves(tx, [wave])
    if not views.is_claimed_by(tx, wave, key):
        raise WaveOver(wave=wave)
    return actions.dissolve(tx, wave, now=now, must=must)
