"""The reference that people read is the one that the reader obeys."""

from pathlib import Path

from noria.connectors.files.columns import SPECS
from noria.connectors.files.exports import TABLES
from noria.connectors.files.model import ExportKind, FileKind
from noria.connectors.files.pages import files_page

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_what_the_columns_say():
    assert (DOCS / "files.md").read_text() == files_page()


def test_every_kind_is_described():
    assert set(SPECS) == set(FileKind)
    assert set(TABLES) == set(ExportKind)
