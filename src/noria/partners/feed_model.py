"""What a partner says it has: how its feed is read, what it would change, what became of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.errors import Kind, Refusal, Text
from noria.kit.ids import LARGEST_QUANTITY, Code

BOOK_JOB, PULL_JOB = "feeds.take", "feeds.pull"
ColumnName = Annotated[str, Meta(min_length=1, max_length=100, examples=["Stock dispo"])]


class KeyKind(Enum):
    """What a line is named by: our SKU, a barcode of one unit, or the partner's own reference."""

    SKU = "sku"
    GTIN = "gtin"
    REFERENCE = "reference"


class Pull(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a feed is fetched: https:// or sftp://, and how often.

    `secret` names a variable NORIA_SECRET_…: a bearer token, or for sftp a password; the secret
    itself is never kept here. `host_key` is the server's public key, as sftp needs it.
    """

    url: Annotated[str, Meta(max_length=2000, examples=["https://partner.example.org/stock.csv"])]
    every_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    user: Annotated[str, Meta(max_length=100)] = ""
    secret: Annotated[str, Meta(pattern=r"^[A-Z0-9_]{1,60}$", examples=["EPINAL"])] | None = None
    host_key: Annotated[str, Meta(max_length=2000)] = ""


class FeedPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read a partner's feed.

    `is_full`: a SKU that it does not name is not there. `includes_held`: its figures count units
    that we have reserved and that have not left. A feed that would lose more than `loss_percent` of
    the units waits for a person. `every_minutes` is when the next one is expected; without it that
    is learned. `words` say how many units a word stands for ("in stock": 5).
    """

    key: KeyKind = KeyKind.SKU
    key_column: ColumnName = "sku"
    quantity_column: ColumnName = "quantity"
    node_column: ColumnName | None = None
    node: Code | None = None
    node_codes: Annotated[Mapping[str, Code], Meta(max_length=500)] = {}
    words: Annotated[Mapping[str, Annotated[int, Meta(ge=0, le=LARGEST_QUANTITY)]],
                     Meta(max_length=50)] = {}  # fmt: skip
    worksheet: Annotated[str, Meta(min_length=1, max_length=31)] | None = None
    rows_at: Annotated[str, Meta(max_length=200, examples=["data.items"])] = ""
    is_full: bool = True
    includes_held: bool = False
    loss_percent: Annotated[int, Meta(ge=1, le=100)] = 30
    every_minutes: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    pull: Pull | None = None


class FeedState(Enum):
    """How far a feed is. Held: it would lose so much that a person has to look at it first."""

    WAITING = "waiting"
    PREVIEW = "preview"
    HELD = "held"
    BOOKING = "booking"
    BOOKED = "booked"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


STATES: Mapping[FeedState, Text] = {
    FeedState.WAITING: Text("waiting to be read", "en attente de lecture"),
    FeedState.PREVIEW: Text("a preview", "un aperçu"),
    FeedState.HELD: Text("held", "retenu"),
    FeedState.BOOKING: Text("being booked", "en cours de comptabilisation"),
    FeedState.BOOKED: Text("booked", "comptabilisé"),
    FeedState.REJECTED: Text("rejected", "rejeté"),
    FeedState.UNREADABLE: Text("unreadable", "illisible"),
}
OPEN = frozenset({FeedState.PREVIEW, FeedState.HELD})


class Compared(Struct, frozen=True, kw_only=True):
    """What a feed says against the book: SKUs at nodes, and units.

    Absent: not named by a full feed, and in the book. Unknown: named, and not in the catalog.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    absent: int = 0
    unknown: int = 0
    units_before: int = 0
    units_found: int = 0
    units_lost: int = 0


class Feed(Struct, frozen=True, kw_only=True):
    """A feed as it stands: what it said, what that would change, and what was booked of it."""

    id: str
    partner: str
    name: str
    is_full: bool
    is_preview: bool
    counted_at: datetime
    sent_at: datetime
    actor: str
    state: FeedState
    state_since: datetime
    lines_read: int
    added: int
    changed: int
    unchanged: int
    absent: int
    unknown: int
    fault_count: int
    units_before: int
    units_found: int
    units_lost: int
    booked_skus: int
    booked_found: int
    booked_lost: int


class FeedLine(Struct, frozen=True):
    """One line as it was read; a faulty one has no quantity, and says nothing of its SKU."""

    line: int
    node: str
    key: str
    quantity: int | None


class FeedChange(Struct, frozen=True, kw_only=True):
    """What a feed changes at a shelf: the book knows `known`, and will say `target`.

    `target` is what the feed says less what we took meanwhile; `line` is null for what is absent.
    """

    number: int
    line: int | None
    node: str
    sku: str
    fed: int
    known: int
    target: int


class FeedFault(Struct, frozen=True, kw_only=True):
    """One thing wrong with a line, in both languages."""

    line: int
    column: str
    code: str
    says: Text


class Pulse(Struct, frozen=True, kw_only=True):
    """When a partner's feed was last heard, and how often it is expected; None: not known yet."""

    partner: str
    nodes: tuple[str, ...]
    heard_at: datetime | None
    counted_at: datetime | None
    every_minutes: float | None


class NoFeedPlan(Refusal):
    code = "no-feed-plan"
    kind = Kind.CONFLICT
    says = Text(
        "It is not said how to read the feed of {partner}.",
        "Rien ne dit comment lire le flux de {partner}.",
    )
    do = Text(
        "PUT /v1/partners/{partner}/feed-plan first.",
        "Faites d'abord PUT /v1/partners/{partner}/feed-plan.",
    )


class FeedNotOpen(Refusal):
    code = "feed-not-open"
    kind = Kind.CONFLICT
    says = Text("The feed {id} is {en}.", "Le flux {id} est {fr}.")
    do = Text(
        "Only a preview, or a feed that is held, can be booked or rejected.",
        "Seul un aperçu ou un flux retenu peut être comptabilisé ou rejeté.",
    )


class OlderFeed(Refusal):
    code = "older-feed"
    kind = Kind.CONFLICT
    says = Text(
        "A feed counted at {newest} was booked before; this one is from {counted_at}.",
        "Un flux compté le {newest} a déjà été comptabilisé\u202f; celui-ci date du {counted_at}.",
    )
    do = Text("Send what the partner has now.", "Envoyez ce que le partenaire a maintenant.")
