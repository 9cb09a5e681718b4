"""What becomes of a box on its way, in a story: pure functions of the seed and of the box.

Most boxes come on their day. Some stay in a depot, some come in vain the first time, some are never
seen again. What a carrier scans it tells soon after, now and then hours later, or once more.
"""

from datetime import date, datetime, timedelta
from enum import Enum

from msgspec import Struct

from noria.lab.chance import chance, pick
from noria.lab.model import midnight
from noria.network.rules import SUNDAY
from noria.orders.carried_model import Progress

DAY = timedelta(days=1)
NIGHT_SCAN, DEPOT_SCAN = timedelta(hours=20), timedelta(hours=4)
VAN_LOADS = timedelta(hours=6, minutes=30)
ROUND_BEGINS = timedelta(hours=8)
ROUND_MINUTES = 9 * 60
ATTEMPT_SHARE = 0.4
"""Of the boxes that are late, so many are late because nobody was at home."""

GIVEN_UP_SHARE, GIVEN_UP_AFTER = 0.5, timedelta(days=8)
"""Of the boxes that are lost, so many the carrier itself gives up."""


class Troubles(Enum):
    """How carriers are in a story. Off: there are none, and legs arrive by themselves."""

    OFF = "off"
    SOME = "some"
    TROUBLED = "troubled"


class Shares(Struct, frozen=True, kw_only=True):
    """Of a hundred boxes so many are lost or late; of what is told, so much comes twice or late.

    A carrier stumbles at so many labels: it books one, and its answer never comes.
    """

    lost: float
    late: float
    twice: float
    out_of_order: float
    stumbles: float


SHARES = {
    Troubles.SOME: Shares(lost=0.004, late=0.04, twice=0.02, out_of_order=0.03, stumbles=0.0),
    Troubles.TROUBLED: Shares(lost=0.02, late=0.08, twice=0.05, out_of_order=0.1, stumbles=0.02),
}


class Fate(Enum):
    FINE = "fine"
    LATE = "late"
    LOST = "lost"


class Box(Struct, frozen=True, kw_only=True):
    """A box that left: `key` is its own in the story, `due_on` the day by plan."""

    key: str
    left_at: datetime
    due_on: date


class Scan(Struct, frozen=True, kw_only=True, order=True):
    """What a carrier saw of a box, and when it tells it; `again`: it has told that before."""

    told_at: datetime
    happened_at: datetime
    progress: str
    again: bool = False


def fate(key: str, shares: Shares, seed: int) -> Fate:
    drawn = chance(seed, "fate", key)
    if drawn < shares.lost:
        return Fate.LOST
    return Fate.LATE if drawn < shares.lost + shares.late else Fate.FINE


def journey(box: Box, shares: Shares, seed: int) -> list[Scan]:
    """All that its carrier will tell of a box, in the order in which it tells it."""
    ends = fate(box.key, shares, seed)
    seen = [(box.left_at + timedelta(minutes=5 + _draw(seed, "taken", box, 35)),
             Progress.HANDED_OVER)]  # fmt: skip
    if ends is Fate.LOST:
        seen += _on_the_road(box, box.due_on, seed)[: _draw(seed, "lost after", box, 3)]
        if chance(seed, "given up", box.key) < GIVEN_UP_SHARE:
            seen.append((midnight(box.due_on) + GIVEN_UP_AFTER, Progress.LOST))
    else:
        late_days = 1 + _draw(seed, "days late", box, 3) if ends is Fate.LATE else 0
        comes_on = _later(box.due_on, late_days)
        seen += _on_the_road(box, comes_on, seed)
        in_vain = late_days and chance(seed, "nobody at home", box.key) < ATTEMPT_SHARE
        if in_vain:
            seen += _round(box, box.due_on, Progress.FAILED, seed)
        seen += _round(box, comes_on, Progress.DELIVERED, seed)
    return _told(box, seen, shares, seed)


def _on_the_road(box: Box, comes_on: date, seed: int) -> list[tuple[datetime, Progress]]:
    """Scans in depots: in the evening of the day on which it left, and in later nights."""
    found = []
    at = midnight(box.left_at.date()) + NIGHT_SCAN + timedelta(minutes=_draw(seed, "hub", box, 90))
    while at.date() < min(comes_on, _later(box.due_on, 1)):
        if at > box.left_at:
            found.append((at, Progress.IN_TRANSIT))
        at = midnight(at.date() + DAY) + DEPOT_SCAN + timedelta(minutes=_draw(seed, "d", box, 60))
    return found


def _round(box: Box, day: date, ends: Progress, seed: int) -> list[tuple[datetime, Progress]]:
    """A day on which a van takes it out, and how that ends; a courier takes it at once."""
    minutes = _draw(seed, f"round {ends.value}", box, ROUND_MINUTES)
    out = max(
        midnight(day) + VAN_LOADS + timedelta(minutes=_draw(seed, "van", box, 80)),
        box.left_at + timedelta(minutes=45),
    )
    end = max(
        midnight(day) + ROUND_BEGINS + timedelta(minutes=minutes), out + timedelta(minutes=20)
    )
    return [(out, Progress.OUT_FOR_DELIVERY), (end, ends)]


def _later(day: date, working_days: int) -> date:
    while working_days:
        day += DAY
        working_days -= day.weekday() != SUNDAY
    return day


def _told(box: Box, seen: list[tuple[datetime, Progress]], shares: Shares, seed: int) -> list[Scan]:
    told = []
    for place, (at, progress) in enumerate(seen):
        minutes = 2 + pick(seed, "told after", box.key, place, below=18)
        if chance(seed, "out of order", box.key, place) < shares.out_of_order:
            minutes += 60 + pick(seed, "told late", box.key, place, below=8 * 60)
        first = at + timedelta(minutes=minutes)
        told.append(Scan(told_at=first, happened_at=at, progress=progress.value))
        if chance(seed, "twice", box.key, place) < shares.twice:
            more = timedelta(minutes=60 + pick(seed, "again", box.key, place, below=40 * 60))
            again = Scan(told_at=first + more, happened_at=at, progress=progress.value, again=True)
            told.append(again)
    return sorted(told)


def _draw(seed: int, what: str, box: Box, below: int) -> int:
    return pick(seed, what, box.key, below=below)
