"""Counting at the door: what to count next, tasks, readings, approvals, accuracy."""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import structs

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import Fault, Invalid
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_version,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.network import views as network
from noria.stock.counts import actions, sampling, views
from noria.stock.counts.bodies import (
    ApprovalBody,
    BookingBody,
    CauseBody,
    NodeAccuracy,
    ReadingBatch,
    ReadingBody,
    ReadingItem,
    RootCauseBody,
    TaskBody,
)
from noria.stock.counts.model import (
    TO_DO,
    Candidate,
    CountKind,
    Line,
    Policy,
    Reading,
    RootCause,
    Stage,
    Taken,
    Task,
)

SINGLE = "PUT /v1/count-tasks/{task}/readings/{reading}"

QueryNode = Annotated[str, QueryParameter(name="node", max_length=64, description="The node.")]
QueryStage = Annotated[
    str | None,
    QueryParameter(description="Only this stage.", enum=[stage.value for stage in Stage]),
]
QueryOpen = Annotated[
    bool | None, QueryParameter(description="Only those that are open, or that are over.")
]


@reads("/counts/next", Permission.STOCK_READ)
def get_counts_next(
    door: NamedDependency[Door],
    node: QueryNode,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Candidate]:
    """What to count next at a node, the most worth it first, each with its reasons in words.

    The money that a count is expected to put right: the chance that the book is wrong, which grows
    with time, movements and every refused pick, times what is usually off; docs/counts.md has the
    formula. Who may not read values sees the order
    and the reasons, but no money.
    """
    door.actor.must(Permission.STOCK_READ, node)
    (shown,) = cursor(page_cursor, 1) or [0]
    if not isinstance(shown, int) or shown < 0:
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")])

    def ranked(tx: Connection) -> list[Candidate]:
        return actions.candidates(
            tx,
            node,
            now=clock.now(tx),
            after=shown,
            limit=limit + 1,
            language=door.actor.language,
            with_value=door.actor.may(Permission.VALUE_READ, node),
        )

    return page(door.read(ranked), limit, lambda _: (shown + limit,))


@puts("/count-tasks/{task:str}", Permission.COUNT_WORK)
def put_count_task(
    task: PathCode, data: JSONBody[TaskBody], door: NamedDependency[Door]
) -> Response[Task]:
    """Open a count: the lines most worth it, all of a node, or a random sample of it.

    Full counts and samples are opened by whoever approves counts; other tolerances and limits than
    usual are given by operations.
    """
    door.actor.must(Permission.COUNT_WORK, data.node)
    if data.kind is not CountKind.CYCLE:
        door.actor.must(Permission.COUNT_APPROVE, data.node)
    if data.policy is not None:
        door.actor.must(Permission.COUNT_APPROVE_LARGE, data.node)
    seed = zlib.crc32(task.encode()) >> 1 if data.seed is None else data.seed

    def opened(tx: Connection, now: datetime) -> Task:
        new = Task(
            id=task,
            node=data.node,
            kind=data.kind,
            is_blind=data.is_blind,
            policy=data.policy or views.policy(tx, data.node)[0],
            opened_at=now,
            opened_by=door.actor.id,
            seed=seed if data.kind is CountKind.SAMPLE else None,
        )
        return actions.open_task(tx, new, skus=data.skus, size=data.size, now=now)

    return door.once(task, data, opened)


@reads("/count-tasks", Permission.STOCK_READ)
def get_count_tasks(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    is_open: QueryOpen = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Task]:
    """Counts with their progress, the newest first."""
    nodes, after = door.nodes(Permission.STOCK_READ, node), cursor(page_cursor, 2)
    found = door.read(
        lambda tx: views.tasks(tx, nodes=nodes, is_open=is_open, after=after, limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.opened_at.isoformat(), one.id))


@reads("/count-tasks/{task:str}", Permission.STOCK_READ)
def get_count_task(task: PathCode, door: NamedDependency[Door]) -> Task:
    """A count with its progress: how many lines are how far."""
    found = door.read(lambda tx: views.task(tx, task))
    door.actor.must(Permission.STOCK_READ, found.node)
    return found


@reads("/count-tasks/{task:str}/lines", Permission.STOCK_READ)
def get_count_lines(
    task: PathCode,
    door: NamedDependency[Door],
    stage: QueryStage = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Line]:
    """The lines of a count, by SKU. Of a blind count, who counts does not see what is expected."""
    (after,) = cursor(page_cursor, 1) or [""]

    def lines(tx: Connection) -> list[Line]:
        found = views.task(tx, task)
        door.actor.must(Permission.STOCK_READ, found.node)
        some = views.lines(tx, task, stage=stage, after=str(after), limit=limit + 1)
        return [_shown(door, found, line) for line in some]

    return page(door.read(lines), limit, lambda line: (line.sku,))


@puts("/count-tasks/{task:str}/readings/{reading:str}", Permission.COUNT_WORK)
def put_count_reading(
    task: PathCode, reading: PathCode, data: JSONBody[ReadingBody], door: NamedDependency[Door]
) -> Response[Taken]:
    """Say what was counted of a SKU; the answer says whether it has to be counted again."""

    def take(tx: Connection, now: datetime) -> Taken:
        _check_may_work(door, tx, task)
        return actions.read(tx, task, [_reading(door, task, reading, data)], now=now)[reading]

    return door.once(reading, (task, data), take)


@posts("/count-tasks/{task:str}/readings/batch", Permission.COUNT_WORK)
def post_count_readings(
    task: PathCode, data: JSONBody[ReadingBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Taken]]:
    """Say what was counted of many SKUs, in any order; each reading is answered for itself."""
    items = {item.id: _body(item) for item in data.items}

    def take(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Taken]:
        _check_may_work(door, tx, task)
        readings = [_reading(door, task, key, items[key]) for key in ids]
        return actions.read(tx, task, readings, now=now)

    return door.batch(SINGLE, [(item.id, (task, items[item.id])) for item in data.items], take)


@puts("/count-tasks/{task:str}/lines/{sku:str}/recount", Permission.COUNT_APPROVE)
def put_count_recount(task: PathCode, sku: PathCode, door: NamedDependency[Door]) -> Response[Line]:
    """Have a line counted again, whatever its readings said."""
    return door.act((task, sku), lambda tx, _: actions.recount(tx, task, sku, actor=door.actor))


@puts("/count-tasks/{task:str}/lines/{sku:str}/approval", Permission.COUNT_APPROVE)
def put_count_approval(
    task: PathCode, sku: PathCode, data: JSONBody[ApprovalBody], door: NamedDependency[Door]
) -> Response[Line]:
    """Approve a difference above the limit; it is booked at once.

    It carries the difference that the approver saw: what was told meanwhile may have changed it.
    """

    def approve(tx: Connection, now: datetime) -> Line:
        return actions.approve(
            tx,
            task,
            sku,
            difference=data.difference,
            root_cause=data.root_cause,
            note=data.note,
            actor=door.actor,
            now=now,
        )

    return door.act((task, sku, data), approve)


@puts("/count-tasks/{task:str}/lines/{sku:str}/root-cause", Permission.COUNT_WORK)
def put_line_cause(
    task: PathCode, sku: PathCode, data: JSONBody[CauseBody], door: NamedDependency[Door]
) -> Response[Line]:
    """Say why the book was wrong, before or after it is booked."""

    def explain(tx: Connection, _: datetime) -> Line:
        found = _check_may_work(door, tx, task)
        line = actions.explain(tx, task, sku, data.root_cause, data.note)
        return _shown(door, found, line)

    return door.act((task, sku, data), explain)


@posts("/count-tasks/{task:str}/booking", Permission.COUNT_WORK)
def post_count_booking(
    task: PathCode, data: JSONBody[BookingBody], door: NamedDependency[Door]
) -> Response[Task]:
    """Book what is settled; ask as often as you like. When nothing is left to do, the count ends.

    Dropping what nobody counted, or taking it for empty, is for whoever approves counts.
    """

    def book(tx: Connection, now: datetime) -> Task:
        _check_may_work(door, tx, task)
        return actions.book(tx, task, uncounted=data.uncounted, actor=door.actor, now=now)

    return door.act((task, data), book)


@puts("/count-tasks/{task:str}/cancellation", Permission.COUNT_APPROVE)
def put_count_cancellation(task: PathCode, door: NamedDependency[Door]) -> Response[Task]:
    """Give a count up; what was booked stays booked."""
    return door.act(task, lambda tx, now: actions.cancel(tx, task, actor=door.actor, now=now))


@reads("/nodes/{node:str}/accuracy", Permission.STOCK_READ)
def get_accuracy(
    node: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> NodeAccuracy:
    """The share of a node's records that are right, with its 95 % interval, sample by sample."""
    door.actor.must(Permission.STOCK_READ, node)
    after = cursor(page_cursor, 2)

    def measured(tx: Connection) -> NodeAccuracy:
        network.check_known(tx, [node])
        newest = views.accuracies(tx, node, limit=2)
        found = views.accuracies(tx, node, after=after, limit=limit + 1)
        shown = page(found, limit, lambda one: (one.measured_at.isoformat(), one.task))
        return NodeAccuracy(
            last=newest[0] if newest else None,
            trend=sampling.trend(*newest) if len(newest) == 2 else None,
            items=tuple(shown.items),
            next=shown.next,
        )

    return door.read(measured)


@reads("/nodes/{node:str}/count-limits", Permission.STOCK_READ, has_version=True)
def get_count_limits(node: PathCode, door: NamedDependency[Door]) -> Response[Policy]:
    """When a difference at this node is counted again, approved, or raises an alert."""
    door.actor.must(Permission.STOCK_READ, node)

    def known(tx: Connection) -> tuple[Policy, int]:
        network.check_known(tx, [node])
        return views.policy(tx, node)

    return door.show(known)


@puts("/nodes/{node:str}/count-limits", Permission.COUNT_APPROVE_LARGE, has_version=True)
def put_count_limits(
    node: PathCode, data: JSONBody[Policy], door: NamedDependency[Door]
) -> Response[Policy]:
    """Set the limits of this node, for counts that are opened from now on."""
    door.actor.must(Permission.COUNT_APPROVE_LARGE, node)

    def save(tx: Connection, now: datetime) -> tuple[Policy, int]:
        actions.save_policy(
            tx,
            node,
            data,
            actor=door.actor.id,
            now=now,
            check=lambda version: check_version(door, version),
        )
        return views.policy(tx, node)

    return door.edit(save)


@reads("/root-causes", Permission.STOCK_READ)
def get_root_causes(door: NamedDependency[Door]) -> Page[RootCause]:
    """Why books are wrong: the list that a difference is explained with."""
    return Page(door.read(views.root_causes))


@puts("/root-causes/{code:str}", Permission.COUNT_APPROVE_LARGE)
def put_root_cause(
    code: PathCode, data: JSONBody[RootCauseBody], door: NamedDependency[Door]
) -> Response[RootCause]:
    """Add a reason to the list, reword it, or no longer offer it."""
    door.actor.must_everywhere(Permission.COUNT_APPROVE_LARGE)
    cause = RootCause(code=code, en=data.en, fr=data.fr, is_offered=data.is_offered)
    return door.act((code, data), lambda tx, _: actions.save_root_cause(tx, cause))


def _check_may_work(door: Door, tx: Connection, task: str) -> Task:
    found = views.task(tx, task)
    door.actor.must(Permission.COUNT_WORK, found.node)
    return found


def _shown(door: Door, task: Task, line: Line) -> Line:
    """A line as the actor may see it.

    Who counts blindly sees of a line to do neither what is expected nor how far off it is; what a
    difference is worth is for those who approve it, or who read values.
    """
    does_approve = door.actor.may(Permission.COUNT_APPROVE, task.node)
    if not does_approve and not door.actor.may(Permission.VALUE_READ, task.node):
        line = structs.replace(line, value_cents=None)
    is_told = not task.is_blind or does_approve
    if is_told or line.stage not in TO_DO:
        return line
    return structs.replace(line, expected=None, difference=None, value_cents=None)


def _reading(door: Door, task: str, key: str, body: ReadingBody) -> Reading:
    return Reading(
        id=key,
        task=task,
        sku=body.sku,
        quantity=body.quantity,
        counted_at=body.counted_at,
        actor=door.actor.id,
        round=body.round,
        location=body.location,
        is_last=body.is_last,
    )


def _body(item: ReadingItem) -> ReadingBody:
    """The item as it would be sent alone: an id means the same by either way."""
    return ReadingBody(
        sku=item.sku,
        quantity=item.quantity,
        counted_at=item.counted_at,
        location=item.location,
        is_last=item.is_last,
        round=item.round,
    )


routes = [
    get_counts_next,
    put_count_task,
    get_count_tasks,
    get_count_task,
    get_count_lines,
    put_count_reading,
    post_count_readings,
    put_count_recount,
    put_count_approval,
    put_line_cause,
    post_count_booking,
    put_count_cancellation,
    get_accuracy,
    get_count_limits,
    put_count_limits,
    get_root_causes,
    put_root_cause,
]
