"""The nouns of a first hour: what is there, what is doubtful in it, how right the book may be."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from msgspec import Struct

from noria.kit.errors import Text


class Weight(Enum):
    """What comes of it: nothing is sent or promised, promises are wrong, work goes slower."""

    STOPS = "stops"
    BENDS = "bends"
    SLOWS = "slows"


class Subject(Enum):
    """What a finding is about, and so where it is put right."""

    SKU = "sku"
    NODE = "node"
    SHELF = "shelf"
    ORDER = "order"
    FILE = "file"


class Question(Struct, frozen=True, kw_only=True):
    """One question of what was brought.

    `statement` answers with a row for each finding (`key, sku, node, units, words`), each with a
    key of its own; `looked_at` counts what the question is asked of. If it `names_customers`, its
    words are for who may read orders everywhere.
    """

    name: str
    weight: Weight
    subject: Subject
    asks: Text
    why: Text
    do: Text
    statement: str
    looked_at: str
    names_customers: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """How much a question found, of how much it looked at."""

    check: str
    found: int
    of: int


class Check(Struct, frozen=True, kw_only=True):
    """A question with its answer: `found` of `of`; `why` it matters, and what to `do`."""

    check: str
    weight: Weight
    subject: Subject
    asks: str
    why: str
    do: str
    found: int
    of: int


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that a check found; `units` and `words` say what is odd about it."""

    key: str
    sku: str | None
    node: str | None
    units: int | None
    words: str


class Basis(Enum):
    """What a guess of accuracy rests on.

    Random samples; counts of shelves that were thought to be wrong, so that it is rather better;
    or what facts have shown since the last look, so that it is rather worse.
    """

    SAMPLES = "samples"
    COUNTS = "counts"
    SIGNALS = "signals"


class Tried(Struct, frozen=True, kw_only=True):
    """Records that were tried in some way, and those that were right."""

    tried: int
    right: int


class Guess(Struct, frozen=True, kw_only=True):
    """How many of the book's records are right, from `lower` to `upper` with 95 % confidence."""

    basis: Basis
    tried: int
    estimate: float
    lower: float
    upper: float


class Emptiness(Struct, frozen=True):
    """Whether there is no SKU and no node yet."""

    is_empty: bool


class FirstHour(Struct, frozen=True, kw_only=True):
    """How much of a retailer is there. Empty: no SKU and no node yet.

    `shelves` are SKUs at nodes of which there is anything, `orders` is null for who sees some
    nodes only.
    """

    is_empty: bool
    skus: int
    nodes: int
    stores: int
    channels: int
    services: int
    shelves: int
    orders: int | None


class Checked(Struct, frozen=True, kw_only=True):
    """What was asked of all that was brought, what to put right first comes first.

    It was found `at` that instant, and is told as it was then; with `Cache-Control: no-cache`, it
    is asked anew.
    """

    at: datetime
    checks: Sequence[Check]
    accuracy: Guess | None


class Looked(Struct, frozen=True, kw_only=True):
    """What a look at all that was brought found, in nobody's language."""

    answers: Sequence[Answer]
    accuracy: Guess | None
