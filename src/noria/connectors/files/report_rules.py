"""What lines of a file change, told as the file writes it: values in, values out."""

from collections.abc import Iterable
from typing import Any

from noria.connectors.files.cells import written
from noria.connectors.files.model import Spec
from noria.connectors.files.report_model import (
    EXAMPLES_KEPT,
    CellChange,
    LineExample,
    Touched,
    Wrote,
)


def wrote(touched: Iterable[Touched], spec: Spec) -> Wrote:
    """How many lines are new and how many change something, with the first of both."""
    new = changed = 0
    examples: list[LineExample] = []
    for one in touched:
        count = new if one.before is None else changed
        if one.before is None:
            new += len(one.lines)
        else:
            changed += len(one.lines)
        if count < EXAMPLES_KEPT:
            examples.append(_example(one, spec))
    return Wrote(new=new, changed=changed).plus(Wrote(examples=tuple(examples)))


def _example(one: Touched, spec: Spec) -> LineExample:
    is_new = one.before is None
    changes = () if is_new else _changes(one.before, one.after, spec)
    return LineExample(line=one.lines[0], key=one.key, is_new=is_new, changes=changes)


def _changes(before: Any, after: Any, spec: Spec) -> tuple[CellChange, ...]:
    """The cells that differ; none where a line is but a part of what it changes."""
    told = []
    for column in spec.columns:
        if not hasattr(before, column.field) or not hasattr(after, column.field):
            continue
        was, becomes = getattr(before, column.field), getattr(after, column.field)
        if was != becomes:
            told.append(
                CellChange(
                    column=column.name,
                    before="" if was is None else written(column.shape.write(was)),
                    after="" if becomes is None else written(column.shape.write(becomes)),
                )
            )
    return tuple(told)
