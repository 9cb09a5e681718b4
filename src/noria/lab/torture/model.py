"""What a property of the stock is, how much of it is tried, and what came out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec import Struct

SHOWN = 20
"""So many faults are kept in words; the rest are only counted."""


class Tally(Struct):
    """What a slice of the trials counted, and what it found wrong, in words."""

    counts: Counter[str]
    faults: list[str]

    def add(self, other: "Tally") -> None:
        self.counts.update(other.counts)
        self.faults += other.faults


def tally(**counts: int) -> Tally:
    return Tally(Counter(counts), [])


class Place(Struct, frozen=True):
    """Where trials are made: `database` makes a fresh one, `home` is a folder for servers to kill.

    `is_long` says that there is time: trials may be larger, not only more.
    """

    database: Callable[[], AbstractContextManager[str]]
    home: Path
    is_long: bool = False


class Property(Struct, frozen=True, kw_only=True):
    """Something that must hold: `run` makes `trials` of it, from number `first` on.

    `some` trials are made at each landing, `many` before a release, `at_once` between two lines
    of the log: a run that was interrupted goes on behind the last one.
    """

    name: str
    says: str
    trials: str
    some: int
    many: int
    at_once: int
    run: Callable[["Place", int, int], Tally]


class Finding(Struct, frozen=True, kw_only=True):
    """One line of the log: `value` is the number of violations, and ought to be 0."""

    figure: str
    value: int
    unit: str = "violations"
    says: str
    trials: str
    of: int
    seconds: float
    counts: Mapping[str, int]
    faults: Sequence[str] = ()
