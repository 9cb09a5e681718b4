"""Files that people really send: read as a table, or refused in words; never a traceback."""

import contextlib
import datetime as dt
import io
import random
import zipfile

import polars as pl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from noria.connectors.files import sheets, xlsx_sheets
from noria.connectors.files.columns import CATALOG
from noria.connectors.files.csv_sheets import escaped, unescaped
from noria.connectors.files.model import (
    ErrorCell,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    Form,
    QuotesBroken,
    SheetUnknown,
    WrongDelimiter,
    WrongEncoding,
    ZeroBytes,
)
from noria.connectors.files.sheets import sheet
from noria.kit.errors import Refusal

WITHOUT_ZONE = dt.datetime(2026, 11, 27, 9, 30)  # noqa: DTZ001 - a spreadsheet knows no zones


def read(content, **more):
    found = sheet(content, "file.csv", known=CATALOG.names, **more)
    return found.header, list(found.records)


def workbook(fill):
    page = io.BytesIO()
    book = xlsxwriter.Workbook(page)
    fill(book)
    book.close()
    return page.getvalue()


@pytest.mark.parametrize(
    ("because", "content"),
    [
        ("commas", b"code,name\nA1,Mug\n"),
        ("semicolons, as a French Excel writes", b"code;name\r\nA1;Mug\r\n"),
        ("tabs", b"code\tname\nA1\tMug"),
        ("pipes", b"code|name\nA1|Mug\n"),
        ("old Mac line ends", b"code,name\rA1,Mug\r"),
        ("a byte order mark", b"\xef\xbb\xbfcode,name\nA1,Mug\n"),
        ("UTF-16 little endian with a mark", "\ufeffcode;name\nA1;Mug\n".encode("utf-16-le")),
        ("UTF-16 big endian with a mark", "\ufeffcode;name\nA1;Mug\n".encode("utf-16-be")),
        ("quotes", b'"code","name"\n"A1","Mug"\n'),
        ("blanks around cells", b"code , name\n A1 , Mug \n"),
        ("Excel's announcement of a separator", b"sep=;\ncode;name\nA1;Mug\n"),
    ],
)
def test_csv_is_understood(because, content):
    header, records = read(content)
    assert [cell.strip() for cell in header] == ["code", "name"], because
    assert [list(cells) for _, cells in records] == [["A1", "Mug"]], because


def test_the_separator_that_gives_known_columns_wins_over_the_one_that_gives_more():
    header, _ = read(b"code;name, in words, of it\nA1;Mug\n")
    assert header == ("code", "name, in words, of it")


def test_lines_are_counted_as_an_editor_does():
    header, records = read(b'\n\ncode,name\n\nA1,"two\nlines"\n,\nA2,Cup\n')
    assert header == ("code", "name")
    assert records == [(5, ["A1", "two\nlines"]), (8, ["A2", "Cup"])]


@pytest.mark.parametrize(
    ("because", "content", "refusal", "words"),
    [
        ("nothing at all", b"", FileEmpty, "no header"),
        ("only blank lines", b"\n \n\n", FileEmpty, "no header"),
        ("a mark and nothing else", b"\xef\xbb\xbf", FileEmpty, "no header"),
        ("colons", b"code:name\nA1:Mug\n", WrongDelimiter, "separated by “:”"),
        ("a title above", b"Export\ncode,name\n", WrongDelimiter, "“Export”"),
        ("Windows-1252", "code,name\nA1,Café\n".encode("cp1252"), WrongEncoding, "Windows-1252"),
        ("no encoding", b"code,name\nA1,\x81\x8d\n", WrongEncoding, "position 13"),
        ("cut within a letter", "code,name\nA1,é".encode()[:-1], WrongEncoding, "position 13"),
        ("a zero byte", b"code,name\nA1,\0\n", ZeroBytes, "position 13"),
        ("UTF-16 without mark", "code,name\nA1,M".encode("utf-16-le"), ZeroBytes, "UTF-16"),
        ("an open quote", b'code,name\nA1,"Mug\nA2,Cup\n', QuotesBroken, "line 2"),
        ("a quote in the midst", b'code,name\nA1,"Mug"s\n', QuotesBroken, "line 2"),
        ("an old or locked workbook", b"\xd0\xcf\x11\xe0" + bytes(600), FileUnreadable, "XLS"),
        ("half a workbook", b"PK\x03\x04junk", FileUnreadable, "not a workbook"),
        ("half a Parquet", b"PAR1junkPAR1", FileUnreadable, "not a Parquet"),
    ],
)
def test_what_is_no_table_is_refused_in_words(because, content, refusal, words):
    with pytest.raises(refusal) as raised:
        read(content)
    assert words in raised.value.sentence("en"), because
    assert raised.value.sentence("fr") != raised.value.sentence("en"), because


def test_the_byte_that_does_not_fit_is_found_across_chunks():
    start = b"code,name\n" + b"A1,Mug\n" * 300_000
    with pytest.raises(WrongEncoding) as raised:
        read(start + b"A1,Caf\xe9\n")
    assert f"position {len(start) + 6}" in raised.value.sentence("en")


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(FileUnreadable, match="No such file"):
        sheet(tmp_path / "nothing.csv")
    with pytest.raises(FileUnreadable, match="directory"):
        sheet(tmp_path)


def test_a_path_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "skus.csv"
    path.write_bytes(b"code,name\nA1,Mug\n")
    assert list(sheet(path).records) == [(2, ["A1", "Mug"])]
    assert list(sheet(str(path)).records) == [(2, ["A1", "Mug"])]


def test_too_many_rows_columns_and_bytes(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    with pytest.raises(FileTooLarge, match="lines"):
        read(b"code,name\n" + b"A1,Mug\n" * 3)
    with pytest.raises(FileTooLarge, match="columns"):
        read(b"code" + b",name" * 200)
    monkeypatch.setattr(sheets, "LARGEST_BYTES", 5)
    with pytest.raises(FileTooLarge, match="bytes"):
        read(b"code,name\n")


def test_xlsx_keeps_types_and_finds_the_lines():
    def fill(book):
        page = book.add_worksheet("stock")
        page.write_row(2, 0, ["sku", "quantity", "counted_at"])
        page.write_row(3, 0, [85123, 48])
        page.write_datetime(
            3,
            2,
            WITHOUT_ZONE,
            book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        )
        page.write_formula(5, 0, "=1/0", value="#DIV/0!")
        page.write_formula(5, 1, "=2*3", value=6)
        page.write_boolean(6, 0, True)
        page.write_number(6, 1, 2.5)
        page.write_string(7, 4, "beyond")

    found = sheet(workbook(fill), "stock.xlsx")
    assert (found.form, found.header, found.header_line) == (
        Form.XLSX,
        ("sku", "quantity", "counted_at"),
        3,
    )
    assert list(found.records) == [
        (4, [85123, 48, WITHOUT_ZONE]),
        (6, [ErrorCell(), 6, ""]),
        (7, [True, 2.5, ""]),
        (8, ["", "", "", "", "beyond"]),
    ]


def test_an_error_on_another_sheet_is_not_ours():
    def fill(book):
        book.add_worksheet("first").write_column(0, 0, ["code", "A1"])
        book.add_worksheet("second").write_formula(1, 0, "=1/0", value="#DIV/0!")

    content = workbook(fill)
    assert list(sheet(content).records) == [(2, ["A1"])]
    assert list(sheet(content, worksheet="first").records) == [(2, ["A1"])]
    with pytest.raises(SheetUnknown, match="first, second"):
        sheet(content, worksheet="third")


def test_an_empty_workbook():
    with pytest.raises(FileEmpty):
        sheet(workbook(lambda book: book.add_worksheet()))


def test_a_small_archive_that_unfolds_into_too_much(monkeypatch):
    def far_cell(book):
        page = book.add_worksheet()
        page.write(0, 0, "code")
        page.write(1_048_575, 16_383, "far")

    with pytest.raises(FileTooLarge, match="cells"):
        sheet(workbook(far_cell))
    small = xlsx_sheets.Limits(unpacked_bytes=1000, cells=9)
    monkeypatch.setattr(xlsx_sheets, "WORKER", small)
    with pytest.raises(FileTooLarge, match="bytes"):
        sheet(workbook(lambda book: book.add_worksheet().write(0, 0, "code")))


def test_a_look_unfolds_far_less_than_the_worker():
    def wide_cells(book):
        page = book.add_worksheet()
        page.write(0, 0, "code")
        page.write(9_999, 99, "far")

    content = workbook(wide_cells)
    assert sheet(content).header == ("code",)
    with pytest.raises(FileTooLarge, match="500000"):
        sheets.sheet(content, "look.xlsx", is_look=True)
    page = io.BytesIO()
    pl.DataFrame({"sku": ["A1"] * 90}).write_parquet(page)
    assert len(list(sheets.sheet(page.getvalue(), "look", is_look=True).records)) == 50


def test_an_archive_that_lies_about_its_size_is_damaged():
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c/>" * 100_000)
    content = page.getvalue().replace((400_000).to_bytes(4, "little"), (40).to_bytes(4, "little"))
    with pytest.raises(FileUnreadable, match="damaged"):
        sheet(content)


def test_parquet_keeps_types():
    page = io.BytesIO()
    instant = dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC)
    pl.DataFrame(
        {"sku": [" A1 ", None], "quantity": [48, 2], "counted_at": [instant, None]}
    ).write_parquet(page)
    found = sheet(page.getvalue(), "stock.parquet")
    assert (found.form, found.header) == (Form.PARQUET, ("sku", "quantity", "counted_at"))
    assert list(found.records) == [(2, ["A1", 48, instant]), (3, ["", 2, ""])]


@pytest.mark.parametrize("form", [Form.XLSX, Form.PARQUET])
def test_damaged_files_are_refused_or_read_but_never_break(form):
    frame = pl.DataFrame({"code": [f"A{n}" for n in range(50)], "name": ["Mug"] * 50})
    page = io.BytesIO()
    if form is Form.XLSX:
        frame.write_excel(page)
    else:
        frame.write_parquet(page)
    chance = random.Random(7)
    for _ in range(150):
        content = bytearray(page.getvalue())
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        with contextlib.suppress(Refusal):
            list(sheet(bytes(content)).records)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
@example(b"sep=\n")
@example(b'"')
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(Refusal):
        list(sheet(content, "noise").records)


@given(st.text())
def test_escaping_is_undone(cell):
    assert unescaped(escaped(cell)) == cell
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))
