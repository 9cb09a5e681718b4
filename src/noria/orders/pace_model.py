"""How legs under way turn out, by what is known of them at an hour of the day."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

HOURS = (0, 8, 10, 12, 14, 16, 18, 20, 22)
"""When it is looked at a day, on the clock where the leg left."""

SOONEST, LATEST = -1, 3
"""Delivery days after the planned one, from "not yet due" to "so many, or more"."""

UNHEARD = "unheard"
"""What a carrier says that has said nothing."""


class Bound(Struct, frozen=True, kw_only=True):
    """Legs under way alike: by which service, to where, planned for which day."""

    service: str
    country: str
    postcode: str
    point: str | None
    arrives_on: date


class Cell(Struct, frozen=True, kw_only=True):
    """Legs that were alike at an hour: how many were seen, and how many came that day."""

    service: str
    says: str
    overdue: int
    hour: int
    seen: float
    came: float


class Pace(Struct, frozen=True, kw_only=True):
    """What was measured: cells of each service, and of all of them together."""

    own: Mapping[tuple[str, str, int, int], tuple[float, float]] = {}
    every: Mapping[tuple[str, int, int], tuple[float, float]] = {}
