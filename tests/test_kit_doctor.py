import http.server
import os
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from noria.kit import doctor
from noria.kit import postgres_files as files
from noria.kit.config import load
from noria.kit.doctor import examine

IS_ROOT = os.geteuid() == 0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def settings_for(url: str = "", home: Path = Path("/nonexistent"), **more: str):
    environ = {"NORIA_HOME": str(home), "NORIA_PORT": str(free_port()), **more}
    return load({**environ, "DATABASE_URL": url} if url else environ)


def found(settings) -> dict[str, doctor.Finding]:
    findings = examine(settings)
    for finding in findings:
        for text in (finding.what, finding.says, *([finding.do] if finding.do else [])):
            assert text.en
            assert text.fr
        assert (finding.do is None) == finding.is_ok, "a remedy stands where one is needed"
    assert len({finding.what for finding in findings}) == len(findings)
    return {finding.what.en: finding for finding in findings}


def ill(settings) -> set[str]:
    return {what for what, finding in found(settings).items() if not finding.is_ok}


@contextmanager
def answering(words: bytes):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield str(server.server_address[1])
        server.shutdown()
        thread.join()


def test_a_fresh_embedded_installation_only_wants_its_migrations(home):
    assert ill(settings_for(home=home)) == {"Migrations"}


def test_an_installation_on_a_server_without_fsync_is_told_so(url):
    findings = found(settings_for(url))
    assert {what for what, finding in findings.items() if not finding.is_ok} <= {"Durability"}
    with psycopg.connect(url) as connection:
        is_durable = connection.execute("show fsync").fetchone() == ("on",)
    assert findings["Durability"].is_ok == is_durable


@pytest.mark.parametrize(("because", "change", "what", "words"), [
    ("a migration is missing", "delete from migration where number = 1", "Migrations", "1 to come"),
    ("one was edited after it ran", "update migration set checksum = 'x' where number = 1",
     "Migrations", "0001"),
    ("the database is newer", ("insert into migration (number, name, checksum)"
     " values (9876, 'future', 'x')"), "Migrations", "9876"),
    ("nothing was migrated at all", "drop table migration", "Migrations", "0 applied"),
    ("it takes no writes", ("do $$ begin execute format('alter database %I set"
     " default_transaction_read_only = on', current_database()); end $$"), "Writing", "read-only"),
    ("commits are not waited for", ("do $$ begin execute format('alter database %I set"
     " synchronous_commit = off', current_database()); end $$"), "Durability", "synchronous_commit"),
])  # fmt: skip
def test_what_is_wrong_with_the_database(url, because, change, what, words):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(change.encode())
    finding = found(settings_for(url))[what]
    assert not finding.is_ok, because
    assert words in finding.says.en + finding.do.en, because


def test_a_database_that_stores_no_utf8(server):
    name = f"noria_test_ascii_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(
            f"create database {name} encoding 'SQL_ASCII' locale_provider libc locale 'C'"
            " template template0"
        )
        try:
            url = psycopg.conninfo.make_conninfo(server, dbname=name)
            assert "Encoding" in ill(settings_for(url))
        finally:
            admin.execute(f"drop database {name} with (force)")


def test_more_pools_than_the_server_has_connections(url):
    settings = settings_for(url, NORIA_WORKERS="64", NORIA_POOL_SIZE="500")
    finding = found(settings)["Connections"]
    assert not finding.is_ok
    assert str(settings.connections) in finding.says.en
    assert "NORIA_POOL_SIZE" in finding.do.en


def test_a_database_that_does_not_answer_is_told_without_its_password():
    settings = settings_for(f"postgresql://ada:hunter2@127.0.0.1:{free_port()}/x")
    finding = found(settings)["Database"]
    assert not finding.is_ok
    assert "DATABASE_URL" in finding.do.en
    assert "hunter2" not in str(examine(settings))


def test_a_refusal_of_the_embedded_server_is_told_with_its_remedy(home):
    data = files.layout(home).data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    if IS_ROOT:
        owner = files.account_for(home / "none")
        os.chown(data, owner.uid, owner.gid)
    finding = found(settings_for(home=home))["Database"]
    assert "PostgreSQL 9" in finding.says.en
    assert "pg_upgrade" in finding.do.fr


def test_a_home_that_cannot_be_written(home):
    closed = home / "file-in-the-way"
    closed.write_text("")
    wrong = ill(settings_for(home=closed / "noria"))
    assert "Database" in wrong
    assert "Python" not in wrong


@pytest.mark.parametrize(("because", "words", "is_ok"), [
    ("our own server may hold the port", b'{"product": "Noria"}', True),
    ("another program may not", b"<h1>It works!</h1>", False),
])  # fmt: skip
def test_a_port_in_use(url, because, words, is_ok):
    with answering(words) as port:
        finding = found(settings_for(url, NORIA_PORT=port))["Port"]
    assert finding.is_ok == is_ok, because


def test_a_port_that_is_held_and_silent(url):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        settings = replace(settings_for(url), port=door.getsockname()[1])
        assert "Port" in ill(settings)


def test_clocks_that_differ_and_disks_that_fill_up_are_told(tx, home, monkeypatch):
    monkeypatch.setattr(doctor, "LARGEST_SKEW_S", -1.0)
    monkeypatch.setattr(doctor, "LEAST_FREE_MIB", 1 << 40)
    assert not doctor._clocks(tx).is_ok
    assert not doctor._disk(home).is_ok


def test_a_check_that_faints_is_itself_a_finding():
    finding = doctor._safely(doctor.DISK, lambda: 1 / 0)
    assert not finding.is_ok
    assert "division by zero" in finding.says.en
