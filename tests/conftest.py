"""One PostgreSQL a session (a worker of xdist has its own), one fresh database a test."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import crowd
import world
from copies import copy, drop
from noria.kit import clock
from noria.kit.db import Connection, Database, migrate
from noria.kit.postgres import Embedded
from tower_site import chromium, page, tower, tower_address, tower_log  # noqa: F401 - fixtures

PREFIX = "noria-test-"
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
MEMORY = Path("/dev/shm")
ROOM_BYTES = 6 << 30
"""For each worker's databases and its WAL, with room to spare for others."""
TEMPLATE = f"noria_test_template_{os.getpid()}"
numbers = itertools.count(1)
used: list[str] = []
"""Databases to be dropped when the next is made: by then, nobody has to be waited for any more."""

for name in [name for name in os.environ if name.startswith("NORIA_") or name == "DATABASE_URL"]:
    if not name.startswith("NORIA_TEST_"):
        del os.environ[name]  # a test says itself which settings it means


LONG = (
    *("test_torture_properties.py", "test_torture_mutants.py", "test_lab_replay.py"),
    *("test_worker.py", "test_web_answers.py"),
)
"""These come first, so that no worker is left alone with them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish() -> None:
    """What is there for good is not looked at each time by the collector of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the session's server, on its database `postgres`."""
    if given := os.environ.get("NORIA_TEST_DATABASE_URL"):
        yield given
        return
    sweep()
    home = roomy_folder(in_memory())
    embedded = Embedded(home, FAST)
    embedded.start()
    yield make_conninfo(embedded.url, dbname="postgres")
    embedded.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """The name of a database that every migration has been applied to."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {TEMPLATE}")
    migrate(make_conninfo(server, dbname=TEMPLATE))
    yield TEMPLATE
    for left in (*used, TEMPLATE):
        drop(server, left)


@pytest.fixture
def url(server: str, template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    database = f"noria_test_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        while used:
            admin.execute(f"drop database if exists {used.pop()} with (force)")
        copy(admin, template, database)
    yield make_conninfo(server, dbname=database)
    used.append(database)


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def tx(db: Database) -> Iterator[Connection]:
    """A transaction that is rolled back when the test ends."""
    with db.transaction() as transaction:
        yield transaction
        raise psycopg.Rollback


@pytest.fixture(scope="session")
def retailer(server: str, template: str) -> Iterator[Database]:
    """A database of the session's with the small retailer in it; whoever uses it rolls back."""
    name = f"noria_test_{os.getpid()}_retailer"
    with psycopg.connect(server, autocommit=True) as admin:
        copy(admin, template, name)
    database = Database(make_conninfo(server, dbname=name))
    with database.transaction() as tx:
        world.build(tx)
    yield database
    database.close()
    drop(server, name)


@pytest.fixture
def retail(retailer: Database) -> Iterator[Connection]:
    """A transaction in the small retailer's database, rolled back when the test ends."""
    with retailer.transaction() as transaction:
        yield transaction
        raise psycopg.Rollback


@pytest.fixture(scope="session")
def crowded(server: str, template: str) -> Iterator[Database]:
    """The small retailer's database with room for a crowd; whoever uses it empties it first."""
    name = f"noria_test_{os.getpid()}_crowd"
    with psycopg.connect(server, autocommit=True) as admin:
        copy(admin, template, name)
    address = make_conninfo(server, dbname=name)
    database = Database(address, pool_size=crowd.CALLERS + 4, wait_s=crowd.PATIENCE_S)
    with database.transaction() as tx:
        crowd.settle(tx)
    yield database
    database.close()
    drop(server, name)


@pytest.fixture
def hands(monkeypatch):
    """Real time, moved by the test."""

    class Hands:
        now = clock.wall()

        def move(self, **by):
            self.now += timedelta(**by)

    hands = Hands()
    monkeypatch.setattr(clock, "wall", lambda: hands.now)
    return hands


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the embedded server's account can reach; pytest's own are closed to it."""
    folder = roomy_folder()
    yield folder
    Embedded(folder).stop()
    shutil.rmtree(folder)


def roomy_folder(parent: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    folder.chmod(0o711)
    return folder


def in_memory() -> Path | None:
    """Where files are kept in memory, if there is room: a thousand databases are copied there."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        return MEMORY
    return None


def sweep() -> None:
    """Stop and remove what killed sessions left behind; another worker may do so just now."""
    for parent in (Path(tempfile.gettempdir()), MEMORY):
        for folder in parent.glob(f"{PREFIX}*"):
            maker = int(folder.name.removeprefix(PREFIX).partition("-")[0])
            with suppress(FileNotFoundError):
                if folder.stat().st_uid == os.geteuid() and not is_alive(maker):
                    Embedded(folder).stop()
                    shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
