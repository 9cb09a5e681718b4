"""XLSX opened: weighed first, since a small archive can unfold into more than the memory holds."""

import re
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile

from msgspec import Struct
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from noria.connectors.files.model import (
    Cell,
    ErrorCell,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    Form,
    Sheet,
    SheetUnknown,
)

WORKSHEETS = "xl/worksheets/"
CHUNK_BYTES, OVERLAP_BYTES = 1 << 22, 300
CELL = re.compile(rb'<(?:x:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
ERROR = re.compile(rb'<(?:x:)?c\b(?=[^>]*?\bt="e")[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
SHEET = re.compile(r'<(?:x:)?sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
RELATION = re.compile(r"<Relationship\b[^>]*>")
NAMED = re.compile(r'\b(Id|Target)="([^"]*)"')

Place = tuple[int, int]
"""Row and column of a cell, from zero."""


class Limits(Struct, frozen=True):
    """How much a workbook may unfold into.

    Cells are rows times columns of a sheet: the reader keeps a place for each, also for the empty
    ones.
    """

    unpacked_bytes: int
    cells: int


WORKER = Limits(unpacked_bytes=1_000_000_000, cells=20_000_000)
LOOK = Limits(unpacked_bytes=50_000_000, cells=500_000)
"""What the process of the API has room for, beside all else that it does."""


class Weight(Struct, frozen=True):
    """What a worksheet unfolds into, and the cells of it that hold an error."""

    rows: int
    columns: int
    errors: frozenset[Place]


def sheet(
    opener: Callable[[], BinaryIO], name: str, worksheet: str | None, limits: Limits = WORKER
) -> Sheet:
    """The first sheet of the workbook, or the one that is named."""
    with opener() as file:
        content = file.read()
    weights = _weigh(content, name, limits)
    try:
        book = CalamineWorkbook.from_object(BytesIO(content))
        wanted = book.sheet_names[0] if worksheet is None else worksheet
        if wanted not in book.sheet_names:
            raise SheetUnknown(sheet=wanted, known=", ".join(book.sheet_names[:20]))
        page = book.get_sheet_by_name(wanted)
        position = book.sheet_names.index(wanted)
    except PasswordError:
        raise _unreadable(name, "it has a password", "il a un mot de passe") from None
    except (CalamineError, IndexError) as problem:
        raise _damaged(name) from problem
    errors = weights[position].errors if position < len(weights) else frozenset()
    records = _records(page, errors)
    for line, cells in records:
        header = [_name(cell) for cell in cells]
        if any(header):
            width = max(place for place, cell in enumerate(header) if cell) + 1
            return Sheet(
                form=Form.XLSX,
                header=tuple(header[:width]),
                header_line=line,
                records=((line, _cut(cells, width)) for line, cells in records),
            )
    raise FileEmpty(name=name)


def _name(cell: Cell) -> str:
    return "" if isinstance(cell, ErrorCell) else str(cell).strip()


def _cut(cells: list[Cell], width: int) -> list[Cell]:
    """A row without the empty cells beyond the header; what else stands there is a fault later."""
    return cells[:width] if all(cell == "" for cell in cells[width:]) else cells


def _records(page: CalamineSheet, errors: frozenset[Place]) -> Iterator[tuple[int, list[Cell]]]:
    left = page.start[1] if page.start else 0
    for row, cells in enumerate(page.iter_rows()):
        yield (
            row + 1,
            [
                ErrorCell() if cell == "" and (row, left + place) in errors else _plain(cell)
                for place, cell in enumerate(cells)
            ],
        )


def _plain(cell: Cell) -> Cell:
    """Text without outer blanks; a number that is whole as a whole number."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    return cell


def _weigh(content: bytes, name: str, limits: Limits) -> list[Weight]:
    """Unfold every part once, keeping nothing, and learn the worksheets' sizes, in book order.

    Raises:
        FileTooLarge: it unfolds into too many bytes or cells.
        FileUnreadable: a part is damaged, or the archive is not a workbook.
    """
    weights: dict[str, Weight] = {}
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > limits.unpacked_bytes:
                raise _too_large(name, unpacked, "bytes", "octets", limits.unpacked_bytes)
            for part in archive.namelist():
                with archive.open(part) as file:
                    weights[part] = _weight(part, file, name, limits)
            order = _order(archive)
    except (BadZipFile, zlib.error, RuntimeError, EOFError, KeyError):
        raise _damaged(name) from None
    return [weights.get(part, Weight(0, 0, frozenset())) for part in order]


def _weight(part: str, file: IO[bytes], name: str, limits: Limits) -> Weight:
    rows, columns, tail = 0, 0, b""
    errors: set[Place] = set()
    while chunk := file.read(CHUNK_BYTES):
        if not part.startswith(WORKSHEETS):
            continue
        text = tail + chunk
        for letters, row in CELL.findall(text):
            rows, columns = max(rows, int(row)), max(columns, _column(letters))
        errors |= {(int(row) - 1, _column(letters) - 1) for letters, row in ERROR.findall(text)}
        tail = text[-OVERLAP_BYTES:]
    if rows * columns > limits.cells:
        raise _too_large(name, rows * columns, "cells", "cellules", limits.cells)
    return Weight(rows, columns, frozenset(errors))


@cache
def _column(letters: bytes) -> int:
    """A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _order(archive: ZipFile) -> list[str]:
    """The worksheets' parts in the order in which the workbook names them."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {}
    for relation in RELATION.findall(relations):
        named = dict(NAMED.findall(relation))
        target = named.get("Target", "")
        targets[named.get("Id", "")] = (
            target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        )
    return [targets.get(relation, "") for _, relation in SHEET.findall(book)]


def _too_large(name: str, found: int, unit_en: str, unit_fr: str, limit: int) -> FileTooLarge:
    return FileTooLarge(name=name, found=found, unit_en=unit_en, unit_fr=unit_fr, limit=limit)


def _unreadable(name: str, reason_en: str, reason_fr: str) -> FileUnreadable:
    return FileUnreadable(name=name, reason_en=reason_en, reason_fr=reason_fr)


def _damaged(name: str) -> FileUnreadable:
    return _unreadable(
        name, "it is damaged, or not a workbook", "il est endommagé, ou n'est pas un classeur"
    )
