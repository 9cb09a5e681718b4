"""The embedded PostgreSQL: started by whoever needs it first, stopped by whoever leaves last."""

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from psycopg.pq import PGconn, Ping

from noria.kit import postgres_files as files
from noria.kit.config import Settings
from noria.kit.errors import Kind, Refusal, Text

log = logging.getLogger("noria.postgres")

DATABASE = "noria"
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "lc_messages": "C",
    "cluster_name": "noria",
}
"""Never a TCP port, and nothing that trades durability for speed."""

START_S = 900.0
"""Recovery after a crash replays up to a gigabyte or two of WAL, on whatever disk there is."""
SILENT_S = 30.0
"""A server that says it is ready but has answered nobody for so long is started anew."""
CONTESTED_S = 15.0
"""How long orphans of a killed server may take to notice that they are orphans."""
FAST_STOP_S = 60.0
HARD_STOP_S = 5.0
FIRST_NEWS_S = 2.0
NEWS_EVERY_S = 5.0
LARGEST_LOG_BYTES = 10 << 20
CONTESTED = ("lock file", "pre-existing shared memory block")
MAKING_TRIES = 5
KILLED = "terminated by signal"


class ServerFailed(Refusal):
    code = "postgres-did-not-start"
    kind = Kind.UNAVAILABLE
    says = Text(
        "The embedded PostgreSQL did not start: {reason}",
        "Le PostgreSQL embarqué n'a pas démarré : {reason}",
    )
    do = Text(
        "Read {log}; `noria doctor` may tell more.", "Lisez {log} ; voyez aussi `noria doctor`."
    )


class _Killed(Exception):  # noqa: N818 - what befell a program, and no fault of its own
    """A program that makes the cluster was killed, by a person or for want of memory."""


class Embedded:
    """One user's handle on the server in `home`; several processes may hold one each.

    Users hold a shared lock, which the kernel releases even after kill -9. Whoever finds on
    leaving that nobody else holds it stops the server. Starting and leaving take turns under a
    second lock, so a newcomer meets either a running server or none.
    """

    def __init__(self, home: Path, options: Mapping[str, str] | None = None) -> None:
        """`options` are PostgreSQL's own settings, as in postgresql.conf."""
        self._places = files.layout(home)
        self._options = {**OPTIONS, **(options or {})}
        self._lock: int | None = None
        self._child: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """A DSN that psycopg and libpq understand; it stays the same over restarts."""
        return (
            f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self._places.socket), safe='')}"
        )

    def start(self) -> None:
        """Become a user of the server, and see that it runs; waits for a recovery to end.

        Raises:
            DiskFull, HomeUnusable, OtherOwner, OtherVersion, BinariesMissing, AccountMissing,
            ServerFailed: with what to do about it.
        """
        files.make_folders(self._places)
        with self._turn():
            joined = self._join()
            try:
                self._run()
            except BaseException:
                if joined:
                    self._leave()
                raise

    def ensure(self) -> None:
        """Start the server again if it is down; the refusals are those of `start`."""
        if not self.is_healthy():
            self.start()

    def is_healthy(self) -> bool:
        """Whether the server answers; one that is starting, recovering or stopping does not."""
        return self._ping() == Ping.OK

    def watch(self, ended: threading.Event, every_s: float = 0.5) -> None:
        """Keep the server running until `ended`; what prevents it is logged, and tried again."""
        while not ended.wait(every_s):
            try:
                self.ensure()
            except Refusal as refusal:
                log.warning("%s %s", refusal.sentence("en"), refusal.remedy("en"))
                ended.wait(NEWS_EVERY_S)

    def stop(self) -> bool:
        """Leave; True if nobody else uses the server, which has then been stopped."""
        if not self._places.users_lock.exists():
            return True
        with self._turn():
            self._join()
            assert self._lock is not None
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                self._halt()
                return True
            finally:
                self._leave()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        lock = self._open(self._places.start_lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open(self, path: Path) -> int:
        with files.refusing(self._places.home, files.account_name(os.geteuid())):
            return files.open_lock(path)

    def _join(self) -> bool:
        if self._lock is not None:
            return False
        self._lock = self._open(self._places.users_lock)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        return True

    def _leave(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _ping(self) -> Ping:
        return Ping(PGconn.ping(f"{self.url}&connect_timeout=2".encode()))

    def _run(self) -> None:
        if self.is_healthy():
            return
        account = files.account_for(self._places.data)
        files.check_folders(self._places, account)
        programs = files.binaries(account, files.installed())
        with files.refusing(self._places.home, account.name):
            is_made = files.check_data(self._places.data, account, files.major_version(programs))
            if not is_made:
                self._make_data(account, programs)
            if files.postmaster(self._places.data):
                if self._becomes_ready():
                    return
                self._halt()
            self._launch_until_ready(account, programs)

    def _make_data(self, account: files.Account, programs: Path) -> None:
        """Make the cluster, and again from the beginning if something kills what makes it."""
        for tries_left in reversed(range(MAKING_TRIES)):
            try:
                self._try_to_make_data(account, programs)
            except _Killed as killed:
                if not tries_left:
                    raise self._explained(str(killed)) from None
                log.warning("What makes the database was killed: made anew")
            else:
                break

    def _try_to_make_data(self, account: files.Account, programs: Path) -> None:
        """Make the cluster beside its place, so that a killed attempt leaves no half of one."""
        data = self._places.data
        making = data.with_name("data.making")
        shutil.rmtree(making, ignore_errors=True)
        files.own_folder(making, account)
        is_durable = self._options.get("fsync") != "off"
        self._finish(
            account,
            [
                programs / "initdb",
                "-D",
                making,
                "-U",
                DATABASE,
                "-E",
                "UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth-local=trust",
                "--auth-host=reject",
                "--no-instructions",
                *([] if is_durable else ["--no-sync"]),
            ],
        )
        self._finish(
            account,
            [programs / "postgres", "--single", "-D", making, "postgres"],
            f"create database {DATABASE}\n",
        )
        making.rename(data)
        folder = os.open(data.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _finish(self, account: files.Account, command: list[str | Path], told: str = "") -> None:
        """Run `command` to its end; what it complains about becomes a refusal."""
        pipe = subprocess.PIPE
        with files.run_as(
            account, command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT
        ) as process:
            words, _ = process.communicate(told)
        if process.returncode < 0 or KILLED in words:
            raise _Killed(f"{words}\nIt was killed.")
        if process.returncode != 0 or "FATAL:" in words or "ERROR:" in words:
            raise self._explained(words)

    def _launch_until_ready(self, account: files.Account, programs: Path) -> None:
        """Launch, and again for a while if it is killed, or a killed one is still in the way."""
        contested_until = time.monotonic() + CONTESTED_S
        pause_s = 0.1
        while True:
            files.forget_dead_server(self._places)
            said_before = self._launch(account, programs)
            if self._becomes_ready():
                return
            words = self._said_since(said_before)
            is_contested = any(sign in words for sign in CONTESTED)
            if not (is_contested or self._was_child_killed()) or time.monotonic() > contested_until:
                self._halt()
                raise self._explained(words)
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 1.0)

    def _launch(self, account: files.Account, programs: Path) -> int:
        """Start the server; returns the length of its log before, in bytes."""
        if self._places.log.exists() and self._places.log.stat().st_size > LARGEST_LOG_BYTES:
            self._places.log.rename(self._places.log.with_suffix(".log.1"))
        options = {**self._options, "unix_socket_directories": str(self._places.socket)}
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        output = os.open(self._places.log, flags, 0o640)
        try:
            said_before = os.fstat(output).st_size
            self._reap()
            self._child = files.run_as(
                account,
                [
                    programs / "postgres",
                    "-D",
                    self._places.data,
                    *(
                        word
                        for name, value in options.items()
                        for word in ("-c", f"{name}={value}")
                    ),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            return said_before
        finally:
            os.close(output)

    def _becomes_ready(self) -> bool:
        """Wait while the server starts or recovers; False if it ended or fell silent instead."""
        began = heard = time.monotonic()
        news_after_s = FIRST_NEWS_S
        while (answer := self._ping()) != Ping.OK:
            now = time.monotonic()
            running = files.postmaster(self._places.data)
            if running is None and not self._is_child_alive():
                return False
            if answer == Ping.REJECT or running is None or not running.is_ready:
                heard = now
            if now - heard > SILENT_S or now - began > START_S:
                return False
            if now - began > news_after_s:
                log.warning("PostgreSQL is starting or recovering, %.0f s so far", now - began)
                news_after_s += NEWS_EVERY_S
            time.sleep(0.02)
        return True

    def _is_child_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def _was_child_killed(self) -> bool:
        return self._child is not None and (self._child.poll() or 0) < 0

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _halt(self) -> None:
        """Stop whatever server runs on the data: with a checkpoint, then without, then by force."""
        for word, patience_s in (
            (signal.SIGINT, FAST_STOP_S),
            (signal.SIGQUIT, HARD_STOP_S),
            (signal.SIGKILL, HARD_STOP_S),
        ):
            running = files.postmaster(self._places.data)
            if running is None:
                break
            with suppress(ProcessLookupError):
                os.kill(running.pid, word)
            if _comes_true(lambda: files.postmaster(self._places.data) is None, patience_s):
                break
        _comes_true(lambda: not self._is_child_alive(), HARD_STOP_S)
        self._reap()

    def _said_since(self, offset: int) -> str:
        with self._places.log.open(errors="replace") as file:
            file.seek(offset)
            return file.read()

    def _explained(self, words: str) -> Refusal:
        if files.says_full(words):
            return files.disk_full(self._places.home)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
        reason = (telling or lines or ["it said nothing."])[-1]
        return ServerFailed(reason=reason, log=self._places.log)


def embedded(settings: Settings) -> Embedded:
    """The embedded server of this installation, with room for all of its connections."""
    return Embedded(settings.home, {"max_connections": str(max(100, settings.connections))})


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of the database; the embedded server runs for as long as somebody uses it."""
    if not settings.is_embedded:
        yield settings.database_url
        return
    server = embedded(settings)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def _comes_true(is_so: Callable[[], bool], patience_s: float) -> bool:
    until = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
