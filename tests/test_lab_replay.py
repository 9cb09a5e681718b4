"""A small story, told by the real command in real processes: to the end, twice, and through kills."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from conftest import in_memory, roomy_folder
from noria.kit.postgres import Embedded
from noria.lab import schedule as due
from noria.lab.history_file import COLUMNS, NotAHistory, read

pytestmark = pytest.mark.timeout(240)
SERVER = "noria.kit.server"
GOODS = ("85123A", "71053", "84406B", "22633", "21730", "22752")


@pytest.fixture(scope="module")
def roomy() -> Iterator[Callable[[str], Path]]:
    """Folders by name, for the homes of installations."""
    folders: dict[str, Path] = {}
    yield lambda name: folders.setdefault(name, roomy_folder(in_memory()))
    for folder in folders.values():
        Embedded(folder).stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> Path:
    """Forty invoices in two days, one of them cancelled and one sent back."""
    path = tmp_path_factory.mktemp("story") / "orders.csv"
    first = datetime(2011, 11, 7, 8, 0, tzinfo=UTC)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for number in range(40):
            at = first + timedelta(minutes=37 * number)
            for line in range(1 + number % 4):
                sku = GOODS[(number + line) % len(GOODS)]
                out.writerow(
                    [f"{560000 + number}", sku, f"GOOD {sku}", 1 + (number + line) % 5,
                     f"{at:%Y-%m-%d %H:%M:%S}", "2.55", 17000 + number % 9, "France"]
                )  # fmt: skip
        for number, hours in ((3, 1), (5, 80)):
            at = first + timedelta(minutes=37 * number, hours=hours)
            sku = GOODS[number % len(GOODS)]
            out.writerow(
                [f"C{570000 + number}", sku, f"GOOD {sku}", -1,
                 f"{at:%Y-%m-%d %H:%M:%S}", "2.55", 17000 + number % 9, "France"]
            )  # fmt: skip
    return path


def noria(home: Path, *words: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NORIA_")}
    environ = clean | {"NORIA_HOME": str(home), "NORIA_LOG_LEVEL": "warning"}
    environ.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "noria", *words],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def told(home: Path, *words: str) -> str:
    process = noria(home, *words)
    said, _ = process.communicate(timeout=200)
    assert process.returncode == 0, said
    return said


def replay(story: Path) -> tuple[str, ...]:
    return ("replay", str(story), "--month", "2011-11", "--speed", "max")


@pytest.fixture(scope="module")
def undisturbed(story, roomy) -> str:
    """The digest of the story told without a break."""
    home = roomy("undisturbed")
    said = told(home, *replay(story))
    assert re.search(r"40 orders, .* 0 errors", said), said
    assert "0 differences" in told(home, "audit")
    return told(home, "audit", "--digest").strip()


def test_the_end_is_the_same_through_kills(story, undisturbed, roomy):
    home = roomy("killed")
    process = noria(home, *replay(story))
    until_it_serves(process.pid)
    for victim in ("postgres", SERVER, "postgres", SERVER):
        time.sleep(1.5)
        kill(process.pid, victim, home)
    said, _ = process.communicate(timeout=200)
    assert process.returncode == 0, said
    assert "0 errors" in said, said
    assert "0 differences" in told(home, "audit")
    assert told(home, "audit", "--digest").strip() == undisturbed


def test_a_replay_that_was_killed_goes_on(story, undisturbed, roomy):
    home = roomy("resumed")
    process = noria(home, *replay(story))
    until_it_serves(process.pid)
    time.sleep(3)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert "0 errors" in told(home, *replay(story))
    assert told(home, "audit", "--digest").strip() == undisturbed


def test_another_story_does_not_mix_in(story, undisturbed, roomy):
    process = noria(roomy("undisturbed"), "replay", str(story), "--month", "2011-11", "--seed", "7")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--fresh" in said


def serving(parent: int) -> list[int]:
    found = []
    for child in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
            if SERVER in " ".join(child.cmdline()):
                found.append(child.pid)
    return found


def until_it_serves(parent: int) -> None:
    """A command whose database dies while it is being migrated ends, and is given again."""
    until = time.monotonic() + 60
    while not serving(parent):
        assert time.monotonic() < until
        time.sleep(0.05)


def kill(parent: int, name: str, home: Path) -> None:
    """kill -9 of the embedded server's postmaster, or of the HTTP server and its workers."""
    if name == "postgres":
        pids = [
            process.pid
            for process in psutil.process_iter(["name", "cmdline"])
            if process.info["name"] == "postgres"
            and str(home) in " ".join(process.info["cmdline"] or [])  # one that just ended has none
        ]
    else:
        pids = serving(parent)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("because", "text", "says"),
    [
        ("a column is missing", "InvoiceNo,StockCode\n1,2\n", "lacks Description"),
        ("it is no table", "", "not an order history"),
        (
            "a quantity is a word",
            ",".join(COLUMNS) + "\n1,85123A,x,many,2011-11-07 08:00:00,2.55,1,France\n",
            "some lines",
        ),
    ],
)
def test_a_file_that_is_no_history_is_refused(tmp_path, because, text, says):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(NotAHistory, match=says):
        read(path)


@pytest.mark.parametrize(
    ("because", "at", "step"),
    [
        ("an instant between steps belongs to the next", (10, 7), (10, 15)),
        ("one on a step belongs to it", (10, 15), (10, 15)),
        ("midnight is a step", (0, 0), (0, 0)),
    ],
)
def test_step_of(because, at, step):
    day = datetime(2011, 11, 7, tzinfo=UTC)
    found = due.step_of(day.replace(hour=at[0], minute=at[1]))
    assert found == day.replace(hour=step[0], minute=step[1]), because
