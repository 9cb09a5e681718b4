"""The ledger's history at the door: why it is what it is, over a period, and undoing a movement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from noria.kit import clock
from noria.kit.auth import Permission
from noria.kit.db import Connection, freeze
from noria.kit.errors import Fault, Invalid, NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    aware,
    cursor,
    puts,
    reads,
    token,
)
from noria.kit.ids import Code
from noria.stock import history_actions, history_views
from noria.stock.history_model import INSIDE, Correction, History, Mark, Period, Told, Wanted
from noria.stock.model import Entry, Gap, Move, MovementKind, State

KEY_LENGTH = 3 + len(INSIDE)
"""A cursor into a history: seq, state, line, and a level for each state inside our walls."""

QueryStates = Annotated[
    list[State] | None,
    QueryParameter(name="state", description="Only these states.", max_items=len(State)),
]
QueryKinds = Annotated[
    list[MovementKind] | None,
    QueryParameter(description="Only movements of these kinds.", max_items=len(MovementKind)),
]
QueryWords = Annotated[
    list[str] | None,
    QueryParameter(description="Only these; repeat the parameter for several.", max_items=50),
]
QuerySince = Annotated[
    datetime | None, QueryParameter(description="Recorded after this instant (with its offset).")
]
QueryUntil = Annotated[
    datetime | None, QueryParameter(description="Recorded by this instant (with its offset).")
]


class CorrectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a movement is undone, and the id that the movement undoing it shall have."""

    id: Code
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["typed 10 for 1"])]


class Corrected(Correction, frozen=True, kw_only=True):
    """A correction, with units that the mirror image took and the book did not know."""

    gaps: Sequence[Gap] = ()


@reads("/skus/{sku:str}/nodes/{node:str}/entries", Permission.STOCK_READ)
def get_entries(
    sku: PathCode,
    node: PathCode,
    door: NamedDependency[Door],
    states: QueryStates = None,
    kind: QueryKinds = None,
    cause: QueryWords = None,
    actor: QueryWords = None,
    since: QuerySince = None,
    until: QueryUntil = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Entry]:
    """Why a SKU's units at a node are what they are: every change, newest first.

    A page of a filtered history may hold few entries or none, and still have a `next`.
    """
    door.actor.must(Permission.STOCK_READ, node)
    wanted = Wanted(
        states=None if states is None else frozenset(states),
        kinds=None if kind is None else frozenset(kind),
        causes=None if cause is None else frozenset(cause),
        actors=None if actor is None else frozenset(actor),
        since=aware("since", since),
        until=aware("until", until),
    )
    mark = _mark(page_cursor)

    def ask(tx: Connection) -> History:
        freeze(tx)
        return history_actions.entries(tx, sku, node, wanted=wanted, mark=mark, limit=limit)

    told = door.read(ask)
    return Page(told.entries, None if told.mark is None else token(_key(told.mark)))


@reads("/skus/{sku:str}/nodes/{node:str}/period", Permission.STOCK_READ)
def get_period(
    sku: PathCode,
    node: PathCode,
    door: NamedDependency[Door],
    since: Annotated[
        datetime, QueryParameter(description="Opening: as the book stood then (with its offset).")
    ],
    until: QueryUntil = None,
) -> Period:
    """A SKU at a node in one line a state: opening, what came and left by kind, closing."""
    door.actor.must(Permission.STOCK_READ, node)
    first, last = aware("since", since), aware("until", until)
    assert first is not None

    def ask(tx: Connection) -> Period:
        freeze(tx)
        end = last or clock.now(tx)
        if end < first:
            raise Invalid(faults=[Fault("/until", "it is before since")])
        return history_actions.period(tx, sku, node, since=first, until=end)

    return door.read(ask)


@reads("/movements/{movement_id:str}", Permission.STOCK_READ)
def get_movement(movement_id: PathCode, door: NamedDependency[Door]) -> Told:
    """One movement: its moves, its cause, who booked it and when, and what corrects it.

    Who reads the stock of some nodes sees the moves that touch them, and no others.
    """
    found = door.read(lambda tx: history_views.told(tx, movement_id))
    if found is None:
        raise NotFound(what="movement", id=movement_id)
    shown = [move for move in found.moves if _may_see(door, move)]
    if not shown:
        door.actor.must(Permission.STOCK_READ, found.moves[0].target.node)
    return structs.replace(found, moves=shown)


def _may_see(door: Door, move: Move) -> bool:
    return any(
        door.actor.may(Permission.STOCK_READ, place.node) for place in (move.source, move.target)
    )


@puts("/movements/{movement_id:str}/correction", Permission.STOCK_WRITE)
def put_correction(
    movement_id: PathCode, data: JSONBody[CorrectionBody], door: NamedDependency[Door]
) -> Response[Corrected]:
    """Undo a movement by its mirror image, once; both stay in the book."""
    wrong = door.read(lambda tx: history_views.movement(tx, movement_id))
    if wrong is None:
        raise NotFound(what="movement", id=movement_id)
    nodes = {place.node for move in wrong.moves for place in (move.source, move.target)}
    door.actor.must(Permission.STOCK_WRITE, *sorted(nodes))

    def correct(tx: Connection, now: datetime) -> Corrected:
        done, gaps = history_actions.correct(
            tx, movement_id, data.id, reason=data.reason, actor=door.actor.id, now=now
        )
        return Corrected(
            id=done.id,
            movement=done.movement,
            happened_at=done.happened_at,
            recorded_at=done.recorded_at,
            gaps=gaps,
        )

    return door.once(f"{movement_id} {data.id}", data, correct)


def _key(mark: Mark) -> list[str | int]:
    assert mark.state is not None
    levels = [mark.levels[state] for state in INSIDE]
    return [mark.seq, mark.state.value, mark.line, *levels]


def _mark(page_cursor: str | None) -> Mark | None:
    """The mark that a cursor stands for: seq, state, line, and a level for each state."""
    key = cursor(page_cursor, KEY_LENGTH)
    if key is None:
        return None
    state = {one.value: one for one in State}.get(str(key[1]))
    numbers = [part for part in (key[0], *key[2:]) if isinstance(part, int)]
    if state is None or len(numbers) != KEY_LENGTH - 1:
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")])
    seq, line, *levels = numbers
    return Mark(seq=seq, line=line, state=state, levels=dict(zip(INSIDE, levels, strict=True)))


routes = [get_entries, get_period, get_movement, put_correction]
