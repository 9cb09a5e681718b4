"""The measure of sizes, on the smallest of them."""

import pytest

from noria.lab import bench, bench_scale
from noria.lab.bench_scale import SIZES, Size, UnknownSize


def test_a_size_that_there_is_not(db):
    with pytest.raises(UnknownSize) as refused:
        next(bench.scale("huge", db))
    assert "small, medium, large" in refused.value.remedy("en")


def test_each_size_lies_at_as_many_nodes_as_it_says():
    for size in SIZES.values():
        for sku in (0, 1, size.skus - 1):
            nodes = {bench_scale._node(size, sku, turn) for turn in range(size.nodes_of_a_sku)}
            assert len(nodes) == size.nodes_of_a_sku


def test_what_is_poured_in_is_measured_and_adds_up(db, monkeypatch):
    monkeypatch.setattr(bench_scale, "ASKED", 6)
    monkeypatch.setitem(SIZES, "small", Size(skus=6, nodes=9, nodes_of_a_sku=3))
    found = {one.figure: one for one in bench.scale("small", db)}
    assert found["balances"].value == 36
    assert found["reservation_ms"].asked == 6
    assert found["audit_full_s"].value >= 0
    assert found["balance_rows_mb"].unit == "MB"
    with db.transaction() as tx:
        assert tx.execute("select count(*) from sku").fetchone() == (0,), "this one is untouched"
