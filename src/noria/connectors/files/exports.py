"""Files written: rows of ours as CSV that no spreadsheet runs, or as Parquet with its types."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

import polars as pl
from msgspec import Struct

from noria.catalog import views as catalog
from noria.connectors.files.cells import written
from noria.connectors.files.columns import CATALOG, NETWORK, STOCK
from noria.connectors.files.csv_sheets import escaped
from noria.connectors.files.export_tables import (
    PLAIN_TABLES,
    ROWS_AT_ONCE,
    Nodes,
    Rows,
    Table,
    query,
)
from noria.connectors.files.model import Cell, CellType, ExportForm, ExportKind, Spec
from noria.connectors.files.policy_columns import MEASURES
from noria.connectors.files.promise_columns import ASNS, KEEP_BACKS, under_way
from noria.connectors.files.tariff_columns import TARIFFS, ZONINGS, area_lines, price_lines
from noria.connectors.files.work_columns import BOXES, LOCATIONS
from noria.fulfilment import pack_views as packing
from noria.kit.db import Connection
from noria.network import tariff_views as tariffs
from noria.network import views as network
from noria.policies import views as policies
from noria.promise import keep_back_views as keep_backs
from noria.supply import asn_views as asns
from noria.work import views as work

CHUNK_BYTES = 1 << 20
SKUS_AT_ONCE = 1_000
TARIFFS_AT_ONCE = 20
MOST_ROWS = 20_000_000

POLARS: Mapping[CellType, Any] = {
    CellType.TEXT: pl.String,
    CellType.WHOLE: pl.Int64,
    CellType.AMOUNT: pl.Decimal(18, 2),
    CellType.NUMBER: pl.Float64,
    CellType.FLAG: pl.Boolean,
    CellType.INSTANT: pl.Datetime("us", "UTC"),
    CellType.DAY: pl.Date,
}


def chunks(tx: Connection, kind: ExportKind, form: ExportForm, nodes: Nodes) -> Iterator[bytes]:
    """The file, in pieces of about a megabyte; None for `nodes` shows all of them."""
    table = TABLES[kind]
    write = csv_chunks if form is ExportForm.CSV else parquet_chunks
    yield from write(table.columns, table.rows(tx, nodes))


def csv_chunks(columns: Mapping[str, CellType], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8, a header, commas, lines that end as RFC 4180 says; text that is no formula."""
    page = StringIO()
    writer = csv.writer(page)
    writer.writerow(columns)
    for cells in rows:
        writer.writerow(
            [escaped(cell) if isinstance(cell, str) else written(cell) for cell in cells]
        )
        if page.tell() > CHUNK_BYTES:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()


def parquet_chunks(
    columns: Mapping[str, CellType], rows: Iterable[Sequence[Cell]]
) -> Iterator[bytes]:
    """One Parquet file; instants are UTC, amounts decimals."""
    schema = {name: POLARS[kind] for name, kind in columns.items()}
    source = iter(rows)
    frames = [pl.DataFrame(schema=schema)]
    while portion := list(islice(source, ROWS_AT_ONCE)):
        frames.append(pl.DataFrame(portion, schema=schema, orient="row"))
    page = BytesIO()
    pl.concat(frames).write_parquet(page, compression="zstd")
    page.seek(0)
    while chunk := page.read(CHUNK_BYTES):
        yield chunk


def _of_spec(spec: Spec, names: Sequence[str] | None = None) -> dict[str, CellType]:
    return {
        column.name: column.shape.type
        for column in spec.columns
        if names is None or column.name in names
    }


def _as_imported(spec: Spec, value: Struct) -> list[Cell]:
    """A struct as a line of the file that would bring it in."""
    cells = []
    for column in spec.columns:
        field = getattr(value, column.field)
        cells.append(None if field is None else column.shape.write(field))
    return cells


def _skus(tx: Connection, nodes: Nodes) -> Rows:
    del nodes  # the catalog is the same everywhere
    after = ""
    while found := catalog.search(tx, after=after, limit=SKUS_AT_ONCE):
        yield from (_as_imported(CATALOG, sku) for sku in found)
        after = found[-1].code


def _nodes(tx: Connection, nodes: Nodes) -> Rows:
    for code, node in sorted(network.nodes(tx, nodes).items()):
        assert code == node.code
        yield _as_imported(NETWORK, node)


def _zonings(tx: Connection, nodes: Nodes) -> Rows:
    del nodes  # a map holds for every node
    after = ""
    while found := tariffs.zoning_page(tx, after=after, limit=TARIFFS_AT_ONCE):
        for one in found:
            yield from (_as_imported(ZONINGS, line) for line in area_lines(one))
        after = found[-1].code


def _tariffs(tx: Connection, nodes: Nodes) -> Rows:
    del nodes  # prices hold for every node
    after = ""
    while found := tariffs.tariff_page(tx, after=after, limit=TARIFFS_AT_ONCE):
        for one in found:
            yield from (_as_imported(TARIFFS, line) for line in price_lines(one))
        after = found[-1].code


def _keep_backs(tx: Connection, nodes: Nodes) -> Rows:
    after = ""
    while found := keep_backs.page(tx, after=after, limit=SKUS_AT_ONCE):
        yield from (
            _as_imported(KEEP_BACKS, rule)
            for rule in found
            if nodes is None or rule.node is None or rule.node in nodes
        )
        after = found[-1].id


def _measures(tx: Connection, nodes: Nodes) -> Rows:
    del nodes  # a channel sells from the whole network
    after: tuple[str, str] | None = None
    while found := policies.measures(tx, after=after, limit=SKUS_AT_ONCE):
        yield from (_as_imported(MEASURES, one) for one in found)
        after = (found[-1].channel, found[-1].day.isoformat())


def _asns(tx: Connection, nodes: Nodes) -> Rows:
    after: Sequence[Any] | None = None
    while found := asns.open_asns(tx, nodes=nodes, after=after, limit=SKUS_AT_ONCE):
        for one in found:
            asn, _ = asns.known(tx, one.id)
            yield from (_as_imported(ASNS, line) for line in under_way(asn))
        after = (found[-1].expected_on, found[-1].id)


def _locations(tx: Connection, nodes: Nodes) -> Rows:
    for node in _reached(tx, nodes):
        found = work.locations(tx, node, limit=None)
        yield from (_as_imported(LOCATIONS, one) for one in found)


def _boxes(tx: Connection, nodes: Nodes) -> Rows:
    for node in _reached(tx, nodes):
        yield from (_as_imported(BOXES, one) for one in packing.node_boxes(tx, node, limit=None))


def _reached(tx: Connection, nodes: Nodes) -> list[str]:
    return sorted(network.nodes(tx, nodes))


TABLES: Mapping[ExportKind, Table] = {
    ExportKind.SKUS: Table(columns=_of_spec(CATALOG), rows=_skus),
    ExportKind.NODES: Table(columns=_of_spec(NETWORK), rows=_nodes),
    ExportKind.ZONINGS: Table(columns=_of_spec(ZONINGS), rows=_zonings),
    ExportKind.TARIFFS: Table(columns=_of_spec(TARIFFS), rows=_tariffs),
    ExportKind.KEEP_BACKS: Table(columns=_of_spec(KEEP_BACKS), rows=_keep_backs),
    ExportKind.ASNS: Table(columns=_of_spec(ASNS), rows=_asns),
    ExportKind.MEASURES: Table(columns=_of_spec(MEASURES), rows=_measures),
    ExportKind.LOCATIONS: Table(columns=_of_spec(LOCATIONS), rows=_locations),
    ExportKind.BOXES: Table(columns=_of_spec(BOXES), rows=_boxes),
    ExportKind.STOCK: Table(
        columns=_of_spec(STOCK, ("sku", "node", "quantity")),
        rows=query(
            """
            select sku, node, quantity
            from balance
            where state = 'available' and quantity <> 0
                and (%(nodes)s::text[] is null or node = any(%(nodes)s))
            order by node, sku
            """
        ),
    ),
    **PLAIN_TABLES,
}
