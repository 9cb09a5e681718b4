"""CSV opened: its encoding and its separator are found out, and checked, before a line is read."""

import codecs
import csv
from collections.abc import Callable, Collection, Iterator
from io import TextIOWrapper
from typing import BinaryIO

from noria.connectors.files.columns import column_name
from noria.connectors.files.model import (
    FileEmpty,
    Form,
    QuotesBroken,
    Record,
    Sheet,
    WrongDelimiter,
    WrongEncoding,
    ZeroBytes,
    shorten,
)

DELIMITERS = ",;\t|"
UNTRIED_DELIMITERS = "^~:!/# "
CHUNK_BYTES = 1 << 20
LONGEST_HEADER = 100_000
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
Opener = Callable[[], BinaryIO]


def sheet(opener: Opener, name: str, known: Collection[str]) -> Sheet:
    """The file behind `opener`; it is opened again for the records, so none stays open unread."""
    encoding = _encoding(opener, name)
    skipped, first = _first_line(opener, encoding, name)
    delimiter = _announced(first)
    if delimiter:
        skipped += 1
    else:
        delimiter = _delimiter(first, name, known)
    records = _records(opener, name, encoding, delimiter, skipped)
    header_line, header = next(records, (0, ()))
    if not header:
        raise FileEmpty(name=name)
    return Sheet(form=Form.CSV, header=tuple(header), header_line=header_line, records=records)


def _encoding(opener: Opener, name: str) -> str:
    """The encoding that the whole file was checked to be in, as Python calls it."""
    with opener() as file:
        start = file.read(4)
        encoding, spoken = next(
            ((codec, words) for mark, codec, words in MARKS if start.startswith(mark)),
            ("utf-8", "UTF-8"),
        )
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        position = 0
        while True:
            chunk = file.read(CHUNK_BYTES)
            held_back = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                wrong_at = position - held_back + problem.start
                raise _wrong_encoding(name, spoken, wrong_at, problem.object) from None
            if "\0" in text:
                raise _zero_bytes(name, chunk, position)
            if not chunk:
                return encoding
            position += len(chunk)


def _wrong_encoding(name: str, spoken: str, position: int, around: bytes) -> WrongEncoding:
    guess_en, guess_fr = "", ""
    if spoken == "UTF-8":
        try:
            around.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            guess_en = "; it looks like Windows-1252 (ANSI)"
            guess_fr = "\u202f; il semble en Windows-1252 (ANSI)"
    return WrongEncoding(
        name=name, encoding=spoken, position=position, guess_en=guess_en, guess_fr=guess_fr
    )


def _zero_bytes(name: str, chunk: bytes, position: int) -> ZeroBytes:
    looks_wide = chunk.count(b"\0") > len(chunk) // 3
    return ZeroBytes(
        name=name,
        position=position + max(chunk.find(b"\0"), 0),
        guess_en=", or it is UTF-16 without a byte order mark" if looks_wide else "",
        guess_fr=", ou il est en UTF-16 sans marque d'ordre des octets" if looks_wide else "",
    )


def _first_line(opener: Opener, encoding: str, name: str) -> tuple[int, str]:
    """The first line that is not blank, and how many lines stand above it."""
    with opener() as raw, TextIOWrapper(raw, encoding, newline=None) as text:
        skipped = 0
        while line := text.readline(LONGEST_HEADER):
            if line.strip():
                return skipped, line.rstrip("\n")
            skipped += 1
    raise FileEmpty(name=name)


def _announced(first: str) -> str:
    """The separator that Excel's own first line, `sep=;`, announces; empty if there is none."""
    start, separator = first[:4].lower(), first[4:].strip(" \"'") or first[4:5]
    return separator if start == "sep=" and len(separator) == 1 else ""


def _delimiter(first: str, name: str, known: Collection[str]) -> str:
    """The separator under which most known columns, then most columns, appear in the header."""

    def score(delimiter: str) -> tuple[int, int]:
        cells = _split(first, delimiter)
        return len({column_name(cell) for cell in cells} & set(known)), len(cells)

    best = max(DELIMITERS, key=score)
    if len(_split(first, best)) > 1:
        return best
    guess = max(UNTRIED_DELIMITERS, key=score)
    is_guess = len(_split(first, guess)) > 1
    raise WrongDelimiter(
        name=name,
        seen=shorten(first),
        guess_en=f"; it looks separated by “{guess}”" if is_guess else "",
        guess_fr=f"\u202f; elle semble séparée par «\u202f{guess}\u202f»" if is_guess else "",
    )


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _records(
    opener: Opener, name: str, encoding: str, delimiter: str, skipped: int
) -> Iterator[Record]:
    with opener() as raw, TextIOWrapper(raw, encoding, newline="") as text:
        for _ in range(skipped):
            text.readline()
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        end = skipped
        try:
            for cells in reader:
                line, end = end + 1, skipped + reader.line_num
                if cells:
                    yield (
                        line,
                        [
                            unescaped(cell) if cell[:1] == "'" else cell
                            for cell in map(str.strip, cells)
                        ],
                    )
        except csv.Error as problem:
            raise QuotesBroken(name=name, line=end + 1, reason=str(problem)) from None


RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection)."""


def escaped(cell: str) -> str:
    """Text that no spreadsheet will run: a quote is put before whatever could start a formula."""
    return f"'{cell}" if cell.lstrip("'").startswith(RISKY_STARTS) else cell


def unescaped(cell: str) -> str:
    """What `escaped` was given."""
    is_escaped = cell.startswith("'") and cell.lstrip("'").startswith(RISKY_STARTS)
    return cell[1:] if is_escaped else cell
