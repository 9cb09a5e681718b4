"""The benchmarks over HTTP in a tiny form: they run, count their rows, and say so."""

import json
import socket
import threading

import msgspec
import pytest
from psycopg.conninfo import make_conninfo

from noria.lab import bench, bench_http, bench_shelves, bench_soak, load
from noria.lab.bench_http import Asking, BaselineMissing, turned
from noria.lab.bench_soak import Minute
from noria.lab.load import Load, Seen, Shape


@pytest.fixture
def few(monkeypatch):
    """Few SKUs, for little time."""
    monkeypatch.setattr(bench_shelves, "SKUS", 20)
    monkeypatch.setattr(bench_http, "BATCH_CONNECTIONS", 2)
    monkeypatch.setattr(bench_http, "STRETCH_S", 0.2)


def test_what_is_said_to_be_held_has_its_rows(db, few):
    bench_shelves.build(db)
    with bench_http.noria_served(db.url, NORIA_LOG_LEVEL="error", NORIA_MATRIX_MEGABYTES="0") as at:
        one = bench_http.loaded(db, at)
        for shape in (Shape.WISH, Shape.BATCH):
            tables = (*bench_shelves.TABLES, "balance")
            asking = Asking(shape, "uniform", 8)
            made = bench_http.counted(db, turned(one, asking, seed=1, lines=7), *tables)
            assert made.rate > 0
            assert made.p99_ms >= made.p50_ms > 0
        with pytest.raises(AssertionError, match="rows of plain"):
            bench_http.counted(db, turned(one, asking, seed=2), "plain")


def test_without_the_baseline_it_says_what_to_install(db, monkeypatch):
    monkeypatch.setattr(bench_http, "NEEDED", ("json", "nothing_of_this_name"))
    with pytest.raises(BaselineMissing) as refused:
        next(bench.BENCHES["http"](db, 1))
    assert "requirements/bench.txt" in refused.value.remedy("en")
    assert "nothing_of_this_name" in refused.value.sentence("fr")


def test_a_soak_goes_on_where_it_was_interrupted(url, db, tmp_path, few, monkeypatch):
    monkeypatch.setattr(bench_soak, "NAME", db.url.split("dbname=")[1].split()[0])
    monkeypatch.setattr(bench_soak, "MINUTE_S", 0.5)
    monkeypatch.setattr(bench_soak, "WARM_S", 0.1)
    bench_shelves.build(db)
    first = Minute(
        minute=1, rate=100.0, p50_ms=1.0, p99_ms=2.0, longest_ms=3.0, wal_mb=1.0, database_mb=1.0,
        dead_rows=0, vacuums=0,
    )  # fmt: skip
    (tmp_path / "soak.jsonl").write_bytes(msgspec.json.encode(first) + b"\n")
    server = make_conninfo(url, dbname="postgres")
    told = list(bench_soak.soak(server, tmp_path, 2))
    assert told[0] == first, "what was measured is told again, not measured"
    assert [one.minute for one in told if isinstance(one, Minute)] == [1, 2]
    tables = {one.table for one in told if isinstance(one, bench_soak.TableSize)}
    assert tables == set(bench_soak.TABLES)
    loss, _ = told[-2:]
    assert loss.figure == "soak_loss"
    assert loss.ratio == round(told[1].rate / first.rate, 3)
    assert not (tmp_path / "soak.jsonl").exists(), "the next begins anew"


def test_a_load_tells_apart_what_it_was_answered():
    """In pieces, refused, or in batches: a server of two answers shows what is counted."""
    head = b"HTTP/1.1 %d Told\r\nContent-Length: %d\r\n\r\n%s"
    body = json.dumps({"items": [{"status": 200}, {"status": 409}]}, separators=(",", ":")).encode()
    answers = [head % (200, len(body), body), head % (503, 2, b"{}")]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            there, _ = server.accept()
            with there:
                turn = 0
                while there.recv(1 << 16):
                    answer = answers[turn % 2]
                    there.sendall(answer[:9])
                    there.sendall(answer[9:])
                    turn += 1

        threading.Thread(target=serve, daemon=True).start()
        asked = Load(
            host="127.0.0.1", port=server.getsockname()[1], shape=Shape.BATCH, how="hot",
            node="PAR", seed=0, skus=1, connections=1, lines=2, warm_s=0.0, stretch_s=0.1,
        )  # fmt: skip
        told: list[Seen] = []
        load.run(asked, told.append)
    _, whole = told
    assert whole.is_all
    assert whole.held == whole.requests > 0, "one of the two is held"
    assert whole.others.keys() == {503}
    assert abs(whole.others[503] - whole.requests) <= 1
