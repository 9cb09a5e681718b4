"""The nouns of a first look at a file: what it seems to hold, and what its columns are to us."""

from collections.abc import Sequence
from enum import Enum

from msgspec import Struct

from noria.connectors.files.model import FileKind, Form
from noria.kit.errors import Kind, Refusal, Text


class Because(Enum):
    """By what a column was recognised: by our own name, a word for it, nearly one, its cells."""

    NAMED = "named"
    WORD = "word"
    NEAR = "near"
    CELLS = "cells"


class LookColumn(Struct, frozen=True, kw_only=True):
    """A column of the file; `column` is what it is to us, null if nobody could say."""

    header: str
    column: str | None = None
    because: Because | None = None


class KnownColumn(Struct, frozen=True, kw_only=True):
    """A column that files of this kind may have."""

    name: str
    is_required: bool


class Look(Struct, frozen=True, kw_only=True):
    """A first look at a file: `rows` are its first lines, as they are written there.

    `kinds` are all that it might hold, the likeliest first; `missing` are the columns without
    which it cannot be brought in.
    """

    kind: FileKind
    kinds: Sequence[FileKind]
    form: Form
    columns: Sequence[LookColumn]
    known: Sequence[KnownColumn]
    missing: Sequence[str]
    rows: Sequence[Sequence[str]]


class ColumnsOtherwise(Refusal):
    code = "columns-otherwise"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{name}” has {found} columns, and {given} are named.",
        "«\u202f{name}\u202f» a {found} colonnes, et {given} sont nommées.",
    )
    do = Text(
        "Name one for each column of the file, in its order; an empty one is left out.",
        "Nommez-en une pour chaque colonne du fichier, dans l'ordre\u202f; vide, elle est omise.",
    )
