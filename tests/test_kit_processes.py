import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from noria.kit.processes import Child, Group

PATIENCE_S = 60.0

TENDER = """
import logging, sys
from noria.kit.processes import Child, Group
logging.basicConfig(level="INFO")
Group([Child("shell", ("/bin/sh", "-c", sys.argv[1]))], grace_s=float(sys.argv[2])).run()
"""


def shell(name: str, script: str) -> Child:
    return Child(name, ("/bin/sh", "-c", script))


def eventually(is_so, patience_s: float = PATIENCE_S) -> bool:
    until = time.monotonic() + patience_s
    while not (answer := is_so()) and time.monotonic() < until:
        time.sleep(0.02)
    return bool(answer)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def numbers(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


@contextmanager
def tended(*children: Child, **more):
    group = Group(children, **{"grace_s": 3.0, **more})
    thread = threading.Thread(target=group.run)
    thread.start()
    try:
        yield group
    finally:
        group.stop()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def tending_process(script: str, grace_s: float = 3.0):
    process = subprocess.Popen([sys.executable, "-c", TENDER, script, str(grace_s)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_killed_child_is_back_within_about_a_second():
    with tended(shell("a", "exec sleep 60"), shell("b", "exec sleep 60")) as group:
        assert eventually(lambda: len(group.pids()) == 2)
        before = group.pids()
        began = time.monotonic()
        os.kill(before["a"], signal.SIGKILL)
        assert eventually(lambda: group.pids().get("a", before["a"]) != before["a"])
        assert time.monotonic() - began < 1.5
        assert group.pids()["b"] == before["b"], "the others are left in peace"
        after = group.pids()
    assert not any(is_alive(pid) for pid in after.values())


def test_what_a_killed_child_had_started_goes_with_it(tmp_path):
    notes = tmp_path / "workers"
    with tended(shell("a", f"sleep 60 & echo $! >> {notes}; wait")) as group:
        assert eventually(lambda: len(numbers(notes)) == 1 and "a" in group.pids())
        os.kill(group.pids()["a"], signal.SIGKILL)
        assert eventually(lambda: len(numbers(notes)) == 2)
        assert not is_alive(numbers(notes)[0])


def test_a_child_that_never_lasts_is_started_less_and_less_often(tmp_path):
    notes = tmp_path / "starts"
    with tended(shell("a", f"echo 1 >> {notes}; exit 3"), shell("b", "exec sleep 60")) as group:
        time.sleep(1.5)
        assert 2 <= len(numbers(notes)) <= 5
        assert "b" in group.pids()


def test_a_program_that_does_not_exist_harms_nobody_else():
    with tended(Child("a", ("/nonexistent",)), shell("b", "exec sleep 60")) as group:
        assert eventually(lambda: set(group.pids()) == {"b"})


def test_children_get_the_variables_meant_for_them(tmp_path):
    notes = tmp_path / "told"
    child = Child("a", ("/bin/sh", "-c", f"echo $WORD > {notes}; exec sleep 60"), {"WORD": "42"})
    with tended(child):
        assert eventually(lambda: numbers(notes) == [42])


def test_the_regular_check_goes_on_after_it_failed():
    calls = []

    def check():
        calls.append(1)
        raise RuntimeError("the check itself is ill")

    with tended(tick=check, tick_s=0.05):
        assert eventually(lambda: len(calls) >= 3)


def test_a_stubborn_child_is_killed_after_its_grace():
    began = time.monotonic()
    with tended(shell("a", "trap '' TERM; while true; do sleep 0.1; done"), grace_s=0.5) as group:
        assert eventually(lambda: "a" in group.pids())
        time.sleep(0.3)
        pid = group.pids()["a"]
    assert not is_alive(pid)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_group_gracefully(tmp_path, word):
    notes, pids = tmp_path / "notes", tmp_path / "pids"
    script = (
        f"trap 'echo 7 >> {notes}; exit 0' TERM; echo $$ > {pids}; while true; do sleep 0.05; done"
    )
    with tending_process(script) as process:
        assert eventually(lambda: numbers(pids))
        process.send_signal(word)
        assert process.wait(PATIENCE_S) == 0
        assert numbers(notes) == [7], "it had the time to say good-bye"
        assert not is_alive(numbers(pids)[0])


def test_nothing_outlives_a_tender_that_is_killed(tmp_path):
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 60 & echo $! >> {pids}; echo $$ >> {pids}; wait; sleep 60"
    with tending_process(script, grace_s=0.5) as process:
        assert eventually(lambda: len(numbers(pids)) == 2)
        assert all(is_alive(pid) for pid in numbers(pids))
        process.kill()
        assert eventually(lambda: not any(is_alive(pid) for pid in numbers(pids)))


def test_the_guard_is_guarded_too(tmp_path):
    pids = tmp_path / "pids"
    with tending_process(f"echo $$ >> {pids}; exec sleep 60", grace_s=0.5) as process:
        assert eventually(lambda: numbers(pids))
        [guard] = guards_of(process.pid)
        os.kill(guard, signal.SIGKILL)
        assert eventually(lambda: guards_of(process.pid) not in ([], [guard]))
        time.sleep(0.5)  # the new guard has been told by the time it reads
        process.kill()
        assert eventually(lambda: not is_alive(numbers(pids)[0]))


def guards_of(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent_pid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(parent_pid) == parent and state != "Z" and b"noria.kit.processes" in command:
            found.append(int(folder.name))
    return found
