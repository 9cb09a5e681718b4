"""The command `noria`, as somebody types it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(120)


def noria(
    url: str, *words: str, typed: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on a database, with something typed; its output and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "noria", *words],
        env=environment(url) | environ,
        input=typed,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def environment(url: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NORIA_")}
    return clean | {"DATABASE_URL": url, "NORIA_LOG_LEVEL": "error", "LANG": "C"}


def lines(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n")
    return path


def test_migrate_says_what_it_did(url):
    assert "nothing to do" in noria(url, "migrate").stdout


def test_import_names_each_bad_line_and_writes_nothing(url, tmp_path):
    file = lines(
        tmp_path / "catalog.csv",
        "code,name,weight_g",
        "mug,Mug,300",
        "cup,Cup,-1",
        "b ad,Bad,1",
    )
    done = noria(url, "import", "catalog", str(file))
    assert done.returncode == 1
    assert "line 3" in done.stderr
    assert "line 4" in done.stderr
    assert "Nothing was written" in done.stderr
    kept = noria(url, "import", "catalog", str(file), "--keep-good")
    assert kept.returncode == 0, kept.stderr
    assert "3 lines read, 1 written" in kept.stdout
    again = noria(url, "import", "catalog", str(file), "--keep-good")
    assert "0 written (0 of them new), 1 unchanged" in again.stdout


def test_import_of_something_that_is_no_file(url, tmp_path):
    done = noria(url, "import", "catalog", str(tmp_path / "nothing.csv"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr, "it says what to do"


def test_audit_and_its_digest(url):
    assert "0 differences" in noria(url, "audit").stdout
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert noria(url, "audit", "--digest").stdout.strip() == empty


def test_the_audit_fails_when_a_balance_is_off(url, db):
    with db.transaction() as tx:
        tx.execute("insert into sku (code, name) values ('mug', 'Mug')")
        tx.execute(
            "insert into node (code, name, kind, country, postcode, town, latitude, longitude,"
            " time_zone) values ('PAR', 'Paris', 'store', 'FR', '75001', 'Paris', 48, 2,"
            " 'Europe/Paris')"
        )
        tx.execute("insert into balance values ('mug', 'PAR', 'available', 1)")
    done = noria(url, "audit")
    assert done.returncode == 1
    assert "3 differences" in done.stdout, "no moves, a SKU that is not zero, and no value"
    assert "mug" in done.stderr


def test_people_and_keys(url):
    added = noria(
        url, "user", "add", "claire@example.org", "--name", "Claire", "--role", "director",
        typed="neuf-tramways-a-l-aube\n",
    )  # fmt: skip
    assert "can log in" in added.stdout, added.stderr
    twice = noria(
        url, "user", "add", "claire@example.org", "--name", "Claire", "--role", "director",
        typed="neuf-tramways-a-l-aube\n",
    )  # fmt: skip
    assert twice.returncode == 1
    made = noria(url, "key", "add", "till", "--permission", "stock.read")
    assert made.stdout.startswith("noria_")
    wrong = noria(url, "key", "add", "till", "--permission", "stock.raed")
    assert wrong.returncode == 1
    assert "stock.read" in wrong.stderr, "it says what there is"


def test_a_refusal_speaks_french_to_the_french(url):
    said = noria(url, "replay", "--month", "1999-01", LANG="fr_FR.UTF-8").stderr
    assert "n'a pas de mois" in said


def test_a_wrong_setting_is_named(url):
    done = noria(url, "migrate", NORIA_PORT="many")
    assert done.returncode == 1
    assert "NORIA_PORT" in done.stderr


@pytest.mark.parametrize("speed", ["0", "-3", "fast"])
def test_a_speed_that_is_none(url, speed):
    done = noria(url, "replay", "--speed", speed)
    assert done.returncode == 2
    assert "600" in done.stderr


def test_a_benchmark_prints_a_line_of_json(url):
    done = noria(url, "bench", "audit", "--rounds", "1")
    figure = json.loads(done.stdout)
    assert set(figure) == {"figure", "value", "unit", "baseline", "ratio", "rounds"}
    unknown = noria(url, "bench", "nothing")
    assert "orders" in unknown.stderr, "it says what there is"


def test_replay_does_not_touch_an_installation_in_use(url, db):
    with db.transaction() as tx:
        tx.execute("insert into sku (code, name) values ('mug', 'Mug')")
    for more in ([], ["--fresh"]):
        done = noria(url, "replay", *more)
        assert done.returncode == 1
        assert "real data" in done.stderr


def test_up_serves_and_leaves_when_told(url):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "noria", "up", "--port", str(port)],
        env=environment(url), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert answered(f"http://127.0.0.1:{port}/readyz") == 200
        checkup = noria(url, "doctor", NORIA_PORT=str(port))
        assert "Noria is serving" in checkup.stdout, checkup.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=40)
    assert f"http://127.0.0.1:{port}" in said
    assert process.returncode == 0, said


def answered(address: str) -> int:
    for _ in range(150):
        try:
            with urllib.request.urlopen(address) as answer:
                return answer.status
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} never answered")
