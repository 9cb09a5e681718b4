"""What lies on shelves, what is held there until when, and what waits, as it is told."""

import heapq
from collections.abc import Iterator, Sequence
from enum import Enum

import numpy as np
from msgspec import Struct

from noria.kit.feed import LoadAgain
from noria.promise.cells import Cells, Units


class What(Enum):
    """What a number in the book counts."""

    SHELF = "shelf"
    HELD = "held"
    NAMED = "named"
    UNSOURCED = "unsourced"


Fact = tuple[What, str, str | None]
"""What is counted, of which SKU, at which node; demand that is nowhere yet has none."""


class Change(Struct, frozen=True):
    """So many more units; `ends_at` of what is held, in microseconds since 1970."""

    what: What
    sku: str
    node: str | None
    units: int
    ends_at: int = 0


class News(Struct, frozen=True):
    """What one notification says."""

    changes: Sequence[Change]
    coming: Sequence[str]
    has_terms: bool
    is_everything: bool


def news(body: str) -> News:
    """Read what 0038 describes."""
    changes: list[Change] = []
    coming: list[str] = []
    words: set[str] = set()
    for line in body.split("\n"):
        match line.split(" "):
            case [sku, node, units]:
                changes.append(Change(What.SHELF, sku, node, int(units)))
            case [sku, node, units, "demand"]:
                changes.append(Change(What.NAMED, sku, node, int(units)))
            case [sku, node, units, ends_at]:
                changes.append(Change(What.HELD, sku, node, int(units), int(ends_at)))
            case [sku, "coming"]:
                coming.append(sku)
            case [sku, units]:
                changes.append(Change(What.UNSOURCED, sku, None, int(units)))
            case [word]:
                words.add(word)
    return News(changes, coming, "terms" in words, "everything" in words)


class Shelves(Struct, frozen=True):
    """Units by SKU (a row each) and place. `over` and `named` are None where there are none."""

    on_shelf: Units
    over: Units | None
    named: Units | None
    unsourced: Sequence[int]


class Book:
    """It counts what it is told. Not safe for threads by itself."""

    def __init__(self, cells: Cells, skus: dict[str, int], nodes: dict[str, int]) -> None:
        self.cells = cells
        self.skus = skus
        self.nodes = nodes
        self.over: dict[int, dict[int, int]] = {}
        self.coming: set[str] = set()
        self._unsourced: dict[str, int] = {}
        self._named: dict[int, dict[int, int]] = {}
        self._ends: list[tuple[int, int, int]] = []
        self._held: dict[tuple[int, int, int], int] = {}
        self._judged_at = 0

    def place(self, node: str) -> int:
        place = self.nodes.setdefault(node, len(self.nodes))
        if place >= self.cells.places:
            raise LoadAgain("there are more nodes than there was room for")
        return place

    def apply(self, change: Change) -> None:
        if change.node is None:
            self._unsourced[change.sku] = self._unsourced.get(change.sku, 0) + change.units
            if not self._unsourced[change.sku]:
                del self._unsourced[change.sku]
            return
        row = self.skus.setdefault(change.sku, len(self.skus))
        place = self.place(change.node)
        if change.what is What.SHELF:
            self.cells.add(row, place, change.units)
        elif change.what is What.NAMED:
            _add(self._named, row, place, change.units)
        else:
            self._hold(row, place, change.units, change.ends_at)

    def _hold(self, row: int, place: int, units: int, ends_at: int) -> None:
        """Units are held until then, or no more.

        What is over was counted as free; when its release is booked, it is on the shelf again, and
        the same units are taken out here: it never counts twice.
        """
        if ends_at <= self._judged_at:
            _add(self.over, row, place, units)
            return
        key = (ends_at, row, place)
        if key not in self._held:
            heapq.heappush(self._ends, key)
        self._held[key] = self._held.get(key, 0) + units

    def judge(self, now: int) -> None:
        """A hold is free at its very instant."""
        while self._ends and self._ends[0][0] <= now:
            key = heapq.heappop(self._ends)
            _add(self.over, key[1], key[2], self._held.pop(key))
        self._judged_at = max(self._judged_at, now)

    def shelves(self, skus: Sequence[str]) -> Shelves:
        rows = [self.skus.get(sku, -1) for sku in skus]
        on_shelf = self.cells.table(rows)
        return Shelves(
            on_shelf,
            _table(self.over, rows, on_shelf),
            _table(self._named, rows, on_shelf),
            [self._unsourced.get(sku, 0) for sku in skus] if self._unsourced else [0] * len(skus),
        )

    def facts(self, skus: Sequence[str]) -> dict[Fact, int]:
        """Every number that is kept of these SKUs and is not zero."""
        names = {self.skus[sku]: sku for sku in skus if sku in self.skus}
        codes = {place: node for node, place in self.nodes.items()}
        found: dict[Fact, int] = {}
        units = self.cells.table(list(names))
        for line, place in zip(*(one.tolist() for one in np.nonzero(units)), strict=True):
            sku = names[list(names)[line]]
            found[What.SHELF, sku, codes[place]] = int(units[line, place])
        for (_, row, place), held in self._held.items():
            if row in names:
                key = (What.HELD, names[row], codes[place])
                found[key] = found.get(key, 0) + held
        for what, kept in ((What.HELD, self.over), (What.NAMED, self._named)):
            for row in kept.keys() & names.keys():
                for place, some in kept[row].items():
                    key = (what, names[row], codes[place])
                    found[key] = found.get(key, 0) + some
        for sku in self._unsourced.keys() & set(skus):
            found[What.UNSOURCED, sku, None] = self._unsourced[sku]
        return {key: number for key, number in found.items() if number}


def without(facts: dict[Fact, int], changes: Iterator[Change]) -> dict[Fact, int]:
    """What the book said before these changes."""
    before = dict(facts)
    for change in changes:
        key = (change.what, change.sku, change.node)
        before[key] = before.get(key, 0) - change.units
    return {key: number for key, number in before.items() if number}


def _add(kept: dict[int, dict[int, int]], row: int, place: int, units: int) -> None:
    places = kept.setdefault(row, {})
    places[place] = places.get(place, 0) + units
    if not places[place]:
        del places[place]
        if not places:
            del kept[row]


def _table(kept: dict[int, dict[int, int]], rows: Sequence[int], like: Units) -> Units | None:
    if not kept or kept.keys().isdisjoint(rows):
        return None
    found = np.zeros_like(like)
    for line, row in enumerate(rows):
        for place, units in kept.get(row, {}).items():
            found[line, place] = units
    return found
