"""Verbs of counting: open, read, approve, book, cancel, learn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from noria.catalog import views as catalog
from noria.kit import trail
from noria.kit.auth import Actor, Permission
from noria.kit.db import Connection
from noria.kit.errors import IdReused, NotFound, Stale
from noria.kit.ids import uuid7
from noria.network import views as network
from noria.stock import actions as stock
from noria.stock.counts import risk, rules, sampling, store, views
from noria.stock.counts.booking import (
    MOST_LINES,
    book_lines,
    end_if_done,
    judge,
    lock_shelves,
    tell,
)
from noria.stock.counts.model import (
    TO_DO,
    Candidate,
    CountKind,
    Line,
    NoSuchCount,
    NothingToCount,
    NotInSample,
    Policy,
    Reading,
    RootCause,
    SampleIncomplete,
    Shortlist,
    Stage,
    Taken,
    Task,
    Uncounted,
)

CYCLE_LINES = 20
SMALL_NODE, SHORTLISTED = 2_000, 500
"""All shelves of a node with so few are ranked when somebody asks; of others, the best so many."""
SHORTLIST_LASTS = timedelta(hours=12)


def candidates(
    tx: Connection,
    node: str,
    *,
    now: datetime,
    after: int = 0,
    limit: int = 100,
    language: str = "en",
    with_value: bool = True,
) -> list[Candidate]:
    """What to count next at a node: the most money times the chance that the book is wrong.

    So many of them, after the first so many; without their money if not `with_value`. Of a large
    node the shelves of its shortlist are ranked, as they are now.
    """
    among = views.shortlist(tx, node) or _among_all(tx, node)
    found = views.shelves(tx, node, among.skus, with_counted=False)
    currencies = {shelf.sku: shelf.currency for shelf in found}
    ranked = risk.ranked(found, node, among.odds, now=now)
    return [
        risk.shown(one, currencies[one.sku], language, with_value=with_value)
        for one in ranked[after : after + limit]
    ]


def keep_shortlist(tx: Connection, *, now: datetime) -> str | None:
    """Look at the node whose shortlist is most overdue; None if none is."""
    node = views.due_for_shortlist(tx, since=now - SHORTLIST_LASTS, until=now)
    if node is None:
        return None
    among = _among_all(tx, node)
    found = views.shelves(tx, node)
    if len(found) > SMALL_NODE:
        best = risk.ranked(found, node, among.odds, now=now)[:SHORTLISTED]
        among = Shortlist(skus=tuple(one.sku for one in best), odds=among.odds)
    store.keep_shortlist(tx, node, among, now=now)
    return node


def _among_all(tx: Connection, node: str) -> Shortlist:
    return Shortlist(skus=None, odds=risk.odds(views.learned(tx, node), views.learned(tx)))


def open_task(
    tx: Connection,
    task: Task,
    *,
    skus: Sequence[str] | None = None,
    size: int | None = None,
    now: datetime,
) -> Task:
    """Open a count, with its lines chosen: those named, or the most worth it, or all, or a draw.

    Raises:
        UnknownCodes: a SKU or the node is not known here.
        NothingToCount: no line could be chosen.
        IdReused: there is a task of this id.
    """
    network.check_known(tx, [task.node])
    catalog.check_known(tx, skus or [])
    chosen: Mapping[str, Candidate | None]
    if task.kind is CountKind.SAMPLE:
        population = views.stocked(tx, task.node)
        drawn = sampling.sample_size(len(population)) if size is None else size
        assert task.seed is not None
        chosen = dict.fromkeys(sampling.draw(population, drawn, task.seed))
        task = structs.replace(task, population=len(population))
    elif skus is not None:
        chosen = dict.fromkeys(skus)
    elif task.kind is CountKind.FULL:
        chosen = dict.fromkeys(views.stocked(tx, task.node)[:MOST_LINES])
    else:
        best = candidates(tx, task.node, now=now, limit=size or CYCLE_LINES)
        chosen = {one.sku: one for one in best}
    if not chosen:
        raise NothingToCount(node=task.node)
    if views.tasks(tx, ids=[task.id], limit=1):
        raise IdReused(id=task.id)
    store.insert_task(tx, task)
    store.insert_lines(tx, task.id, list(chosen), list(chosen.values()))
    tell(tx, "count.opened", task, lines=len(chosen))
    return views.task(tx, task.id)


def read(
    tx: Connection, task_id: str, readings: Sequence[Reading], *, now: datetime
) -> dict[str, Taken]:
    """Take what was read off the shelves, in any order; what differs too much is read again.

    Raises:
        NoSuchCount, LineOver: it is over already.
        NotInSample: a sample holds what was drawn, and nothing else.
        UnknownCodes, FromTheFuture, IdReused: nothing was taken.
    """
    task = _open(tx, task_id)
    for one in readings:
        stock.check_time(one.counted_at, now)
    lines = _lines_for(tx, task, [one.sku for one in readings])
    dated = [
        one if one.round is not None else structs.replace(one, round=lines[one.sku].round)
        for one in readings
    ]
    new = store.insert_readings(tx, dated, now=now)
    for one in dated:
        if one.id not in new:
            raise IdReused(id=one.id)
    after = judge(tx, task, lines)
    wanted = [
        line for sku, line in after.items()
        if line.stage is Stage.RECOUNT and lines[sku].stage is not Stage.RECOUNT
    ]  # fmt: skip
    for line in wanted:
        tell(tx, "count.recount.wanted", task, sku=line.sku, round=line.round)
    store.save_lines(tx, list(after.values()))
    return {
        one.id: Taken(
            id=one.id, sku=one.sku, stage=after[one.sku].stage, round=after[one.sku].round
        )
        for one in dated
    }


def recount(tx: Connection, task_id: str, sku: str, *, actor: Actor) -> Line:
    """Have a line counted again, whatever its rounds said.

    Raises:
        NoSuchCount, LineOver: it is over already.
    """
    task = _open(tx, task_id)
    actor.must(Permission.COUNT_APPROVE, task.node)
    line = _lines_for(tx, task, [sku])[sku]
    if line.stage not in {Stage.OPEN, Stage.RECOUNT}:
        line = structs.replace(line, stage=Stage.RECOUNT, round=line.round + 1)
        store.save_lines(tx, [line])
        tell(tx, "count.recount.wanted", task, sku=sku, round=line.round)
    return line


def explain(tx: Connection, task_id: str, sku: str, root_cause: str, note: str) -> Line:
    """Say why the book was wrong; that may come to light after the booking."""
    views.check_root_cause(tx, root_cause)
    task = views.task(tx, task_id)
    line = _known(tx, task, sku)
    line = structs.replace(line, root_cause=root_cause, note=note)
    store.save_lines(tx, [line])
    return line


def approve(
    tx: Connection,
    task_id: str,
    sku: str,
    *,
    difference: int,
    root_cause: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> Line:
    """Approve a difference, and book it at once.

    Raises:
        Forbidden: it is so large that only operations may.
        NotToApprove, Stale, ApproverCounted, NoSuchCount: see `rules.check_approval`.
    """
    task = views.task(tx, task_id)
    actor.must(Permission.COUNT_APPROVE, task.node)
    views.check_root_cause(tx, root_cause)
    if not views.lines(tx, task.id, skus=[sku], limit=1):
        raise NotFound(what="count line", id=sku)
    lock_shelves(tx, task.node, [sku])
    store.lock_task(tx, task.id)
    lines = store.lock_lines(tx, task.id, [sku])
    if _is_approved(lines[sku], difference, actor.id):
        return lines[sku]
    if lines[sku].stage is Stage.APPROVAL:  # judged anew: what was told since may change it
        lines = judge(tx, task, lines)
    _still_open(tx, task.id)
    counters = [one.actor for one in store.readings(tx, task.id, [sku])[sku]]
    rules.check_approval(lines[sku], difference, task.policy, counters, actor.id)
    unit_cents = views.unit_cents(tx, [sku])[sku]
    if rules.is_large(difference, task.policy, unit_cents):
        actor.must(Permission.COUNT_APPROVE_LARGE, task.node)
    approved = structs.replace(
        lines[sku],
        stage=Stage.SETTLED,
        approved_at=now,
        approved_by=actor.id,
        root_cause=root_cause,
        note=note,
    )
    book_lines(tx, task, {sku: approved}, actor=actor.id, now=now)
    end_if_done(tx, task, actor=actor.id, now=now)
    return views.lines(tx, task.id, skus=[sku])[0]


def _is_approved(line: Line, difference: int, actor: str) -> bool:
    """Whether it was sent before: sent twice it is done once."""
    return (line.stage, line.approved_by, line.difference) == (Stage.BOOKED, actor, difference)


def book(
    tx: Connection, task_id: str, *, uncounted: Uncounted, actor: Actor, now: datetime
) -> Task:
    """Book every line that is settled; a task ends when none of its lines is left to do.

    Raises:
        NoSuchCount: it is over.
        SampleIncomplete: lines of a sample cannot be dropped.
    """
    task = _still_open(tx, task_id)
    if uncounted is not Uncounted.KEEP:
        actor.must(Permission.COUNT_APPROVE, task.node)
        if task.kind is CountKind.SAMPLE:
            raise SampleIncomplete
    known = views.lines(tx, task.id, limit=MOST_LINES)
    if uncounted is Uncounted.ZERO:
        open_skus = [line.sku for line in known if line.stage is Stage.OPEN]
        lock_shelves(tx, task.node, [line.sku for line in known if line.stage in TO_DO])
        _read_nothing(tx, task, open_skus, actor=actor.id, now=now)
        known = views.lines(tx, task.id, limit=MOST_LINES)
    skus = [line.sku for line in known if line.stage is Stage.SETTLED]
    lock_shelves(tx, task.node, skus)
    task = _alone(tx, task.id)
    lines = store.lock_lines(tx, task.id)
    judged = judge(
        tx, task, {sku: line for sku, line in lines.items()
                   if sku in set(skus) and line.stage is Stage.SETTLED}
    )  # fmt: skip
    settled = {sku: line for sku, line in judged.items() if line.stage is Stage.SETTLED}
    store.save_lines(tx, [line for sku, line in judged.items() if sku not in settled])
    book_lines(tx, task, settled, actor=actor.id, now=now)
    if uncounted is Uncounted.DROP:
        store.save_lines(
            tx,
            [
                structs.replace(line, stage=Stage.DROPPED)
                for line in lines.values()
                if line.stage is Stage.OPEN
            ],
        )
    end_if_done(tx, task, actor=actor.id, now=now)
    return views.task(tx, task.id)


def cancel(tx: Connection, task_id: str, *, actor: Actor, now: datetime) -> Task:
    """Give a task up; what was booked stays booked, and a second time changes nothing."""
    task = views.task(tx, task_id)
    actor.must(Permission.COUNT_APPROVE, task.node)
    store.lock_task(tx, task.id)
    store.lock_lines(tx, task.id)
    if task.ended_at is None and store.end_task(
        tx, task.id, actor=actor.id, now=now, is_cancelled=True
    ):
        tell(tx, "count.cancelled", task)
    return views.task(tx, task.id)


def learn(tx: Connection, *, now: datetime) -> int:
    """Let the ledger's news steer what is counted next."""
    return store.learn(tx, up_to=now)


def save_policy(
    tx: Connection,
    node: str,
    policy: Policy,
    *,
    actor: str,
    now: datetime,
    check: Callable[[int], None],
) -> None:
    """Set the limits of a node, for counts that are opened from now on.

    Raises:
        UnknownCodes: there is no such node.
        Stale: somebody else changed them; `check` refuses a version that was not read.
    """
    network.check_known(tx, [node])
    before, believed = views.policy(tx, node)
    if before == policy:
        return
    check(believed)
    if not store.save_policy(tx, node, policy, believed, now=now):
        raise Stale(believed=str(believed), current=str(views.policy(tx, node)[1]))
    trail.record(
        tx, actor=actor, action="count.limits.changed", subject=node, before=before, after=policy
    )


def save_root_cause(tx: Connection, cause: RootCause) -> RootCause:
    store.save_root_cause(tx, cause)
    return cause


def _open(tx: Connection, task_id: str) -> Task:
    """The task, kept from ending until this transaction does."""
    views.task(tx, task_id)
    store.keep_open(tx, task_id)
    return _still_open(tx, task_id)


def _alone(tx: Connection, task_id: str) -> Task:
    """The task, for whoever may end it: one after the other, so that the last one sees it done."""
    store.lock_task(tx, task_id)
    return _still_open(tx, task_id)


def _still_open(tx: Connection, task_id: str) -> Task:
    task = views.task(tx, task_id)
    if task.ended_at is not None:
        raise NoSuchCount(task=task.id)
    return task


def _known(tx: Connection, task: Task, sku: str) -> Line:
    lines = store.lock_lines(tx, task.id, [sku])
    if sku not in lines:
        raise NotFound(what="count line", id=sku)
    return lines[sku]


def _lines_for(tx: Connection, task: Task, skus: Sequence[str]) -> dict[str, Line]:
    """The lines that are read, locked; what nobody expected on a shelf becomes a line of it."""
    lines = store.lock_lines(tx, task.id, skus)
    extra = sorted(set(skus) - lines.keys())
    if extra:
        catalog.check_known(tx, extra)
        if task.kind is CountKind.SAMPLE:
            raise NotInSample(sku=extra[0], task=task.id)
        store.insert_lines(tx, task.id, extra, [None] * len(extra))
        lines = store.lock_lines(tx, task.id, skus)
    for line in lines.values():
        rules.check_open(line)
    return lines


def _read_nothing(
    tx: Connection, task: Task, skus: Sequence[str], *, actor: str, now: datetime
) -> None:
    """Nobody found any: read as nothing, and judged like any other reading."""
    if not skus:
        return
    key = uuid7(int(now.timestamp() * 1000))
    read(
        tx,
        task.id,
        [
            Reading(
                id=f"{key}-{place:05}",
                task=task.id,
                sku=sku,
                quantity=0,
                counted_at=now,
                actor=actor,
            )
            for place, sku in enumerate(skus)
        ],
        now=now,
    )
