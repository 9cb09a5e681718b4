"""A table of somebody else's orders is promised, whatever it does not say."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from noria.lab import bench_promise

START = datetime(2017, 1, 1, tzinfo=UTC)


def orders(count=300, seed=1):
    luck = np.random.default_rng(seed)
    bought = [START + timedelta(days=float(day)) for day in np.sort(luck.uniform(0, 120, count))]
    days, transits = luck.uniform(1, 3, count), luck.uniform(4, 12, count)
    handed = [at + timedelta(days=float(one)) for at, one in zip(bought, days, strict=True)]
    came = [at + timedelta(days=float(one)) for at, one in zip(handed, transits, strict=True)]
    return pl.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(count)],
            "purchased_at": bought,
            "approved_at": bought,
            "handed_over_at": handed,
            "delivered_at": came,
            "seller_id": luck.choice(["a", "b"], count),
            "seller_state": luck.choice(["SP", "RJ"], count),
            "customer_state": luck.choice(["SP", "AM"], count),
            "customer_zip": luck.integers(1000, 99999, count),
            "price": luck.uniform(1, 100, count),
        }
    )


def cut(table, day):
    """What was known on a day, and the orders after it as checkout sees them."""
    now = START + timedelta(days=day)
    moments = ["approved_at", "handed_over_at", "delivered_at"]
    known = table.filter(pl.col("purchased_at") < now).with_columns(
        pl.when(pl.col(name) < now).then(name) for name in moments
    )
    return known, table.filter(pl.col("purchased_at") >= now).drop(moments)


def promised(tmp_path, train, test):
    paths = [tmp_path / name for name in ("train.parquet", "test.parquet", "out")]
    train.write_parquet(paths[0])
    test.write_parquet(paths[1])
    assert bench_promise.promise(*paths) == test.height
    return pl.read_parquet(paths[2])


KNOWN, ASKED = cut(orders(), 80)
NOTHING = KNOWN.clear()


@pytest.mark.parametrize(
    ("because", "train", "test"),
    [
        ("an ordinary case", KNOWN, ASKED),
        ("nothing was ever delivered", KNOWN.with_columns(delivered_at=None), ASKED),
        ("there is no past", NOTHING, ASKED),
        ("there is nothing to promise", KNOWN, ASKED.clear()),
        ("neither one nor the other", NOTHING, ASKED.clear()),
        ("columns are missing", KNOWN.drop("seller_id", "price"), ASKED.drop("seller_state")),
        ("values are missing", KNOWN, ASKED.with_columns(price=None, customer_state=None)),
        ("nobody was seen before", KNOWN, ASKED.with_columns(seller_id=pl.lit("new"))),
        ("states nobody knows", KNOWN, ASKED.with_columns(customer_state=pl.lit("XX"))),
        ("one order only", KNOWN.head(1), ASKED.head(1)),
        ("stages out of order", KNOWN.with_columns(approved_at="delivered_at"), ASKED),
        ("postcodes as words", KNOWN, ASKED.with_columns(customer_zip=pl.lit("75001"))),
    ],
)
def test_every_table_is_promised(tmp_path, because, train, test):
    table = promised(tmp_path, train, test)
    assert table["order_id"].to_list() == test["order_id"].to_list(), because
    assert table["p50_days"].is_finite().all(), because
    assert table.null_count().sum_horizontal().sum() == 0, because
    late = (table["promised_date"] < test["purchased_at"].dt.date()).sum()
    assert late == 0, because


def test_promises_are_kept_about_as_often_as_told(tmp_path):
    table = promised(tmp_path, KNOWN, ASKED).join(orders(), on="order_id")
    kept = (table["delivered_at"].dt.date() <= table["promised_date"]).mean()
    assert kept == pytest.approx(table["chance"].mean(), abs=0.05)


@pytest.mark.parametrize(
    ("because", "text"), [("no table", b"\x00\x01"), ("no order_id", b"a,b\n1,2\n")]
)
def test_what_is_no_table_of_orders_is_refused(tmp_path, because, text):
    path = tmp_path / "train.csv"
    path.write_bytes(text)
    with pytest.raises(bench_promise.NoSuchTable):
        bench_promise.promise(path, path, tmp_path / "out")
    with pytest.raises(bench_promise.NoSuchTable):
        bench_promise.promise(tmp_path / "nowhere", path, tmp_path / "out")
    assert because
