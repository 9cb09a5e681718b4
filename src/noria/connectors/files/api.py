"""Bulk files at the door: each one becomes a job, and is done by the worker."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import Meta, Struct

from noria.connectors.files import exports, look_rules, sheets, store
from noria.connectors.files.columns import SPECS
from noria.connectors.files.look_model import Look
from noria.connectors.files.media import CSV_TYPE, PARQUET_TYPE, TAKEN, check_type
from noria.connectors.files.model import (
    EXPORT_JOB,
    FAULTS_KEPT,
    IMPORT_JOB,
    CellType,
    ExportForm,
    ExportKind,
    FileKind,
)
from noria.connectors.files.report_model import ImportShown
from noria.connectors.files.sheets import MOST_COLUMNS
from noria.kit import jobs
from noria.kit.auth import Actor, Permission
from noria.kit.db import Connection, Database
from noria.kit.errors import Fault, Invalid, Kind, Refusal, Text, Unavailable
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCursor,
    QueryLimit,
    cursor,
    page,
    posts,
    reads,
)

WRITES = {
    FileKind.CATALOG: Permission.CATALOG_WRITE,
    FileKind.NETWORK: Permission.NETWORK_WRITE,
    FileKind.ZONINGS: Permission.NETWORK_WRITE,
    FileKind.TARIFFS: Permission.NETWORK_WRITE,
    FileKind.STOCK: Permission.STOCK_WRITE,
    FileKind.ORDERS: Permission.ORDERS_WRITE,
    FileKind.KEEP_BACKS: Permission.PROMISE_WRITE,
    FileKind.ASNS: Permission.SUPPLY_WRITE,
    FileKind.MEASURES: Permission.POLICIES_WRITE,
    FileKind.LOCATIONS: Permission.FULFILMENT_MANAGE,
    FileKind.BOXES: Permission.FULFILMENT_MANAGE,
}
READS = {
    ExportKind.SKUS: Permission.CATALOG_READ,
    ExportKind.NODES: Permission.NETWORK_READ,
    ExportKind.ZONINGS: Permission.NETWORK_READ,
    ExportKind.TARIFFS: Permission.NETWORK_READ,
    ExportKind.STOCK: Permission.STOCK_READ,
    ExportKind.BALANCES: Permission.STOCK_READ,
    ExportKind.MOVEMENTS: Permission.STOCK_READ,
    ExportKind.ORDERS: Permission.ORDERS_READ,
    ExportKind.KEEP_BACKS: Permission.PROMISE_READ,
    ExportKind.ASNS: Permission.SUPPLY_READ,
    ExportKind.MEASURES: Permission.POLICIES_READ,
    ExportKind.LOCATIONS: Permission.FULFILMENT_READ,
    ExportKind.BOXES: Permission.FULFILMENT_READ,
    ExportKind.SERVICES: Permission.NETWORK_READ,
    ExportKind.LANES: Permission.NETWORK_READ,
    ExportKind.CHANNELS: Permission.CATALOG_READ,
    ExportKind.EXCLUSIONS: Permission.CATALOG_READ,
    ExportKind.ASSORTMENT: Permission.PROMISE_READ,
    ExportKind.NETWORKS: Permission.PROMISE_READ,
    ExportKind.TERMS: Permission.PARTNERS_READ,
    ExportKind.PURCHASES: Permission.SUPPLY_READ,
    ExportKind.TRANSFERS: Permission.SUPPLY_READ,
    ExportKind.RECEIPTS: Permission.SUPPLY_READ,
    ExportKind.PROMISES: Permission.PROMISE_READ,
}
KEPT_WHOLE = frozenset(
    {
        FileKind.CATALOG,
        FileKind.NETWORK,
        FileKind.ZONINGS,
        FileKind.TARIFFS,
        FileKind.KEEP_BACKS,
        FileKind.MEASURES,
    }
)
"""What belongs to the whole network, so that nobody may bring it in for a few nodes only."""


LOOK_PATIENCE_S = 5.0
_seat = threading.Lock()
"""One look at a time: a file unfolds in the memory of this process, beside all else it does."""

FAULT_COLUMNS = {
    "line": CellType.WHOLE,
    "column": CellType.TEXT,
    "fault": CellType.TEXT,
    "code": CellType.TEXT,
}
"""What a file of faults says of each."""


class ExportNotReady(Refusal):
    code = "export-not-ready"
    kind = Kind.CONFLICT
    says = Text("The file is not written yet.", "Le fichier n'est pas encore écrit.")
    do = Text(
        "Wait until the job /v1/jobs/{id} is done.",
        "Attendez que la tâche /v1/jobs/{id} soit terminée.",
    )


class FileJob(Struct, frozen=True, kw_only=True):
    """A job was asked for: where to watch it, and where its outcome will be."""

    id: Annotated[str, Meta(examples=["0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44"])]
    job: Annotated[str, Meta(examples=["/v1/jobs/0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44"])]
    outcome: Annotated[
        str, Meta(examples=["/v1/imports/0193a5f2-7c11-7d5e-9b1f-2f6f0c1a9d44/faults"])
    ]


KeepGood = Annotated[
    bool, QueryParameter(description="Write the good lines though others are faulty.")
]
QueryKind = Annotated[
    FileKind | None, QueryParameter(description="What it holds; without it, that is guessed.")
]
Preview = Annotated[
    bool, QueryParameter(description="Read it and say what it would change, and change nothing.")
]
FileName = Annotated[
    str, QueryParameter(max_length=200, description="What the file is called, for its messages.")
]
Worksheet = Annotated[
    str | None,
    QueryParameter(max_length=31, description="The sheet of a workbook; without it, the first."),
]
Columns = Annotated[
    list[str] | None,
    QueryParameter(
        name="as",
        max_items=MOST_COLUMNS,
        description="What each column of the file is to us, in its order; empty: it is left out."
        " Without it, the header says so.",
    ),
]
QueryForm = Annotated[ExportForm, QueryParameter(description="How the file is written.")]


@posts("/imports/{kind:str}", Permission.IMPORT, status_code=202, opt={"media": TAKEN})
def post_import(
    kind: FromPath[FileKind],
    body: bytes,
    request: Request[Any, Any, Any],
    door: NamedDependency[Door],
    *,
    name: FileName = "",
    worksheet: Worksheet = None,
    columns: Columns = None,
    keep_good: KeepGood = False,
    preview: Preview = False,
) -> Response[FileJob]:
    """Bring in a file of SKUs, nodes, stock, orders, rules or ASNs, as CSV, XLSX or Parquet.

    docs/files.md lists the columns. Unless `keep_good` is set, one faulty line keeps the whole
    file out. It takes the permission to write what the file holds as well; catalog and network
    take it at every node.
    """
    check_type(request.headers.get("content-type", ""))
    nodes = _reach(door.actor, kind)

    def ask(tx: Connection, now: datetime) -> FileJob:
        del now
        job = jobs.enqueue(tx, IMPORT_JOB, {}, asked_by=door.actor.id, lock=f"import:{kind.value}")
        sent = store.Import(
            id=job,
            kind=kind,
            name=name or kind.value,
            worksheet=worksheet,
            keep_good=keep_good,
            is_preview=preview,
            actor=door.actor.id,
            nodes=nodes,
            columns=columns,
        )
        store.add_import(tx, sent, body)
        return FileJob(id=job, job=f"/v1/jobs/{job}", outcome=f"/v1/imports/{job}/faults")

    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    said = [preview] if preview else []
    content = [kind.value, digest, name, worksheet, keep_good, *said, *(columns or ())]
    return _told_where(door.act(content, ask, status=202))


@posts("/import-looks", Permission.IMPORT, opt={"media": TAKEN})
def post_look(
    body: bytes,
    request: Request[Any, Any, Any],
    *,
    kind: QueryKind = None,
    name: FileName = "",
    worksheet: Worksheet = None,
) -> Look:
    """What a file seems to hold, and what its columns are to us; nothing is kept of it.

    Bring it in with `as`, the columns as they are here, or as somebody has put them right. The
    first megabyte of a CSV, cut behind a line, is enough; a file has 50 MB at most.
    """
    check_type(request.headers.get("content-type", ""))
    known = sorted({column for spec in SPECS.values() for column in spec.names})
    if not _seat.acquire(timeout=LOOK_PATIENCE_S):
        raise Unavailable(retry_after_s=int(LOOK_PATIENCE_S))
    try:
        sheet = sheets.sheet(body, name, known=known, worksheet=worksheet, is_look=True)
        return look_rules.look(sheet, kind)
    finally:
        _seat.release()


@reads("/imports", Permission.IMPORT)
def get_imports(
    door: NamedDependency[Door], page_cursor: QueryCursor = None, limit: QueryLimit = PAGE
) -> Page[ImportShown]:
    """Files that were sent in, newest first, for 30 days: one's own, or for all nodes, all."""
    before = _before(page_cursor)
    is_everywhere = door.actor.nodes(Permission.IMPORT) is None
    found = door.read(
        lambda tx: store.imports(
            tx,
            actor=None if is_everywhere else door.actor.id,
            before=before,
            limit=limit + 1,
        )
    )
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/imports/{import_id:str}/faults", Permission.IMPORT)
def get_faults(
    import_id: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Fault]:
    """What was wrong with a file, line by line: the first thousand faults, kept for 30 days."""
    shown = cursor(page_cursor, 1) or [-1]
    if not isinstance(shown[0], int):
        shown = [-1]

    def ask(tx: Connection) -> list[tuple[int, Fault]]:
        _check_own(door.actor, Permission.IMPORT, store.sent(tx, import_id).actor)
        found = store.faults(tx, import_id, after=int(shown[0]), limit=limit + 1)
        return [(number, fault.told(door.actor.language)) for number, fault in found]

    numbered = page(door.read(ask), limit, lambda one: (one[0],))
    return Page([fault for _, fault in numbered.items], numbered.next)


@reads("/imports/{import_id:str}/faults/file", Permission.IMPORT, media_type=CSV_TYPE)
def get_faults_file(import_id: PathCode, door: NamedDependency[Door]) -> Response[bytes]:
    """The same as a CSV, to mend a file by: line, column, what is wrong, its code."""

    def ask(tx: Connection) -> list[Sequence[Any]]:
        _check_own(door.actor, Permission.IMPORT, store.sent(tx, import_id).actor)
        found = store.faults(tx, import_id, after=-1, limit=FAULTS_KEPT)
        told = [(one, one.told(door.actor.language)) for _, one in found]
        return [(one.line or None, one.column, said.message, one.code) for one, said in told]

    content = b"".join(exports.csv_chunks(FAULT_COLUMNS, door.read(ask)))
    headers = {
        "Content-Type": f"{CSV_TYPE}; charset=utf-8; header=present",
        "Content-Disposition": f'attachment; filename="noria-faults-{import_id}.csv"',
    }
    return Response(content, headers=headers)


@posts("/exports/{kind:str}", Permission.EXPORT, status_code=202)
def post_export(
    kind: FromPath[ExportKind], door: NamedDependency[Door], form: QueryForm = ExportForm.CSV
) -> Response[FileJob]:
    """Write a table into a file, kept for 7 days: stock, orders, the network, the catalog.

    It holds the nodes that the asker reaches. What can be brought in has the same columns.
    """
    door.actor.must(READS[kind])
    nodes = _both(door.actor, Permission.EXPORT, READS[kind])

    def ask(tx: Connection, now: datetime) -> FileJob:
        del now
        job = jobs.enqueue(tx, EXPORT_JOB, {}, asked_by=door.actor.id)
        asked = store.Export(id=job, kind=kind, form=form, actor=door.actor.id, nodes=nodes)
        store.add_export(tx, asked)
        return FileJob(id=job, job=f"/v1/jobs/{job}", outcome=f"/v1/exports/{job}/file")

    return _told_where(door.act([kind.value, form.value], ask, status=202))


@reads("/exports/{export_id:str}/file", Permission.EXPORT, media_type=CSV_TYPE)
def get_file(export_id: PathCode, door: NamedDependency[Door]) -> Response[bytes]:
    """The file that was asked for, once its job is done."""
    asked = door.read(lambda tx: store.export(tx, export_id))
    _check_own(door.actor, Permission.EXPORT, asked.actor)
    if asked.size_bytes is None:
        raise ExportNotReady(id=export_id, retry_after_s=2)
    file_name = f"noria-{asked.kind.value}.{asked.form.value}"
    return Stream(  # type: ignore[return-value]  # a Response of bytes, in pieces
        _pieces(door.db, export_id),
        headers={
            "Content-Type": f"{CSV_TYPE}; charset=utf-8; header=present"
            if asked.form is ExportForm.CSV
            else PARQUET_TYPE,
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Content-Length": str(asked.size_bytes),
        },
    )


def _before(token: str | None) -> tuple[datetime, str] | None:
    key = cursor(token, 2)
    if key is None:
        return None
    try:
        return datetime.fromisoformat(str(key[0])), str(key[1])
    except ValueError:
        raise Invalid(faults=[Fault("/cursor", "this is not a cursor that we gave out")]) from None


def _reach(actor: Actor, kind: FileKind) -> list[str] | None:
    """The nodes whose lines the actor may bring in; None: all."""
    actor.must(WRITES[kind])
    if kind in KEPT_WHOLE:
        actor.must_everywhere(Permission.IMPORT)
        actor.must_everywhere(WRITES[kind])
    return _both(actor, Permission.IMPORT, WRITES[kind])


def _both(actor: Actor, first: Permission, second: Permission) -> list[str] | None:
    """The nodes at which the actor has both permissions; None: all."""
    here, there = actor.nodes(first), actor.nodes(second)
    if here is None or there is None:
        return there if here is None else here
    return [node for node in here if node in there]


def _check_own(actor: Actor, permission: Permission, owner: str) -> None:
    """Others' files are for those alone who hold the permission at every node."""
    if actor.id != owner:
        actor.must_everywhere(permission)


def _told_where(answer: Response[FileJob]) -> Response[FileJob]:
    """The answer with the address of its job in the header that HTTP has for it."""
    encoded: Any = answer.content
    answer.headers["Location"] = msgspec.json.decode(encoded, type=FileJob).job
    return answer


def _pieces(db: Database, export_id: str) -> Iterator[bytes]:
    """The file, a transaction a piece, so that a slow reader holds nothing."""
    number = 0
    while True:
        with db.transaction() as tx:
            piece = store.chunk(tx, export_id, number)
        if piece is None:
            return
        yield piece
        number += 1


routes = [
    post_look,
    post_import,
    get_imports,
    get_faults,
    get_faults_file,
    post_export,
    get_file,
]
