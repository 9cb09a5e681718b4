"""Files opened: bytes or a path become a header and the records under it, or a refusal in words."""

from collections.abc import Callable, Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import polars as pl
from polars.exceptions import PanicException, PolarsError

from noria.connectors.files import csv_sheets, xlsx_sheets
from noria.connectors.files.model import (
    Cell,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    Form,
    Record,
    Sheet,
)

LARGEST_BYTES = 500_000_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 200
ROWS_AT_ONCE = 100_000
LARGEST_LOOK_BYTES = 50_000_000
ROWS_OF_LOOK = 50

ZIP_MARK, PARQUET_MARK, OLD_OFFICE_MARK = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"


def sheet(
    source: Path | str | bytes,
    name: str = "",
    *,
    known: Collection[str] = (),
    worksheet: str | None = None,
    is_look: bool = False,
) -> Sheet:
    """Open a CSV, XLSX or Parquet file; which of them it is, its first bytes say, not its name.

    `known` are the columns that may be expected: they settle which separator a CSV uses.
    `worksheet` names the sheet of a workbook; None takes the first. `is_look`: the first rows are
    all that is wanted, and far less may be unfolded for them.

    Raises:
        FileUnreadable, FileEmpty, FileTooLarge, WrongEncoding, ZeroBytes, WrongDelimiter,
        QuotesBroken, SheetUnknown: in place of any traceback. Those that only a later line can
        show are raised while the records are read.
    """
    name = name or (Path(source).name if isinstance(source, Path | str) else "file")
    opener = _opener(source)
    mark = _first_bytes(opener, name, LARGEST_LOOK_BYTES if is_look else LARGEST_BYTES)
    if mark == ZIP_MARK:
        limits = xlsx_sheets.LOOK if is_look else xlsx_sheets.WORKER
        found = xlsx_sheets.sheet(opener, name, worksheet, limits)
    elif mark == PARQUET_MARK:
        found = _parquet(opener, name, most=ROWS_OF_LOOK if is_look else None)
    elif mark == OLD_OFFICE_MARK:
        raise FileUnreadable(
            name=name,
            reason_en="it is an old XLS file, or a workbook with a password",
            reason_fr="c'est un ancien fichier XLS, ou un classeur avec mot de passe",
        )
    else:
        found = csv_sheets.sheet(opener, name, known)
    if len(found.header) > MOST_COLUMNS:
        raise FileTooLarge(
            name=name,
            found=len(found.header),
            unit_en="columns",
            unit_fr="colonnes",
            limit=MOST_COLUMNS,
        )
    return Sheet(
        form=found.form,
        header=found.header,
        header_line=found.header_line,
        records=_counted(found.records, name),
    )


def _opener(source: Path | str | bytes) -> Callable[[], BinaryIO]:
    if isinstance(source, bytes):
        return lambda: BytesIO(source)
    path = Path(source)
    return lambda: path.open("rb")


def _first_bytes(opener: Callable[[], BinaryIO], name: str, largest: int) -> bytes:
    try:
        with opener() as file:
            mark = file.read(4)
            size = file.seek(0, 2)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise FileUnreadable(name=name, reason_en=reason, reason_fr=reason) from None
    if not mark:
        raise FileEmpty(name=name)
    if size > largest:
        raise FileTooLarge(name=name, found=size, unit_en="bytes", unit_fr="octets", limit=largest)
    return mark


def _counted(records: Iterator[Record], name: str) -> Iterator[Record]:
    """The records that are not blank, up to the limit."""
    count = 0
    for line, cells in records:
        if not any(cells) and all(cell is None or cell == "" for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise FileTooLarge(
                name=name,
                found=f"> {MOST_ROWS}",
                unit_en="lines",
                unit_fr="lignes",
                limit=MOST_ROWS,
            )
        yield line, cells


def _parquet(opener: Callable[[], BinaryIO], name: str, *, most: int | None) -> Sheet:
    """A Parquet file; its header counts as line 1, so that its first record is line 2."""
    try:
        with opener() as file:
            header = pl.read_parquet_schema(file)
    except (PolarsError, PanicException, OSError) as problem:
        raise _not_parquet(name) from problem
    if not header:
        raise FileEmpty(name=name)
    return Sheet(
        form=Form.PARQUET,
        header=tuple(header),
        header_line=1,
        records=_parquet_records(opener, name, most),
    )


def _parquet_records(
    opener: Callable[[], BinaryIO], name: str, most: int | None
) -> Iterator[Record]:
    with opener() as file:
        scan = pl.scan_parquet(file, n_rows=most)
        start = 0
        while True:
            try:
                frame = scan.slice(start, ROWS_AT_ONCE).collect()
            except (PolarsError, PanicException) as problem:
                raise _not_parquet(name) from problem
            for offset, cells in enumerate(frame.iter_rows()):
                yield start + offset + 2, [_plain(cell) for cell in cells]
            if frame.height < ROWS_AT_ONCE:
                return
            start += ROWS_AT_ONCE


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell.strip()
    return "" if cell is None else cell


def _not_parquet(name: str) -> FileUnreadable:
    return FileUnreadable(
        name=name,
        reason_en="it is damaged, or not a Parquet file",
        reason_fr="il est endommagé, ou n'est pas un fichier Parquet",
    )
