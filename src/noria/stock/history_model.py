"""The nouns of the ledger's history: which clock is asked, what is wanted of it, where to go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.stock.model import Entry, Move, MovementKind, State

INSIDE: tuple[State, ...] = tuple(state for state in State if state is not State.OUTSIDE)
"""States within our walls, in the order in which they are told."""


class Basis(Enum):
    """The world as it was, told with what we know today; or as we knew it then."""

    HAPPENED = "happened"
    RECORDED = "recorded"


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries of a history to show: None is all. `since` is left out, `until` is in."""

    states: frozenset[State] | None = None
    kinds: frozenset[MovementKind] | None = None
    causes: frozenset[str] | None = None
    actors: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None


class End(Struct, frozen=True, kw_only=True):
    """One end of a move at a node."""

    seq: int
    movement: str
    line: int
    kind: MovementKind
    cause: str
    reason: str
    actor: str
    happened_at: datetime
    recorded_at: datetime
    state: State
    change: int


LAST_LINE = 2**15 - 1


class Mark(Struct, frozen=True, kw_only=True):
    """How far back a history was told: everything after this end of that line, and the levels then.

    A move for several causes has a line for each. Without a `state`, the move itself is still to be
    told, whole.
    """

    seq: int
    line: int = LAST_LINE
    state: State | None
    levels: Mapping[State, int]


class History(Struct, frozen=True, kw_only=True):
    """Entries, newest first; `mark` is where to go on, and None at the beginning of it all."""

    entries: Sequence[Entry]
    mark: Mark | None


class Flow(Struct, frozen=True, kw_only=True):
    """Units that came to a place, and left it, by movements of one kind."""

    state: State
    kind: MovementKind
    came: int
    left: int


class PeriodOfState(Struct, frozen=True, kw_only=True):
    """A place over a period: opening + came - left = closing."""

    state: State
    opening: int
    came: int
    left: int
    closing: int
    kinds: Sequence[Flow]


class Period(Struct, frozen=True, kw_only=True):
    """A SKU at a node from after `since` to `until`, in the order in which it was booked."""

    sku: str
    node: str
    since: datetime
    until: datetime
    states: Sequence[PeriodOfState]


class Correction(Struct, frozen=True, kw_only=True):
    """A movement was undone by its mirror image; both stay in the book."""

    id: str
    movement: str
    happened_at: datetime
    recorded_at: datetime


class BookedMove(Move, frozen=True, kw_only=True):
    """A move in the book; `cause` is what it is for, where its movement is for several causes."""

    cause: str | None = None


class Told(Struct, frozen=True, kw_only=True):
    """A movement as it is in the book, with its moves in order, and what belongs to it.

    `corrects` is the movement that it undoes, `corrected_by` the one that undoes it; `found` were
    booked with it, because it took more than the book knew.
    """

    id: str
    kind: MovementKind
    cause: str
    reason: str
    actor: str
    happened_at: datetime
    recorded_at: datetime
    moves: Sequence[BookedMove]
    corrects: str | None = None
    corrected_by: str | None = None
    found: Sequence[str] = ()


class CorrectedAlready(Refusal):
    code = "corrected-already"
    kind = Kind.CONFLICT
    says = Text(
        "Movement {movement} was corrected already, by {by}.",
        "Le mouvement {movement} a déjà été corrigé, par {by}.",
    )
    do = Text(
        "Look at that correction; if it was wrong itself, correct it.",
        "Consultez cette correction\u202f; si elle est fausse, corrigez-la.",
    )


class NotCorrectable(Refusal):
    code = "not-correctable"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "Movement {movement} belongs to {cause}: undone alone, the two would disagree.",
        "Le mouvement {movement} appartient à {cause}\u202f: annulé seul, ils se contrediraient.",
    )
    do = Text(
        "Change it where it belongs: cancel, release, receive or return there.",
        "Modifiez-le à sa source\u202f: annulez, libérez, recevez ou retournez-y.",
    )
