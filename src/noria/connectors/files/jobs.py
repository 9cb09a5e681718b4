"""What the worker does with files: bring one in, take one out, forget the old ones."""

from noria.connectors.files import exports, store
from noria.connectors.files.actions import import_file
from noria.connectors.files.model import (
    EXPORT_JOB,
    IMPORT_JOB,
    refused,
)
from noria.connectors.files.report_model import ImportReport, ImportSummary
from noria.kit.db import Database
from noria.kit.errors import Kind, Refusal
from noria.kit.jobs import Progress, periodic, task

PASSING = frozenset({Kind.UNAVAILABLE, Kind.TOO_MANY})


@task(IMPORT_JOB)
def run_import(progress: Progress) -> ImportSummary:
    """Bring the uploaded file in. A second attempt finds what the first one finished."""
    db, import_id = progress.db, progress.job.id
    with db.transaction() as tx:
        sent = store.sent(tx, import_id)
        content = store.content(tx, import_id)
        done = store.summary(tx, import_id)
    if done is not None:
        return done
    assert content is not None, "an upload stays until its import is finished"
    try:
        report = import_file(
            db,
            sent.kind,
            content,
            actor=sent.actor,
            name=sent.name,
            worksheet=sent.worksheet,
            nodes=sent.nodes,
            columns=sent.columns,
            keep_good=sent.keep_good,
            is_preview=sent.is_preview,
            progress=progress.step,
        )
    except Refusal as refusal:
        if refusal.kind not in PASSING:
            _finish(db, import_id, _unread(sent, refusal))
        raise
    return _finish(db, import_id, report)


def _unread(sent: store.Import, refusal: Refusal) -> ImportReport:
    """The report of a file that is no table at all."""
    return ImportReport(
        kind=sent.kind,
        read=0,
        good=0,
        written=0,
        unchanged=0,
        fault_count=1,
        is_preview=sent.is_preview,
        faults=(refused(0, refusal),),
    )


def _finish(db: Database, import_id: str, report: ImportReport) -> ImportSummary:
    with db.transaction() as tx:
        store.finish_import(tx, import_id, report)
        done = store.summary(tx, import_id)
    assert done is not None
    return done


@task(EXPORT_JOB)
def run_export(progress: Progress) -> dict[str, int]:
    """Write the file that was asked for, as everything stood at one instant."""
    with progress.db.transaction() as tx:
        tx.execute("set transaction isolation level repeatable read")
        asked = store.export(tx, progress.job.id)
        if asked.size_bytes is not None:
            return {"bytes": asked.size_bytes}
        size_bytes = 0
        for number, content in enumerate(exports.chunks(tx, asked.kind, asked.form, asked.nodes)):
            store.add_chunk(tx, asked.id, number, content)
            size_bytes += len(content)
            progress.step(size_bytes)
        store.finish_export(tx, asked.id, size_bytes=size_bytes)
    return {"bytes": size_bytes}


@periodic("files.forget", "17 3 * * *")
def forget(db: Database) -> None:
    """Drop what is older than we promise to keep it."""
    with db.transaction() as tx:
        store.forget_old(tx)
