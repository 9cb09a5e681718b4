"""Answers from memory where it is exact, else from the database; and which of them it was."""

from collections.abc import Callable
from typing import TypeVar

from litestar import Response
from litestar.datastructures import State

from noria.kit.db import Connection
from noria.kit.http import Door
from noria.promise import matrix_views
from noria.promise.matrix import Matrix

T = TypeVar("T")

SOURCE, SEQUENCE = "Noria-Source", "Noria-Sequence"


def told(
    door: Door,
    state: State,
    kept: Callable[[Matrix], tuple[T, int] | None] | None,
    question: Callable[[Connection], T],
) -> Response[T]:
    """The answer, with who gave it and the highest transaction in it as headers.

    `kept` is what memory says, or None where it does not know; None: it is not to be asked.
    """
    matrix: Matrix | None = state.get("matrix")
    if kept is not None and matrix is not None and not door.wants_no_copy:
        known = kept(matrix)
        if known is not None:
            return _response(known, "memory")
    return _response(door.read(lambda tx: _as_of(tx, question)), "database")


def _as_of(tx: Connection, question: Callable[[Connection], T]) -> tuple[T, int]:
    sequence = matrix_views.sequence(tx)
    return question(tx), sequence


def _response(answer: tuple[T, int], source: str) -> Response[T]:
    return Response(answer[0], headers={SOURCE: source, SEQUENCE: str(answer[1])})
