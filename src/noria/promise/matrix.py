"""What each node can promise of each SKU, kept in memory by every server process.

It answers questions without the database. It is never believed when it says “enough”: only the
guarded write sells. While it is not in sync, or a question is beyond it, it answers None, and the
caller asks the database.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from noria.kit import clock
from noria.kit.db import Connection, Database
from noria.kit.feed import Feed, Heard, LoadAgain
from noria.network import views as network
from noria.network.model import Spot
from noria.promise import atp_rules, matrix_views
from noria.promise.atp_model import Curve, Near, Step
from noria.promise.cells import DENSE_CELLS, Filled, Units
from noria.promise.keep_back_model import ADDED, Purpose
from noria.promise.matrix_book import Book, Change, Fact, Shelves, What, news
from noria.promise.matrix_terms import Kept, Terms
from noria.promise.matrix_views import microseconds
from noria.promise.model import Available
from noria.promise.units_table import UnitsTable

CHANNEL = "noria_promise"
LOADED_ROWS = 2000
ASK_AGAIN_US = 100_000
ASKED_AT_MOST, SPOTS_AT_MOST = 10_000, 100_000
DOUBTED_AT_MOST = 100
"""Of questions about more shelves than this, nobody looks at each that is empty."""
MEGABYTE = 2**20

TOLD = (Purpose.BUFFER, Purpose.SAFETY, Purpose.PROTECTION, Purpose.TRUST)
AS_SENT = np.dtype([("place", ">i4"), ("units", ">i8")])


class Table(Struct, frozen=True, kw_only=True):
    """Units that a channel may be shown: a row for each SKU, a column for each node.

    `totals` are what it may be shown over all nodes. `sequence` is the highest number of a
    transaction that was heard of, `policy` the version that is live.
    """

    nodes: Sequence[str]
    units: Units
    totals: Sequence[int]
    as_of: datetime
    sequence: int
    policy: str


class Shown(Struct, frozen=True, kw_only=True):
    """A table with the terms it was made of."""

    table: Table
    shelves: Shelves
    kept: Kept
    terms: Terms


class Numbers(Struct, frozen=True, kw_only=True):
    """How the matrix does, for whoever watches the machine."""

    state: str
    age_seconds: float
    loads: int
    misses: int
    sequence: int
    skus: int
    nodes: int
    megabytes: float


class Recorded(Struct, frozen=True, kw_only=True):
    """What is kept of some SKUs, and what was heard since somebody began to listen along."""

    loads: int
    facts: dict[Fact, int]
    heard: Sequence[Heard]
    terms: Terms


class Matrix:
    """A book that a feed keeps, and the questions to it. Any thread may ask."""

    def __init__(
        self,
        url: str,
        *,
        megabytes: int = 256,
        dense_cells: int = DENSE_CELLS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.feed = Feed(url, CHANNEL, self, timer=timer)
        self._room = megabytes * MEGABYTE
        self._dense_cells = min(dense_cells, self._room // 4)
        self._why_off = ""
        self._lock = threading.Lock()
        self._book: Book | None = None
        self._terms: Terms | None = None
        self._asked: dict[tuple[str, str], int] = {}
        self._record: list[Heard] | None = None

    @property
    def is_in_sync(self) -> bool:
        return self._book is not None and self.feed.is_in_sync

    def numbers(self) -> Numbers:
        book = self._book
        state = "in sync" if self.is_in_sync else "not in sync"
        return Numbers(
            state=f"off: {self._why_off}" if self._why_off else state,
            age_seconds=round(self.feed.age_s, 3),
            loads=self.feed.loads,
            misses=self.feed.misses,
            sequence=self.feed.sequence,
            skus=len(book.skus) if book else 0,
            nodes=len(book.nodes) if book else 0,
            megabytes=round(book.cells.bytes / MEGABYTE, 1) if book else 0.0,
        )

    def table(self, skus: Sequence[str], channel: str | None = None) -> Table | None:
        """Units that a channel may be shown of these SKUs at every node; None: ask the database.

        The same sum as that of `atp_rules.visible`, for whole rows at once.
        """
        shown = self._shown(skus, channel)
        return None if shown is None else shown.table

    def available(
        self,
        skus: Sequence[str],
        nodes: Sequence[str] | None = None,
        channel: str | None = None,
    ) -> tuple[list[Available], int] | None:
        """What `atp_views.visible` says, and as of which transaction; None: ask the database."""
        wanted = sorted(set(skus))
        shown = self._shown(wanted, channel)
        if shown is None or self._is_doubtful(shown.table, wanted, nodes):
            return None
        return list(_listed(shown, wanted, nodes)), shown.table.sequence

    def sendable(self, skus: Sequence[str], channel: str | None) -> UnitsTable | None:
        """What sourcing may plan with, by node and SKU: `atp_views.available` without its terms.

        None: ask the database, also where a fence bars a shelf, for it has to be told which.
        """
        wanted = sorted(set(skus))
        shown = self._shown(wanted, channel)
        if shown is None or any(
            purpose in shown.kept and shown.kept[purpose].any() for purpose in ADDED
        ):
            return None
        terms, shelves = shown.terms, shown.shelves
        units = shelves.on_shelf - (sum(shown.kept.values()) + terms.never)
        if shelves.over is not None:
            units += shelves.over
        return UnitsTable(wanted, terms.nodes, units[:, : len(terms.nodes)])

    def near(
        self,
        sku: str,
        spot: Spot,
        *,
        nodes: Sequence[str] | None,
        channel: str | None,
        kinds: Sequence[str],
        within_km: float,
        limit: int,
    ) -> tuple[list[Near], int] | None:
        """What `atp_views.near` says, and as of which transaction; None: ask the database."""
        shown = self._shown([sku], channel)
        if shown is None:
            return None
        units = dict(zip(shown.table.nodes, shown.table.units[0].tolist(), strict=True))
        places = [
            one.whereabouts
            for one in shown.terms.known.values()
            if units[one.code] and (nodes is None or one.code in nodes)
        ]
        found = atp_rules.nearest(
            places, units, spot, kinds=kinds, within_km=within_km, limit=limit
        )
        return found, shown.table.sequence

    def curves(
        self,
        skus: Sequence[str],
        nodes: Sequence[str] | None,
        channel: str | None,
        window: Callable[[date], tuple[date, date]],
    ) -> tuple[list[Curve], int] | None:
        """What can be promised day by day of SKUs that no supply is under way of: always the same.

        `window` says from which day on, given today. None: ask the database.
        """
        wanted = sorted(set(skus))
        book = self._book
        if book is None or not book.coming.isdisjoint(wanted):
            return None
        shown = self._shown(wanted, channel)
        if shown is None:
            return None
        start, _ = window(shown.table.as_of.date())
        places = {node: place for place, node in enumerate(shown.table.nodes)}
        found = []
        for line, sku in enumerate(wanted):
            asked: list[tuple[str | None, int]] = [(None, shown.table.totals[line])]
            if nodes is not None:
                asked = [
                    (node, shown.table.units.item(line, places[node]) if node in places else 0)
                    for node in sorted(set(nodes))
                ]
            found += [
                Curve(
                    sku=sku,
                    node=node,
                    channel=channel,
                    steps=[Step(day=start, units=units, cumulative=units)],
                )
                for node, units in asked
            ]
        return found, shown.table.sequence

    def known_spot(self, country: str, postcode: str) -> Spot | None:
        """Where a postcode lies, if somebody wanted to know it before."""
        terms = self._terms if self.is_in_sync else None
        return None if terms is None else terms.spots.get((country, postcode))

    def spot(self, db: Database, country: str, postcode: str) -> Spot | None:
        """Where a postcode lies; the first who wants to know asks for those around it as well."""
        known = self.known_spot(country, postcode)
        if known is not None:
            return known
        terms = self._terms if self.is_in_sync else None
        found = db.run(lambda tx: network.spot(tx, country, postcode))
        if terms is not None and found is not None:
            if len(terms.spots) >= SPOTS_AT_MOST:
                terms.spots.clear()
                terms.around.clear()
            if country + postcode[:2] not in terms.around:
                terms.around.add(country + postcode[:2])
                terms.spots.update(db.run(lambda tx: network.spots_like(tx, country, postcode)))
            terms.spots[country, postcode] = found
        return found

    def _shown(self, skus: Sequence[str], channel: str | None) -> Shown | None:
        now = self.feed.time_there()
        with self._lock:
            book, terms = self._book, self._terms
            if book is None or terms is None or not self.feed.is_in_sync:
                return None
            if not terms.can_tell(skus, now):
                return None
            book.judge(microseconds(now))
            sequence = self.feed.sequence
            shelves = book.shelves(skus)
        kept = terms.kept(skus, channel, now.date())
        units = shelves.on_shelf - (sum(kept.values()) + terms.never)
        if shelves.over is not None:
            units += shelves.over
        if shelves.named is not None:
            units -= shelves.named
        least = terms.least_at(skus, channel, now.date())
        if least is not None:
            units *= units >= least
        np.maximum(units, 0, out=units)
        totals = units.sum(axis=1).tolist()
        least_in_all = terms.least_in_all(skus, channel, now.date())
        if any(shelves.unsourced) or any(least_in_all):
            totals = [
                _all_or_nothing(total - waiting, at_least)
                for total, waiting, at_least in zip(
                    totals, shelves.unsourced, least_in_all, strict=True
                )
            ]
            np.minimum(units, np.array(totals, np.int64)[:, None], out=units)
        table = Table(
            nodes=terms.nodes,
            units=units[:, : len(terms.nodes)],
            totals=totals,
            as_of=now,
            sequence=sequence,
            policy=terms.policy,
        )
        return Shown(table=table, shelves=shelves, kept=kept, terms=terms)

    def _is_doubtful(self, table: Table, skus: Sequence[str], nodes: Sequence[str] | None) -> bool:
        """Whether it says that a shelf somebody names has nothing, and nobody looked lately.

        News take milliseconds. So of each shelf that is empty here, one asker in every tenth of a
        second is sent to the database.
        """
        if nodes is None or len(nodes) * len(skus) > DOUBTED_AT_MOST:
            return False
        now = microseconds(table.as_of)
        places = {node: place for place, node in enumerate(table.nodes) if node in nodes}
        empty = [
            (sku, node)
            for line, sku in enumerate(skus)
            for node, place in places.items()
            if not table.units.item(line, place)
        ]
        with self._lock:
            asks = [self._should_ask(shelf, now) for shelf in empty]
        return any(asks)

    def _should_ask(self, shelf: tuple[str, str], now: int) -> bool:
        if now - self._asked.get(shelf, 0) < ASK_AGAIN_US:
            return False
        if len(self._asked) >= ASKED_AT_MOST:
            self._asked.clear()
        self._asked[shelf] = now
        return True

    def load(self, tx: Connection) -> None:
        """Read shelves and holds anew. With a driven clock there is none: nobody here knows it."""
        self._book = None  # the memory of the one before, before that of the next is taken
        self._why_off = "the clock is driven" if clock.is_driven(tx) else ""
        if self._why_off:
            return
        known = matrix_views.nodes(tx)
        places = {node.code: place for place, node in enumerate(known)}
        skus: dict[str, int] = {}
        filled = Filled()
        for counts, some in _chunks(matrix_views.shelves(tx, list(places)), skus):
            filled.add(counts, some["place"].astype(np.int16), some["units"].astype(np.int64))
            if filled.bytes > self._room:
                self._why_off = "there are more balances than it may keep"
                return
        book = Book(filled.laid_out(len(places), dense_cells=self._dense_cells), skus, places)
        for sku, node, units, ends_at in matrix_views.holds(tx):
            book.apply(Change(What.HELD, sku, node, units, ends_at))
        for sku, at, units in matrix_views.expected(tx):
            what = What.UNSOURCED if at is None else What.NAMED
            book.apply(Change(what, sku, at, units))
        with self._lock:
            self._terms = _terms(tx, book)
            self._book = book
            self._record = None

    def hear(self, told: Heard) -> bool:
        """Apply one notification; True if the terms have to be read again."""
        said = news(told.body)
        if said.is_everything:
            raise LoadAgain("more has changed than was worth telling")
        with self._lock:
            if self._record is not None:
                self._record.append(told)
            if self._book is not None:
                for change in said.changes:
                    self._book.apply(change)
                self._book.coming.update(said.coming)
        return said.has_terms

    def is_due(self, now: datetime) -> bool:
        """Whether the terms have to be read again though nobody said so."""
        return self._terms is not None and self._terms.are_over(now)

    def look(self, tx: Connection) -> None:
        """Read the terms again."""
        if self._book is not None:
            found = _terms(tx, self._book)
            with self._lock:
                self._terms = found

    def listen_along(self) -> int | None:
        """Keep what is heard from now on, until `recorded`; how often it was loaded by now."""
        with self._lock:
            if self._book is None:
                return None
            self._record = []
            return self.feed.loads

    def recorded(self, skus: Sequence[str]) -> Recorded | None:
        """What is kept of these SKUs, with all that was heard; None if it was loaded meanwhile."""
        with self._lock:
            heard, self._record = self._record, None
            if heard is None or self._book is None or self._terms is None:
                return None
            facts = self._book.facts(skus)
            return Recorded(loads=self.feed.loads, facts=facts, heard=heard, terms=self._terms)

    def some_skus(self, begin: int, count: int) -> list[str]:
        """SKUs by the number of their row, of those that anything was ever heard of."""
        with self._lock:
            book = self._book
            return [] if book is None else list(islice(book.skus, begin, begin + count))


def _terms(tx: Connection, book: Book) -> Terms:
    known = matrix_views.nodes(tx)
    for node in known:
        book.place(node.code)
    rules = matrix_views.rules(tx)
    book.coming = matrix_views.coming(tx)
    return Terms(
        known,
        book.nodes,
        book.cells.places,
        apart=matrix_views.apart(tx),
        rules=rules,
        categories=matrix_views.categories(tx, rules),
        until=matrix_views.rules_change_at(tx),
        policy=matrix_views.live_policy(tx),
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


def _listed(shown: Shown, skus: Sequence[str], nodes: Sequence[str] | None) -> Iterator[Available]:
    """Line by line, in key order, what is more than nothing."""
    codes, order = shown.table.nodes, shown.terms.in_order
    lines, columns = (one.tolist() for one in np.nonzero(shown.table.units[:, order]))
    places = order[columns].tolist()
    asked = None if nodes is None else set(nodes)
    shelves, kept = shown.shelves, shown.kept
    numbers = zip(
        lines,
        places,
        *(
            _picked(units, lines, places)
            for units in (
                *(shown.table.units, shelves.on_shelf, shelves.over, shelves.named),
                *(kept.get(purpose) for purpose in TOLD),
            )
        ),
        strict=True,
    )
    for line, place, units, on_shelf, expired, named, *back in numbers:
        buffer, safety, protection, trust = back
        if asked is None or codes[place] in asked:
            yield Available(
                sku=skus[line],
                node=codes[place],
                units=units,
                on_shelf=on_shelf,
                expired=expired,
                buffer=buffer,
                is_made=False,
                safety=safety,
                protection=protection,
                trust=trust,
                named=named,
                unsourced=shelves.unsourced[line],
            )


def _all_or_nothing(units: int, least: int) -> int:
    return units if units > 0 and units >= least else 0


def _picked(units: Units | None, lines: Sequence[int], places: Sequence[int]) -> list[int]:
    """A number for each line and place: of a table, or of a row that is the same for all lines."""
    if units is None:
        return [0] * len(lines)
    found: list[int] = (units[places] if units.ndim == 1 else units[lines, places]).tolist()
    return found
