"""What each node can promise of each SKU, kept in memory by every server process.

It answers questions without the database. It is never believed when it says “enough”: only the
guarded write sells. While it is not in sync, or a question is beyond it, it answers None, and the
caller asks `views`.
"""

import heapq
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.kit import clock
from noria.kit.db import Connection
from noria.kit.feed import Feed, LoadAgain
from noria.promise import matrix_views
from noria.promise.cells import DENSE_CELLS, Cells, Filled, Units
from noria.promise.matrix_terms import Terms
from noria.promise.matrix_views import NodeTerms, microseconds
from noria.promise.model import Available

CHANNEL = "noria_promise"
LOADED_ROWS = 2000
ASK_AGAIN_US = 100_000
ASKED_AT_MOST = 10_000

AS_SENT = np.dtype([("place", ">i4"), ("units", ">i8")])


class Table(Struct, frozen=True):
    """Units that can be promised: a row for each SKU asked, a column for each node."""

    nodes: Sequence[str]
    units: Units
    as_of: datetime


class Answer(Struct, frozen=True):
    """What `views.available` would have said, and when."""

    items: Sequence[Available]
    as_of: datetime


class Book:
    """What is on shelves, and what is held there until when. Not safe for threads by itself."""

    def __init__(self, cells: Cells, skus: dict[str, int], nodes: dict[str, int]) -> None:
        self.cells = cells
        self.skus = skus
        self.nodes = nodes
        self.over: dict[int, dict[int, int]] = {}
        self.expected: dict[str, int] = {}
        self._ends: list[tuple[int, int, int]] = []
        self._held: dict[tuple[int, int, int], int] = {}
        self._judged_at = 0

    def row(self, sku: str) -> int:
        return self.skus.setdefault(sku, len(self.skus))

    def place(self, node: str) -> int:
        place = self.nodes.setdefault(node, len(self.nodes))
        if place >= self.cells.places:
            raise LoadAgain("there are more nodes than there was room for")
        return place

    def shift(self, sku: str, node: str, change: int) -> None:
        self.cells.add(self.row(sku), self.place(node), change)

    def hold(self, sku: str, node: str, change: int, ends_at: int) -> None:
        """Units are held until then, or no more.

        What is over was counted as free; when its release is booked, it is on the shelf again, and
        the same units are taken out here: it never counts twice.
        """
        row, place = self.row(sku), self.place(node)
        if ends_at <= self._judged_at:
            self._free(row, place, change)
            return
        key = (ends_at, row, place)
        if key not in self._held:
            heapq.heappush(self._ends, key)
        self._held[key] = self._held.get(key, 0) + change

    def wait(self, sku: str, change: int) -> None:
        """So many more lines of demand wait for a SKU; their rules are left to the database."""
        self.expected[sku] = self.expected.get(sku, 0) + change
        if not self.expected[sku]:
            del self.expected[sku]

    def judge(self, now: int) -> None:
        """A hold is free at its very instant."""
        while self._ends and self._ends[0][0] <= now:
            key = heapq.heappop(self._ends)
            self._free(key[1], key[2], self._held.pop(key))
        self._judged_at = max(self._judged_at, now)

    def _free(self, row: int, place: int, change: int) -> None:
        places = self.over.setdefault(row, {})
        places[place] = places.get(place, 0) + change
        if not places[place]:
            del places[place]
            if not places:
                del self.over[row]

    def shelf_and_over(self, skus: Sequence[str]) -> tuple[Units, Units | None]:
        """Units on shelves, and units of holds that are over, if there are any."""
        rows = [self.skus.get(sku, -1) for sku in skus]
        shelf = self.cells.table(rows)
        if not any(row in self.over for row in rows):
            return shelf, None
        over = np.zeros_like(shelf)
        for line, row in enumerate(rows):
            for place, units in self.over.get(row, {}).items():
                over[line, place] = units
        return shelf, over


class Matrix:
    """A book that a feed keeps, and the questions to it. Any thread may ask."""

    def __init__(self, url: str, *, dense_cells: int = DENSE_CELLS) -> None:
        self.feed = Feed(url, CHANNEL, self)
        self._dense_cells = dense_cells
        self._lock = threading.Lock()
        self._book: Book | None = None
        self._terms: Terms | None = None
        self._asked: dict[tuple[str, str], int] = {}

    @property
    def is_in_sync(self) -> bool:
        return self._book is not None and self.feed.is_in_sync

    def numbers(self) -> dict[str, float]:
        """For whoever watches the machine."""
        book = self._book
        return {
            "in_sync": float(self.is_in_sync),
            "age_seconds": self.feed.age_s,
            "loads": float(self.feed.loads),
            "skus": float(len(book.skus) if book else 0),
            "nodes": float(len(book.nodes) if book else 0),
            "bytes": float(book.cells.bytes if book else 0),
        }

    def table(self, skus: Sequence[str]) -> Table | None:
        """Units that can be promised of these SKUs at every node; None: ask the database."""
        now = self.feed.time_there()
        with self._lock:
            known = self._judged(skus, now)
            if known is None:
                return None
            book, terms = known
            units, over = book.shelf_and_over(skus)
        units -= terms.kept_back()
        if over is not None:
            units += over
        np.maximum(units, 0, out=units)
        return Table(terms.nodes, units[:, : len(terms.nodes)], now)

    def available(self, skus: Sequence[str], nodes: Sequence[str] | None = None) -> Answer | None:
        """What `views.available` says, without the database; None: ask it."""
        wanted = sorted(set(skus))
        now = self.feed.time_there()
        with self._lock:
            known = self._judged(wanted, now)
            if known is None:
                return None
            book, terms = known
            shelf, over = book.shelf_and_over(wanted)
        over = np.zeros_like(shelf) if over is None else over
        return Answer(list(_listed(terms, wanted, nodes, shelf, over)), now)

    def could_cover(self, sku: str, node: str, quantity: int) -> bool | None:
        """Whether so many can be there. False: refuse, without the database. None: ask it.

        A refusal may be late by the milliseconds that news take. So each shelf that is short sends
        one asker to the database in every tenth of a second.
        """
        now = self.feed.time_there()
        with self._lock:
            known = self._judged([sku], now)
            if known is None or node not in known[0].nodes:
                return None
            book, terms = known
            row, place = book.skus.get(sku, -1), book.nodes[node]
            units = book.cells.get(row, place) if row >= 0 else 0
            units += book.over.get(row, {}).get(place, 0)
            if units - terms.kept_back().item(place) >= quantity:
                return True
            return None if self._should_ask((sku, node), microseconds(now)) else False

    def _judged(self, skus: Sequence[str], now: datetime) -> tuple[Book, Terms] | None:
        book, terms = self._book, self._terms
        if book is None or terms is None or not self.feed.is_in_sync:
            return None
        if not terms.can_tell(skus, now.date()) or not book.expected.keys().isdisjoint(skus):
            return None
        book.judge(microseconds(now))
        return book, terms

    def _should_ask(self, shelf: tuple[str, str], now: int) -> bool:
        if now - self._asked.get(shelf, 0) < ASK_AGAIN_US:
            return False
        if len(self._asked) >= ASKED_AT_MOST:
            self._asked.clear()
        self._asked[shelf] = now
        return True

    def load(self, tx: Connection) -> None:
        """Read shelves and holds anew. With a driven clock there is none: nobody here knows it."""
        if clock.is_driven(tx):
            self._book = None
            return
        self._book = None  # the memory of the one before, before that of the next is taken
        known = matrix_views.nodes(tx)
        places = {node.code: place for place, node in enumerate(known)}
        skus: dict[str, int] = {}
        filled = Filled()
        for counts, some in _chunks(matrix_views.shelves(tx, list(places)), skus):
            filled.add(counts, some["place"].astype(np.int16), some["units"].astype(np.int64))
        book = Book(filled.laid_out(len(places), dense_cells=self._dense_cells), skus, places)
        for sku, node, units, ends_at in matrix_views.holds(tx):
            book.hold(sku, node, units, ends_at)
        for sku, lines in matrix_views.expected(tx):
            book.wait(sku, lines)
        with self._lock:
            self._terms = _terms(tx, known, book)
            self._book = book

    def hear(self, body: str) -> bool:
        """Apply one notification; True if the terms have to be read again."""
        book = self._book
        lines = [line.split(" ") for line in body.split("\n")]
        if ["everything"] in lines:
            raise LoadAgain("more has changed than was worth telling")
        with self._lock:
            if book is not None:
                for line in lines:
                    _apply(book, line)
        return ["terms"] in lines

    def look(self, tx: Connection) -> None:
        """Read the terms again."""
        if self._book is not None:
            found = _terms(tx, matrix_views.nodes(tx), self._book)
            with self._lock:
                self._terms = found


def _apply(book: Book, line: Sequence[str]) -> None:
    if len(line) == 4:
        book.hold(line[0], line[1], int(line[2]), int(line[3]))
    elif len(line) == 3:
        book.shift(line[0], line[1], int(line[2]))
    elif len(line) == 2:
        book.wait(line[0], int(line[1]))


def _terms(tx: Connection, known: Sequence[NodeTerms], book: Book) -> Terms:
    for node in known:
        book.place(node.code)
    return Terms(
        known, book.nodes, book.cells.places, matrix_views.apart(tx), matrix_views.rules(tx)
    )


def _chunks(
    found: Iterator[tuple[str, bytes]], skus: dict[str, int]
) -> Iterator[tuple[list[int], NDArray[np.void]]]:
    """Rows by thousands, as arrays; `skus` learns which row is whose."""
    counts: list[int] = []
    parts: list[bytes] = []
    for sku, places in found:
        skus[sku] = len(skus)
        counts.append(len(places) // AS_SENT.itemsize)
        parts.append(places)
        if len(parts) == LOADED_ROWS:
            yield counts, np.frombuffer(b"".join(parts), AS_SENT)
            counts, parts = [], []
    yield counts, np.frombuffer(b"".join(parts), AS_SENT)


def _listed(
    terms: Terms,
    skus: Sequence[str],
    nodes: Sequence[str] | None,
    shelf: Units,
    over: Units,
) -> Iterator[Available]:
    """Line by line, in key order, what is more than nothing."""
    back = terms.kept_back()
    units = (shelf + over - back)[:, terms.in_order]
    for line, column in zip(*(found.tolist() for found in np.nonzero(units > 0)), strict=True):
        place = int(terms.in_order[column])
        node = terms.nodes[place]
        if nodes is None or node in nodes:
            yield Available(
                sku=skus[line],
                node=node,
                units=int(units[line, column]),
                on_shelf=int(shelf[line, place]),
                expired=int(over[line, place]),
                buffer=int(back[place]),
                is_made=False,
            )
