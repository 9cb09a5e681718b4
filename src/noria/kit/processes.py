"""A group of processes: each is restarted when it dies, and none outlives the one that tends them.

Every child leads a process group of its own, so that what it started goes with it. A guard, one
more small process, reads from a pipe which groups there are. If the tending process dies by
kill -9 the kernel closes that pipe, and the guard ends the groups.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from msgspec import Struct

from noria.kit import server
from noria.kit.config import Settings
from noria.kit.errors import Refusal

log = logging.getLogger("noria.processes")

PULSE_S = 0.1
"""How often children are looked at, in seconds."""
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
STEADY_S = 10.0
"""A child that lived so long was well: its next restart does not wait."""
GRACE_S = 10.0
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Child(Struct, frozen=True):
    """A program to keep running; `environ` is added to this process's own environment."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str] = {}


class Group:
    """The children, tended by whoever calls `run`, until a signal or `stop` ends it."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        tick: Callable[[], None] | None = None,
        tick_s: float = 1.0,
        grace_s: float = GRACE_S,
    ) -> None:
        """`tick` is called every `tick_s` seconds beside the children; it may take its time."""
        self._places = [_Place(child) for child in children]
        self._tick = tick
        self._tick_s = tick_s
        self._grace_s = grace_s
        self._ended = threading.Event()
        self._hurried = threading.Event()
        self._guard: subprocess.Popen[str] | None = None

    def run(self) -> None:
        """Keep the children running; returns once they have all ended after a stop."""
        ticking = threading.Thread(target=self._tick_until_ended, name="tick", daemon=True)
        with _signals_call(self._on_signal):
            try:
                ticking.start()
                self._tend()
                while not self._ended.wait(PULSE_S):
                    self._tend()
            finally:
                self._ended.set()
                self._end_all()
                self._dismiss_guard()
                ticking.join(self._tick_s)

    def stop(self) -> None:
        """End the group, gracefully; called again, at once. Safe from any thread or signal."""
        (self._hurried if self._ended.is_set() else self._ended).set()

    def pids(self) -> dict[str, int]:
        """Which child runs under which pid just now."""
        return {
            place.child.name: process.pid
            for place in self._places
            if (process := place.process) is not None
        }

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("received %s", signal.Signals(number).name)
        self.stop()

    def _tick_until_ended(self) -> None:
        while self._tick is not None and not self._ended.wait(self._tick_s):
            try:
                self._tick()
            except Refusal as refusal:
                log.warning("%s %s", refusal.sentence("en"), refusal.remedy("en"))
            except Exception:
                log.exception("the regular check failed")

    def _tend(self) -> None:
        self._see_guard()
        for place in self._places:
            if place.process is not None and place.process.poll() is not None:
                self._bury(place)
            if place.process is None and time.monotonic() >= place.due:
                self._start(place)

    def _start(self, place: "_Place") -> None:
        place.began = time.monotonic()
        try:
            place.process = subprocess.Popen(  # noqa: S603 - the caller's own programs
                place.child.argv,
                env={**os.environ, **place.child.environ},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as problem:
            place.pause()
            log.error("%s cannot be started: %s", place.child.name, problem)  # noqa: TRY400
            return
        self._tell_guard(f"+{place.process.pid}")
        log.info("%s started, pid %d", place.child.name, place.process.pid)

    def _bury(self, place: "_Place") -> None:
        """Forget a child that ended, and end what it left behind, such as workers on its port."""
        assert place.process is not None
        _signal_group(place.process.pid, signal.SIGKILL)
        self._tell_guard(f"-{place.process.pid}")
        how = _ending(place.process.returncode)
        place.process = None
        if self._ended.is_set():
            log.info("%s ended (%s)", place.child.name, how)
            return
        wait_s = place.pause()
        log.warning("%s ended (%s); again in %.1f s", place.child.name, how, wait_s)

    def _end_all(self) -> None:
        for place in self._places:
            if place.process is not None and place.process.poll() is None:
                log.info("%s is asked to end", place.child.name)
                place.process.terminate()
        until = time.monotonic() + self._grace_s
        while self._bury_ended() and time.monotonic() < until and not self._hurried.wait(PULSE_S):
            pass
        for place in self._places:
            if place.process is not None:
                log.warning("%s does not end by itself and is killed", place.child.name)
                _signal_group(place.process.pid, signal.SIGKILL)
                place.process.wait()
        self._bury_ended()

    def _bury_ended(self) -> bool:
        """Whether some child still runs, once those that ended are buried."""
        for place in self._places:
            if place.process is not None and place.process.poll() is not None:
                self._bury(place)
        return any(place.process is not None for place in self._places)

    def _see_guard(self) -> None:
        if self._guard is not None and self._guard.poll() is None:
            return
        if self._guard is not None:
            log.warning("the guard ended (%s); again", _ending(self._guard.returncode))
            self._dismiss_guard()
        self._guard = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "noria.kit.processes", str(self._grace_s)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        for pid in self.pids().values():
            self._tell_guard(f"+{pid}")

    def _tell_guard(self, line: str) -> None:
        assert self._guard is not None
        assert self._guard.stdin is not None
        with suppress(BrokenPipeError):  # the next pulse finds it dead, and tells its successor
            self._guard.stdin.write(f"{line}\n")
            self._guard.stdin.flush()

    def _dismiss_guard(self) -> None:
        if self._guard is None:
            return
        assert self._guard.stdin is not None
        with suppress(BrokenPipeError):
            self._guard.stdin.close()
        self._guard.wait()
        self._guard = None


class _Place:
    """One child's place in the group: its process while there is one, else when the next is due."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.due = 0.0
        self.failures = 0

    def pause(self) -> float:
        """Put the next start off, longer each time that the child does not last; in seconds."""
        now = time.monotonic()
        self.failures = 0 if now - self.began > STEADY_S else self.failures + 1
        wait_s = min(FIRST_PAUSE_S * 2.0 ** max(0, self.failures - 1), LONGEST_PAUSE_S)
        self.due = now + wait_s
        return wait_s


def children(settings: Settings, url: str, *, worker: bool = True) -> list[Child]:
    """The programs of an installation on the database at `url`: its server, and its worker."""
    environ = {"DATABASE_URL": url, "NORIA_PORT": str(settings.port)}
    program = server.command(settings.host, settings.port, workers=settings.workers)
    found = [Child("server", program, environ)]
    if worker:
        found.append(Child("worker", (sys.executable, "-m", "noria.worker"), environ))
    return found


def guard(lines: Iterable[str], grace_s: float) -> None:
    """Keep account of process groups (`+17` came, `-17` went); end those left when `lines` end."""
    groups: set[int] = set()
    for line in lines:
        pid = int(line[1:])
        groups.add(pid) if line[0] == "+" else groups.discard(pid)
    for word in (signal.SIGTERM, signal.SIGKILL):
        groups = {pid for pid in groups if _signal_group(pid, word)}
        until = time.monotonic() + grace_s
        while groups and time.monotonic() < until:
            time.sleep(PULSE_S)
            groups = {pid for pid in groups if _signal_group(pid, 0)}


def _signal_group(pid: int, word: int) -> bool:
    """Send `word` to the group that `pid` leads; False if nobody is left in it."""
    try:
        os.killpg(pid, word)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
        return False
    return True


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


@contextmanager
def _signals_call(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let the stopping signals call `handler`; only a main thread may, and only it gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in STOPPING}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


if __name__ == "__main__":
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)  # a guard ends with its pipe, not with its terminal
    guard(sys.stdin, float(sys.argv[1]))
