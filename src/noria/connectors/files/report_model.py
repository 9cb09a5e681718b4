"""What became of a file: which of its lines are new, which change something, what was wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from noria.connectors.files.model import FileKind, LineFault

EXAMPLES_KEPT = 20
"""Of what is new, and of what changes, the first so many lines are shown."""


class CellChange(Struct, frozen=True, kw_only=True):
    """What a cell changes, as a file writes it."""

    column: str
    before: str
    after: str


class LineExample(Struct, frozen=True, kw_only=True):
    """A line that changes something: what it names, and of what is there already, what differs."""

    line: int
    key: str
    is_new: bool
    changes: Sequence[CellChange] = ()


class Touched(Struct, frozen=True, kw_only=True):
    """Lines that change one thing: as it was before (None: it was not there), and as it is then."""

    lines: tuple[int, ...]
    key: str
    before: Any = None
    after: Any = None


class Wrote(Struct, frozen=True, kw_only=True):
    """How many lines were new, how many changed what was there, and the first of both."""

    new: int = 0
    changed: int = 0
    examples: tuple[LineExample, ...] = ()

    @property
    def lines(self) -> int:
        return self.new + self.changed

    def plus(self, other: "Wrote") -> "Wrote":
        both = (*self.examples, *other.examples)
        new = [one for one in both if one.is_new][:EXAMPLES_KEPT]
        changed = [one for one in both if not one.is_new][:EXAMPLES_KEPT]
        return Wrote(
            new=self.new + other.new,
            changed=self.changed + other.changed,
            examples=(*changed, *new),
        )


class ImportReport(Struct, frozen=True, kw_only=True):
    """What became of a file: lines read, good, written, and good but the same as what we have.

    `new` of those written say what was not there. `faults` are the first thousand of `fault_count`.
    Of a preview, `written` would be written.
    """

    kind: FileKind
    read: int
    good: int
    written: int
    unchanged: int
    fault_count: int
    new: int = 0
    examples: tuple[LineExample, ...] = ()
    faults: tuple[LineFault, ...] = ()
    is_preview: bool = False

    @property
    def told(self) -> str:
        """What became of it, in a line."""
        written = "to be written" if self.is_preview else "written"
        return (
            f"{self.read} lines read, {self.written} {written} ({self.new} of them new),"
            f" {self.unchanged} unchanged, {self.fault_count} faults"
        )


class ImportSummary(Struct, frozen=True, kw_only=True):
    """What became of a file, in numbers; its faults have an address of their own.

    Of those `written`, `new` lines say what was not there; the others change what was.
    `examples` are the first of both.
    """

    kind: FileKind
    read: int
    good: int
    written: int
    unchanged: int
    fault_count: int
    new: int = 0
    examples: Sequence[LineExample] = ()
    is_preview: bool = False


class ImportShown(Struct, frozen=True, kw_only=True):
    """A file that was sent in, by whom, and what became of it; until it is finished, nothing.

    A file that could not be read as a table is finished too, with that as its fault.
    """

    id: str
    name: str
    actor: str
    keep_good: bool
    asked_at: datetime
    finished_at: datetime | None
    summary: ImportSummary
