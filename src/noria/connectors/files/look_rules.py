"""Columns recognised: by our names, by what others call them, by what stands in them. Pure."""

import difflib
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from noria.connectors.files.columns import SPECS, column_name
from noria.connectors.files.look_model import (
    Because,
    ColumnsOtherwise,
    KnownColumn,
    Look,
    LookColumn,
)
from noria.connectors.files.look_words import WORDS
from noria.connectors.files.model import (
    Cell,
    CellError,
    Column,
    FileKind,
    Record,
    Sheet,
    Spec,
    shorten,
)

ROWS_READ, ROWS_SHOWN = 50, 5
NEAR = 0.84
TELLING = frozenset({"gtins", "hours"})
"""Columns whose cells look like nothing else."""

STRENGTH = (Because.NAMED, Because.WORD, Because.CELLS, Because.NEAR)


def look(sheet: Sheet, kind: FileKind | None = None) -> Look:
    """What the file seems to hold (`kind`, if that is known), and what each column is to us."""
    rows = [cells for _, cells in islice(sheet.records, ROWS_READ)]
    read = {each: _recognised(sheet.header, rows, SPECS[each]) for each in FileKind}
    kinds = sorted(FileKind, key=lambda each: _rank(read[each], SPECS[each]))
    chosen = kind or kinds[0]
    columns = read[chosen]
    found = {one.column for one in columns}
    known = [
        KnownColumn(name=column.name, is_required=column.is_required)
        for column in SPECS[chosen].columns
    ]
    return Look(
        kind=chosen,
        kinds=kinds,
        form=sheet.form,
        columns=columns,
        known=known,
        missing=[one.name for one in known if one.is_required and one.name not in found],
        rows=[[_said(cell) for cell in cells] for cells in rows[:ROWS_SHOWN]],
    )


def renamed(sheet: Sheet, columns: Sequence[str], *, name: str) -> Sheet:
    """The sheet with these columns as its header, without those that are left out.

    Raises:
        ColumnsOtherwise: they are not as many as the file has.
    """
    width = max((place + 1 for place, cell in enumerate(sheet.header) if cell), default=0)
    if len(columns) not in {width, len(sheet.header)}:
        raise ColumnsOtherwise(name=name, found=width, given=len(columns))
    kept = [place for place, column in enumerate(columns) if column]
    return msgspec.structs.replace(
        sheet,
        header=tuple(columns[place] for place in kept),
        records=_kept(sheet.records, kept, len(sheet.header)),
    )


def _kept(records: Iterator[Record], kept: Sequence[int], width: int) -> Iterator[Record]:
    """The cells that are kept; of a line that is too long, also what is too much."""
    for line, cells in records:
        yield line, [*(cells[place] for place in kept if place < len(cells)), *cells[width:]]


def _recognised(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], spec: Spec
) -> list[LookColumn]:
    """Each column of the file with what it is to us; each of ours is found once at most."""
    claims = [
        (STRENGTH.index(because), place, column.name, because)
        for place, cell in enumerate(header)
        for column, because in _claims(cell, _cells(rows, place), spec)
    ]
    chosen: dict[int, tuple[str, Because]] = {}
    taken: set[str] = set()
    for _, place, name, because in sorted(claims, key=lambda claim: claim[:3]):
        if place not in chosen and name not in taken:
            chosen[place] = (name, because)
            taken.add(name)
    return [
        LookColumn(header=cell, column=chosen[place][0], because=chosen[place][1])
        if place in chosen
        else LookColumn(header=cell)
        for place, cell in enumerate(header)
    ]


def _claims(header: str, cells: Sequence[Cell], spec: Spec) -> Iterator[tuple[Column, Because]]:
    """What a column could be to us; a word for it counts where its cells can be read as it."""
    name, plain = column_name(header), _plain(header)
    words = WORDS.get(spec.kind, {})
    for column in spec.columns:
        if name == column.name:
            yield column, Because.NAMED
        elif not _reads(column, cells):
            continue
        elif plain and plain in words.get(column.name, ()):
            yield column, Because.WORD
        elif column.name in TELLING and cells:
            yield column, Because.CELLS
        elif difflib.SequenceMatcher(None, plain, column.name).ratio() >= NEAR:
            yield column, Because.NEAR


def _reads(column: Column, cells: Sequence[Cell]) -> bool:
    """Whether most of the cells can be read as this column; of none, nobody can say otherwise."""
    return 2 * sum(1 for cell in cells if _is_readable(column, cell)) >= len(cells)


def _is_readable(column: Column, cell: Cell) -> bool:
    try:
        column.shape.read(cell)
    except CellError:
        return False
    return True


def _cells(rows: Sequence[Sequence[Cell]], place: int) -> list[Cell]:
    return [cells[place] for cells in rows if place < len(cells) and cells[place] not in ("", None)]


def _rank(columns: Sequence[LookColumn], spec: Spec) -> tuple[int, int, int]:
    """The likeliest first: most is recognised that is not outweighed by what is missing."""
    found = {one.column for one in columns if one.column is not None}
    missing = sum(1 for column in spec.columns if column.is_required and column.name not in found)
    return missing - len(found), missing, list(FileKind).index(spec.kind)


def _plain(header: str) -> str:
    """A header without accents, case and signs: `Désignation article` is `designation_article`."""
    letters = unicodedata.normalize("NFKD", header)
    return column_name("".join(one for one in letters if not unicodedata.combining(one)))


def _said(cell: Cell) -> str:
    return "" if cell is None else shorten(cell)
