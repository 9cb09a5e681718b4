"""A file brought in: all of it or, if that was asked for, its good lines."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from psycopg.errors import DataError, IntegrityError

from noria.connectors.files import look_rules, report_rules, rules, sheets
from noria.connectors.files.columns import SPECS
from noria.connectors.files.model import (
    FAULTS_KEPT,
    BrokenRule,
    Faults,
    FileKind,
    Item,
    Sheet,
    Spec,
    refused,
)
from noria.connectors.files.report_model import ImportReport, Wrote
from noria.connectors.files.writers import WRITERS, Writer
from noria.kit import clock
from noria.kit.db import Connection, Database, savepoint, tried
from noria.kit.errors import Refusal

Progress = Callable[[int, int], None]
Refused = list[tuple[Item, Refusal]]


def import_file(
    db: Database,
    kind: FileKind,
    source: Path | str | bytes,
    *,
    actor: str,
    name: str = "",
    worksheet: str | None = None,
    nodes: Collection[str] | None = None,
    columns: Sequence[str] | None = None,
    keep_good: bool = False,
    is_preview: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Bring a file in, in one transaction; with a fault in it, nothing is written.

    With `keep_good` the faulty lines are left out and the others are written, slice by slice.
    `nodes` are those that the actor may count stock at; None means all. `columns` says what each
    column of the file is to us, where its header does not. `progress` is told how many lines are
    done, of how many. The same file again changes nothing; a preview never does.

    Raises:
        FileUnreadable, FileEmpty, FileTooLarge, WrongEncoding, ZeroBytes, WrongDelimiter,
        QuotesBroken, SheetUnknown: the file cannot be read as a table. Nothing was written.
        ColumnsOtherwise: `columns` are not as many as the file has.
    """
    spec = SPECS[kind]
    sheet = sheets.sheet(source, name, known=spec.names, worksheet=worksheet)
    if columns is not None:
        sheet = look_rules.renamed(sheet, columns, name=name or kind.value)
    return import_sheet(
        db,
        kind,
        sheet,
        actor=actor,
        nodes=nodes,
        keep_good=keep_good,
        is_preview=is_preview,
        progress=progress,
    )


def import_sheet(
    db: Database,
    kind: FileKind,
    sheet: Sheet,
    *,
    actor: str,
    nodes: Collection[str] | None = None,
    keep_good: bool = False,
    is_preview: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """What `import_file` does, with a sheet that is open already."""
    faults = Faults()
    items, read = rules.items(sheet, SPECS[kind], faults)
    run = _Run(WRITERS[kind], SPECS[kind], actor, progress or _say_nothing)
    good = db.run(lambda tx: run.writer.check(tx, items, nodes))
    for problem in good.faults:
        faults.add(problem)
    is_whole = not faults.count
    done = Wrote()
    refusals: Refused = []
    if is_preview:
        done, refusals = db.run(lambda tx: _try(tx, run, good.items))
    elif keep_good:
        done, refusals = _write_good(db, run, good.items)
    elif is_whole:
        done, refusals = db.run(lambda tx: _write_all(tx, run, good.items))
    for item, refusal in refusals:
        for line in item.lines:
            faults.add(refused(line, refusal))
    good_lines = read - len(faults.lines) if read else 0
    is_written = keep_good or not faults.count
    written = done.lines if is_written else 0
    return ImportReport(
        kind=kind,
        read=read,
        good=good_lines,
        written=written,
        unchanged=good_lines - written if is_written else 0,
        fault_count=faults.count,
        new=done.new if is_written else 0,
        examples=done.examples,
        faults=faults.sorted(),
        is_preview=is_preview,
    )


class _Run(Struct, frozen=True):
    writer: Writer
    spec: Spec
    actor: str
    progress: Progress

    def attempt(self, tx: Connection, items: Sequence[Item]) -> tuple[Wrote, Refused]:
        """Write the items, and if one is refused, all but that one; what the others changed."""
        if not items:
            return Wrote(), []
        try:
            with savepoint(tx):
                touched = self.writer.write(tx, items, self.actor, clock.now(tx))
            return report_rules.wrote(touched, self.spec), []
        except Refusal as refusal:
            problem = refusal
        except (IntegrityError, DataError) as broken:
            problem = BrokenRule(rule=broken.diag.constraint_name or broken.sqlstate)
        if len(items) == 1:
            return Wrote(), [(items[0], problem)]
        half = len(items) // 2
        first, refused_first = self.attempt(tx, items[:half])
        second, refused_second = self.attempt(tx, items[half:])
        return first.plus(second), refused_first + refused_second

    def slices(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """The items in the writer's portions; what came before is told as done."""
        done, total = 0, _lines(items)
        for start in range(0, len(items), self.writer.portion):
            self.progress(done, total)
            portion = items[start : start + self.writer.portion]
            yield portion
            done += _lines(portion)
        self.progress(done, total)


class _Undone(Exception):  # noqa: N818 - not an error: it takes back a savepoint
    """Something was refused, so nothing is written."""

    def __init__(self, refusals: Refused) -> None:
        super().__init__()
        self.refusals = refusals


def _write_all(tx: Connection, run: _Run, items: Sequence[Item]) -> tuple[Wrote, Refused]:
    """All of the items or none of them."""
    try:
        with savepoint(tx):
            return _write_portions(tx, run, items), []
    except _Undone as undone:
        return Wrote(), undone.refusals


def _write_portions(tx: Connection, run: _Run, items: Sequence[Item]) -> Wrote:
    written = Wrote()
    refusals: Refused = []
    for portion in run.slices(items):
        more, refused_here = run.attempt(tx, portion)
        written = written.plus(more)
        refusals += refused_here
        if len(refusals) >= FAULTS_KEPT:
            raise _Undone(refusals)  # enough to correct for one day
    more, refusals = run.attempt(tx, [item for item, _ in refusals])  # others may have made room
    if refusals:
        raise _Undone(refusals)
    return written.plus(more)


def _try(tx: Connection, run: _Run, items: Sequence[Item]) -> tuple[Wrote, Refused]:
    """What writing would come to, and what would be refused; all of it is taken back."""
    written = Wrote()
    refusals: Refused = []
    with tried(tx):
        for portion in run.slices(items):
            more, refused_here = run.attempt(tx, portion)
            written = written.plus(more)
            refusals += refused_here
        more, refusals = run.attempt(tx, [item for item, _ in refusals])
    return written.plus(more), refusals


def _write_good(db: Database, run: _Run, items: Sequence[Item]) -> tuple[Wrote, Refused]:
    """What can be written, a transaction a portion, so that nobody waits long for a lock."""
    written = Wrote()
    refusals: Refused = []
    for portion in run.slices(items):
        more, refused_here = db.run(partial(run.attempt, items=portion))
        written = written.plus(more)
        refusals += refused_here
    again = [item for item, _ in refusals]
    more, refusals = db.run(partial(run.attempt, items=again))
    return written.plus(more), refusals


def _lines(items: Sequence[Item]) -> int:
    return sum(len(item.lines) for item in items)


def _say_nothing(done: int, total: int) -> None:
    del done, total
