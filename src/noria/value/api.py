"""Value at the door: what stock is worth, what a SKU costs, what it cost to get it here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection, freeze
from noria.kit.errors import Fault, Invalid
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    puts,
    reads,
)
from noria.value import actions, part_views, views
from noria.value.model import (
    By,
    Entry,
    GradeWorth,
    LandedCost,
    Line,
    NewLandedCost,
    NodeCost,
    StockValue,
    Total,
)

MOST_STRETCHES = 50
"""As many stretches of moves a question waits for before it says how far value is booked."""

QueryAt = Annotated[
    datetime | None,
    QueryParameter(description="As the book stood then (with its offset); none for now."),
]
QueryBy = Annotated[By, QueryParameter(description="What value is added up by.")]


class Grade(Struct, frozen=True, kw_only=True):
    """What a returned unit of a condition is worth, in percent of its cost."""

    grade: str
    percent: int


@reads("/stock-value", Permission.VALUE_READ)
def get_stock_value(
    door: NamedDependency[Door],
    at: QueryAt = None,
    node: QueryCodes = None,
    by: QueryBy = By.NODE,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> StockValue:
    """What stock is worth at weighted average cost, in whole cents that add up to its totals.

    `booked` says how far value is booked: what moved after it is not in these figures.
    """
    if at is not None and at.tzinfo is None:
        raise Invalid(faults=[Fault("/at", "it has no offset from UTC")])
    nodes, after = door.nodes(Permission.VALUE_READ, node), cursor(page_cursor, 2)
    ask_lines = part_views.lines if by in {By.STATE, By.GRADE} else views.lines
    _catch_up(door)

    def ask(tx: Connection) -> StockValue:
        freeze(tx)
        lines = ask_lines(tx, by, at=at, nodes=nodes, after=after, limit=limit + 1)
        totals = views.totals(tx, at=at, nodes=nodes) if after is None else None
        return _stock_value(lines, totals, limit, at, tx)

    return door.read(ask)


@reads("/skus/{sku:str}/cost", Permission.VALUE_READ)
def get_cost(
    sku: PathCode,
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[NodeCost]:
    """What a SKU costs at each node: its weighted average, or the last one where none is left."""
    nodes, after = door.nodes(Permission.VALUE_READ, node), cursor(page_cursor, 1) or [""]
    _catch_up(door)
    found = door.read(
        lambda tx: views.node_costs(tx, sku, nodes=nodes, after=str(after[0]), limit=limit + 1)
    )
    return page(found, limit, lambda one: (one.node,))


@reads("/skus/{sku:str}/nodes/{node:str}/cost-entries", Permission.VALUE_READ)
def get_cost_entries(
    sku: PathCode,
    node: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Entry]:
    """Why a SKU costs at a node what it costs: every change of its value, newest first."""
    door.actor.must(Permission.VALUE_READ, node)
    before = cursor(page_cursor, 1)
    if before is not None and not isinstance(before[0], int):
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")])
    _catch_up(door)
    found = door.read(
        lambda tx: views.entries(
            tx, sku, node, before=None if before is None else before[0], limit=limit + 1
        )
    )
    return page(found, limit, lambda one: (one.seq,))


@puts("/landed-costs/{landed_cost_id:str}", Permission.VALUE_WRITE)
def put_landed_cost(
    landed_cost_id: PathCode, data: JSONBody[NewLandedCost], door: NamedDependency[Door]
) -> Response[LandedCost]:
    """Spread freight, duty or handling over the lines of a receipt, by value, weight or units."""
    node = door.read(lambda tx: views.node_of_receipt(tx, data.receipt))
    if node is not None:
        door.actor.must(Permission.VALUE_WRITE, node)
    _catch_up(door)
    return door.once(
        landed_cost_id,
        data,
        lambda tx, now: actions.land(tx, landed_cost_id, data, actor=door.actor.id, now=now),
    )


@reads("/receipts/{receipt_id:str}/landed-costs", Permission.VALUE_READ)
def get_landed_costs(receipt_id: PathCode, door: NamedDependency[Door]) -> Sequence[LandedCost]:
    """What was spread over a receipt so far, and how much of it went to units still there."""
    node = door.read(lambda tx: views.node_of_receipt(tx, receipt_id))
    if node is not None:
        door.actor.must(Permission.VALUE_READ, node)
    return door.read(lambda tx: views.landed_costs(tx, receipt_id))


@reads("/grades", Permission.VALUE_READ)
def get_grades(door: NamedDependency[Door]) -> Sequence[Grade]:
    """What returned units are worth by condition, in percent of their cost."""
    found = door.read(views.grades)
    return [Grade(grade=grade, percent=percent) for grade, percent in found.items()]


@puts("/grades/{grade:str}", Permission.VALUE_WRITE)
def put_grade(
    grade: PathCode, data: JSONBody[GradeWorth], door: NamedDependency[Door]
) -> Response[Grade]:
    """Say what a returned unit of a condition is worth, in percent of its cost."""

    def change(tx: Connection, _now: datetime) -> Grade:
        percent = actions.set_grade(tx, grade, data.percent, actor=door.actor.id)
        return Grade(grade=grade, percent=percent)

    return door.act(data, change)


def _catch_up(door: Door) -> None:
    """Let value follow first, as far as that goes in reasonable time."""
    for _ in range(MOST_STRETCHES):
        before = door.db.run(views.booked)
        if before.is_current or door.db.run(actions.follow).seq == before.seq:
            return


def _stock_value(
    lines: Sequence[Line],
    totals: Sequence[Total] | None,
    limit: int,
    at: datetime | None,
    tx: Connection,
) -> StockValue:
    shown = page(lines, limit, lambda one: (one.key, one.currency))
    return StockValue(
        items=shown.items, next=shown.next, totals=totals, at=at, booked=views.booked(tx)
    )


routes = [
    get_stock_value,
    get_cost,
    get_cost_entries,
    put_landed_cost,
    get_landed_costs,
    get_grades,
    put_grade,
]
