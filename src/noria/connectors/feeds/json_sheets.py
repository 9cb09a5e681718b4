"""JSON opened as a table: a list of objects, perhaps deep in others; each object is a line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from noria.connectors.files.model import Cell, FileUnreadable, Form, Record, Sheet

MARKS = (b"[", b"{")
LARGEST_DEPTH = 20


def is_json(content: bytes) -> bool:
    """Whether the first byte that is no blank begins a list or an object."""
    return content[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in MARKS


def sheet(content: bytes, name: str, rows_at: str) -> Sheet:
    """The objects at `rows_at` (`data.items`; empty: the whole) as records, numbered from 1.

    Raises:
        FileUnreadable: it is not JSON, or there is no list of objects at that place.
    """
    try:
        found: Any = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise _unreadable(name, f"it is not JSON ({problem})", "ce n'est pas du JSON") from None
    for step in [step for step in rows_at.split(".") if step][:LARGEST_DEPTH]:
        found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _unreadable(
            name,
            f"there is no list of objects at “{rows_at}”",
            f"il n'y a pas de liste d'objets à «\u202f{rows_at}\u202f»",
        )
    header = tuple(dict.fromkeys(str(key) for one in found for key in one))
    return Sheet(form=Form.CSV, header=header, header_line=0, records=_records(found, header))


def _records(found: Sequence[Mapping[str, Any]], header: Sequence[str]) -> Iterator[Record]:
    for number, one in enumerate(found, 1):
        yield number, [_cell(one.get(name)) for name in header]


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else value


def _unreadable(name: str, en: str, fr: str) -> FileUnreadable:
    return FileUnreadable(name=name, reason_en=en, reason_fr=fr)
