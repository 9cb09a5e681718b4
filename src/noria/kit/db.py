"""The database: one pool, one way to open a transaction, one runner of migrations."""

import hashlib
import secrets
import select
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, LiteralString, TypeVar

import psycopg
from msgspec import Struct
from psycopg.abc import Buffer
from psycopg.conninfo import make_conninfo
from psycopg.rows import kwargs_row
from psycopg.sql import SQL, Identifier
from psycopg.types.array import ListDumper
from psycopg_pool import ConnectionPool, PoolTimeout

from noria.kit.burst import Burst
from noria.kit.errors import Kind, Refusal, Text, Unavailable

Connection = psycopg.Connection[tuple[Any, ...]]
Row = TypeVar("Row")
Answer = TypeVar("Answer")

MIGRATION_LOCK = 7_316_409_157
ATTEMPTS = 10
STATEMENTS = 500
"""How many statements a connection keeps prepared: more than an order meets on its whole way.

The driver keeps 100, and forgets the one that was used longest ago. Whoever goes round a larger
circle prepares, and plans, each of them anew each time.
"""
QUIET_S = 10.0
"""How long after it was used a connection is believed without asking: its socket would tell."""
BROKEN_TIES = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


BURSTS_ARE = (
    "set time zone 'UTC'",
    "set plan_cache_mode = force_generic_plan",  # else some are planned anew each time
    "set enable_seqscan = off",  # they ask by keys; a plan made while a table is empty stays
    "set enable_hashjoin = off",  # nested, rows are met, and locked, in the order that is given
    "set enable_mergejoin = off",
)
"""How a connection for bursts is set up: what they ask is prepared once and asked for ever."""


class Database:
    """A pool of connections to one PostgreSQL. Open it once a process; close it at the end."""

    def __init__(
        self, url: str, *, pool_size: int = 16, wait_s: float = 5.0, application: str = "noria"
    ) -> None:
        self.url = url
        self._pool: ConnectionPool[_Kept] = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            timeout=wait_s,
            open=False,
            reconnect_timeout=10,
            connection_class=_Kept,
            check=_check_alive,
            configure=_settle,
            reset=_note_use,
            kwargs={"autocommit": True, "application_name": application},
        )
        self._pool.open()
        self._application = application
        self._kept: deque[Burst] = deque()

    def close(self) -> None:
        self._pool.close()
        while self._kept:
            self._kept.popleft().connection.close()

    def pool_numbers(self) -> dict[str, int]:
        """How the pool does: its size, who waits, what it gave out so far."""
        return self._pool.get_stats()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or none. The only place in the code base that commits."""
        try:
            with self._pool.connection() as connection, connection.transaction():
                yield connection
        except BROKEN_TIES:
            raise  # `run` tries again
        except (PoolTimeout, psycopg.OperationalError) as problem:
            raise Unavailable(retry_after_s=2) from problem

    @contextmanager
    def bursts(self) -> Iterator[Burst]:
        """A connection that is kept, for bursts: one that begins, and one that commits.

        What was not committed at the end of the block is undone. A connection on which anything
        went wrong is not used again.
        """
        try:
            burst = self._kept.popleft() if self._kept else Burst(self.connected())
            try:
                yield burst
                burst.undo()
            except BaseException:
                burst.connection.close()
                raise
            self._kept.append(burst)
        except BROKEN_TIES:
            raise
        except psycopg.OperationalError as problem:
            raise Unavailable(retry_after_s=2) from problem

    def connected(self) -> Connection:
        """A connection for bursts, which is the caller's to close."""
        connection = psycopg.connect(self.url, autocommit=True, application_name=self._application)
        for setting in BURSTS_ARE:
            connection.execute(setting)
        return connection

    def run(self, work: Callable[[Connection], Answer]) -> Answer:
        """`work` in one transaction, again if PostgreSQL broke a deadlock in another's favour."""
        for attempt in range(ATTEMPTS):
            try:
                with self.transaction() as tx:
                    return work(tx)
            except BROKEN_TIES:
                if attempt == ATTEMPTS - 1:
                    raise Unavailable(retry_after_s=1) from None
                step_aside(attempt)
        raise AssertionError("the loop above returns or raises")


def step_aside(attempt: int) -> None:
    """Wait a little, longer each time and never alike: who was in the way is not met again."""
    time.sleep(min(0.002 * 2**attempt, 0.1) * (0.5 + secrets.randbelow(1000) / 1000))


@contextmanager
def scratch(url: str) -> Iterator[str]:
    """The address of a new database on the same server, migrated, and dropped at the end."""
    name = f"noria_scratch_{secrets.token_hex(4)}"
    try:
        yield beside(url, name)[0]
    finally:
        drop(url, name)


def beside(url: str, name: str) -> tuple[str, bool]:
    """The address of another database on the same server, migrated, and whether it is new."""
    with psycopg.connect(url, autocommit=True) as server:
        known = server.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if known is None:
            server.execute(SQL("create database {}").format(Identifier(name)))
    address = make_conninfo(url, dbname=name)
    migrate(address)
    return address, known is None


def drop(url: str, name: str) -> None:
    """Away with a database that was made beside this one, whoever is still connected."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))


def vacuum(url: str, tables: Sequence[str]) -> None:
    """Clean tables up and measure them, as autovacuum does in its own time; no transaction may."""
    with psycopg.connect(url, autocommit=True) as server:
        for table in tables:
            server.execute(SQL("vacuum (analyze) {}").format(Identifier(table)))


def freeze(tx: Connection) -> None:
    """Let a transaction see one instant only; to be called before its first question."""
    tx.execute("set transaction isolation level repeatable read")


@contextmanager
def savepoint(tx: Connection) -> Iterator[None]:
    """A part of a transaction that can be undone alone, when it is refused."""
    with tx.transaction():
        yield


@contextmanager
def tried(tx: Connection) -> Iterator[None]:
    """A part of a transaction that is undone whatever comes of it."""
    with tx.transaction(force_rollback=True):
        yield


def rows(
    tx: Connection,
    shape: Callable[..., Row],
    query: LiteralString,
    values: Any = None,
    *,
    is_planned_anew: bool = False,
) -> list[Row]:
    """Every row of `query` as `shape(**columns)`: usually a struct with the columns as fields.

    What is asked often is prepared, and planned once for all values. `is_planned_anew`: planned for
    these values each time, for where no one plan is good for all that is asked.
    """
    with tx.cursor(row_factory=kwargs_row(shape)) as cursor:
        prepare = False if is_planned_anew else None
        return cursor.execute(query, values, prepare=prepare).fetchall()


def row(
    tx: Connection, shape: Callable[..., Row], query: LiteralString, values: Any = None
) -> Row | None:
    """The first row of `query` as `shape(**columns)`, or None."""
    with tx.cursor(row_factory=kwargs_row(shape)) as cursor:
        return cursor.execute(query, values).fetchone()


def literal(words: str) -> str:
    """`words` as they stand within a pattern of `like`."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def array(values: Iterable[str | int]) -> str:
    """A list as PostgreSQL reads an array: for long ones much faster than adapting each value.

    The statement says what it is an array of: `%s::text[]`, `%s::bigint[]`.
    """
    words = list(values)
    if not words:
        return "{}"
    try:
        text = "\0".join(words)  # type: ignore[arg-type]  # numbers go the other way
    except TypeError:
        text = "\0".join(map(str, words))
    assert text.count("\0") == len(words) - 1, "no text of ours holds a zero, nor may PostgreSQL's"
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + text.replace("\0", '","') + '"}'


class Lists(ListDumper):
    """As the driver writes lists, but texts, or whole numbers, at once and not one by one."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        kinds = set(map(type, obj))
        if kinds == {int}:
            return ("{" + ",".join(map(str, obj)) + "}").encode()
        if kinds == {str} and not any("\0" in one for one in obj):
            return array(obj).encode()
        return super().dump(obj)


class _Kept(Connection):
    """A connection of the pool, which knows when somebody last had it."""

    used_at = 0.0


def _settle(connection: _Kept) -> None:
    """How a connection is when it joins the pool: in UTC, and with room for what it is asked."""
    connection.execute("set time zone 'UTC'")
    connection.adapters.register_dumper(list, Lists)
    connection.prepared_max = STATEMENTS
    _note_use(connection)


def _note_use(connection: _Kept) -> None:
    connection.used_at = time.monotonic()


def _check_alive(connection: _Kept) -> None:
    """Raise if nobody is there any more: the socket of who has gone can be read, a live one's not.

    After a while a question is sent all the same: a network may fall silent without a word.
    """
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    if line.poll(0) or time.monotonic() - connection.used_at > QUIET_S:
        ConnectionPool.check_connection(connection)


def columns(structs: Sequence[Struct]) -> list[list[Any]]:
    """A list of structs turned into one list a field, as `unnest` wants them."""
    if not structs:
        return []
    names = structs[0].__struct_fields__
    return [[getattr(struct, name) for struct in structs] for name in names]


class Migration(Struct, frozen=True):
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class MigrationChanged(Exception):  # noqa: N818 - it is found, not made
    """A migration that has been applied here no longer reads as it did."""


class MigrationBroken(Refusal):
    code = "migration-broken"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The database could not be brought to this version: {problem}",
        "La base n'a pas pu être amenée à cette version : {problem}",
    )
    do = Text(
        "What was done stays. Once the database answers, start again: it goes on where it was.",
        "Ce qui est fait reste fait. Dès que la base répond, relancez : la suite se fera.",
    )


def migrations() -> list[Migration]:
    """What ships with this version, in order."""
    folder = resources.files("noria.migrations")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name[5:-4], folder.joinpath(name).read_text()) for name in found
    ]


def migrate(url: str, known: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is missing, one transaction each, under an advisory lock; return what was applied.

    Raises:
        MigrationChanged: if a migration that was applied before has another checksum today.
        MigrationBroken: if the database went away, or somebody held a table for too long.
    """
    try:
        return _migrated(url, migrations() if known is None else known)
    except psycopg.OperationalError as problem:
        raise MigrationBroken(problem=str(problem).partition("\n")[0]) from problem


def _migrated(url: str, known: Sequence[Migration]) -> list[Migration]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        connection.execute(
            "create table if not exists migration (number int primary key, name text not null,"
            " checksum text not null, applied_at timestamptz not null default now())"
        )
        applied: dict[int, str] = dict(
            connection.execute("select number, checksum from migration").fetchall()
        )
        done = []
        for step in known:
            if step.number in applied:
                if applied[step.number] != step.checksum:
                    raise MigrationChanged(f"{step.number:04} {step.name} was edited after it ran")
                continue
            with connection.transaction():
                connection.execute("set local lock_timeout = '5s'")
                connection.execute("set local statement_timeout = '10min'")
                connection.execute(step.text.encode())
                connection.execute(
                    "insert into migration (number, name, checksum) values (%s, %s, %s)",
                    [step.number, step.name, step.checksum],
                )
            done.append(step)
        return done
