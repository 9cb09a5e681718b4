"""Units by SKU and node, as numbers in two layouts: one row a SKU, one place in it a node."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.int64]
Narrow = NDArray[np.int32]

DENSE_CELLS = 50_000_000
"""Up to so many cells, four bytes for each; beyond, six for each that is not zero."""

SPARE_ROWS, SPARE_PLACES = 1024, 16
LARGEST = 2**31 - 1
FRESH_CELLS = 65_536


class Cells(Protocol):
    places: int

    def get(self, row: int, place: int) -> int: ...

    def add(self, row: int, place: int, change: int) -> None: ...

    def table(self, rows: Sequence[int]) -> Units:
        """The cells of these rows, row by row; of one below zero, all are zero."""

    @property
    def bytes(self) -> int: ...


class Filled:
    """Rows as they are read: row after row, the places that are not zero with their units."""

    def __init__(self) -> None:
        self._counts: list[int] = []
        self._parts: list[tuple[NDArray[np.int16], Units]] = []

    def add(self, counts: Sequence[int], places: NDArray[np.int16], units: Units) -> None:
        self._counts.extend(counts)
        self._parts.append((places, units))

    @property
    def bytes(self) -> int:
        """What it will take when it is laid out, at the least."""
        return sum(places.nbytes + units.nbytes // 2 for places, units in self._parts)

    def laid_out(self, places: int, *, dense_cells: int = DENSE_CELLS) -> "Cells":
        counts = np.array(self._counts, np.int64)
        rows = len(counts) + SPARE_ROWS
        starts = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        if rows * (places + SPARE_PLACES) <= dense_cells:
            return self._dense(rows, places + SPARE_PLACES, starts)
        return self._sparse(places + SPARE_PLACES, starts)

    def _dense(self, rows: int, places: int, starts: NDArray[np.int64]) -> "Dense":
        made = Dense(np.zeros((rows, places), np.int32))
        done = 0
        for at, units in self._parts:
            row = np.searchsorted(starts, np.arange(done, done + len(at)), side="right") - 1
            made.units[row, at] = np.minimum(units, LARGEST)
            for wide in np.flatnonzero(units > LARGEST):
                made.wide[int(row[wide]), int(at[wide])] = int(units[wide])
            done += len(at)
        return made

    def _sparse(self, places: int, starts: NDArray[np.int64]) -> "Sparse":
        wide: dict[tuple[int, int], int] = {}
        at = np.empty(int(starts[-1]), np.int16)
        units = np.empty(int(starts[-1]), np.int32)
        done = 0
        for some, theirs in self._parts:
            at[done : done + len(some)] = some
            units[done : done + len(some)] = np.minimum(theirs, LARGEST)
            for position in np.flatnonzero(theirs > LARGEST):
                row = int(np.searchsorted(starts, done + position, side="right")) - 1
                wide[row, int(some[position])] = int(theirs[position])
            done += len(some)
        return Sparse(places, starts, at, units, wide)


class Dense:
    """A number for every SKU at every node."""

    def __init__(self, units: Narrow) -> None:
        self.units = units
        self.places = units.shape[1]
        self.wide: dict[tuple[int, int], int] = {}

    def get(self, row: int, place: int) -> int:
        if row >= len(self.units):
            return 0
        units = self.units.item(row, place)
        return units if units < LARGEST else self.wide.get((row, place), units)

    def add(self, row: int, place: int, change: int) -> None:
        if row >= len(self.units):
            more = max(SPARE_ROWS, row // 4, row + 1 - len(self.units))
            self.units = np.concatenate([self.units, np.zeros((more, self.places), np.int32)])
        self.units[row, place] = _narrowed(self.wide, (row, place), self.get(row, place) + change)

    def table(self, rows: Sequence[int]) -> Units:
        known = [row if row < len(self.units) else -1 for row in rows]
        found = self.units[known].astype(np.int64)
        for line, row in enumerate(known):
            if row < 0:
                found[line] = 0
        return _widened(found, rows, self.wide)

    @property
    def bytes(self) -> int:
        return self.units.nbytes


class Sparse:
    """What is not zero, row after row; cells that become it wait beside, to be laid out anew."""

    def __init__(
        self,
        places: int,
        starts: NDArray[np.int64],
        at: NDArray[np.int16],
        units: Narrow,
        wide: dict[tuple[int, int], int],
    ) -> None:
        self.places = places
        self.wide = wide
        self._starts, self._at, self._units = starts, at, units
        self._fresh: dict[int, dict[int, int]] = {}
        self._fresh_cells = 0

    def get(self, row: int, place: int) -> int:
        position = self._position(row, place)
        if position < 0:
            units = self._fresh.get(row, {}).get(place, 0)
        else:
            units = self._units.item(position)
        return units if units < LARGEST else self.wide.get((row, place), units)

    def add(self, row: int, place: int, change: int) -> None:
        units = _narrowed(self.wide, (row, place), self.get(row, place) + change)
        position = self._position(row, place)
        if position >= 0:
            self._units[position] = units
            return
        fresh = self._fresh.setdefault(row, {})
        self._fresh_cells += place not in fresh
        fresh[place] = units
        if self._fresh_cells > FRESH_CELLS:
            self._lay_out_anew()

    def table(self, rows: Sequence[int]) -> Units:
        found = np.zeros((len(rows), self.places), np.int64)
        last = len(self._starts) - 1
        for line, row in enumerate(rows):
            if 0 <= row < last:
                some = slice(self._starts[row], self._starts[row + 1])
                found[line, self._at[some]] = self._units[some]
            for place, units in self._fresh.get(row, {}).items():
                found[line, place] = units
        return _widened(found, rows, self.wide)

    @property
    def bytes(self) -> int:
        return self._starts.nbytes + self._at.nbytes + self._units.nbytes

    def _position(self, row: int, place: int) -> int:
        """Where a cell is, or -1: rows are short, and not sorted."""
        if row >= len(self._starts) - 1:
            return -1
        begin, end = self._starts.item(row), self._starts.item(row + 1)
        found = (self._at[begin:end] == place).nonzero()[0]
        return begin + int(found[0]) if len(found) else -1

    def _lay_out_anew(self) -> None:
        rows = max(len(self._starts) - 1, max(self._fresh) + 1)
        counts = np.zeros(rows, np.int64)
        counts[: len(self._starts) - 1] = np.diff(self._starts)
        ends = np.full(rows, self._starts[-1])
        ends[: len(self._starts) - 1] = self._starts[1:]
        fresh = [
            (row, place, units)
            for row in sorted(self._fresh)
            for place, units in self._fresh[row].items()
        ]
        after = [ends[row] for row, _, _ in fresh]
        self._at = np.insert(self._at, after, [place for _, place, _ in fresh])
        self._units = np.insert(self._units, after, [units for _, _, units in fresh])
        for row, some in self._fresh.items():
            counts[row] += len(some)
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._fresh, self._fresh_cells = {}, 0


def _narrowed(wide: dict[tuple[int, int], int], cell: tuple[int, int], units: int) -> int:
    """What fits into four bytes; what does not is kept beside."""
    if units < LARGEST:
        if wide:
            wide.pop(cell, None)
        return units
    wide[cell] = units
    return LARGEST


def _widened(found: Units, rows: Sequence[int], wide: dict[tuple[int, int], int]) -> Units:
    if wide:
        lines: dict[int, list[int]] = {}
        for line, row in enumerate(rows):
            lines.setdefault(row, []).append(line)
        for (row, place), units in wide.items():
            for line in lines.get(row, ()):
                found[line, place] = units
    return found
