"""Exceptions kept as rows: when they were looked at, and whether a reader can live with that."""

from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct


class LastLook(Struct, frozen=True, kw_only=True):
    """The last look at every exception, and the two clocks as they stand for who asks.

    `began_at` and `asked_at` are machine time, `at` and `now` business time. Without a look, there
    is neither `began_at` nor `at`.
    """

    began_at: datetime | None
    at: datetime | None
    asked_at: datetime
    now: datetime


class Need(Enum):
    """What a reader needs: the rows as they are, a look if nobody else is at it, or a look."""

    NOTHING = "nothing"
    A_TRY = "a_try"
    A_LOOK = "a_look"


class Looked(Struct, frozen=True, kw_only=True):
    """How many rows came, changed and went with a look."""

    come: int = 0
    changed: int = 0
    gone: int = 0


LOOKED_EVERY = timedelta(seconds=10)
"""The worker looks so often."""
FRESH = timedelta(seconds=20)
"""For so long after a look, whoever reads takes the rows as they are."""
USABLE = timedelta(seconds=60)
"""While somebody else looks, rows are read that are as old as this, and none older."""
