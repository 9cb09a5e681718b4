"""What is sent to and answered by the addresses of counting."""

from typing import Annotated

from msgspec import Meta, Struct

from noria.kit.http import Instant
from noria.kit.ids import Code
from noria.stock.counts.model import Accuracy, CountKind, Policy, Trend, Uncounted, Whole

Note = Annotated[str, Meta(max_length=500)]


class TaskBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be counted. Without `skus`, they are chosen, drawn, or all; `size` says how many.

    A `seed` makes a sample one that others can draw again; without one it is the task's own.
    """

    node: Code
    kind: CountKind = CountKind.CYCLE
    is_blind: bool = True
    skus: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=10_000)] | None = None
    size: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**31)] | None = None
    policy: Policy | None = None


class ReadingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a SKU that one person saw in one location.

    `is_last` is false while other locations of the SKU are still to be counted in this round. A
    phone without network says which `round` it counted; else it is the one that is asked for.
    """

    sku: Code
    quantity: Whole
    counted_at: Instant
    location: Annotated[str, Meta(max_length=64)] = ""
    is_last: bool = True
    round: Annotated[int, Meta(ge=1, le=100)] | None = None


class ReadingItem(ReadingBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reading in a batch, with the id that its sender gave it."""

    id: Code


class ReadingBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    items: Annotated[tuple[ReadingItem, ...], Meta(min_length=1, max_length=1000)]


class ApprovalBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The difference that the approver saw, and why they think the book was wrong."""

    difference: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000, examples=[-3])]
    root_cause: Annotated[Code, Meta(examples=["theft"])]
    note: Note = ""


class CauseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the book was wrong."""

    root_cause: Annotated[Code, Meta(examples=["theft"])]
    note: Note = ""


class BookingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of lines that nobody counted: kept, dropped, or taken for empty."""

    uncounted: Uncounted = Uncounted.KEEP


class RootCauseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reason in both languages; one that is not offered stays where it was given."""

    en: Annotated[str, Meta(min_length=1, max_length=200)]
    fr: Annotated[str, Meta(min_length=1, max_length=200)]
    is_offered: bool = True


class NodeAccuracy(Struct, frozen=True, kw_only=True):
    """What samples said of a node: the last one, what changed since the one before, and a page.

    `next` asks for the samples before those, and is null at the end.
    """

    last: Accuracy | None
    trend: Trend | None
    items: tuple[Accuracy, ...]
    next: str | None = None
