"""Answers out of rows that a look keeps: new enough, and saying of when they are."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from litestar import Response

from noria.kit.db import Connection, freeze
from noria.kit.http import Door
from noria.kit.looks import AS_OF
from noria.tower import exception_views, standing_actions

T = TypeVar("T")


def told(door: Door, question: Callable[[Connection], T]) -> Response[T]:
    """The answer, with the instant of the look that its exceptions are of as a header."""

    def ask(tx: Connection) -> tuple[T, datetime | None]:
        freeze(tx)
        return question(tx), exception_views.looked_at(tx)

    while True:
        standing_actions.keep(door.db, wants_no_copy=door.wants_no_copy)
        answer, at = door.read(ask)
        if at is not None:  # else rows were dropped just now: somebody was forgotten
            return Response(answer, headers={AS_OF: at.isoformat()})
