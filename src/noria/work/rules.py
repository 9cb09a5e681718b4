"""Decisions about work in the node: values in, values out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from noria.work import route_rules
from noria.work.model import (
    Draft,
    Part,
    Places,
    SlotUnits,
    Stop,
    Wanted,
    Wave,
    WaveKind,
    WorkSetting,
)
from noria.work.route_rules import Floor

NOWHERE = 1 << 30
"""Where what lies nowhere that we know of comes in a walk: last."""


def last_turn(times: Sequence[time], here: datetime) -> datetime | None:
    """The last of these times of today that has come, by the node's clock; None: none has yet."""
    come = [one for one in times if one <= here.time()]
    return datetime.combine(here.date(), max(come), here.tzinfo) if come else None


def waves(
    tasks: Sequence[Wanted], lies: Places, setting: WorkSetting, *, now: datetime
) -> list[Draft]:
    """Tasks in waves, each of one kind: the most urgent first, and near each other.

    Tasks whose deadlines are within the spread of the most urgent one belong together; among them
    who begins nearest on the walk goes together. A wave is full with its tasks, units or grams, or
    when the work would take longer than a walk may, or than is left until its deadline; a single
    task is a wave however large it is.
    """
    made = []
    for kind in WaveKind:
        left = sorted(
            (task for task in tasks if task.kind is kind), key=lambda one: (one.deadline, one.id)
        )
        while left:
            until = left[0].deadline + timedelta(minutes=setting.spread_minutes)
            near = sorted(
                (task for task in left if task.deadline <= until),
                key=lambda one: _begins(one, lies),
            )
            first = left[0]
            taken = _filled(first, near, lies, setting, now=now)
            names = {task.id for task in taken}
            left = [task for task in left if task.id not in names]
            deadline = min(task.deadline for task in taken)
            made.append(Draft(kind=kind, deadline=deadline, tasks=[task.id for task in taken]))
    return sorted(made, key=lambda one: (one.deadline, list(WaveKind).index(one.kind), one.tasks))


def _begins(task: Wanted, lies: Places) -> tuple[int, int, datetime, str]:
    """Where a task begins on the walk: the aisle and bay that come first."""
    spots = [place[1:3] for part in task.parts for place in lies.get(part.sku, ())]
    aisle, bay = min(spots, default=(NOWHERE, NOWHERE))
    return aisle, bay, task.deadline, task.id


def _filled(
    first: Wanted, near: Sequence[Wanted], lies: Places, setting: WorkSetting, *, now: datetime
) -> list[Wanted]:
    """The most urgent task, with those that follow it on the walk until the wave is full."""
    start = near.index(first)
    taken = [first]
    for task in [*near[start + 1 :], *reversed(near[:start])]:
        if len(taken) >= most_tasks(first.kind, setting):
            break
        if _fits([*taken, task], lies, setting, now=now):
            taken.append(task)
    return sorted(taken, key=lambda one: _begins(one, lies))


def most_tasks(kind: WaveKind, setting: WorkSetting) -> int:
    """How many tasks a wave of this kind may hold."""
    return {
        WaveKind.SINGLE: setting.single_tasks,
        WaveKind.CART: setting.cart_slots,
        WaveKind.PICKUP: setting.pickup_tasks,
        WaveKind.PALLET: setting.pallet_tasks,
    }[kind]


def _fits(tasks: Sequence[Wanted], lies: Places, setting: WorkSetting, *, now: datetime) -> bool:
    units = sum(part.left for task in tasks for part in task.parts)
    if units > setting.units or sum(task.weight_g for task in tasks) > setting.weight_g:
        return False
    deadline = min(task.deadline for task in tasks)
    most = timedelta(minutes=setting.minutes)
    if deadline > now:
        most = min(most, deadline - now)
    return work_time(tasks, lies, setting) <= most


def work_time(tasks: Sequence[Wanted], lies: Places, setting: WorkSetting) -> timedelta:
    """How long tasks take together by the node's figures, walking apart."""
    skus = {part.sku for task in tasks for part in task.parts if part.left}
    units = sum(part.left for task in tasks for part in task.parts)
    places = {lies[sku][0][0] if lies.get(sku) else sku for sku in skus}
    return timedelta(seconds=len(places) * setting.stop_seconds + units * setting.unit_seconds)


def floor_of(setting: WorkSetting, last_bay: int) -> Floor:
    return Floor(aisle_mm=setting.aisle_mm, bay_mm=setting.bay_mm, last_bay=last_bay)


def walk(
    slots: Mapping[str, int],
    parts: Mapping[str, Sequence[Part]],
    lies: Places,
    names: Mapping[str, str],
    floor: Floor,
) -> tuple[list[Stop], float]:
    """The stops of a wave in the order in which they are walked, and metres in all.

    At one spot, lower levels come first. What lies nowhere that we know of comes last.
    """
    wanted: dict[str, list[SlotUnits]] = {}
    for task, slot in sorted(slots.items(), key=lambda one: one[1]):
        for part in parts.get(task, ()):
            due = part.units - part.missing
            if due > 0:
                told = SlotUnits(slot=slot, task=task, units=due, picked=part.picked)
                wanted.setdefault(part.sku, []).append(told)
    where = route_rules.chosen(list(wanted), lies)
    order = route_rules.route([place[1:3] for place in where.values()], floor)
    position = {spot: number for number, spot in enumerate(order)}
    ranked = sorted(
        wanted,
        key=lambda sku: (
            (position[where[sku][1:3]], where[sku][3], where[sku][0], sku)
            if sku in where
            else (NOWHERE, 0, "", sku)
        ),
    )
    stops, here = [], (0, 0)
    for sku in ranked:
        place = where.get(sku)
        spot = place[1:3] if place else here
        stops.append(
            Stop(
                location=place[0] if place else None,
                aisle=place[1] if place else None,
                bay=place[2] if place else None,
                level=place[3] if place else None,
                sku=sku,
                name=names.get(sku, ""),
                units=sum(one.units for one in wanted[sku]),
                metres=round(route_rules.between(here, spot, floor) / 1000, 1),
                slots=wanted[sku],
            )
        )
        here = spot
    return stops, round(route_rules.length(order, floor) / 1000, 1)


def is_free(wave: Wave, *, now: datetime) -> bool:
    """Whether nobody has a wave, or who had it was not heard of until their time was over."""
    return wave.taken_by is None or wave.taken_until is None or wave.taken_until <= now
