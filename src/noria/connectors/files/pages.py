"""docs/files.md, made of the columns and the reasons that the reader itself uses."""

import sys

from noria.connectors.files.cells import written
from noria.connectors.files.columns import SPECS
from noria.connectors.files.exports import TABLES
from noria.connectors.files.model import FAULTS_KEPT, REASONS, Column, FileKind, Spec
from noria.connectors.files.sheets import LARGEST_BYTES, MOST_COLUMNS, MOST_ROWS

PAGE = """\
# Files in and out

Bring a file in with `noria import KIND FILE` or `POST /v1/imports/KIND`; take one out with
`POST /v1/exports/KIND`. Both calls answer 202 with the address of a job.

A file is a CSV, an XLSX or a Parquet file; its first bytes say which, not its name. It has one
header, at most {rows:,} lines, {columns} columns and {megabytes} MB; what is sent to the API is
limited by `NORIA_BODY_LIMIT_BYTES` as well.

- **CSV**: UTF-8, or UTF-16 with a byte order mark. Columns are separated by comma, semicolon, tab
  or |; a cell that holds the separator, a quote or a line end stands in double quotes.
- **XLSX**: the first sheet, or the one that is named; of a formula, its value. A workbook knows no
  time zones, so instants are typed as text.
- **Parquet**: numbers, decimals, flags, days and instants with a zone keep their types. Its first
  record counts as line 2.

Headers may differ in case, blanks and hyphens: `Weight (g)` is `weight_g`. Blanks at both ends of a
cell are dropped. Numbers have no thousands separators; amounts have up to two decimals behind a
point or a comma. Nothing is guessed: what can be read in two ways is a fault.

**Other names.** `POST /v1/import-looks` reads the first lines of a file and says what it seems to
hold, what each column is to us and by what that was seen (our name, a word for it in English or
French, what stands in its cells), and which are missing; nothing is kept of it. `as`, once for each
column of the file in its order, then says what the columns are: `as=code&as=name&as=` leaves the
third out. Without `as`, the header has to say it.

**All or nothing.** One faulty line keeps the whole file out. With `--keep-good` (`keep_good=true`)
the faulty lines are left out and reported, and the others are written. The first
{faults:,} faults are kept, the rest are counted. A file whose header is wrong, or that is no table
at all, is refused in either case.

**Preview.** With `--preview` (`preview=true`) a file is read, checked and tried, and told which
lines would be new, which would change something, which say what is known, and which would be
refused; nothing of it is kept. The first 20 new lines and the first 20 that change something are
shown (`examples`), these with each cell that differs, before and after.

**The same file again changes nothing.** A column that a file does not have leaves what is known as
it is; an empty cell is the default. Of a count of stock that came before, to the last unit of a
node, no second is made: give `counted_at` to tell two days' equal counts apart.

**Lists** in a cell end their entries with `;`. An entry's own semicolon is written `\\;`, its own
backslash `\\\\`.

{kinds}
## What can be taken out

Files of `skus`, `nodes`, `zonings`, `tariffs`, `stock`, `keep-backs`, `channel-measures` and
`asns` (those still expected) have the columns above, and can be brought in again without a change.
They are kept for 7 days.

| Kind | Columns |
|---|---|
{exports}

A CSV of ours is UTF-8 with a header and commas. Text that a spreadsheet would take for a formula
(it begins with `=`, `+`, `-`, `@`, a tab or a line end) gets a single quote before it; the reader
takes it off again.

## What can be wrong with a line

| Code | It says |
|---|---|
{reasons}

What a room refuses (a barcode that names another SKU, an order id with other content) is reported
at its line under the code of that refusal, which docs/api.md lists. A file that is to be taken
whole is given up when a thousand lines were refused so.

This page is made by `python -m noria.connectors.files.pages > docs/files.md`.
"""
KIND = """\
## {title}

{about}

| Column | Required | Allowed | Default | Meaning | Example |
|---|---|---|---|---|---|
{columns}

"""
TITLES = {
    FileKind.CATALOG: "Catalog",
    FileKind.NETWORK: "Network",
    FileKind.ZONINGS: "Zonings",
    FileKind.TARIFFS: "Tariffs",
    FileKind.STOCK: "Stock",
    FileKind.ORDERS: "Orders",
    FileKind.KEEP_BACKS: "Rules of what is kept back",
    FileKind.ASNS: "ASNs",
    FileKind.MEASURES: "What channels did",
    FileKind.LOCATIONS: "Locations",
    FileKind.BOXES: "Boxes",
}


def files_page() -> str:
    """The reference of all files, as Markdown."""
    return PAGE.format(
        rows=MOST_ROWS,
        columns=MOST_COLUMNS,
        megabytes=LARGEST_BYTES // 1_000_000,
        faults=FAULTS_KEPT,
        kinds="".join(_kind(spec) for spec in SPECS.values()),
        exports="\n".join(
            f"| `{kind.value}` | {', '.join(f'`{name}`' for name in table.columns)} |"
            for kind, table in TABLES.items()
        ),
        reasons="\n".join(
            f"| `{code}` | {reason.en.replace('|', chr(92) + '|')} |"
            for code, reason in sorted(REASONS.items())
        ),
    )


def _kind(spec: Spec) -> str:
    return KIND.format(
        title=f"{TITLES[spec.kind]} (`{spec.kind.value}`)",
        about=spec.about,
        columns="\n".join(_column(column) for column in spec.columns),
    )


def _column(column: Column) -> str:
    is_empty = column.default is None or column.default in ("", ())
    default = "" if is_empty else f"`{written(column.shape.write(column.default))}`"
    required = "yes" if column.is_required else ""
    return (
        f"| `{column.name}` | {required} | {column.shape.allowed.en} | {default} |"
        f" {column.meaning} | `{column.example}` |"
    )


if __name__ == "__main__":
    sys.stdout.write(files_page())
