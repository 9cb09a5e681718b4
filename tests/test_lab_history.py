"""The shipped order history: what is kept, what is dropped, and what belongs together."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import noria.lab.history as room
from noria.lab.goods import readable, words
from noria.lab.model import Invoice, InvoiceLine, TakeBackKind, UnknownMonth
from noria.lab.takebacks import match

DATA = Path(room.__file__).parent / "data"


@pytest.fixture(scope="module")
def history():
    return room.load()


def test_the_shipped_file_is_whole_small_and_attributed():
    assert pl.read_parquet(DATA / "online_retail.parquet").height == 541_909
    assert (DATA / "online_retail.parquet").stat().st_size < 3_000_000
    source = (DATA / "SOURCE.txt").read_text()
    assert "Chen, D. (2015)" in source
    assert "CC BY 4.0" in source


def test_every_row_has_one_fate(history):
    report = history.report
    assert report.rows_dropped == {"bad debt": 3, "no product": 3_078, "stock note": 2_483}
    assert (report.rows_sold, report.rows_taking_back) == (527_642, 8_703)
    dropped = sum(report.rows_dropped.values())
    assert report.rows_read == report.rows_sold + report.rows_taking_back + dropped == 541_909


def test_what_is_left_is_pinned(history):
    report = history.report
    assert (report.invoices, report.lines, len(history.skus)) == (19_770, 517_171, 3_788)
    assert (report.take_backs, report.units_taken_back) == (3_750, 250_676)
    assert (report.rows_unmatched, report.units_unmatched) == (1_277, 21_353)
    assert report.invoices == len(history.invoices)
    assert report.take_backs == len(history.take_backs)


def test_what_is_no_article_is_no_sku(history):
    codes = {sku.code for sku in history.skus}
    no_articles = {
        "POST", "D", "M", "DOT", "BANK CHARGES", "C2", "S", "AMAZONFEE", "CRUK", "PADS", "B",
        "GIFT_0001_10", "DCGS0003", "DCGSSBOY", "22016", "23444", "23702",
    }  # fmt: skip
    assert not codes & no_articles
    assert all(code[:5].isdigit() for code in codes)
    assert all(code == code.upper() for code in codes), "15056bl is 15056BL"
    assert {line.sku for invoice in history.invoices for line in invoice.lines} == codes


def test_skus_have_sensible_values(history):
    white_heart = next(sku for sku in history.skus if sku.code == "85123A")
    assert white_heart.name == "White hanging heart T-light holder"
    assert white_heart.price_cents == 295
    for sku in history.skus:
        assert 3 <= sku.weight_g <= 25_000
        assert sku.volume_cm3 >= 2 * sku.weight_g
        assert 0 < sku.cost_cents <= sku.price_cents


def test_lines_and_order(history):
    moments = [(invoice.placed_at, invoice.id) for invoice in history.invoices]
    assert moments == sorted(moments)
    for invoice in history.invoices:
        skus = [line.sku for line in invoice.lines]
        assert len(set(skus)) == len(skus), "a SKU is one line"
        assert all(line.quantity > 0 and line.price_cents > 0 for line in invoice.lines)


def test_rows_of_one_sku_are_added_up(history):
    raw = pl.read_parquet(DATA / "online_retail.parquet")
    twice = raw.filter(invoice="536381", sku="71270")
    line = next(
        line
        for invoice in history.invoices
        if invoice.id == "536381"
        for line in invoice.lines
        if line.sku == "71270"
    )
    assert twice.height > 1
    assert line.quantity == twice["quantity"].sum()


@pytest.mark.parametrize(
    ("because", "invoice", "instant"),
    [
        ("winter time is UTC", "536365", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("summer time is an hour ahead", "558638", datetime(2011, 7, 1, 7, 16, tzinfo=UTC)),
    ],
)
def test_the_clock_is_the_united_kingdoms(history, because, invoice, instant):
    found = {i.id: i.placed_at for i in history.invoices}
    assert found[invoice] == instant, because


def test_no_more_is_taken_back_than_was_bought(history):
    bought = {
        (invoice.id, line.sku): line.quantity
        for invoice in history.invoices
        for line in invoice.lines
    }
    placed = {invoice.id: invoice for invoice in history.invoices}
    taken: Counter[tuple[str, str]] = Counter()
    for back in history.take_backs:
        assert placed[back.of].placed_at <= back.at
        assert placed[back.of].customer == back.customer
        is_early = back.at - placed[back.of].placed_at <= timedelta(hours=24)
        assert (back.kind is TakeBackKind.CANCELLATION) == is_early
        for line in back.lines:
            taken[back.of, line.sku] += line.quantity
    assert all(0 < units <= bought[key] for key, units in taken.items())
    ids = [back.id for back in history.take_backs]
    assert len(set(ids)) == len(ids)


def test_the_largest_order_was_cancelled_at_once(history):
    back = next(back for back in history.take_backs if back.id == "C581484")
    assert (back.of, back.kind, back.is_whole) == ("581483", TakeBackKind.CANCELLATION, True)
    assert back.lines[0].quantity == 80_995


def test_a_month(history):
    november = history.month("2011-11")
    assert len(november.invoices) == 2_749
    assert sum(len(invoice.lines) for invoice in november.invoices) == 80_351
    assert (len(november.take_backs), len(november.of_earlier)) == (228, 266)
    assert {f"{i.placed_at:%Y-%m}" for i in november.invoices} == {"2011-11"}
    ids = {invoice.id for invoice in november.invoices}
    assert all(back.of in ids for back in november.take_backs)
    assert not any(back.of in ids for back in november.of_earlier)


def test_the_months_add_up(history):
    assert sum(len(history.month(name).invoices) for name in history.months) == 19_770


@pytest.mark.parametrize("name", ["2009-01", "2011-13", "november", "", "2011-1", "2011-11 "])
def test_an_unknown_month_is_refused_with_the_months_there_are(history, name):
    with pytest.raises(UnknownMonth) as refused:
        history.month(name)
    assert "from 2010-12 to 2011-12" in refused.value.remedy("en")
    assert name in refused.value.sentence("fr")


NOON = datetime(2011, 5, 2, 12, tzinfo=UTC)


def _bought(number: str, days: int, **quantities: int) -> Invoice:
    lines = tuple(InvoiceLine(sku=s, quantity=q, price_cents=100) for s, q in quantities.items())
    return Invoice(
        id=number,
        placed_at=NOON + timedelta(days=days),
        customer="7",
        country="France",
        lines=lines,
    )


def _taking_back(*rows: tuple[str, str, int, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (invoice, sku, -units, NOON + timedelta(days=days), "7")
            for invoice, sku, units, days in rows
        ],
        schema=["invoice", "sku", "quantity", "at", "customer"],
        orient="row",
    )


@pytest.mark.parametrize(
    ("because", "invoices", "rows", "expected", "missing"),
    [
        (
            "the latest invoice that has enough",
            [_bought("1", 0, mug=5), _bought("2", 1, mug=5)],
            [("C3", "mug", 4, 2)],
            [("C3", "2", 4)],
            0,
        ),
        (
            "not one that has too little, nor one that comes later",
            [_bought("1", 0, mug=5), _bought("2", 1, mug=2), _bought("9", 3, mug=9)],
            [("C3", "mug", 4, 2)],
            [("C3", "1", 4)],
            0,
        ),
        (
            "spread over several, the latest first",
            [_bought("1", 0, mug=5), _bought("2", 1, mug=3)],
            [("C3", "mug", 7, 2)],
            [("C3", "1", 4), ("C3.2", "2", 3)],
            0,
        ),
        (
            "what was taken back once is not there to be taken back again",
            [_bought("1", 0, mug=5)],
            [("C3", "mug", 4, 2), ("C4", "mug", 4, 3)],
            [("C3", "1", 4), ("C4", "1", 1)],
            3,
        ),
        ("nobody bought it", [_bought("1", 0, mug=5)], [("C3", "cup", 4, 2)], [], 4),
    ],
)
def test_match(because, invoices, rows, expected, missing):
    matched = match(invoices, _taking_back(*rows))
    found = [(back.id, back.of, back.lines[0].quantity) for back in matched.take_backs]
    assert found == expected, because
    assert matched.units_unmatched == missing, because


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("WHITE HANGING HEART T-LIGHT HOLDER", "White hanging heart T-light holder"),
        (" SET 3 RETROSPOT TEA,COFFEE,SUGAR ", "Set 3 retrospot tea, coffee, sugar"),
        ("3D DOG PICTURE PLAYING CARDS", "3D dog picture playing cards"),
        ("CHRISTMAS LIGHTS 10  VINTAGE BAUBLES.", "Christmas lights 10 vintage baubles"),
    ],
)
def test_readable(written, read):
    assert readable(written) == read


def test_a_design_is_no_sign_and_vintage_no_tag():
    assert not {"SIGN", "TAG"} & set(words("Vintage designs"))
    assert "CARD" in words("Ten Christmas cards")
