"""Exceptions kept as rows: how often they are looked at, and how old rows may be."""

from datetime import timedelta

from msgspec import Struct


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
