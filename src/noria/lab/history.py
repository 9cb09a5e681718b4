"""A year of real orders, cleaned as the data set's own description says.

UCI Online Retail (D. Chen, 2015): one row a line of an invoice, in UK local time. A product has a
code of five digits and perhaps letters; an invoice whose number begins with C takes goods back.
Everything that is dropped is counted, and nothing is invented but weights, volumes and costs.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from noria.lab.chance import SEED
from noria.lab.goods import skus_of
from noria.lab.model import History, Invoice, InvoiceLine, Report
from noria.lab.takebacks import match

TABLE = Path(__file__).parent / "data" / "online_retail.parquet"

PRODUCT_CODE = r"^[0-9]{5}[A-Z]*$"
"""Postage, bank charges, samples, manual entries and the like have codes of letters."""

NO_GOODS = ["22016", "23444", "23702"]
"""A gift voucher, next-day carriage and a picture file, under codes that look like products'."""

BAD_DEBT, NO_PRODUCT, STOCK_NOTE, WRONG_SIGN = "bad debt", "no product", "stock note", "wrong sign"
SOLD, TAKEN_BACK = "sold", "taken back"

MILLS_PER_CENT = 10


def load(seed: int = SEED, table: pl.DataFrame | None = None) -> History:
    """Read and clean a whole history; the seed only decides the weights, volumes and costs.

    `table` has the columns of the one that ships; without it, that one is read.
    """
    rows = _sorted_out(pl.read_parquet(TABLE) if table is None else table)
    sold = rows.filter(fate=SOLD)
    taking_back = rows.filter(fate=TAKEN_BACK)
    invoices = tuple(_invoices(sold))
    matched = match(invoices, taking_back)
    kept = {SOLD, TAKEN_BACK}
    fates = dict(rows["fate"].value_counts().sort("fate").iter_rows())
    return History(
        skus=skus_of(sold, seed),
        invoices=invoices,
        take_backs=matched.take_backs,
        report=Report(
            rows_read=rows.height,
            rows_sold=sold.height,
            rows_taking_back=taking_back.height,
            rows_dropped={fate: count for fate, count in fates.items() if fate not in kept},
            invoices=len(invoices),
            lines=sum(len(invoice.lines) for invoice in invoices),
            take_backs=len(matched.take_backs),
            units_taken_back=matched.units,
            rows_unmatched=matched.rows_unmatched,
            units_unmatched=matched.units_unmatched,
        ),
    )


def _sorted_out(table: pl.DataFrame) -> pl.DataFrame:
    """Give every row its fate, its code in capitals, its price in cents, its instant in UTC."""
    takes_back = pl.col("invoice").str.starts_with("C")
    is_product = pl.col("sku").str.contains(PRODUCT_CODE) & ~pl.col("sku").is_in(NO_GOODS)
    is_note = (pl.col("price_mills") <= 0) | pl.col("description").is_null()
    return table.with_columns(
        pl.col("sku").str.to_uppercase(),
        pl.col("at").dt.replace_time_zone("Europe/London").dt.convert_time_zone("UTC"),
        price_cents=pl.col("price_mills") // MILLS_PER_CENT,
        customer=pl.when(pl.col("customer").is_null())
        .then(pl.format("guest-{}", "invoice"))
        .otherwise(pl.col("customer").cast(pl.String)),
    ).with_columns(
        fate=pl.when(pl.col("invoice").str.starts_with("A"))
        .then(pl.lit(BAD_DEBT))
        .when(~is_product)
        .then(pl.lit(NO_PRODUCT))
        .when(is_note)
        .then(pl.lit(STOCK_NOTE))
        .when((pl.col("quantity") < 0) != takes_back)
        .then(pl.lit(WRONG_SIGN))
        .when(takes_back)
        .then(pl.lit(TAKEN_BACK))
        .otherwise(pl.lit(SOLD)),
    )


def _invoices(sold: pl.DataFrame) -> Iterator[Invoice]:
    """Invoices in order of time, then id; rows of one SKU are one line at their mean price.

    A few invoices were typed in over two minutes: they count as placed at the first.
    """
    units = pl.col("quantity").cast(pl.Int64)
    lines = (
        sold.group_by("invoice", "sku")
        .agg(
            pl.col("at").min(),
            pl.col("customer", "country").first(),
            units.sum(),
            value=(units * pl.col("price_cents")).sum(),
        )
        .with_columns(
            price_cents=(2 * pl.col("value") + pl.col("quantity")) // (2 * pl.col("quantity"))
        )
        .sort("invoice", "sku")
        .group_by("invoice", maintain_order=True)
        .agg(
            pl.col("at").min(),
            pl.col("customer", "country").first(),
            "sku",
            "quantity",
            "price_cents",
        )
        .sort("at", "invoice")
    )
    for invoice, at, customer, country, skus, quantities, prices in lines.iter_rows():
        yield Invoice(
            id=invoice,
            placed_at=at,
            customer=customer,
            country=country,
            lines=tuple(
                InvoiceLine(sku=sku, quantity=quantity, price_cents=price)
                for sku, quantity, price in zip(skus, quantities, prices, strict=True)
            ),
        )
