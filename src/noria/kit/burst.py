"""Bursts: statements that go out together on one connection, and whose answers come together.

For the few places where a round trip to the server is dear. A driver's pipeline waits and looks
after each statement; a burst writes them all, then reads them all. Statements are prepared once a
connection; values and answers are texts, as PostgreSQL writes them, so a column that is no text is
cast in the statement.
"""

import itertools
import select
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, LiteralString, TypeVar

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[str, ...]
"""A row as texts; null is the empty one."""

Told = TypeVar("Told")

GOOD = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
SYNC = pq.ExecStatus.PIPELINE_SYNC
LOST = "the connection was lost"


class Ask(Generic[Told]):
    """A statement with its values, `$1` to `$n`; `told` is its answer, once it was sent."""

    def __init__(
        self, text: LiteralString, values: Sequence[str], read: Callable[[list[Row]], Told]
    ) -> None:
        self.text = text
        self.values = [value.encode() for value in values]
        self._read = read
        self._rows: list[Row] | None = None

    def answered(self, rows: list[Row]) -> None:
        self._rows = rows

    def told(self) -> Told:
        """What it was answered, read."""
        assert self._rows is not None, "it is read before it was sent"
        return self._read(self._rows)


def order(text: LiteralString, values: Sequence[str] = ()) -> Ask[None]:
    """A statement whose answer nobody reads."""
    return Ask(text, values, lambda _: None)


BEGIN, COMMIT, ROLLBACK = "begin", "commit", "rollback"


def alone(tx: psycopg.Connection[Any], ask: Ask[Told]) -> Told:
    """Ask one thing by itself, in any transaction."""
    with psycopg.RawCursor(tx) as cursor:
        found = cursor.execute(ask.text, [value.decode() for value in ask.values]).fetchall()
    ask.answered([tuple("" if cell is None else str(cell) for cell in row) for row in found])
    return ask.told()


class Prepared:
    """What is prepared on a connection in pipeline mode, each statement once, by its text.

    A burst that breaks passes over what it would have prepared behind that. So a later one, which
    is queued before that is known, relies only on what was answered, and prepares the rest itself.
    """

    def __init__(self, raw: PGconn) -> None:
        self._raw = raw
        self._names: dict[str, bytes] = {}
        self._hoped: dict[str, bytes] = {}
        self._numbers = itertools.count()

    def queue(self, ask: Ask[Any]) -> bytes:
        """Queue a statement; the name under which it had to be prepared first, or none.

        Preparing has a result of its own.
        """
        name, made = self._names.get(ask.text) or self._hoped.get(ask.text), b""
        if name is None:
            name = made = self._hoped[ask.text] = b"burst%d" % next(self._numbers)
            self._raw.send_prepare(name, ask.text.encode())
        self._raw.send_query_prepared(name, ask.values)
        return made

    def end(self) -> None:
        """Queue the end of a burst."""
        self._raw.pipeline_sync()
        self._hoped = {}

    def answer(self, sent: Sequence[tuple[Ask[Any], bytes]], results: Sequence[PGresult]) -> None:
        """Give each statement its answer, out of all results up to a sync point.

        Raises:
            psycopg.Error: what the first statement broke on; then nothing is answered.
        """
        broken = next((one for one in results if one.status not in GOOD), None)
        at = 0
        for ask, made in sent:
            if made:
                if results[at].status in GOOD:
                    self._names.setdefault(ask.text, made)
                at += 1
            if broken is None:
                ask.answered(_rows(results[at]))
            at += 1
        if broken is not None:
            raise psycopg.errors.error_from_result(broken)


class Burst:
    """One connection, kept for bursts."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection
        self._raw = connection.pgconn
        self._prepared = Prepared(self._raw)
        self._early: list[tuple[Ask[Any], bytes]] = []
        self._eye = select.poll()
        self._eye.register(self._raw.socket, select.POLLIN)
        self._both = select.poll()
        self._both.register(self._raw.socket, select.POLLIN | select.POLLOUT)

    def post(self, ask: Ask[Any]) -> None:
        """Let a statement go out now, while the next is being made; `send` waits for it too.

        Only within a transaction, and nothing else may be asked on the connection before `send`.
        """
        if not self._early:
            self._raw.enter_pipeline_mode()
        self._early.append((ask, self._prepared.queue(ask)))
        self._raw.flush()

    def send(self, *asks: Ask[Any], begin: bool = False, commit: bool = False) -> None:
        """Send statements, wait once, and give each its answer.

        `begin` opens a transaction before them, `commit` ends it after them, in the same trip.
        After a statement that breaks, the rest is passed over; the transaction is to be undone.

        Raises:
            psycopg.Error: what the first statement broke on.
        """
        if begin:
            asks = (order(BEGIN), *asks)
        if commit:
            asks = (*asks, order(COMMIT))
        raw, early = self._raw, self._early
        if not early:
            raw.enter_pipeline_mode()
        sent = [*early, *[(ask, self._prepared.queue(ask)) for ask in asks]]
        self._early = []
        self._prepared.end()
        results = list(self._results())
        raw.exit_pipeline_mode()
        self._prepared.answer(sent, results)

    def undo(self) -> None:
        """End a transaction, if there is one; the driver would forget what is prepared here."""
        if self._raw.transaction_status != pq.TransactionStatus.IDLE:
            self.send(order(ROLLBACK))

    def _results(self) -> Iterator[PGresult]:
        """What each statement gave, up to the end of the burst; nothing, once one is broken."""
        raw = self._raw
        while raw.flush():
            self._both.poll()
            raw.consume_input()
        while True:
            while raw.is_busy():
                self._eye.poll()
                raw.consume_input()
            result = raw.get_result()
            if result is None:
                if raw.status != pq.ConnStatus.OK:
                    raise psycopg.OperationalError(LOST)
            elif result.status == SYNC:
                return
            else:
                yield result


def _rows(result: PGresult) -> list[Row]:
    value, wide = result.get_value, range(result.nfields)
    return [
        tuple((value(row, column) or b"").decode() for column in wide)
        for row in range(result.ntuples)
    ]
