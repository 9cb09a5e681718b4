"""Uploads, faults and exported files as they lie in the database; private to this room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from noria.connectors.files.model import (
    ExportForm,
    ExportKind,
    FileKind,
    LineFault,
)
from noria.connectors.files.report_model import (
    ImportReport,
    ImportShown,
    ImportSummary,
    LineExample,
)
from noria.kit.db import Connection, row, rows
from noria.kit.errors import NotFound, Text

IMPORTS_KEPT, EXPORTS_KEPT = timedelta(days=30), timedelta(days=7)


class Import(Struct, frozen=True, kw_only=True):
    """A file that was sent in: what it is, who sent it, and where that actor may count."""

    id: str
    kind: FileKind
    name: str
    worksheet: str | None
    keep_good: bool
    is_preview: bool = False
    actor: str
    nodes: Sequence[str] | None
    columns: Sequence[str] | None = None
    """What each column of the file is to us; None: as its header says."""


class Export(Struct, frozen=True, kw_only=True):
    """A file that was asked for, and who may see it; without a size, it is not there yet."""

    id: str
    kind: ExportKind
    form: ExportForm
    actor: str
    nodes: Sequence[str] | None
    size_bytes: int | None = None


def claim_counts(tx: Connection, ids: Sequence[str]) -> list[str]:
    """Those of the counts that were never taken before, in order; they are now."""
    new = {
        count
        for (count,) in tx.execute(
            "insert into file_count (id) select unnest(%s::text[])"
            " on conflict do nothing returning id",
            [sorted(ids)],
        )
    }
    return [count for count in ids if count in new]


def add_import(tx: Connection, sent: Import, content: bytes) -> None:
    tx.execute(
        """
        insert into file_import
            (id, kind, name, worksheet, keep_good, is_preview, actor, nodes, columns)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            sent.id,
            sent.kind.value,
            sent.name,
            sent.worksheet,
            sent.keep_good,
            sent.is_preview,
            sent.actor,
            None if sent.nodes is None else list(sent.nodes),
            None if sent.columns is None else list(sent.columns),
        ],
    )
    tx.execute("insert into upload (import_id, content) values (%s, %s)", [sent.id, content])


def sent(tx: Connection, import_id: str) -> Import:
    """What was sent in under this id.

    Raises:
        NotFound: nothing was, or it was forgotten.
    """
    found = row(
        tx,
        _import,
        "select id, kind, name, worksheet, keep_good, is_preview, actor, nodes, columns"
        " from file_import where id = %s",
        [import_id],
    )
    if found is None:
        raise NotFound(what="import", id=import_id)
    return found


def _import(kind: str, **columns: object) -> Import:
    return Import(kind=FileKind(kind), **columns)  # type: ignore[arg-type]  # the query's columns


def content(tx: Connection, import_id: str) -> bytes | None:
    """The bytes that were sent, until they have been read."""
    found = tx.execute("select content from upload where import_id = %s", [import_id]).fetchone()
    return None if found is None else bytes(found[0])


def finish_import(tx: Connection, import_id: str, report: ImportReport) -> None:
    """Write what became of a file, and drop its bytes."""
    tx.execute("delete from upload where import_id = %s", [import_id])
    tx.execute(
        """
        update file_import
        set finished_at = now(), lines_read = %s, lines_good = %s, lines_written = %s,
            lines_unchanged = %s, fault_count = %s, lines_new = %s, examples = %s
        where id = %s
        """,
        [
            report.read,
            report.good,
            report.written,
            report.unchanged,
            report.fault_count,
            report.new,
            msgspec.json.encode(report.examples).decode(),
            import_id,
        ],
    )
    with tx.cursor() as cursor:
        cursor.executemany(
            """
            insert into import_fault
                (import_id, number, line, column_name, code, says_en, says_fr)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (import_id, number, one.line, one.column, one.code, one.says.en, one.says.fr)
                for number, one in enumerate(report.faults)
            ],
        )


def summary(tx: Connection, import_id: str) -> ImportSummary | None:
    """What became of a file that has been read."""
    return row(
        tx,
        _summary,
        """
        select kind, lines_read as read, lines_good as good, lines_written as written,
            lines_unchanged as unchanged, fault_count, is_preview, lines_new as new, examples
        from file_import
        where id = %s and finished_at is not null
        """,
        [import_id],
    )


def _summary(*, kind: str, examples: Any, **columns: Any) -> ImportSummary:
    shown = msgspec.convert(examples, list[LineExample])
    return ImportSummary(kind=FileKind(kind), examples=shown, **columns)


def imports(
    tx: Connection,
    *,
    actor: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[ImportShown]:
    """Files that were sent in, newest first, of one actor or of all; `before` is the last seen."""
    return rows(
        tx,
        _shown,
        """
        select id, name, actor, keep_good, asked_at, finished_at, kind, lines_read as read,
            lines_good as good, lines_written as written, lines_unchanged as unchanged,
            fault_count, is_preview, lines_new as new, '[]'::jsonb as examples
        from file_import
        where (%(actor)s::text is null or actor = %(actor)s)
            and (%(at)s::timestamptz is null or (asked_at, id) < (%(at)s, %(id)s))
        order by asked_at desc, id desc
        limit %(limit)s
        """,
        {
            "actor": actor,
            "at": before and before[0],
            "id": before and before[1],
            "limit": limit,
        },
    )


def _shown(**columns: Any) -> ImportShown:
    names = ("id", "name", "actor", "keep_good", "asked_at", "finished_at")
    own = {name: columns.pop(name) for name in names}
    return ImportShown(**own, summary=_summary(**columns))


def faults(
    tx: Connection, import_id: str, *, after: int, limit: int
) -> list[tuple[int, LineFault]]:
    """The faults of an import in the order of its lines, numbered, beyond `after`."""
    return rows(
        tx,
        _fault,
        """
        select number, line, column_name, code, says_en, says_fr
        from import_fault
        where import_id = %s and number > %s
        order by number
        limit %s
        """,
        [import_id, after, limit],
    )


def _fault(
    number: int, line: int, column_name: str, code: str, says_en: str, says_fr: str
) -> tuple[int, LineFault]:
    return number, LineFault(line=line, column=column_name, code=code, says=Text(says_en, says_fr))


def add_export(tx: Connection, asked: Export) -> None:
    tx.execute(
        "insert into file_export (id, kind, form, actor, nodes) values (%s, %s, %s, %s, %s)",
        [
            asked.id,
            asked.kind.value,
            asked.form.value,
            asked.actor,
            None if asked.nodes is None else list(asked.nodes),
        ],
    )


def export(tx: Connection, export_id: str) -> Export:
    """What was asked for under this id.

    Raises:
        NotFound: nothing was, or it was forgotten.
    """
    found = row(
        tx,
        _export,
        """
        select id, kind, form, actor, nodes,
            case when finished_at is not null then size_bytes end as size_bytes
        from file_export
        where id = %s
        """,
        [export_id],
    )
    if found is None:
        raise NotFound(what="export", id=export_id)
    return found


def _export(kind: str, form: str, **columns: object) -> Export:
    return Export(kind=ExportKind(kind), form=ExportForm(form), **columns)  # type: ignore[arg-type]  # the query's columns


def add_chunk(tx: Connection, export_id: str, number: int, content: bytes) -> None:
    tx.execute(
        "insert into export_chunk (export_id, number, content) values (%s, %s, %s)",
        [export_id, number, content],
    )


def finish_export(tx: Connection, export_id: str, *, size_bytes: int) -> None:
    tx.execute(
        "update file_export set finished_at = now(), size_bytes = %s where id = %s",
        [size_bytes, export_id],
    )


def chunk(tx: Connection, export_id: str, number: int) -> bytes | None:
    """One piece of an exported file, from 0; None beyond its end."""
    found = tx.execute(
        "select content from export_chunk where (export_id, number) = (%s, %s)",
        [export_id, number],
    ).fetchone()
    return None if found is None else bytes(found[0])


def forget_old(tx: Connection) -> int:
    """Drop imports (with faults) and exports that are older than we promise to keep them."""
    gone = tx.execute(
        "delete from file_import where asked_at < now() - %s", [IMPORTS_KEPT]
    ).rowcount
    return (
        gone
        + tx.execute("delete from file_export where asked_at < now() - %s", [EXPORTS_KEPT]).rowcount
    )
