"""A history of one's own, in the shape of the UCI set: one row for each line of an invoice."""

from pathlib import Path

import polars as pl

from noria.kit.errors import Fault, Kind, Refusal, Text

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S")


class NotAHistory(Refusal):
    code = "not-a-history"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "{file} is not an order history: {why}.",
        "{file} n'est pas un historique de commandes\u202f: {why}.",
    )
    do = Text(
        "Give a CSV or Parquet file with the columns " + ", ".join(COLUMNS) + ".",
        "Donnez un fichier CSV ou Parquet avec les colonnes " + ", ".join(COLUMNS) + ".",
    )


def read(path: Path) -> pl.DataFrame:
    """The rows of a file, in the shape of the table that ships.

    Raises:
        NotAHistory: it cannot be read, lacks a column, or has values that are none; the first few
            bad lines are named.
    """
    try:
        raw = (
            pl.read_parquet(path)
            if path.suffix.lower() == ".parquet"
            else pl.read_csv(path, infer_schema=False)
        )
    except (OSError, pl.exceptions.PolarsError) as problem:
        raise NotAHistory(file=path.name, why=str(problem).splitlines()[0]) from problem
    if missing := [name for name in COLUMNS if name not in raw.columns]:
        raise NotAHistory(file=path.name, why=f"it lacks {', '.join(missing)}")
    table = raw.select(
        invoice=pl.col("InvoiceNo").cast(pl.String),
        sku=pl.col("StockCode").cast(pl.String),
        description=pl.col("Description").cast(pl.String),
        quantity=pl.col("Quantity").cast(pl.Int32, strict=False),
        at=_instant(raw.schema["InvoiceDate"]),
        price_mills=(pl.col("UnitPrice").cast(pl.Float64, strict=False) * 1000)
        .round()
        .cast(pl.Int64, strict=False),
        customer=pl.col("CustomerID").cast(pl.Float64, strict=False).cast(pl.Int32, strict=False),
        country=pl.col("Country").cast(pl.String),
    )
    _check(path, table)
    return table


def _instant(kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        return pl.col("InvoiceDate").cast(pl.Datetime("us"))
    text = pl.col("InvoiceDate").cast(pl.String)
    return pl.coalesce(
        *(text.str.strptime(pl.Datetime("us"), time, strict=False) for time in TIMES)
    )


def _check(path: Path, table: pl.DataFrame) -> None:
    faults = []
    for column in ("invoice", "sku", "quantity", "at", "price_mills"):
        lines = table.with_row_index("line", offset=2).filter(pl.col(column).is_null())["line"]
        faults += [
            Fault(f"line {line}, column {column}", "it is missing, or cannot be read")
            for line in lines.head(20).to_list()
        ]
    if faults:
        raise NotAHistory(file=path.name, why="some lines cannot be read", faults=faults)
