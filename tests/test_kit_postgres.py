import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from noria.kit import config, postgres
from noria.kit import postgres_files as files
from noria.kit.postgres import Embedded, serving

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
PATIENCE_S = 20.0
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def server(home):
    """A running server of the test's own, on a fresh home."""
    embedded = Embedded(home, QUICK)
    embedded.start()
    yield embedded
    embedded.stop()


def write_row(server: Embedded) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")


def row_is_there(server: Embedded) -> bool:
    with psycopg.connect(server.url) as connection:
        return connection.execute("select n from kept").fetchall() == [(42,)]


def show(server: Embedded, setting: str) -> str:
    with psycopg.connect(server.url) as connection:
        return connection.execute("select current_setting(%s)", [setting]).fetchone()[0]


def pid_of(home: Path) -> int:
    running = files.postmaster(files.layout(home).data)
    assert running is not None
    return running.pid


def kill_all(home: Path) -> None:
    """kill -9 for every process of the server, as a power cut would."""
    data = files.layout(home).data
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink() == data:
                os.kill(int(folder.name), signal.SIGKILL)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue


def eventually(is_so) -> bool:
    until = time.monotonic() + PATIENCE_S
    while not (answer := is_so()) and time.monotonic() < until:
        time.sleep(0.02)
    return bool(answer)


@contextmanager
def another_user(home: Path):
    """Another process that uses the server, and says when it does."""
    script = (
        "import sys, pathlib; from noria.kit.postgres import Embedded\n"
        "server = Embedded(pathlib.Path(sys.argv[1]), {'fsync': 'off'})\n"
        "server.start(); print('up', flush=True); sys.stdin.read(); print(server.stop())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_fresh_server_is_private_durable_and_speaks_utf8(home):
    places = files.layout(home)
    places.data.with_name("data.making").mkdir(parents=True)  # a start that was killed half way
    places.data.with_name("data.making").joinpath("PG_VERSION").write_text("half")
    server = Embedded(home)
    server.start()
    assert server.is_healthy()
    assert [show(server, name) for name in ("server_encoding", "listen_addresses", "TimeZone")] == [
        "UTF8", "", "UTC"
    ]  # fmt: skip
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert show(server, name) == "on", name
    with psycopg.connect(server.url) as connection:
        row = connection.execute(
            "select lower('ÉTÉ'), datlocprovider::text, datlocale from pg_database"
            " where datname = current_database()"
        ).fetchone()
    assert row == ("été", "b", "C.UTF-8")
    for folder in (places.data, places.socket):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid != 0
    trusted = [line.split() for line in (places.data / "pg_hba.conf").read_text().splitlines()
               if line.endswith("trust")]  # fmt: skip
    assert {line[0] for line in trusted} == {"local"}
    assert server.stop()
    assert not server.is_healthy()
    assert files.postmaster(places.data) is None


@pytest.mark.parametrize(
    ("because", "sign"),
    [
        ("initdb has a server of its own underneath", "--boot"),
        ("the database inside is made by another", "--single"),
        ("the server itself, most often before it is ready", "cluster_name=noria"),
    ],
)
def test_a_first_start_outlives_a_kill_of_what_it_starts(home, because, sign):
    server = Embedded(home, QUICK)
    with ThreadPoolExecutor() as pool:
        starting = pool.submit(server.start)
        assert eventually(lambda: kill_those_that_say(sign, home)), because
        starting.result()
    # the kill may have come just after the start
    assert eventually(lambda: server.ensure() or server.is_healthy()), because
    assert server.stop()


def kill_those_that_say(sign: str, home: Path) -> int:
    """How many processes of the installation in `home` were killed by their command's words."""
    killed = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            words = (folder / "cmdline").read_bytes()
            place = words + (folder / "environ").read_bytes()  # initdb tells its child only there
            if sign.encode() in words and bytes(home) in place:
                os.kill(int(folder.name), signal.SIGKILL)
                killed += 1
    return killed


def test_a_second_start_finds_the_rows_of_the_first(home, server):
    write_row(server)
    assert server.stop()
    server.start()
    assert row_is_there(server)


def test_the_last_user_to_leave_stops_the_server(home, server):
    first_pid = pid_of(home)
    second = Embedded(home, QUICK)
    second.start()
    assert pid_of(home) == first_pid, "the second user joined the server of the first"
    assert not server.stop()
    assert second.is_healthy()
    assert second.stop()
    assert not second.is_healthy()


def test_several_that_start_at_once_share_one_server(home):
    handles = [Embedded(home, QUICK) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Embedded.start, handles))
    assert all(handle.is_healthy() for handle in handles)
    assert [handle.stop() for handle in handles] == [False, False, False, True]


def test_a_user_that_is_killed_no_longer_counts(home):
    with another_user(home) as other:
        server = Embedded(home, QUICK)
        server.start()
        other.kill()
        other.wait()
        assert server.is_healthy(), "the server is nobody's child"
        assert server.stop()
        assert not server.is_healthy()


def test_one_process_never_stops_the_server_under_another(home):
    with another_user(home) as other:
        server = Embedded(home, QUICK)
        server.start()
        assert not server.stop()
        assert server.is_healthy()
        assert other.communicate("")[0] == "True\n"
        assert not server.is_healthy()


def test_after_kill_9_a_newcomer_recovers_what_was_committed(home):
    with another_user(home) as other:
        server = Embedded(home, QUICK)
        write_row(server)
        kill_all(home)
        other.kill()
    server.start()
    assert row_is_there(server)


def test_the_watch_brings_a_killed_server_back(home, server):
    write_row(server)
    ended = threading.Event()
    watching = threading.Thread(target=server.watch, args=(ended, 0.1))
    watching.start()
    try:
        for kill in (kill_all, lambda place: os.kill(pid_of(place), signal.SIGKILL)):
            before = pid_of(home)
            kill(home)
            assert eventually(lambda old=before: server.is_healthy() and pid_of(home) != old)
            assert row_is_there(server)
    finally:
        ended.set()
        watching.join()


def test_a_server_that_hangs_is_started_anew(home, server, monkeypatch):
    for name in ("SILENT_S", "FAST_STOP_S", "HARD_STOP_S"):
        monkeypatch.setattr(postgres, name, 0.2)
    write_row(server)
    os.kill(pid_of(home), signal.SIGSTOP)
    server.ensure()
    assert row_is_there(server)


def test_a_pid_file_that_names_a_strangers_process_is_seen_through(home, server):
    write_row(server)
    data = files.layout(home).data
    lock = files.layout(home).socket / f"{files.SOCKET_NAME}.lock"
    text, lock_text = (data / "postmaster.pid").read_text(), lock.read_text()
    kill_all(home)
    owner = data.stat()
    account = files.Account("server", owner.st_uid, owner.st_gid)
    with files.run_as(account, ["/bin/sleep", "60"]) as stranger:
        # after a reboot the kernel may give the old server's pid to another of its user's processes
        for file, words in ((data / "postmaster.pid", text), (lock, lock_text)):
            file.write_text("\n".join([str(stranger.pid), *words.splitlines()[1:]]) + "\n")
        assert files.postmaster(data) is None
        server.start()
        assert row_is_there(server)
        assert stranger.poll() is None, "the stranger is left alone"
        stranger.kill()


def test_the_start_waits_for_orphans_of_a_killed_server(home, server):
    """PostgreSQL's own check: a new server while an old one's process still writes would be ruin."""
    with psycopg.connect(server.url) as connection:
        orphan = connection.info.backend_pid
        os.kill(orphan, signal.SIGSTOP)
        os.kill(pid_of(home), signal.SIGKILL)
        assert eventually(lambda: files.postmaster(files.layout(home).data) is None)
        restarting = threading.Thread(target=server.ensure)
        restarting.start()
        time.sleep(1.0)
        assert restarting.is_alive(), "it does not run beside the orphan"
        assert not server.is_healthy()
        os.kill(orphan, signal.SIGKILL)
        restarting.join(PATIENCE_S)
        assert server.is_healthy()


def test_data_of_another_version_are_left_alone(home, server):
    server.stop()
    mark = files.layout(home).data / "PG_VERSION"
    mark.write_text("9\n")
    with pytest.raises(files.OtherVersion) as caught:
        server.start()
    assert "PostgreSQL 9;" in caught.value.sentence("en")
    assert "pg_upgrade" in caught.value.remedy("fr")
    assert mark.read_text() == "9\n"


def test_data_of_another_owner_are_left_alone(tmp_path):
    me = tmp_path.stat()
    someone = files.Account("someone", me.st_uid + 1, me.st_gid)
    with pytest.raises(files.OtherOwner) as caught:
        files.check_data(tmp_path, someone, "18")
    assert "someone" in caught.value.sentence("en")


def test_a_closed_folder_is_refused_with_the_account_that_needs_it(home):
    closed = home / "closed"
    closed.mkdir(mode=0o700 if IS_ROOT else 0o500)
    with pytest.raises(files.HomeUnusable) as caught:
        Embedded(closed / "noria").start()
    assert str(closed) in caught.value.sentence("en")
    assert "NORIA_HOME" in caught.value.remedy("en")


def test_a_full_disk_is_told_as_such(home):
    """On a real small disk where we may mount one; elsewhere by the words the system has for it."""
    if not small_disk(home):
        assert not IS_ROOT, "root can mount a small disk"
        with pytest.raises(files.DiskFull), files.refusing(home, "noria"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return
    try:
        with pytest.raises(files.DiskFull) as caught:
            Embedded(home).start()
        assert str(home) in caught.value.sentence("en")
        assert "est plein" in caught.value.sentence("fr")
        assert not files.layout(home).data.exists(), "nothing half made is taken for a database"
    finally:
        subprocess.run(["umount", home], check=True)


def small_disk(folder: Path) -> bool:
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0711", "tmpfs", folder]
    return IS_ROOT and subprocess.run(mount, capture_output=True, check=False).returncode == 0


def test_what_the_server_says_about_a_full_disk_is_understood(home, monkeypatch):
    programs = home / "bin"
    programs.mkdir()
    for name, script in {
        "postgres": "echo 'postgres (PostgreSQL) 18.6'",
        "initdb": "echo 'initdb: error: could not write: No space left on device'; exit 1",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setattr(files, "binaries", lambda *_: programs)
    with pytest.raises(files.DiskFull):
        Embedded(home).start()


def test_a_setting_that_postgresql_does_not_know_is_told_with_its_own_words(home):
    with pytest.raises(postgres.ServerFailed) as caught:
        Embedded(home, {**QUICK, "shared_buffers": "plenty"}).start()
    assert 'invalid value for parameter "shared_buffers"' in caught.value.sentence("en")
    assert "server.log" in caught.value.remedy("en")
    assert Embedded(home).stop(), "who fails to start is no user"


def test_missing_binaries_are_told_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(files.BinariesMissing) as caught:
        files.installed()
    assert "DATABASE_URL" in caught.value.remedy("en")
    with pytest.raises(files.BinariesMissing):
        files.major_version(tmp_path)


def test_binaries_that_the_account_cannot_reach_are_copied_once(tmp_path):
    private = tmp_path / "private"
    for name in ("bin/postgres", "lib/libpq.so", "share/x.sql", "include/x.h"):
        (private / name).parent.mkdir(parents=True)
        (private / name).write_text(name)
    private.chmod(0o700)
    someone = files.Account("someone", private.stat().st_uid + 12345, 12345)
    copied = files.binaries(someone, private, shelf=tmp_path / "shelf")
    assert copied.is_relative_to(tmp_path / "shelf")
    assert (copied / "postgres").stat().st_mode & 0o777 == 0o755
    assert (copied.parent / "lib" / "libpq.so").read_text() == "lib/libpq.so"
    assert not (copied.parent / "include").exists()
    shutil.rmtree(private / "lib")
    assert files.binaries(someone, private, shelf=tmp_path / "shelf") == copied, "only once"
    assert [entry.name for entry in (tmp_path / "shelf").iterdir()] == [copied.parent.name]


def test_a_path_too_long_for_a_socket_gets_a_short_one(home):
    deep = home / ("x" * 80) / 'it\'s, "odd"'
    server = Embedded(deep, QUICK)
    places = files.layout(deep)
    try:
        server.start()
        assert server.is_healthy()
        assert len(str(places.socket / files.SOCKET_NAME)) < 60
        assert files.layout(deep).socket == places.socket, "equal homes have equal sockets"
    finally:
        server.stop()
        shutil.rmtree(places.socket)


def test_a_socket_folder_that_others_could_enter_is_refused(tmp_path):
    me = files.Account("me", os.geteuid(), os.getegid())
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("open", "link"):
        with pytest.raises(PermissionError):
            files.own_folder(tmp_path / name, me)
    files.own_folder(tmp_path / "own", me)
    files.own_folder(tmp_path / "own", me)


def test_an_ordinary_user_has_a_server_too(home):
    """When we are root, in a child that gives its rights up; else every test here shows it."""
    ordinary = files.account_for(home / "none") if IS_ROOT else None
    if ordinary:
        os.chown(home, ordinary.uid, ordinary.gid)
    child = os.fork()
    if child == 0:
        os._exit(as_ordinary(home, ordinary))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (home / "noria").stat().st_mode & 0o777 == 0o700
    assert files.layout(home / "noria").log.stat().st_uid != 0


def as_ordinary(home: Path, account: files.Account | None) -> int:
    try:
        if account:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
        server = Embedded(home / "noria", QUICK)
        server.start()
        write_row(server)
        return 0 if row_is_there(server) and server.stop() and not server.is_healthy() else 1
    except BaseException:  # noqa: BLE001 - a forked child must not run on into pytest
        traceback.print_exc()
        return 2


def test_while_it_takes_long_there_is_news(home, server, caplog, monkeypatch):
    monkeypatch.setattr(postgres, "FIRST_NEWS_S", 0.0)
    kill_all(home)
    server.ensure()
    assert "starting or recovering" in caplog.text


def test_serving_starts_and_stops_the_embedded_server(home):
    settings = config.load({"NORIA_HOME": str(home), "NORIA_WORKERS": "8"})
    with serving(settings) as url, psycopg.connect(url) as connection:
        limit = connection.execute("select current_setting('max_connections')").fetchone()[0]
        assert int(limit) >= settings.connections > 100
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_serving_leaves_a_given_database_alone(home):
    settings = config.load({"NORIA_HOME": str(home), "DATABASE_URL": "postgresql://elsewhere/x"})
    with serving(settings) as url:
        assert url == "postgresql://elsewhere/x"
    assert list(home.iterdir()) == []
