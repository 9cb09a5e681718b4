"""The ledger at the door: book movements and counts, read balances and their history."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import (
    PAGE,
    BatchAnswer,
    Door,
    Instant,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    aware,
    cursor,
    page,
    posts,
    puts,
    reads,
)
from noria.kit.ids import Code, Quantity
from noria.stock import actions, history_views, total_views, views
from noria.stock.history_model import Basis
from noria.stock.model import (
    Balance,
    Booked,
    Counted,
    Difference,
    Move,
    Movement,
    MovementKind,
    NodeUnits,
    Place,
    State,
)
from noria.stock.tracked.model import NamedLots, Serials, check_named, lot_units

SINGLE = "PUT /v1/movements/{movement_id}"


QueryAt = Annotated[
    datetime | None, QueryParameter(description="As it was then (with its offset); none for now.")
]
QueryBasis = Annotated[
    Basis,
    QueryParameter(
        description="With `at`: what had happened by then, or what was recorded by then."
    ),
]


class FactKind(Enum):
    """What anyone may report. Reserving, shipping, transferring have addresses of their own."""

    RECEIVED = "received"
    SOLD = "sold"
    RETURNED = "returned"
    PRODUCED = "produced"
    INSPECTED = "inspected"
    DAMAGED = "damaged"
    SCRAPPED = "scrapped"
    DONATED = "donated"
    FOUND = "found"
    LOST = "lost"
    CORRECTED = "corrected"


class FactState(Enum):
    """States that a reported movement may touch; the others belong to orders and transfers."""

    AVAILABLE = "available"
    HOLD = "hold"
    DAMAGED = "damaged"
    OUTSIDE = "outside"


class FactMove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of one SKU going from one state to another at the node of the movement."""

    sku: Code
    quantity: Quantity
    source: FactState
    target: Annotated[FactState, Meta(examples=["outside"])]
    lots: NamedLots = ()
    serials: Serials = ()

    def __post_init__(self) -> None:
        if self.source is self.target:
            raise ValueError("source and target are the same state: nothing would move")
        check_named(self.quantity, self.lots, self.serials)


class MovementBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A movement that has happened at a node."""

    kind: FactKind
    node: Code
    cause: Annotated[
        str, Meta(pattern=r"^[a-z_]{1,30}:[^\s]{1,99}$", examples=["till:T3-2026-11-27-0042"])
    ]
    happened_at: Instant
    moves: Annotated[tuple[FactMove, ...], Meta(min_length=1, max_length=1000)]
    reason: Annotated[str, Meta(max_length=500)] = ""

    def __post_init__(self) -> None:
        units = [(move.sku, serial) for move in self.moves for serial in move.serials]
        if len(set(units)) < len(units):
            raise ValueError("a serial is there twice: one movement moves a unit once")


class MovementItem(MovementBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A movement in a batch, with the id that its sender gave it."""

    id: Code


class MovementBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[MovementItem, ...], Meta(min_length=1, max_length=1000)]


class CountBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sellable units that somebody counted at a node."""

    node: Code
    counted_at: Instant
    lines: Annotated[tuple[Counted, ...], Meta(min_length=1, max_length=10_000)]


class CountBooked(Struct, frozen=True, kw_only=True):
    id: str
    differences: tuple[Difference, ...]


@puts("/movements/{movement_id:str}", Permission.STOCK_WRITE)
def put_movement(
    movement_id: PathCode, data: JSONBody[MovementBody], door: NamedDependency[Door]
) -> Response[Booked]:
    """Book a movement that has happened; sent twice, it is booked once."""
    door.actor.must(Permission.STOCK_WRITE, data.node)

    def book(tx: Connection, now: datetime) -> Booked:
        gaps = actions.book(tx, [_movement(movement_id, data)], actor=door.actor.id, now=now)
        return Booked(id=movement_id, recorded_at=now, gaps=gaps)

    return door.once(movement_id, data, book)


@posts("/movements/batch", Permission.STOCK_WRITE)
def post_movements(
    data: JSONBody[MovementBatch], door: NamedDependency[Door]
) -> Response[BatchAnswer[Booked]]:
    """Book many movements; each is answered for itself, and a bad one does not hide the others."""
    door.actor.must(Permission.STOCK_WRITE, *{item.node for item in data.items})
    movements = {item.id: _movement(item.id, item) for item in data.items}

    def book(tx: Connection, now: datetime, ids: list[str]) -> Mapping[str, Booked]:
        gaps = actions.book(tx, [movements[key] for key in ids], actor=door.actor.id, now=now)
        return {
            key: Booked(
                id=key, recorded_at=now, gaps=tuple(gap for gap in gaps if gap.movement == key)
            )
            for key in ids
        }

    return door.batch(SINGLE, [(item.id, _body(item)) for item in data.items], book)


@puts("/counts/{count_id:str}", Permission.STOCK_WRITE)
def put_count(
    count_id: PathCode, data: JSONBody[CountBody], door: NamedDependency[Door]
) -> Response[CountBooked]:
    """Make the book say what was counted as sellable; what differed is booked, and answered."""
    door.actor.must(Permission.STOCK_WRITE, data.node)

    def count(tx: Connection, now: datetime) -> CountBooked:
        differences = actions.count(
            tx,
            count_id,
            data.node,
            data.lines,
            counted_at=data.counted_at,
            actor=door.actor.id,
            now=now,
        )
        return CountBooked(id=count_id, differences=tuple(differences))

    return door.once(count_id, data, count)


@reads("/balances", Permission.STOCK_READ)
def get_balances(
    door: NamedDependency[Door],
    sku: QueryCodes = None,
    node: QueryCodes = None,
    at: QueryAt = None,
    basis: QueryBasis = Basis.HAPPENED,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Balance]:
    """Units at each place, where there are any; outside is shown as what went in less what left.

    With `at`, as they were: in the world, told with what we know today, or as we knew it then.
    """
    after, when = cursor(page_cursor, 3), aware("at", at)
    nodes = door.nodes(Permission.STOCK_READ, node)

    def ask(tx: Connection) -> list[Balance]:
        if when is None:
            return views.balances(tx, skus=sku, nodes=nodes, after=after, limit=limit + 1)
        return history_views.balances_at(
            tx, when, basis, skus=sku, nodes=nodes, after=after, limit=limit + 1
        )

    found = door.read(ask)
    return page(found, limit, lambda row: (row.sku, row.node, row.state))


@reads("/node-units", Permission.STOCK_READ)
def get_node_units(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[NodeUnits]:
    """Units of all SKUs by node and state, where there are any."""
    nodes = door.nodes(Permission.STOCK_READ, node)
    after = str((cursor(page_cursor, 1) or [""])[0])
    found = door.read(lambda tx: total_views.by_node(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.node,))


def _movement(movement_id: str, body: MovementBody) -> Movement:
    return Movement(
        id=movement_id,
        kind=MovementKind(body.kind.value),
        cause=body.cause,
        happened_at=body.happened_at,
        moves=tuple(_move(body.node, move) for move in body.moves),
        reason=body.reason,
    )


def _move(node: str, move: FactMove) -> Move:
    source, target = State(move.source.value), State(move.target.value)
    return Move(
        sku=move.sku,
        quantity=move.quantity,
        source=Place(node, source),
        target=Place(node, target),
        lots=lot_units(move.lots),
        serials=move.serials,
    )


def _body(item: MovementItem) -> MovementBody:
    """The item as it would be sent alone: an id means the same by either way."""
    return MovementBody(
        kind=item.kind,
        node=item.node,
        cause=item.cause,
        happened_at=item.happened_at,
        moves=item.moves,
        reason=item.reason,
    )


routes = [put_movement, post_movements, put_count, get_balances, get_node_units]
