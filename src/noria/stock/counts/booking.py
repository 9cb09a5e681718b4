"""What readings come to, and how it gets into the book; for the verbs of counting."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from noria.kit import events
from noria.kit.db import Connection
from noria.kit.events import Event
from noria.kit.ids import uuid7
from noria.stock import actions as stock
from noria.stock.counts import risk, rules, sampling, store, views
from noria.stock.counts.model import (
    TO_DO,
    Accuracy,
    CountKind,
    Expected,
    Found,
    Line,
    Stage,
    Task,
)
from noria.stock.model import Mark, Movement, State

MOST_LINES = 100_000
ENDS = (State.AVAILABLE, State.RESERVED, State.OUTSIDE)


def judge(tx: Connection, task: Task, lines: Mapping[str, Line]) -> dict[str, Line]:
    """The lines as their readings, and the book of this moment, make them."""
    rounds = _rounds(tx, task, list(lines))
    costs = views.unit_cents(tx, list(lines))
    after = {}
    for sku, line in lines.items():
        found = rounds[sku]
        stage = rules.judge(found, task.policy, costs[sku])
        reached = len(found) + 1 if stage in {Stage.OPEN, Stage.RECOUNT} else len(found)
        after[sku] = _with(
            structs.replace(line, stage=stage, round=max(reached, 1)), found[-1:], costs[sku]
        )
    return after


def _with(line: Line, last: Sequence[Found], unit_cents: int) -> Line:
    if not last:
        return line
    (found,) = last
    return structs.replace(
        line,
        expected=found.expected,
        counted=found.counted,
        difference=found.difference,
        value_cents=abs(found.difference) * unit_cents,
        counted_at=found.counted_at,
        counted_by=found.counted_by,
    )


def _rounds(tx: Connection, task: Task, skus: Sequence[str]) -> dict[str, list[Found]]:
    """What each round of these lines found, against the book of this moment."""
    readings = store.readings(tx, task.id, skus)
    asked = rules.instants(one for several in readings.values() for one in several)
    known: dict[tuple[str, datetime], Expected] = store.expected(tx, task.node, asked)
    return {sku: rules.found(several, known) for sku, several in readings.items()}


def lock_shelves(tx: Connection, node: str, skus: Sequence[str]) -> None:
    """Balances before lines, as everywhere; from here on, nothing changes under the booking."""
    stock.lock(tx, [(sku, node, state) for sku in skus for state in ENDS])


def book_lines(
    tx: Connection, task: Task, lines: Mapping[str, Line], *, actor: str, now: datetime
) -> None:
    """Book settled lines whose shelves are locked."""
    if not lines:
        return
    skus = list(lines)
    rounds = _rounds(tx, task, skus)
    balances = stock.lock(tx, [(sku, task.node, state) for sku in skus for state in ENDS])
    marks = stock.marks(tx, [(sku, task.node) for sku in skus])
    shelves = {shelf.sku: shelf for shelf in views.shelves(tx, task.node, skus)}
    learned, every = views.learned(tx, task.node), views.learned(tx)
    prefix = uuid7(int(now.timestamp() * 1000))
    movements: list[Movement] = []
    looked: list[Mark] = []
    after: list[Line] = []
    for place, sku in enumerate(sorted(lines)):
        found, mark = rounds[sku][-1], marks.get((sku, task.node))
        if found.was_recounted or (mark is not None and mark.counted_at > found.counted_at):
            after.append(structs.replace(lines[sku], stage=Stage.SUPERSEDED, booked_at=now))
            continue
        available = balances[sku, task.node, State.AVAILABLE]
        movement, held = rules.booking(
            lines[sku], task.node, found, available, movement=f"{prefix}-c{place:05}"
        )
        if movement is not None:
            movements.append(movement)
        looked.append(_mark(task, sku, found))
        exposed = risk.exposure(shelves[sku], found.counted_at)
        chance = risk.chance_of(found.difference, exposed, learned, every)
        after.append(
            structs.replace(
                lines[sku],
                stage=Stage.BOOKED,
                booked_at=now,
                movement=None if movement is None else movement.id,
                held_short=held,
                exposure=exposed,
                signals=shelves[sku].refused + shelves[sku].gaps,
                chance=chance,
                is_unusual=rules.is_unusual(found.difference, chance, task.policy),
            )
        )
    stock.put_right(tx, movements, actor=actor, now=now)
    stock.mark(tx, looked, now=now)
    store.begin_records_anew(tx, task.node, [(one.sku, one.counted_at) for one in looked])
    store.save_lines(tx, after)
    _tell_booked(tx, task, after)


def _mark(task: Task, sku: str, found: Found) -> Mark:
    return Mark(
        sku=sku,
        node=task.node,
        cause=f"count:{task.id}",
        counted_at=found.counted_at,
        quantity=found.counted,
    )


def end_if_done(tx: Connection, task: Task, *, actor: str, now: datetime) -> None:
    stages = views.task(tx, task.id).stages
    if any(stage.value in stages for stage in TO_DO):
        return
    lines = views.lines(tx, task.id, limit=MOST_LINES)
    store.end_task(tx, task.id, actor=actor, now=now)
    tell(tx, "count.closed", task, lines=len(lines))
    if task.kind is CountKind.SAMPLE:
        assert task.population is not None
        right = sum(line.difference == 0 for line in lines)
        lower, upper = sampling.interval(right, len(lines), task.population)
        measured = Accuracy(
            task=task.id,
            node=task.node,
            measured_at=now,
            population=task.population,
            sampled=len(lines),
            accurate=right,
            estimate=right / len(lines),
            lower=lower,
            upper=upper,
        )
        store.insert_accuracy(tx, measured)
        tell(tx, "accuracy.measured", task, estimate=measured.estimate, lower=lower, upper=upper)


def _tell_booked(tx: Connection, task: Task, lines: Sequence[Line]) -> None:
    subject = f"count:{task.id}"
    differ = [line for line in lines if line.difference]
    unusual = [line for line in lines if line.is_unusual]
    short = [line for line in lines if line.held_short]
    events.publish(
        tx,
        [
            *(Event(type="count.line.booked", subject=subject, node=task.node, data=line)
              for line in differ),
            *(Event(type="count.gap.unusual", subject=subject, node=task.node, data=line)
              for line in unusual),
            *(Event(type="count.held.short", subject=subject, node=task.node, data=line)
              for line in short),
        ],
    )  # fmt: skip


def tell(tx: Connection, type_: str, task: Task, **data: Any) -> None:
    events.publish(tx, [Event(type=type_, subject=f"count:{task.id}", node=task.node, data=data)])
