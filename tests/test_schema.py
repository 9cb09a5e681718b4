"""Migrations: what they add up to, that they run once, and who may write what they make."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import noria
from noria.kit import schema
from noria.kit.db import Migration, MigrationBroken, MigrationChanged, migrate, migrations

SOURCE = Path(noria.__file__).parent
numbers = itertools.count(1)

ROOM_OF_MIGRATION = {
    "audit": "tower",
    "counts": "stock",
    "events": "kit",
    "files": "connectors",
    "history": "stock",
    "holds": "promise",
    "jobs": "kit",
}
"""Migrations that are named after a noun of a room; each other one has the name of its room."""

MAKES = re.compile(r"create (?:unlogged )?table (?:if not exists )?([a-z_]+)", re.IGNORECASE)
WRITES = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|truncate|copy)\s+(?:only\s+)?([a-z_]+)", re.IGNORECASE
)


@pytest.fixture
def empty(server):
    """A database that nothing has been done to."""
    name = f"noria_schema_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name}")
        admin.execute(f"create database {name}")
        yield make_conninfo(server, dbname=name)
        admin.execute(f"drop database {name} with (force)")


def test_schema_sql_is_what_the_migrations_add_up_to(url):
    assert schema.written(url) == schema.shipped(), "make schema"


def test_schema_sql_makes_the_same_database_by_itself(empty):
    with psycopg.connect(empty) as connection:
        connection.execute("set check_function_bodies = off")
        connection.execute(schema.shipped().encode())
        connection.commit()
    assert schema.written(empty) == schema.shipped()


def test_a_second_run_does_nothing(empty):
    assert [step.number for step in migrate(empty)] == [step.number for step in migrations()]
    before = schema.written(empty)
    assert migrate(empty) == []
    assert schema.written(empty) == before


def test_two_processes_migrate_one_database_together(empty):
    command = "import sys; from noria.kit.db import migrate; print(len(migrate(sys.argv[1])))"
    racers = [
        subprocess.Popen([sys.executable, "-c", command, empty], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    applied = sorted(int(racer.communicate(timeout=60)[0]) for racer in racers)
    assert [racer.returncode for racer in racers] == [0, 0]
    assert applied == [0, len(migrations())], "one did all of it, the other waited and found it"


def test_a_migration_that_was_edited_after_it_ran_is_refused(empty):
    first, *others = migrations()
    migrate(empty, [first])
    edited = msgspec.structs.replace(first, text=first.text + "\n-- as if it had always been so")
    with pytest.raises(MigrationChanged, match=r"0001 kit was edited"):
        migrate(empty, [edited, *others])
    with psycopg.connect(empty) as connection:
        assert connection.execute("select count(*) from migration").fetchone() == (1,)


def test_a_database_that_goes_away_is_told_as_a_refusal_and_the_next_run_goes_on(empty):
    first, second, *_ = migrations()
    gone = Migration(2, second.name, "select pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(MigrationBroken) as broken:
        migrate(empty, [first, gone])
    assert broken.value.remedy("en"), "who runs it reads what to do, not a traceback"
    assert migrate(empty, [first, second]) == [second]


def test_a_migration_that_fails_leaves_nothing_and_can_be_run_again(empty):
    first = migrations()[0]
    broken = msgspec.structs.replace(
        first, number=2, name="broken", text="create table half (id int); select 1 / 0"
    )
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty, [first, broken])
    mended = msgspec.structs.replace(broken, text="create table half (id int)")
    assert migrate(empty, [first, mended]) == [mended]


def test_migrations_are_numbered_once_and_in_order():
    known = [step.number for step in migrations()]
    assert known == sorted(set(known))


def test_every_check_is_named_as_a_sentence(tx):
    named = tx.execute(
        """
        select coalesce(conrelid::regclass::text, contypid::regtype::text), conname
        from pg_constraint
        where contype = 'c'
            and connamespace = 'public'::regnamespace
            and conrelid::regclass::text not like 'procrastinate%'
        """
    ).fetchall()
    assert len(named) > 50
    assert [f"{table}: {name}" for table, name in named if not reads_as_a_sentence(name)] == []


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("a_move_goes_somewhere", True),
        ("move_quantity_check", False),
        ("move_check1", False),
        ("positive", False),
    ],
)
def test_a_name_that_postgresql_made_up_is_no_sentence(name, reads):
    assert reads_as_a_sentence(name) == reads


def reads_as_a_sentence(name):
    return name.count("_") >= 2 and not re.search(r"_check\d*$", name)


def test_a_table_is_written_only_by_the_room_that_made_it():
    owners = owners_of_tables()
    wrong = [
        f"{path}: {table} belongs to {owners[table]}"
        for path, text in sources()
        for table in sorted(set(WRITES.findall(text)))
        if table in owners and owners[table] != room_of(path)
    ]
    assert wrong == []


def test_every_table_is_written_by_somebody():
    written = {table for _, text in sources() for table in WRITES.findall(text)}
    assert sorted(owners_of_tables().keys() - written) == []


def test_a_write_is_found_however_it_is_laid_out():
    text = "insert into\n  balance (sku)\n update only sku set\ndelete from leg where copy move ("
    assert set(WRITES.findall(text)) == {"balance", "sku", "leg", "move"}


def owners_of_tables():
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    owners = {"migration": "kit"}
    for step in migrations():
        room = ROOM_OF_MIGRATION.get(step.name, step.name)
        assert room in rooms, f"{step.number:04}_{step.name}.sql belongs to no room"
        ours, *_ = step.text.partition("-- The queue: ")
        owners |= dict.fromkeys(MAKES.findall(ours), room)
    return owners


def sources():
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE), path.read_text()


def room_of(path):
    return path.parts[0]
